CREATE SCHEMA ext;
CREATE EXTENSION hstore;
CREATE TABLE t (id int, h hstore);
