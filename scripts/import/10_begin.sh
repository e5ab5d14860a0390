#!/bin/sh
# Turns the migrations of another tool into revision files.
#
# A project changes its migration tool only if its history comes along: order,
# names, downs, what must not run in a transaction, and where each database is.
# Doing that by hand for some hundred files is where mistakes are made, so this
# does it, and says what it cannot do before it writes anything.
#
# Everything about the SQL is text here: files are cut into sections, nothing is
# run.  awk does it in one pass; a tool's shape is one function of that program.
# docs/import.md tells what becomes of what.
#
# This file is made of the parts in scripts/import, by "make scripts": change those.
set -eu
umask 022

usage() {
  cat <<'EOF'
Usage: migrate.sh import DIR [options]

Converts the migrations of another tool into revision files.  DIR is the
directory of the migrations or of the project.

  --from TOOL           alembic, authelia, dbmate, diesel, drizzle, flyway,
                        golang-migrate, goose, hasura, node-pg-migrate, popx,
                        prisma, sql-migrate, sqitch, sqlx, supabase or tern;
                        recognised by the directory's shape if not given, and by
                        the tool's own table in the database with --load
  --prefix PREFIX       Flyway's, if it is not V; may be empty
  --dialect DIALECT     whose files, where those for several databases are side
                        by side (popx, authelia); postgres
  --to DIR              where the revision files go (./migrations; ./revisions
                        where ./migrations is what is imported)
  --until MIGRATION     leave out what comes after this one: its version, name
                        or file
  --irreversible MIGRATION
                        leave out its downgrade, one that is not even SQL; may
                        be given several times.  "all": of all those that the
                        database cannot read
  --own-transaction MIGRATION
                        its COMMIT is meant: it runs outside a transaction, with
                        those that it has; may be given several times, or "all"
  --dry-run             say what would be done, and do nothing
  --load                load the revisions into the database, too; where the
                        tool's own table of what it has applied is found there,
                        stamp the database to match
  --stamp               the same, and fail if that table is not found
  --table SCHEMA.TABLE  that table, if it is not the tool's usual one, as SQL
                        writes it
  --help

Alembic's SQL is made by Alembic: "flask db upgrade heads --sql" is run for
Flask-Migrate, the same with alembic otherwise, and the downgrades likewise.
  --app APP             the application, for Flask: FLASK_APP
  $ALEMBIC              the command, if it is another: "uv run flask db",
                        "alembic -c other.ini -x tenant=a"
  --by-hand REVISION    one that asks the database, which no SQL can say: an
                        upgrade that fails until its SQL is written in its place;
                        may be given several times.  "all": of all those
  --upgrade-sql FILE    what "alembic upgrade heads --sql" printed
  --downgrade-sql FILE  what "alembic downgrade HEAD:base --sql" printed, for all
                        heads if there are several; without it the revisions are
                        irreversible
  --percents doubled|plain
                        whether these files have every % twice, as psycopg2's
                        dialect writes it
  --graph-only          revisions without SQL
  --print-hook          print the sitecustomize.py that makes Alembic's SQL true,
                        for PYTHONPATH where Python runs on another machine

The database is the one that libpq's environment names (PGHOST, PGDATABASE,
PGSERVICE ...), or DATABASE_URL.  The extension is created if it is not there.

Exit status: 0 done or nothing to do, 1 failed, 2 usage.
EOF
}

die() { # die MESSAGE [LINE...]
  printf 'migrate-import: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

bad_usage() {
  printf 'migrate-import: %s\nTry --help.\n' "$1" >&2
  exit 2
}

