CREATE TABLE t (id int PRIMARY KEY USING INDEX TABLESPACE pairs_space, name text) TABLESPACE pairs_space;
CREATE INDEX t_name ON t (name) TABLESPACE pairs_space;
