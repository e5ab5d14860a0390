CREATE TABLE t (id int NOT NULL, k text);
CREATE TABLE holds (id int, one t, many t[]);
CREATE FUNCTION shout(t) RETURNS text LANGUAGE sql AS 'SELECT upper($1.k)';
CREATE VIEW v AS SELECT t, shout(t) FROM t;
