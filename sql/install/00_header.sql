-- migrate_ext: the install script, made by "make" from the parts in sql/install.
-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION migrate_ext" to load this file. \quit

-- Nothing in here may resolve to an object that somebody planted.
SET LOCAL search_path = pg_catalog, pg_temp;
