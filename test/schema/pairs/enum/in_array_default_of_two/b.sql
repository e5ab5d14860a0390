CREATE TYPE e AS ENUM ('a', 'b');
CREATE TABLE t (i int, c e[] DEFAULT '{a,b}', d e[] DEFAULT ARRAY['b'::e]);
