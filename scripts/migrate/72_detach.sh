# --- detach ----------------------------------------------------------------------
# The way back from the extension: its tables stay, as scripts make them, and the extension goes.  A
# later CREATE EXTENSION takes them over again.

sql_detach() {
  sql_need_extension
  say 'BEGIN ISOLATION LEVEL READ COMMITTED;' "SET LOCAL lock_timeout = '10min';"
  for table in revisions scripts prelude version log; do say "ALTER EXTENSION migrate_ext DROP TABLE migrate.$table;"; done
  say 'ALTER EXTENSION migrate_ext DROP SEQUENCE migrate.log_id_seq;' 'DROP EXTENSION migrate_ext;'
  if [ -n "$DRY_RUN" ]; then
    say 'ROLLBACK;' '\echo Would drop the extension migrate_ext, and keep its tables'
  else
    say 'COMMIT;' '\echo Dropped the extension migrate_ext; its tables stay' \
      "\\echo '(with MIGRATE_ENGINE set, migrate.sh goes on without it; see docs/without-the-extension.md)'"
  fi
}
cmd_detach() { run_sql sql_detach || finish $?; }
