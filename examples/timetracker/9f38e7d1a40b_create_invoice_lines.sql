-- Create invoice lines
--
-- Revision ID: 9f38e7d1a40b
-- Revises: 8b6f20c5d71e
-- Create Date: 2026-02-02 16:10:00+00

-- migrate:up
CREATE TABLE invoice_lines (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_id  bigint NOT NULL REFERENCES invoices ON DELETE CASCADE,
    position    integer NOT NULL CHECK (position > 0),
    description text NOT NULL CHECK (description <> ''),
    hours       numeric(8, 2) NOT NULL CHECK (hours > 0),
    rate        numeric(10, 2) NOT NULL CHECK (rate >= 0),
    amount      numeric(12, 2) GENERATED ALWAYS AS (round(hours * rate, 2)) STORED,
    UNIQUE (invoice_id, position)
);

-- migrate:down
DROP TABLE invoice_lines;
