INSERT INTO t VALUES (1, 'b'), (2, 'c');
INSERT INTO t_a VALUES (3, 'a');
