INSERT INTO t (k) VALUES (1), (2), (2);
INSERT INTO s (k) VALUES (1), (2), (2);
