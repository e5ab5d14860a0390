-- Record who approved a time entry
--
-- Revision ID: 70d3b94e6a1f
-- Revises: 6c15ae83f2d0
-- Create Date: 2026-01-26 15:45:00+00

-- migrate:up
ALTER TABLE time_entries
    ADD COLUMN approved_by bigint REFERENCES users ON DELETE RESTRICT,
    ADD COLUMN approved_at timestamptz;

CREATE INDEX time_entries_approved_by_idx ON time_entries (approved_by)
    WHERE approved_by IS NOT NULL;

CREATE FUNCTION check_approval() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'approved' THEN
        IF NEW.approved_by IS NULL OR NEW.approved_by = NEW.user_id THEN
            RAISE EXCEPTION 'a time entry is approved by somebody else'
                USING ERRCODE = 'check_violation';
        END IF;
        NEW.approved_at := coalesce(NEW.approved_at, now());
    ELSE
        NEW.approved_by := NULL;
        NEW.approved_at := NULL;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER time_entries_check_approval
    BEFORE INSERT OR UPDATE OF status, approved_by, approved_at ON time_entries
    FOR EACH ROW EXECUTE FUNCTION check_approval();

-- migrate:down
DROP TRIGGER time_entries_check_approval ON time_entries;
DROP FUNCTION check_approval();

ALTER TABLE time_entries
    DROP COLUMN approved_by,
    DROP COLUMN approved_at;
