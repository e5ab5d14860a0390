CREATE TABLE nothing (a int);
