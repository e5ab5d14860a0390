INSERT INTO k VALUES (1, 'x', 'm'); INSERT INTO t SELECT 1, k, ROW(2, 'y')::r FROM k;
