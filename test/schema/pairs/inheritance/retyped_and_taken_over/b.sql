CREATE TABLE a (id int, c1 int[]);
CREATE TABLE m (c1 int[], other text) INHERITS (a);
CREATE TABLE n () INHERITS (m);
CREATE TABLE z (id int, c1 int[]);
CREATE TABLE y (c1 int[]) INHERITS (z);
