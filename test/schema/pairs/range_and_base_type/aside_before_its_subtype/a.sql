-- The order of other changes must not rename the subtype before the range, whose functions are named by it.
CREATE SCHEMA n1;
CREATE DOMAIN d1 AS text DEFAULT 'a';
CREATE TYPE r1 AS RANGE (SUBTYPE = d1);
CREATE UNLOGGED TABLE n1.t3 (id int, note text);
ALTER TABLE n1.t3 ADD c1 text DEFAULT 'a';
ALTER TABLE n1.t3 ADD c4 r1;
CREATE VIEW v1 AS SELECT * FROM n1.t3;
CREATE MATERIALIZED VIEW m1 AS SELECT c1, count(*) AS c2 FROM n1.t3 GROUP BY 1 WITH NO DATA;
CREATE FUNCTION g1(int) RETURNS bigint LANGUAGE sql STABLE RETURN (SELECT count(*) FROM v1);
INSERT INTO n1.t3 (id, c4) VALUES (1, '[a,c)');
