CREATE DOMAIN dom AS varchar(20) CHECK (VALUE <> '');
CREATE TABLE t (id int, d dom DEFAULT 'x');
CREATE VIEW v AS SELECT d FROM t;
