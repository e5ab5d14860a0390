-- A type whose enum is made again is replaced in columns by the row type of a table OF it.
CREATE TYPE mood AS ENUM ('a', 'e');
CREATE TYPE plain AS (a1 int, a2 mood);
CREATE TYPE list AS (a1 int, a2 mood);
CREATE TABLE of_plain OF plain (a1 DEFAULT 3);
CREATE TABLE of_list OF list;
CREATE TABLE holds (id int, p plain, l list[], CHECK ((p).a1 > 0));
INSERT INTO of_plain VALUES (1, 'e'); INSERT INTO of_list VALUES (2, 'a');
INSERT INTO holds VALUES (1, ROW(1, 'a'), ARRAY[ROW(2, 'e')::list]);
CREATE VIEW shown AS SELECT id, (p).a2 AS mood, l FROM holds;
