CREATE TYPE pair AS (a text COLLATE "C");
