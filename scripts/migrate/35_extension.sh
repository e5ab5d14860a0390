# --- the extension ---------------------------------------------------------------
# How every command begins: is the extension there, is it of this version, may this role use it?

NOTICES=notice
HAS_TABLES="EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'migrate')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                    AND d.objid = c.oid AND d.deptype = 'e'))"
IS_BARE="NOT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'migrate_ext')"

# For what only reads, or works on what is in the database.
sql_need_extension() {
  say "SELECT $IS_BARE AS bare \gset
\if :bare"
  sql_fail "pg_catalog.format('migrate_ext is not installed in database \"%s\"', pg_catalog.current_database())" "''" \
    "'migrate.sh init or migrate.sh apply creates the extension.'"
  say '\endif'
  sql_need_usage
}

# Begins a transaction, and creates the extension if it is not there.  Two who
# do so at once would collide in the catalogs: hence a lock, only then.  Sets
# had_tables: there is something in this database that no revision has made.  Where scripts have
# migrated it, the extension takes their tables over, and knows.
sql_begin() {
  created=Created
  if [ -n "$DRY_RUN" ]; then created='Would create'; fi
  say "SELECT $IS_BARE AS bare \gset
\set had_tables false
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL client_min_messages = $NOTICES;
\if :bare
SET LOCAL lock_timeout = '10min';
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('CREATE EXTENSION migrate_ext')) AS locked \gset
SET LOCAL lock_timeout TO DEFAULT;
SELECT $IS_BARE AS bare, $HAS_TABLES AND $IS_BARE AND NOT $BOOKS_ARE_THERE AS had_tables \gset
\if :bare
SELECT NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS may_not,
  NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'migrate_ext') AS not_there \gset
\if :not_there"
  sql_fail "'the server has no extension migrate_ext'" "'It is to be installed where PostgreSQL ' || pg_catalog.current_setting('server_version') || ' runs.'" \
    "'make install there, or the Dockerfile of examples/deploy.'"
  say "\elif :may_not"
  sql_fail "pg_catalog.format('role \"%s\" may not create the extension migrate_ext in database \"%s\"', current_user, pg_catalog.current_database())" "''" \
    "pg_catalog.format('GRANT CREATE ON DATABASE %I TO %I; or have the owner of the database run CREATE EXTENSION migrate_ext, and then the grants of docs/reference.md, \"Privileges\".', pg_catalog.current_database(), current_user)"
  say "\endif
CREATE EXTENSION migrate_ext;
${SAY_CREATED-\echo $created the extension migrate_ext}
\endif
\else"
  sql_need_usage
  sql_update_extension
  say '\endif'
}

# A new image's library refuses the tables of an older version.  Two who update at once
# would collide in the catalogs, as with CREATE EXTENSION.
sql_update_extension() {
  sql_look_for_update
  say '\if :is_stuck'
  sql_fail "pg_catalog.format('the extension migrate_ext of this database is of version %s, that of the server %s', :'old_version', :'new_version')" "''" \
    "pg_catalog.format('Its owner, %s, has to run: ALTER EXTENSION migrate_ext UPDATE', :'extension_owner') ||
      CASE WHEN :'is_owner' THEN pg_catalog.format('; for which a role needs: GRANT CREATE ON DATABASE %I TO %I', pg_catalog.current_database(), current_user) ELSE '' END"
  say "\elif :is_old
SET LOCAL lock_timeout = '10min';
SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('CREATE EXTENSION migrate_ext')) AS locked \gset
SET LOCAL lock_timeout TO DEFAULT;"
  sql_look_for_update
  say "\if :is_old
ALTER EXTENSION migrate_ext UPDATE;
\echo Updated the extension migrate_ext from :old_version to :new_version
\endif
\endif"
}
sql_look_for_update() {
  say "SELECT old_version, new_version, extension_owner, is_owner, old_version <> new_version AS is_old, old_version <> new_version AND NOT (is_owner AND may_create) AS is_stuck
FROM (SELECT e.extversion AS old_version, a.default_version AS new_version, pg_catalog.pg_get_userbyid(e.extowner) AS extension_owner,
    pg_catalog.pg_has_role(e.extowner, 'USAGE') AS is_owner, pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS may_create
  FROM pg_catalog.pg_extension AS e JOIN pg_catalog.pg_available_extensions AS a ON a.name = e.extname WHERE e.extname = 'migrate_ext') AS v \gset"
}

# Its schema is nobody's but its owner's until granted.
sql_need_usage() {
  say "SELECT NOT pg_catalog.has_schema_privilege('migrate', 'USAGE') AS may_not \gset
\if :may_not"
  sql_fail "pg_catalog.format('role \"%s\" may not use the schema migrate', current_user)" "''" \
    "pg_catalog.format('GRANT USAGE ON SCHEMA migrate TO %I; and for what it is to do, the grants of docs/reference.md, \"Privileges\".', current_user)"
  say '\endif'
}
sql_need_execute() { # sql_need_execute FUNCTION WORD
  say "SELECT coalesce(NOT pg_catalog.has_function_privilege(p.oid, 'EXECUTE'), false) AS may_not, p.prokind = 'p' AS is_procedure
FROM pg_catalog.pg_proc p WHERE p.proname = '$1' AND p.pronamespace = pg_catalog.to_regnamespace('migrate') \gset
\if :may_not"
  sql_fail "pg_catalog.format('role \"%s\" may not $2', current_user)" "''" \
    "pg_catalog.format('GRANT EXECUTE ON %s migrate.$1 TO %I; docs/reference.md, \"Privileges\", has all that a runner and an author need.',
      CASE WHEN :'is_procedure' THEN 'PROCEDURE' ELSE 'FUNCTION' END, current_user)"
  say '\endif'
}

# For commands that are not about a first start.
sql_begin_without_tables() {
  sql_begin
  say '\if :had_tables'
  sql_fail "'this database has tables, but not migrate_ext'" "''" \
    "'Say first where it is: migrate.sh init takes a baseline; migrate.sh apply --help tells more.'"
  say '\endif'
  sql_need_execute load_files 'load revision files'
}

# A directory without a revision is mostly the wrong one.
sql_need_files() {
  variable directory "$DIR"
  say "SELECT NOT :'had_tables' AND s.revisions = 0 AS is_nothing FROM migrate.status() AS s \gset
\if :is_nothing"
  sql_fail "'there is no revision file in ' || :'directory' || ', and no revision in the database'" "''" \
    "'Is it the right directory? --dir or MIGRATIONS_DIR names another; migrate.sh create writes a first revision.'"
  say "\else
\echo 'There is no revision file in' :directory
\endif"
}

# Nothing is left to whoever a pooler gives the session next: the tag of a transaction goes with
# it, and a procedure that commits has it as an argument.
sql_tag() {
  if [ -n "$TAG" ]; then
    variable tag "$TAG"
    say "SELECT pg_catalog.set_config('migrate.tag', :'tag', true) AS tag \gset"
  fi
}
sql_call() { # sql_call PROCEDURE: for :target
  variable tag "$TAG"
  say "CALL migrate.$1(:'target', nullif(:'tag', ''));"
}

