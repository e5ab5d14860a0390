CREATE TABLE t (id int, c int4range, EXCLUDE USING btree (id WITH =));
ALTER TABLE t ADD CONSTRAINT again EXCLUDE USING btree (id WITH =);
CREATE TABLE fresh (id int, c int4range, EXCLUDE USING gist (c WITH &&) WHERE (id > 0) DEFERRABLE, UNIQUE (id));
ALTER TABLE fresh ADD CONSTRAINT fresh_again EXCLUDE USING gist (c WITH &&) WHERE (id > 0) DEFERRABLE;
ALTER TABLE fresh ADD CONSTRAINT other EXCLUDE USING gist (c WITH &&) WHERE (id > 0);
