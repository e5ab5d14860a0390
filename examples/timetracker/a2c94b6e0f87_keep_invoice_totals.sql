-- Keep the total on the invoice
--
-- Revision ID: a2c94b6e0f87
-- Revises: 9f38e7d1a40b
-- Create Date: 2026-02-09 10:30:00+00

-- migrate:up
ALTER TABLE invoices ADD COLUMN total numeric(12, 2) NOT NULL DEFAULT 0;

UPDATE invoices i
SET total = l.total
FROM (SELECT invoice_id, sum(amount) AS total FROM invoice_lines GROUP BY invoice_id) l
WHERE l.invoice_id = i.id;

CREATE FUNCTION add_to_invoice_total() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        UPDATE invoices SET total = total - OLD.amount WHERE id = OLD.invoice_id;
    END IF;
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        UPDATE invoices SET total = total + NEW.amount WHERE id = NEW.invoice_id;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER invoice_lines_total AFTER INSERT OR UPDATE OR DELETE ON invoice_lines
    FOR EACH ROW EXECUTE FUNCTION add_to_invoice_total();

-- migrate:down
DROP TRIGGER invoice_lines_total ON invoice_lines;
DROP FUNCTION add_to_invoice_total();
ALTER TABLE invoices DROP COLUMN total;
