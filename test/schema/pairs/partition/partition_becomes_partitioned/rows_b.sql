INSERT INTO t VALUES (1, 'a'), (11, 'a'), (16, 'b');
INSERT INTO r VALUES (11);
