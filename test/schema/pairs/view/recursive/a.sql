CREATE TABLE t (id int PRIMARY KEY, parent int);
CREATE RECURSIVE VIEW r (id, depth) AS SELECT id, 0 FROM t WHERE parent IS NULL UNION ALL SELECT t.id, r.depth + 1 FROM t JOIN r ON t.parent = r.id;
CREATE VIEW g AS SELECT t.id, t.parent, count(*) FROM t GROUP BY t.id;
