CREATE TABLE t (id int, k text) PARTITION BY LIST (k);
CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a');
GRANT SELECT ON t_a TO pairs_reader;
ALTER TABLE t_a OWNER TO pairs_owner;
ALTER TABLE t_a SET (fillfactor = 50);
