INSERT INTO t (id, x) VALUES (1, ROW(1, 'x')::r);
