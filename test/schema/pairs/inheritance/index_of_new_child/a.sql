CREATE TABLE k (a int);
