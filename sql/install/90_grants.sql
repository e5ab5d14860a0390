-- Who may do what.  docs/reference.md has the grants for readers, runners and authors.

-- Reading needs USAGE on the schema, which nobody has until granted.  Writing
-- decides what a later upgrade runs, and running it changes the schema: both
-- are the owner's until granted, function by function.
REVOKE EXECUTE ON FUNCTION migrate.revision, migrate.merge, migrate.edit, migrate.remove, migrate.prune, migrate.repair, migrate.record,
	migrate.load, migrate.load_files, migrate.load_directory, migrate.rebase, migrate.upgrade, migrate.downgrade, migrate.stamp, migrate.resolve, migrate.dry_run, migrate.preflight, migrate.review, migrate.facts, migrate.approve, migrate.report, migrate.report_and_severity, migrate.rehearse, migrate.usage, migrate.impact, migrate.migrate,
	migrate.baseline, migrate.drift, migrate.verify, migrate.squash FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE migrate.deploy, migrate.revert FROM PUBLIC;
