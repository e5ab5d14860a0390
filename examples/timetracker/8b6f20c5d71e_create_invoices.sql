-- Create invoices
--
-- Revision ID: 8b6f20c5d71e
-- Revises: 4a81c3e97f5d
-- Create Date: 2026-02-02 09:00:00+00
-- Branch Labels: billing

-- migrate:up
CREATE TABLE invoices (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    client_id  bigint NOT NULL REFERENCES clients ON DELETE RESTRICT,
    number     text NOT NULL UNIQUE CHECK (number ~ '^[0-9]{4}-[0-9]{4}$'),
    issued_on  date NOT NULL DEFAULT current_date,
    due_on     date NOT NULL,
    paid_on    date,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK (due_on >= issued_on),
    CHECK (paid_on >= issued_on)
);

CREATE INDEX invoices_client_id_idx ON invoices (client_id, issued_on);
CREATE INDEX invoices_unpaid_idx ON invoices (due_on) WHERE paid_on IS NULL;

CREATE TRIGGER invoices_touch BEFORE UPDATE ON invoices
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- migrate:down
DROP TABLE invoices;
