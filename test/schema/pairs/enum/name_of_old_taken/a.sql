CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE mood__old AS ENUM ('x');
CREATE TABLE people (id int PRIMARY KEY, mood mood DEFAULT 'ok', m mood__old);
