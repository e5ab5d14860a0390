CREATE SEQUENCE s INCREMENT 2;
CREATE TABLE t (id int, v bigint DEFAULT nextval('s'));
