INSERT INTO t VALUES (1, '(1,x,3)'), (2, NULL);
