-- Create users
--
-- Revision ID: 2b9e61d08c37
-- Revises: 1f0c7a52d9e4
-- Create Date: 2026-01-12 09:40:00+00

-- migrate:up
CREATE TYPE user_role AS ENUM ('member', 'manager', 'admin');

CREATE TABLE users (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email      text NOT NULL CHECK (email LIKE '%@%'),
    role       user_role NOT NULL DEFAULT 'member',
    active     boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    name       text NOT NULL
);

CREATE UNIQUE INDEX users_email_key ON users (lower(email));

CREATE TRIGGER users_touch BEFORE UPDATE ON users
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- migrate:down
DROP TABLE users;
DROP TYPE user_role;
