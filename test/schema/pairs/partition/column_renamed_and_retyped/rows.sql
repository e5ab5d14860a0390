INSERT INTO t VALUES (1, 1, 'a'), (11, 2, 'b');
