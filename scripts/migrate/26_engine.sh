# --- the engine ------------------------------------------------------------------
# A PostgreSQL that has the extension, for a database that cannot have it: it decides, in a
# database of its own that is dropped at the end, and the other one is only written to.
#
# MIGRATE_ENGINE names one.  Otherwise it is a private server of this script: its data stay in a
# cache directory, and it runs while somebody uses it.  What it is told comes from the files and
# from the tables of the other database, so the role that works there is nobody: no superuser.

ENGINE='' ENGINE_BIN='' ENGINE_MAJOR=0 ENGINE_DIR='' RUN='' TARGET_NAME=''

# libpq's settings, as those of the database that is migrated, and those of the engine.
LIBPQ='PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGPASSFILE PGSERVICE PGSERVICEFILE PGOPTIONS PGREQUIREAUTH
  PGCHANNELBINDING PGSSLMODE PGREQUIRESSL PGSSLCOMPRESSION PGSSLCERT PGSSLKEY PGSSLCERTMODE PGSSLROOTCERT PGSSLCRL PGSSLCRLDIR
  PGSSLSNI PGSSLNEGOTIATION PGREQUIREPEER PGSSLMINPROTOCOLVERSION PGSSLMAXPROTOCOLVERSION PGGSSENCMODE PGKRBSRVNAME PGGSSLIB
  PGGSSDELEGATION PGTARGETSESSIONATTRS PGLOADBALANCEHOSTS PGDATESTYLE PGTZ PGGEQO'
keep_settings() { # keep_settings WHOSE
  for setting in $LIBPQ; do eval "$1_had_$setting=\${$setting+yes} $1_$setting=\${$setting-}"; done
}
use_settings() { # use_settings WHOSE
  for setting in $LIBPQ; do
    eval "had=\$$1_had_$setting"
    if [ -n "$had" ]; then eval "export $setting=\"\$$1_$setting\""; else unset "$setting"; fi
  done
}
forget_settings() { for setting in $LIBPQ; do unset "$setting"; done; }

# PostgreSQL does not run as root.
engine_user() { if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi; }
as_engine_user() {
  if [ "$(id -u)" != 0 ]; then
    "$@"
  elif setpriv --reuid=0 --regid=0 --clear-groups true 2>/dev/null; then # busybox has one that cannot
    setpriv --reuid="$(id -u "$(engine_user)")" --regid="$(id -g "$(engine_user)")" --clear-groups env HOME=/ "$@"
  elif command -v su-exec >/dev/null; then
    su-exec "$(engine_user)" "$@"
  else
    # shellcheck disable=SC2016 # for the other shell
    su -s /bin/sh "$(engine_user)" -c 'exec "$0" "$@"' -- "$@"
  fi
}

