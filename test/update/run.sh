#!/bin/bash
# Does an updated extension equal a fresh one, and a restored one?  For every
# version that has been frozen (sql/frozen), and for a made-up next one, so that
# the way of "make freeze" is tested before there is a second version:
#
#   a library of one version refuses the tables of another;
#   CREATE EXTENSION of the old version, rows, grants, ALTER EXTENSION UPDATE
#     = CREATE EXTENSION of the new version
#     = pg_dump of the updated one, restored
#     = the updated one after pg_upgrade to UPGRADE_TO, a prefix of another version
#   in members, definitions, owners, grants, comments; and all rows are there.
#
# Both sides of pg_upgrade have to be Debian's, or both built from source (PG_CONFIG):
# Debian's 15 writes an option of its own into dumps that others do not know.
#
# Everything happens in a copy of the tree and of the server's programs.
# Its last line is "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. scripts/machine.sh

forget_connection_settings
prepare_machine run
DIR=$(new_server_dir migrate_ext_update) || exit 1
trap 'remove_server "$DIR"; [ -z "${NEW:-}" ] || remove_server "$NEW"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
HERE=$PWD PASSED=0 FAILED=0

is() { # is NAME GOT EXPECTED
  if [ "$2" = "$3" ]; then
    PASSED=$((PASSED + 1))
  else
    say "not ok: $1"
    diff <(printf '%s\n' "$3") <(printf '%s\n' "$2") | head -20
    FAILED=$((FAILED + 1))
  fi
}

version() { sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" migrate_ext.control; }
copy_tree() { # copy_tree DIR
  mkdir "$1"
  tar -cf - --exclude=.git --exclude='*.o' --exclude='*.so' --exclude='*.bc' Makefile migrate_ext.control src sql scripts |
    tar -xf - -C "$1"
}
make_here() { quiet_make "$@" || die "make $* failed"; }
db() { "$BIN/psql" -XAtq -v ON_ERROR_STOP=1 -U "$1" -d "$2" "${@:3}" 2>&1; }
describe() { db owner "$1" -f "$HERE/test/update/describe.sql"; }
rows() { db owner "$1" -f "$HERE/test/update/rows.sql"; }

# The tree as it is now, frozen; and the next version on top of it.
private_prefix "$DIR" || die 'no private copy of the server'
copy_tree "$DIR/now"
cd "$DIR/now" || exit 1
current=$(version)
make_here freeze
is 'make freeze writes the install script down' "$(cmp "sql/frozen/migrate_ext--$current.sql" "sql/migrate_ext--$current.sql" 2>&1)" ''
make_here freeze # once more changes nothing
cp -r "$DIR/now" "$DIR/next"
cd "$DIR/next" || exit 1
echo 'SELECT 1;' >>sql/install/10_tables.sql
is 'another install script of a frozen version is refused' \
  "$("${MAKE:-make}" -s freeze with_llvm=no PG_CONFIG="$PG_CONFIG" 2>&1 | grep -c 'raise default_version')" 1
cp "$HERE/sql/install/10_tables.sql" sql/install/
next=$current.made.up
sed -i "s/^default_version.*/default_version = '$next'/" migrate_ext.control
cp "$HERE/test/update/next.sql" sql/install/80_next.sql
mkdir -p sql/update
# An update ends as a fresh install does: everything gets the owner of the schema.
cat sql/install/00_header.sql sql/install/80_next.sql sql/install/85_owner.sql >"sql/update/migrate_ext--$current--$next.sql"
make_here all
make_here install

start_server "$DIR"
BIN=$("$PG_CONFIG" --bindir)
db postgres postgres -c 'CREATE ROLE owner LOGIN CREATEDB' -c 'CREATE ROLE reader' -c 'CREATE ROLE runner' >/dev/null
for base in fresh updated restored; do db owner postgres -c "CREATE DATABASE $base" >/dev/null; done

db owner fresh -c 'CREATE EXTENSION migrate_ext' \
  -c 'GRANT USAGE ON SCHEMA migrate TO reader' -c 'GRANT SELECT ON migrate.log TO reader' \
  -c 'GRANT EXECUTE ON FUNCTION migrate.upgrade TO runner'
versions=("$current")
for file in "$HERE"/sql/frozen/migrate_ext--*.sql; do
  [ -f "$file" ] || continue
  file=${file##*--}
  [ "${file%.sql}" = "$current" ] || versions+=("${file%.sql}")
done
for old in "${versions[@]}"; do
  db owner postgres -c 'DROP DATABASE IF EXISTS updated' -c 'DROP DATABASE IF EXISTS restored' \
    -c 'CREATE DATABASE updated' -c 'CREATE DATABASE restored' >/dev/null
  # Rows are written as that version's library would have.
  db owner updated -c "CREATE EXTENSION migrate_ext VERSION '$old'" \
    -c 'GRANT USAGE ON SCHEMA migrate TO reader' -c 'GRANT SELECT ON migrate.log TO reader' \
    -c 'GRANT EXECUTE ON FUNCTION migrate.upgrade TO runner' >/dev/null
  is "$old: the library of $next refuses it" "$(db owner updated -c 'SELECT migrate.current()' | sed -n 's/^ERROR: *//p')" \
    "the library migrate_ext is of version $next, the extension in this database of version $old"
  is "$old: and says what to do" "$(db owner updated -c 'SELECT migrate.current()' | grep -c 'ALTER EXTENSION migrate_ext UPDATE')" 1
  is "$old: rows are written" "$(db owner updated -c "INSERT INTO migrate.revisions (revision, down_revisions, depends_on, branch_labels, message, created_at, upgrade_mode, downgrade_mode, is_real_head) VALUES ('aa', '{}', '{}', '{}', 'first', now(), 'transaction', 'transaction', true)" \
    -c "INSERT INTO migrate.scripts (revision, checksum, upgrade, upgrade_line, upgrade_marked, downgrade, downgrade_line, downgrade_marked, require_line, verify_line) VALUES ('aa', '\\x00', 'CREATE TABLE t ()', 1, false, 'DROP TABLE t', 1, false, 1, 1)" \
    -c "INSERT INTO migrate.version VALUES ('aa')" -c 'CREATE TABLE t ()' \
    -c "INSERT INTO migrate.log (action, revision, version_before, version_after) VALUES ('upgrade', 'aa', '{}', '{aa}')")" ''
  is "$old: it is updated" "$(db owner updated -c 'ALTER EXTENSION migrate_ext UPDATE')" ''
  is "$old: updated = fresh" "$(describe updated)" "$(describe fresh)"
  is "$old: the rows are there" "$(db owner updated -c 'SELECT migrate.current(), (SELECT count(*) FROM migrate.log)')" 'aa|1'
  (cd / && as_server_user "$BIN/pg_dump" -U owner -d updated -f "$DIR/dump.sql") || FAILED=$((FAILED + 1))
  is "$old: it is restored" "$(db owner restored -o /dev/null -f "$DIR/dump.sql")" ''
  is "$old: restored = fresh" "$(describe restored)" "$(describe fresh)"
  is "$old: restored rows = updated rows" "$(rows restored)" "$(rows updated)"
  is "$old: and it works on" "$(db owner restored -c 'SET client_min_messages = warning' -c "SELECT migrate.downgrade('base')" \
    -c "SELECT to_regclass('t') IS NULL")" 't'
done

# A new image meets a database of the old version: the first start updates it, if it may.
mkdir -p "$DIR/image/migrations"
printf -- '-- first\n-- Revision ID: a1\n-- Revises:\n\n-- migrate:up\nCREATE TABLE t ();\n-- migrate:down\nDROP TABLE t;\n' >"$DIR/image/migrations/a1.sql"
start() { # start ROLE COMMAND...: in the image
  (cd "$DIR/image" && PATH=$BIN:$PATH PGUSER=$1 PGDATABASE=image sh "$HERE/scripts/migrate.sh" "${@:2}" 2>&1 </dev/null)
}
old_database() {
  db owner postgres -c 'DROP DATABASE IF EXISTS image' -c 'CREATE DATABASE image' >/dev/null
  db owner image -c "CREATE EXTENSION migrate_ext VERSION '$current'" >/dev/null
}
db postgres postgres -c 'CREATE ROLE app LOGIN' -c 'CREATE ROLE deputy LOGIN IN ROLE owner' >/dev/null
old_database
db owner image -c 'GRANT USAGE ON SCHEMA migrate TO app' >/dev/null
is 'who may not update is told who may' "$(start app apply | grep -E '^(ERROR|HINT)')" \
  "ERROR:  the extension migrate_ext of this database is of version $current, that of the server $next
HINT:  Its owner, owner, has to run: ALTER EXTENSION migrate_ext UPDATE"
is 'who only looks does not update' "$(start owner check | grep -c 'Run ALTER EXTENSION migrate_ext UPDATE')" 1
is 'neither has updated' "$(db owner image -c "SELECT extversion FROM pg_extension WHERE extname = 'migrate_ext'")" "$current"
is 'the first start updates' "$(start owner apply | grep -E '^(Updated|Now)')" "Updated the extension migrate_ext from $current to $next
Now at a1"
is 'the next has nothing to do' "$(start owner apply | tail -n 1)" 'Nothing to do, at a1'
old_database
is 'so does who has the rights of the owner' "$(start deputy apply | grep -E '^(Updated|Now)')" "Updated the extension migrate_ext from $current to $next
Now at a1"
old_database
db postgres image -c 'ALTER DATABASE image OWNER TO postgres' >/dev/null
is 'an owner who may not create in the database is told so' "$(start owner apply | sed -n 's/^HINT:  //p')" \
  'Its owner, owner, has to run: ALTER EXTENSION migrate_ext UPDATE; for which a role needs: GRANT CREATE ON DATABASE image TO owner'
db postgres postgres -c 'ALTER DATABASE image OWNER TO owner' >/dev/null
old_database
for n in 1 2 3 4; do start owner apply >"$DIR/image/out.$n" & done
wait
is 'one of several starts updates' "$(cat "$DIR"/image/out.* | grep -c '^Updated the extension')" 1
is 'and none fails' "$(cat "$DIR"/image/out.* | grep -E -c '^(Now|Nothing to do,) at a1')|$(cat "$DIR"/image/out.* | grep -c ERROR)" '4|0'
db owner postgres -c 'DROP DATABASE image' >/dev/null

# The cluster goes to another major version, with the extension updated.
if [ -n "${UPGRADE_TO:-}" ]; then
  before=$(describe updated) rows_before=$(rows updated)
  stop_server "$DIR"
  old_bin=$BIN PG_CONFIG=$UPGRADE_TO/bin/pg_config
  NEW=$(new_server_dir migrate_ext_update)
  private_prefix "$NEW" || die 'no private copy of the other server'
  find src -name '*.o' -delete
  rm -f migrate_ext.so # PGXS takes objects for secondary: they alone are not missed
  make_here all
  make_here install
  BIN=$("$PG_CONFIG" --bindir)
  options=(-U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync)
  ! "$BIN/initdb" --help | grep -q no-data-checksums || options+=(--no-data-checksums) # the default of 18 is another
  (cd / && as_server_user "$BIN/initdb" -D "$NEW/data" "${options[@]}") >"$NEW/initdb.log" 2>&1
  is "pg_upgrade to $("$PG_CONFIG" --version)" "$(cd "$NEW" && as_server_user "$BIN/pg_upgrade" -b "$old_bin" -B "$BIN" \
    -d "$DIR/data" -D "$NEW/data" -U postgres -s "$NEW" 2>&1 | grep -c 'Upgrade Complete')" 1
  (cd / && as_server_user "$BIN/pg_ctl" -D "$NEW/data" -o "-k $NEW -c listen_addresses=''" -l "$NEW/log" -w start) >/dev/null 2>&1 </dev/null
  export PGHOST=$NEW
  # PostgreSQL itself does not keep the owner of an extension.  And other versions say the
  # same differently: row types are members, NOT NULL is a constraint, owners have MAINTAIN,
  # arguments of procedures have a mode.
  facts() {
    grep -vE '_not_null NOT NULL|^initial rights|^member type' <<<"$1" |
      sed -e 's/^\(extension .*\) of .*/\1/' -e 's/=arwdDxtm/=arwdDxt/g' -e 's/\(REPLACE PROCEDURE [^(]*(\)IN /\1/'
  }
  is 'pg_upgraded = updated' "$(facts "$(describe updated)")" "$(facts "$before")"
  is 'and its rows' "$(rows updated)" "$rows_before"
  is 'and it works on' "$(db owner updated -c 'SET client_min_messages = warning' -c "SELECT migrate.downgrade('base')" \
    -c "SELECT to_regclass('t') IS NULL")" 't'
fi

say "$PASSED passed, $FAILED failed"
[ "$FAILED" -eq 0 ]
