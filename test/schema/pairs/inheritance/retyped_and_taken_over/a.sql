CREATE TABLE a (id int);
CREATE TABLE m (c1 text, other text) INHERITS (a);
CREATE TABLE n () INHERITS (m);
CREATE TABLE z (id int);
CREATE TABLE y (c1 text) INHERITS (z);
