CREATE SCHEMA x;
CREATE TABLE x.t (a int, b point, c text);
