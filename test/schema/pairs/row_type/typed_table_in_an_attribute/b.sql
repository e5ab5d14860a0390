-- An attribute of a type whose enum is made again becomes the row type of a table OF that type.
CREATE TYPE mood AS ENUM ('e', 'a');
CREATE TYPE plain AS (a1 int, a2 mood);
CREATE TABLE of_plain OF plain;
CREATE TYPE around AS (x of_plain, y int);
CREATE TABLE holds (id int, r around);
