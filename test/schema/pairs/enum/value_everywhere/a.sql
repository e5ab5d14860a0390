CREATE TYPE mood AS ENUM ('a', 'b');
CREATE DOMAIN moods AS mood[] CHECK (value <> '{}');
CREATE TYPE pair AS (m mood, n int);
CREATE TYPE span AS RANGE (subtype = mood);
CREATE TABLE t (id int, m mood, p pair, s span) PARTITION BY LIST (m);
CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a');
CREATE TABLE t_x PARTITION OF t DEFAULT;
CREATE TABLE u (m mood, ms mood[] DEFAULT '{a}');
