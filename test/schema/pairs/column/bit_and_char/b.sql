CREATE TABLE t (id int PRIMARY KEY, v char(5), w bit varying(5));
