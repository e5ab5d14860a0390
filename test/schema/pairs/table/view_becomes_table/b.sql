CREATE TABLE src (a int);
CREATE TABLE v (a int);
