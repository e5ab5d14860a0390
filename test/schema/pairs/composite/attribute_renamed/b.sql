CREATE TYPE pair AS (a int, renamed text);
