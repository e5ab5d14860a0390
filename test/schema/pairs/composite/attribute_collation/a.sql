CREATE TYPE pair AS (a text);
