-- Create projects and their members
--
-- Revision ID: 3d47f5a1b062
-- Revises: 2b9e61d08c37
-- Create Date: 2026-01-13 10:05:00+00

-- migrate:up
CREATE TABLE projects (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id  bigint NOT NULL REFERENCES clients ON DELETE RESTRICT,
    name       text NOT NULL CHECK (name <> ''),
    starts_on  date NOT NULL DEFAULT current_date,
    ends_on    date,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (client_id, name),
    CHECK (ends_on >= starts_on)
);

CREATE TRIGGER projects_touch BEFORE UPDATE ON projects
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE project_members (
    project_id bigint REFERENCES projects ON DELETE CASCADE,
    user_id    bigint REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (project_id, user_id)
);

CREATE INDEX project_members_user_id_idx ON project_members (user_id);

-- migrate:down
DROP TABLE project_members;
DROP TABLE projects;
