CREATE TYPE mood AS ENUM ('happy', 'ok', 'sad');
CREATE DOMAIN short AS varchar(7);
CREATE TABLE t (id bigint NOT NULL, mood mood DEFAULT 'sad', at date, name short, price numeric, more text NOT NULL DEFAULT 'more', made int) PARTITION BY HASH (id);
CREATE TABLE t_0 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE t_1 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1);
