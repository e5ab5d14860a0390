-- Columns with a child change from a type, whose enum is made again, and from a table OF it, to tables OF it.
CREATE TYPE mood AS ENUM ('a', 'e');
CREATE TYPE plain AS (a1 int, a2 mood);
CREATE TABLE of_plain OF plain;
CREATE TABLE also OF plain;
CREATE TABLE holds (id int, r plain, s of_plain);
CREATE TABLE child () INHERITS (holds);
INSERT INTO child VALUES (1, ROW(1, 'a'), ROW(2, 'e'));
