-- Put approved time entries on invoice lines
--
-- Revision ID: b5d80f1c93a6
-- Revises: a2c94b6e0f87
-- Create Date: 2026-02-10 13:25:00+00
-- Depends On: 70d3b94e6a1f

-- migrate:up
-- Only approved entries may be invoiced, so this needs approvals, which are on
-- the other side of the fork.
ALTER TABLE time_entries
    ADD COLUMN invoice_line_id bigint REFERENCES invoice_lines ON DELETE SET NULL;

CREATE INDEX time_entries_invoice_line_id_idx ON time_entries (invoice_line_id);

CREATE FUNCTION check_invoiced() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'approved' THEN
        RAISE EXCEPTION 'only an approved time entry can be invoiced'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER time_entries_check_invoiced
    BEFORE INSERT OR UPDATE OF status, invoice_line_id ON time_entries
    FOR EACH ROW WHEN (NEW.invoice_line_id IS NOT NULL) EXECUTE FUNCTION check_invoiced();

-- migrate:down
DROP TRIGGER time_entries_check_invoiced ON time_entries;
DROP FUNCTION check_invoiced();
ALTER TABLE time_entries DROP COLUMN invoice_line_id;
