CREATE SCHEMA x;
CREATE TABLE x.nothing (a int);
