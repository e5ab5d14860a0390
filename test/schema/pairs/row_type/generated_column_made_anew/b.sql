CREATE TABLE r (a int, b text, g text, h text GENERATED ALWAYS AS (b) STORED, j bigint GENERATED ALWAYS AS (a) STORED);
CREATE TABLE t (id int, x r, many r[], CHECK ((x).b <> 'y'));
CREATE INDEX ON t (((x).b));
CREATE MATERIALIZED VIEW m AS SELECT r AS x FROM r;
