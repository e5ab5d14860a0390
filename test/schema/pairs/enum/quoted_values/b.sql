CREATE TYPE mood AS ENUM ('a', 'it''s', 'x y', '"');
