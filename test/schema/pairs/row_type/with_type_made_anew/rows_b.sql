INSERT INTO inner_t (id, c.a, c.b) VALUES (1, 11, 'one'), (2, 12, 'two');
INSERT INTO outer_t SELECT i, ARRAY[i, NULL, i] FROM inner_t i; INSERT INTO outer_t VALUES (NULL, '{}');
