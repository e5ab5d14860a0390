INSERT INTO r VALUES (1,'x'); INSERT INTO t(id,x) VALUES (1, ROW(1,'x')::m); INSERT INTO u (id, x) VALUES (2, ROW(2,'y')::m);
