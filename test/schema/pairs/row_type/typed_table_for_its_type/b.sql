-- A type whose enum is made again is replaced in columns by the row type of a table OF it.
CREATE TYPE mood AS ENUM ('e', 'a');
CREATE TYPE plain AS (a1 int, a2 mood);
CREATE TYPE list AS (a1 int, a2 mood);
CREATE TABLE of_plain OF plain (a1 DEFAULT 3);
CREATE TABLE of_list OF list;
CREATE TABLE holds (id int, p of_plain, l of_list[], CHECK ((p).a1 > 0));
CREATE VIEW shown AS SELECT id, (p).a2 AS mood, l FROM holds;
