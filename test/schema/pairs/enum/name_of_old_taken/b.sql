CREATE TYPE mood AS ENUM ('ok', 'happy');
CREATE TYPE mood__old AS ENUM ('y');
CREATE TABLE people (id int PRIMARY KEY, mood mood DEFAULT 'ok', m mood__old);
CREATE TABLE mood__old1 (i int);
