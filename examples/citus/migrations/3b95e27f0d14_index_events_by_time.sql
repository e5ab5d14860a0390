-- Index events by time
--
-- Revision ID: 3b95e27f0d14
-- Revises: 2f60d8b1c937
-- Create Date: 2026-03-09 08:15:00+00

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY events_at_idx ON events (at);

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY events_at_idx;
