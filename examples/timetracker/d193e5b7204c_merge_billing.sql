-- Merge billing
--
-- Revision ID: d193e5b7204c
-- Revises: c07a3f6d82b5, b5d80f1c93a6
-- Create Date: 2026-02-16 17:05:00+00

-- migrate:up

-- migrate:down
