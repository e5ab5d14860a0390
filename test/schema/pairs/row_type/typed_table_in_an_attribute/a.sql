-- An attribute of a type whose enum is made again becomes the row type of a table OF that type.
CREATE TYPE mood AS ENUM ('a', 'e');
CREATE TYPE plain AS (a1 int, a2 mood);
CREATE TABLE of_plain OF plain;
CREATE TYPE around AS (x plain, y int);
CREATE TABLE holds (id int, r around);
INSERT INTO of_plain VALUES (1, 'e');
