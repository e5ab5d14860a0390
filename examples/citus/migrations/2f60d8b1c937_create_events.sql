-- Create events
--
-- Revision ID: 2f60d8b1c937
-- Revises: 1a7c3e905b42
-- Create Date: 2026-03-04 10:30:00+00

-- migrate:up
-- Each event is on the node of its account, so the key begins with that.
CREATE TABLE events (
    account_id bigint NOT NULL REFERENCES accounts,
    id bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    what text NOT NULL,
    PRIMARY KEY (account_id, id)
);

SELECT create_distributed_table('events', 'account_id', colocate_with => 'accounts');

-- migrate:down
DROP TABLE events;
