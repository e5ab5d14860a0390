-- Report hours and money by project
--
-- Revision ID: e6a20d48b9f1
-- Revises: d193e5b7204c
-- Create Date: 2026-02-17 08:55:00+00

-- migrate:up
CREATE VIEW project_report AS
SELECT p.id AS project_id,
       c.name AS client,
       p.name AS project,
       round(sum(e.minutes) / 60.0, 2) AS hours,
       round(sum(e.minutes * r.rate) / 60, 2) AS worth,
       round(sum(e.minutes * r.rate) FILTER (WHERE e.invoice_line_id IS NULL) / 60, 2) AS to_invoice,
       c.currency
FROM projects p
JOIN clients c ON c.id = p.client_id
JOIN time_entries e ON e.project_id = p.id
LEFT JOIN LATERAL (
    SELECT h.rate
    FROM hourly_rates h
    WHERE h.project_id = e.project_id
      AND (h.user_id = e.user_id OR h.user_id IS NULL)
      AND h.valid_from <= e.started_at::date
    ORDER BY h.user_id NULLS LAST, h.valid_from DESC
    LIMIT 1
) r ON true
GROUP BY p.id, c.id;
COMMENT ON VIEW project_report IS 'hours worked and what they are worth, by project';

-- migrate:down
DROP VIEW project_report;
