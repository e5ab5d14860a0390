CREATE TABLE t (id int PRIMARY KEY USING INDEX TABLESPACE pairs_space, name text) TABLESPACE pairs_space;
CREATE INDEX t_name ON t (name) TABLESPACE pairs_space;
ALTER TABLE t ADD CONSTRAINT ex EXCLUDE USING btree (name WITH =) WITH (fillfactor = 70)
  USING INDEX TABLESPACE pairs_space WHERE (name <> ' WHERE (id)') DEFERRABLE;
ALTER TABLE t ADD CONSTRAINT late UNIQUE (name, id) WITH (fillfactor = 70) USING INDEX TABLESPACE pairs_space DEFERRABLE;
