CREATE TABLE p (id int PRIMARY KEY, x int, y int, UNIQUE (x, y));
CREATE TABLE t (a int, b int);
ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (a, b) REFERENCES p (x, y) MATCH FULL;
