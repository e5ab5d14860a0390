-- Every row of the extension's tables.
SELECT 'revision', r::text FROM migrate.revisions r
UNION ALL SELECT 'script', s::text FROM migrate.scripts s
UNION ALL SELECT 'version', v::text FROM migrate.version v
UNION ALL SELECT 'log', l::text FROM migrate.log l
UNION ALL SELECT 'sequence', last_value::text FROM migrate.log_id_seq
ORDER BY 1, 2;
