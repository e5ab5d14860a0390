CREATE TABLE t (id int PRIMARY KEY, v text, w text);
ALTER TABLE t ADD "Order by" int;
ALTER TABLE t ADD "a""b" int;
ALTER TABLE t ADD "user" int;
