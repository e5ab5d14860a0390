CREATE TYPE e1 AS ENUM ('e', 'a');
CREATE TABLE t1 (id int, note text);
ALTER TABLE t1 ADD c2 e1[] DEFAULT '{a}';
