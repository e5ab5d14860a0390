INSERT INTO t SELECT 1, ARRAY[c, NULL, ROW(NULL, 3, NULL)::c], ROW(1, ARRAY[c])::holder, ARRAY[ROW(1, ARRAY[c])::holder, NULL], ARRAY[c], ARRAY[NULL, c::one]
FROM (SELECT ROW('2', 1, NULL)::c) AS r(c);
INSERT INTO u SELECT ARRAY[[c, c, NULL], [c, NULL, c]], array_fill(c, '{3}', '{-2}') FROM (SELECT ROW('2', 1, NULL)::c) AS r(c);
INSERT INTO u VALUES ('{}', NULL);
INSERT INTO p SELECT 1, ARRAY[ROW('2', 1, NULL)::c];
