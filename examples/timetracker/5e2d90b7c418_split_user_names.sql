-- Split user names into first and last name
--
-- Revision ID: 5e2d90b7c418
-- Revises: 4a81c3e97f5d
-- Create Date: 2026-01-20 14:00:00+00

-- migrate:up
ALTER TABLE users
    ADD COLUMN first_name text,
    ADD COLUMN last_name text;

-- "Grace Brewster Hopper" is Hopper, Grace Brewster; "Plato" has no last name.
UPDATE users
SET first_name = coalesce(substring(trim(name) FROM '^(.*\S)\s+\S+$'), trim(name)),
    last_name = coalesce(substring(trim(name) FROM '\s(\S+)$'), '');

ALTER TABLE users
    ALTER COLUMN first_name SET NOT NULL,
    ALTER COLUMN last_name SET NOT NULL,
    DROP COLUMN name;

CREATE INDEX users_last_name_idx ON users (last_name, first_name);

-- migrate:down
ALTER TABLE users ADD COLUMN name text;

UPDATE users SET name = trim(first_name || ' ' || last_name);

ALTER TABLE users
    ALTER COLUMN name SET NOT NULL,
    DROP COLUMN first_name,
    DROP COLUMN last_name;
