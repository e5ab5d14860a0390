CREATE SEQUENCE s;
CREATE DOMAIN d AS int DEFAULT 5;
CREATE TABLE r (a int, b text, g text GENERATED ALWAYS AS (b) STORED, i int GENERATED ALWAYS AS IDENTITY, n int DEFAULT nextval('s'), d d);
CREATE TABLE q (a int, b text, e int DEFAULT 1);
CREATE FUNCTION tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER tr BEFORE UPDATE ON q FOR EACH ROW EXECUTE FUNCTION tr();
CREATE TABLE t (id int, x r, many r[], y q, CHECK ((x).b <> 'y'), new_r r, new_q q[]);
CREATE INDEX ON t (((x).b));
CREATE VIEW v AS SELECT id, (x).b FROM t;
