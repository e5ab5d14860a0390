CREATE TABLE t (id int PRIMARY KEY, name text);
ALTER TABLE t OWNER TO pairs_owner;
