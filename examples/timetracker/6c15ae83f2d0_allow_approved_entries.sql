-- Allow approved time entries
--
-- Revision ID: 6c15ae83f2d0
-- Revises: 5e2d90b7c418
-- Create Date: 2026-01-26 11:20:00+00

-- migrate:up
ALTER TYPE entry_status ADD VALUE 'approved';

-- migrate:down
-- A value cannot be taken out of an enum: make the type again without it.
UPDATE time_entries SET status = 'submitted' WHERE status = 'approved';

ALTER TYPE entry_status RENAME TO entry_status_old;
CREATE TYPE entry_status AS ENUM ('draft', 'submitted');

ALTER TABLE time_entries
    ALTER COLUMN status DROP DEFAULT,
    ALTER COLUMN status TYPE entry_status USING status::text::entry_status,
    ALTER COLUMN status SET DEFAULT 'draft';

DROP TYPE entry_status_old;