# The version of the server's programs in a directory, and where its extensions are.
server_version_of() { # server_version_of BIN: the major one
  version_words=$("$1/postgres" --version 2>/dev/null) || return 1
  version_words=${version_words#*") "}
  printf '%s' "${version_words%%[!0-9]*}"
}
extensions_of() { # extensions_of BIN
  for share in "$("$1/pg_config" --sharedir 2>/dev/null)" "${1%/lib/postgresql/*}/share/postgresql/$(server_version_of "$1")" \
    "${1%/bin}/share/postgresql" "${1%/bin}/share"; do
    if [ -e "$share/extension/migrate_ext.control" ]; then
      printf '%s' "$share/extension"
      return
    fi
  done
  return 1
}

# Of the version of the database, if there is one, or else the newest: sets ENGINE_BIN and ENGINE_MAJOR.
find_engine() { # find_engine MAJOR
  ENGINE_BIN='' ENGINE_MAJOR=0 without=''
  for bin in "$HERE" "$(command -v initdb | sed 's,/[^/]*$,,')" "/usr/lib/postgresql/$1/bin" /usr/lib/postgresql/*/bin \
    /usr/pgsql-*/bin /usr/libexec/postgresql* /usr/local/pgsql/bin /opt/homebrew/opt/postgresql@*/bin; do
    if ! [ -x "$bin/initdb" ] || ! [ -x "$bin/pg_ctl" ]; then continue; fi
    major=$(server_version_of "$bin") || continue
    if ! extensions_of "$bin" >/dev/null; then
      without="$without $major"
      continue
    fi
    if [ "$major" = "$1" ] || [ "$major" -gt "$ENGINE_MAJOR" ]; then ENGINE_BIN=$bin ENGINE_MAJOR=$major; fi
    [ "$major" != "$1" ] || return 0
  done
  [ -n "$ENGINE_BIN" ] || die "migrate_ext cannot be installed in this database, and there is no server here that has it" \
    "${without:+There is PostgreSQL$without, without migrate_ext.}${without:-There are no programs of a server (initdb, pg_ctl).}" \
    "Install the packages postgresql-$1 and postgresql-$1-migrate-ext; or use the image of examples/deploy, which has both;" \
    "or name a server that has it: MIGRATE_ENGINE=postgresql://user@host/database (CREATEDB is enough)."
}

# One at a time starts it, stops it, or makes and drops databases in it.  The lock is a link that
# says whose it is: made in one step, and told from one that was left behind.
engine_lock() {
  tries=0
  until ln -s "$$" "$ENGINE_DIR/lock" 2>/dev/null; do
    owner=$(readlink "$ENGINE_DIR/lock") || continue
    [ "$owner" != "$$" ] || return 0
    if ! is_alive "$owner"; then
      # somebody else may have found it, too, and have it by now
      mv -f -- "$ENGINE_DIR/lock" "$ENGINE_DIR/lock.$$" 2>/dev/null && [ "$(readlink "$ENGINE_DIR/lock.$$")" != "$owner" ] &&
        ln -s "$(readlink "$ENGINE_DIR/lock.$$")" "$ENGINE_DIR/lock" 2>/dev/null
      rm -f -- "$ENGINE_DIR/lock.$$"
      continue
    fi
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || die "process $owner does not let go of the engine in $ENGINE_DIR"
    sleep 0.2 2>/dev/null || sleep 1
  done
}
engine_unlock() { [ "$(readlink "$ENGINE_DIR/lock" 2>/dev/null)" != "$$" ] || rm -f -- "$ENGINE_DIR/lock"; }
is_alive() { # is_alive PID: also of another user
  kill -0 "$1" 2>/dev/null || [ -d "/proc/$1" ]
}

# psql as whoever may create databases there.
engine_psql() { # engine_psql [OPTION...]
  PGOPTIONS='' psql -X -q -A -t -w -v ON_ERROR_STOP=1 "$@"
}

engine_server_runs() { engine_psql -c 'SELECT 1' >/dev/null 2>&1; }
start_engine() {
  if engine_server_runs; then return; fi
  [ -d "$ENGINE_DIR/data" ] || make_engine
  : >"$ENGINE_DIR/log"
  [ "$(id -u)" != 0 ] || chown "$(engine_user)" "$ENGINE_DIR/log"
  # with nothing of ours open: not the terminal, not a pipe that somebody reads to its end
  (cd / && as_engine_user "$ENGINE_BIN/pg_ctl" -D "$ENGINE_DIR/data" -l "$ENGINE_DIR/log" -w -t 60 start) >/dev/null 2>&1 </dev/null 3>&- 4>&- ||
    engine_server_runs || {
    tail -n 5 "$ENGINE_DIR/log" >&2
    die "the engine in $ENGINE_DIR does not start" "What is there may be removed; it is made anew."
  }
}
make_engine() {
  rm -rf -- "$ENGINE_DIR/new"
  (cd / && as_engine_user "$ENGINE_BIN/initdb" -D "$ENGINE_DIR/new" -U migrate_engine_owner -A trust -E UTF8 --no-locale --no-sync) \
    >"$ENGINE_DIR/initdb.log" 2>&1 </dev/null || {
    tail -n 5 "$ENGINE_DIR/initdb.log" >&2
    # as OpenShift starts a container
    id -un >/dev/null 2>&1 || die "no engine can be made: user $(id -u) has no name here, and initdb needs one" \
      "Give it a line in /etc/passwd, or name a server that has migrate_ext: MIGRATE_ENGINE=postgresql://user@host/database."
    die "no engine can be made in $ENGINE_DIR"
  }
  cat >>"$ENGINE_DIR/new/postgresql.conf" <<EOF
listen_addresses = ''
unix_socket_directories = '$ENGINE_DIR'
unix_socket_permissions = 0700
port = 5432
fsync = off
full_page_writes = off
synchronous_commit = off
autovacuum = off
shared_buffers = 32MB
max_wal_senders = 0
wal_level = minimal
max_connections = 200
lc_messages = 'C'
timezone = 'UTC'
log_timezone = 'UTC'
EOF
  mv -- "$ENGINE_DIR/new" "$ENGINE_DIR/data"
}

# A directory that the server's user may get into.  Whoever reaches the socket is superuser there.
find_engine_dir() {
  if [ -n "${XDG_CACHE_HOME:-}" ]; then
    ENGINE_DIR=$XDG_CACHE_HOME
  elif [ "$(id -u)" = 0 ]; then
    ENGINE_DIR=/var/cache # root's own directory is closed to the server
  else
    ENGINE_DIR=${HOME:-/nonexistent}/.cache
  fi
  ENGINE_DIR=$ENGINE_DIR/migrate_ext/engine-$ENGINE_MAJOR
  KEEP_ENGINE=yes
  if ! mkdir -p -- "$ENGINE_DIR" 2>/dev/null || ! own_engine_dir || [ ${#ENGINE_DIR} -gt 85 ]; then
    KEEP_ENGINE=''
    ENGINE_DIR=$(mktemp -d "${TMPDIR:-/tmp}/migrate_engine.XXXXXX") || ENGINE_DIR=/nonexistent
    own_engine_dir || die "there is no directory for an engine: set XDG_CACHE_HOME, or MIGRATE_ENGINE"
  fi
}
own_engine_dir() {
  [ "$(id -u)" != 0 ] || chown "$(engine_user)" "$ENGINE_DIR" || return 1
  chmod 700 "$ENGINE_DIR" 2>/dev/null && as_engine_user test -w "$ENGINE_DIR" 2>/dev/null
}

# The private server, and a database in it: with the extension, or without, as one in which
# nothing has been migrated.  The extension is copied from a template, which is the one of these files.
begin_private_engine() { # begin_private_engine MAJOR [bare]
  find_engine "$1"
  find_engine_dir
  forget_settings
  export PGHOST="$ENGINE_DIR" PGPORT=5432 PGUSER=migrate_engine_owner PGDATABASE=postgres
  ENGINE_DATABASE=run_$$
  ENGINE="a private PostgreSQL $ENGINE_MAJOR, $ENGINE_DIR"
  extension=$(cat "$(extensions_of "$ENGINE_BIN")"/migrate_ext* | cksum)
  template=extension_$(printf '%s' "$extension" | tr ' ' _)
  engine_lock
  start_engine
  if ! engine_psql -d "$template" -c 'SELECT 1' >/dev/null 2>&1; then make_template || die "the engine cannot create the extension"; fi
  if [ "${2-}" = bare ]; then template=template1; fi
  engine_psql -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS $ENGINE_DATABASE WITH (FORCE)" \
    -c "CREATE DATABASE $ENGINE_DATABASE OWNER migrate_engine TEMPLATE $template" || die "the engine cannot create a database"
  engine_unlock
  keep_settings owner
  export PGUSER=migrate_engine PGDATABASE="$ENGINE_DATABASE"
}
make_template() {
  for old in $(engine_psql -c "SELECT datname FROM pg_database WHERE datname ~ '^extension_'"); do
    engine_psql -c "DROP DATABASE $old WITH (FORCE)" || return
  done
  engine_psql -c "SELECT 1 FROM pg_roles WHERE rolname = 'migrate_engine'" | grep -q 1 || engine_psql -c 'CREATE ROLE migrate_engine LOGIN' || :
  engine_psql -c "CREATE DATABASE new_$template OWNER migrate_engine" &&
    engine_psql -d "new_$template" -U migrate_engine -c 'CREATE EXTENSION migrate_ext' &&
    engine_psql -c "ALTER DATABASE new_$template RENAME TO $template"
}

# A server that somebody has named.
begin_named_engine() { # begin_named_engine [bare]
  forget_settings
  DATABASE_URL=$MIGRATE_ENGINE URL_NAME=MIGRATE_ENGINE
  use_database_url
  URL_NAME=DATABASE_URL
  target_name=$TARGET_NAME TARGET_NAME=''
  ENGINE=$(database_name)
  TARGET_NAME=$target_name
  keep_settings owner
  ENGINE_DATABASE=migrate_engine_$(date +%s)_$$
  forget_old_engines
  ENGINE_MAJOR=$(engine_psql -c "CREATE DATABASE $ENGINE_DATABASE" -c "SELECT current_setting('server_version_num')::int / 10000") ||
    die "no database can be created in the engine, $ENGINE"
  export PGDATABASE="$ENGINE_DATABASE"
  if [ "${1-}" != bare ]; then
    engine_psql -c 'CREATE EXTENSION migrate_ext' || die "the engine, $ENGINE, has no extension migrate_ext"
  fi
}
# What clients that were killed have left there, a day ago.
forget_old_engines() {
  for old in $(engine_psql -c "SELECT datname FROM pg_database AS d WHERE datname ~ '^migrate_engine_[0-9]+_[0-9]+\$'
    AND split_part(datname, '_', 3)::bigint < extract(epoch FROM now()) - 86400 AND pg_has_role(datdba, 'USAGE')
    AND NOT EXISTS (SELECT FROM pg_stat_activity AS a WHERE a.datname = d.datname)"); do
    engine_psql -c "DROP DATABASE IF EXISTS $old" 2>/dev/null || :
  done
}

# The roles that a dump names.  Those that the database's role may act for, the engine's may, too; in the
# private engine, where they may nothing, all of them: a baseline says who owns what.  To own something in
# public they have to belong to the owner of the database there, as they did, or were superusers.
bring_roles() {
  each='' all=''
  if [ -n "$ENGINE_DIR" ]; then
    all="IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'migrate_engine_all') THEN
    CREATE ROLE migrate_engine_all;
    GRANT migrate_engine_all TO migrate_engine;
  END IF;
  ALTER DATABASE $ENGINE_DATABASE OWNER TO migrate_engine_all;"
    each="EXECUTE pg_catalog.format('GRANT migrate_engine_all TO %I', r.name);"
    engine_lock
  fi
  use_settings owner
  # shellcheck disable=SC2016 # for the server
  say "\\cd :run
CREATE TEMP TABLE roles (name text, is_member boolean, me name DEFAULT '${ENGINE_DIR:+migrate_engine}');
\\copy roles (name, is_member) FROM 'roles'
DO \$\$
DECLARE
  r record;
BEGIN
  $all
  FOR r IN SELECT name, is_member, coalesce(nullif(me, ''), current_user) AS me FROM roles LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = r.name) THEN
        EXECUTE pg_catalog.format('CREATE ROLE %I', r.name);
      END IF;
      $each
      IF (r.is_member OR ${ENGINE_DIR:+true OR }false) AND r.name <> r.me AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = r.name AND (rolsuper OR rolcanlogin)) THEN
        EXECUTE pg_catalog.format('GRANT %I TO %I', r.name, r.me);
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege OR invalid_grant_operation OR reserved_name THEN
      NULL; -- whoever names it will hear of it
    END;
  END LOOP;
END \$\$;" >"$RUN/roles.sql"
  engine_psql -d "$ENGINE_DATABASE" -v run="$RUN" -f "$RUN/roles.sql" >/dev/null 2>&1 || :
  [ -z "$ENGINE_DIR" ] || engine_unlock
  use_settings engine
}

end_engine() {
  [ -n "$ENGINE" ] || return 0
  if [ -z "$ENGINE_DIR" ]; then
    use_settings owner
    engine_psql -c "SET client_min_messages = warning" -c "DROP DATABASE IF EXISTS $ENGINE_DATABASE WITH (FORCE)" 2>/dev/null || :
  else
    end_private_engine
  fi
  ENGINE=''
}
# Databases are named after their clients: those of clients that are gone go, too, and who is the last
# one stops the server.
end_private_engine() {
  forget_settings
  export PGHOST="$ENGINE_DIR" PGPORT=5432 PGUSER=migrate_engine_owner PGDATABASE=postgres
  engine_lock
  in_use=''
  for one in $(engine_psql -c "SELECT datname FROM pg_database WHERE datname ~ '^run_'" 2>/dev/null); do
    if [ "$one" != "$ENGINE_DATABASE" ] && is_alive "${one#run_}"; then
      in_use=yes
    else
      engine_psql -c "DROP DATABASE IF EXISTS $one WITH (FORCE)" >/dev/null 2>&1 || :
    fi
  done
  if [ -z "$in_use" ]; then
    (cd / && as_engine_user "$ENGINE_BIN/pg_ctl" -D "$ENGINE_DIR/data" -m fast -w stop) >/dev/null 2>&1 </dev/null || :
  fi
  engine_unlock
  [ -n "$KEEP_ENGINE" ] || rm -rf -- "$ENGINE_DIR"
}
