CREATE SEQUENCE s;
CREATE DOMAIN d AS int DEFAULT 5;
CREATE TABLE r (a int, b text);
CREATE TABLE q (a int, b text);
CREATE FUNCTION tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER tr BEFORE UPDATE ON q FOR EACH ROW EXECUTE FUNCTION tr();
CREATE TABLE t (id int, x r, many r[], old_q q, y q, CHECK ((x).b <> 'y'));
CREATE INDEX ON t (((x).b));
CREATE VIEW v AS SELECT id, (x).b FROM t;
