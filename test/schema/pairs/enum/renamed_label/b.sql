CREATE TYPE mood AS ENUM ('ok', 'blue');
CREATE TABLE t (id int, m mood DEFAULT 'ok');
CREATE TABLE part (m mood, id int);
