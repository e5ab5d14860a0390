-- Create time entries
--
-- Revision ID: 4a81c3e97f5d
-- Revises: 3d47f5a1b062
-- Create Date: 2026-01-14 08:30:00+00

-- migrate:up
CREATE TYPE entry_status AS ENUM ('draft', 'submitted');

CREATE TABLE time_entries (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL,
    user_id    bigint NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz NOT NULL,
    minutes    integer GENERATED ALWAYS AS (extract(epoch FROM ended_at - started_at) / 60) STORED,
    note       text NOT NULL DEFAULT '',
    status     entry_status NOT NULL DEFAULT 'draft',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT time_entries_member_fkey
        FOREIGN KEY (project_id, user_id) REFERENCES project_members ON DELETE RESTRICT,
    CONSTRAINT time_entries_one_day
        CHECK (ended_at > started_at AND ended_at <= started_at + interval '24 hours')
);

CREATE INDEX time_entries_project_id_idx ON time_entries (project_id, started_at);
CREATE INDEX time_entries_user_id_idx ON time_entries (user_id, started_at);

CREATE TRIGGER time_entries_touch BEFORE UPDATE ON time_entries
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- migrate:down
DROP TABLE time_entries;
DROP TYPE entry_status;
