CREATE TABLE t (id int PRIMARY KEY, v int DEFAULT 2, w text DEFAULT 'x''');
