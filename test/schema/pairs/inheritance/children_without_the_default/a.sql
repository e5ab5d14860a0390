CREATE TABLE t (id int, a text DEFAULT 'a', b serial, c text);
CREATE TABLE there () INHERITS (t);
ALTER TABLE there ALTER b DROP DEFAULT;
