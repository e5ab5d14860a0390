-- Create hourly rates
--
-- Revision ID: c07a3f6d82b5
-- Revises: 70d3b94e6a1f
-- Create Date: 2026-02-11 09:50:00+00

-- migrate:up
CREATE TABLE hourly_rates (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    project_id bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
    user_id    bigint REFERENCES users ON DELETE CASCADE,
    valid_from date NOT NULL DEFAULT '-infinity',
    rate       numeric(10, 2) NOT NULL CHECK (rate >= 0)
);
COMMENT ON COLUMN hourly_rates.user_id IS 'null: everybody on the project who has no rate of their own';

CREATE INDEX hourly_rates_user_id_idx ON hourly_rates (user_id);

-- One rate a day, also where user_id is null. Before PostgreSQL 15 an index
-- cannot say so by itself.
DO $$
BEGIN
    EXECUTE 'CREATE UNIQUE INDEX hourly_rates_key ON hourly_rates '
        || CASE WHEN current_setting('server_version_num')::int >= 150000
                THEN '(project_id, user_id, valid_from) NULLS NOT DISTINCT'
                ELSE '(project_id, coalesce(user_id, 0), valid_from)' END;
END
$$;

-- migrate:down
DROP TABLE hourly_rates;
