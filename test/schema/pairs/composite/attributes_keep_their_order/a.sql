CREATE TYPE e1 AS ENUM ('e', 'a');
CREATE DOMAIN d1 AS e1 CHECK (VALUE::text <> 'z');
CREATE TYPE k1 AS (a1 text, a2 d1, a3 text, a4 d1);
