-- Create accounts
--
-- Revision ID: 1a7c3e905b42
-- Revises:
-- Create Date: 2026-03-02 09:00:00+00

-- migrate:up
-- On every node: what is small and joined with everything.
CREATE TABLE countries (
    code text PRIMARY KEY,
    name text NOT NULL
);

SELECT create_reference_table('countries');

CREATE TABLE accounts (
    id bigint PRIMARY KEY,
    country text NOT NULL REFERENCES countries,
    name text NOT NULL
);

SELECT create_distributed_table('accounts', 'id');

-- migrate:down
DROP TABLE accounts;
DROP TABLE countries;
