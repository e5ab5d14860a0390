CREATE TABLE t (i int, c hstore);
