-- Tell kinds of events
--
-- Revision ID: 4c08a6d3f7e5
-- Revises: 3b95e27f0d14
-- Create Date: 2026-03-16 14:45:00+00

-- migrate:up
-- Citus makes a type on every node over one connection; a table of it in the same
-- transaction must not be changed over several.
SET LOCAL citus.multi_shard_modify_mode = 'sequential';

CREATE TYPE event_kind AS ENUM ('signup', 'order', 'other');

ALTER TABLE events ADD COLUMN kind event_kind;

-- migrate:down
ALTER TABLE events DROP COLUMN kind;
DROP TYPE event_kind;
