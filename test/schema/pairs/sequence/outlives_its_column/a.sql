CREATE TABLE t (id int, a int);
CREATE SEQUENCE s OWNED BY t.a;
