INSERT INTO t VALUES (1, 'a'), (100, 'b');
INSERT INTO holds SELECT id, t, ARRAY[t, t] FROM t;
