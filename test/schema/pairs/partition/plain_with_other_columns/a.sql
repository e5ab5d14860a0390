CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN short AS varchar(9);
CREATE TABLE t (id smallint PRIMARY KEY, mood mood DEFAULT 'ok', at timestamp, name short, price text, gone int, made int GENERATED ALWAYS AS (id + 1) STORED);
