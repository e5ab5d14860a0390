INSERT INTO t VALUES (1, 'a'), (11, 'a'), (12, 'b');
