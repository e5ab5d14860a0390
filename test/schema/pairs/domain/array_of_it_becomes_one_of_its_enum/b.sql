CREATE TYPE e1 AS ENUM ('e', 'a');
CREATE DOMAIN d1 AS e1 CHECK (length(VALUE::text) < 9);
CREATE TABLE t1 (id int, note text);
ALTER TABLE t1 ADD c2 d1[];
GRANT ALL ON TYPE e1 TO pg_monitor;
