INSERT INTO w VALUES (1), (2);
INSERT INTO t (n, day, note, start, w) VALUES (20, '2024-02-01', 'one', 1, 1), (nextval('n_seq'), '2025-06-01', 'hidden', NULL, NULL);
INSERT INTO t (note, up, up_day) VALUES (NULL, 1, '2024-02-01');
INSERT INTO u VALUES (1, '2024-02-01', 'of one');
