-- A few rows for the time tracker at its newest revision, so that its data
-- migrations have something to work on.
BEGIN;

INSERT INTO clients (name, email) VALUES ('Analytical Engines Ltd', 'office@engines.example');

INSERT INTO users (email, role, first_name, last_name) VALUES
    ('grace@example.com', 'manager', 'Grace Brewster', 'Hopper'),
    ('ada@example.com', 'member', 'Ada', 'Lovelace'),
    ('plato@example.com', 'member', 'Plato', '');

INSERT INTO projects (client_id, name, starts_on)
SELECT id, 'Note G', date '2026-03-02' FROM clients;

INSERT INTO project_members (project_id, user_id)
SELECT p.id, u.id FROM projects p, users u;

INSERT INTO hourly_rates (project_id, rate)
SELECT id, 90 FROM projects;

INSERT INTO time_entries (project_id, user_id, started_at, ended_at, note, status, approved_by)
SELECT p.id, u.id, w.started_at, w.started_at + w.length, w.note, w.status, g.id
FROM projects p
JOIN users g ON g.email = 'grace@example.com',
    (VALUES ('ada@example.com', timestamptz '2026-03-02 09:00+00', interval '2 hours 30 minutes',
             'Bernoulli numbers', entry_status 'approved'),
            ('ada@example.com', '2026-03-03 13:00+00', '1 hour 15 minutes', 'a loop', 'submitted'),
            ('plato@example.com', '2026-03-03 10:00+00', '45 minutes', 'dialogue', 'draft'))
        w (email, started_at, length, note, status)
JOIN users u USING (email);

INSERT INTO invoices (client_id, number, issued_on, due_on)
SELECT id, '2026-0001', '2026-04-01', '2026-05-01' FROM clients;

WITH line AS (
    INSERT INTO invoice_lines (invoice_id, position, description, hours, rate)
    SELECT id, 1, 'Note G, March', 2.5, 90 FROM invoices
    RETURNING id
)
UPDATE time_entries SET invoice_line_id = line.id FROM line WHERE status = 'approved';

COMMIT;
