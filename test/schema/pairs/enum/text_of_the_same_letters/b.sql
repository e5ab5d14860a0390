CREATE TYPE e AS ENUM ('open', 'archived');
CREATE TABLE o (i int, c e);
CREATE TABLE j (i int, state text DEFAULT 'archived');
