CREATE TABLE t (id int, parent int, UNIQUE (id));
CREATE RECURSIVE VIEW r (id, depth, path) AS SELECT id, 0, ARRAY[id] FROM t WHERE parent IS NULL UNION ALL SELECT t.id, r.depth + 1, r.path || t.id FROM t JOIN r ON t.parent = r.id;
CREATE VIEW g AS SELECT t.id, t.parent, count(*) FROM t GROUP BY t.id, t.parent;
