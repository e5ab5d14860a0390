CREATE TABLE t (a int NOT NULL, b int NOT NULL, c text);
ALTER TABLE t ADD CONSTRAINT changed EXCLUDE USING btree (a WITH =) WITH (fillfactor = 80);
CREATE TABLE kept (a int);
ALTER TABLE kept ADD CONSTRAINT kept_ex EXCLUDE USING btree (a WITH =) WITH (fillfactor = 80);
