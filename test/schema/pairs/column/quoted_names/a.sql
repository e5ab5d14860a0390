CREATE TABLE t (id int PRIMARY KEY, v text, w text);
ALTER TABLE t ADD "Order By" int;
