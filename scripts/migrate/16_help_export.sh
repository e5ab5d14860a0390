# --- help on export --------------------------------------------------------------
# Apart from the others only because a part has no more than 400 lines.

help_export() {
  cat <<'EOF'
Usage: migrate.sh export [DIR] [options]
       migrate.sh export --format alembic|dbmate|flyway|plain [DIR] [options]

Writes the revisions of the database as files, DIR/<revision>_<slug>.sql, and
their prelude as DIR/prelude.sql.  What has a file in DIR already is left alone.

With --format the files are a project of another tool, by default in
./migrations_FORMAT: Python files with the graph as it is for Alembic, with an
alembic.ini and env.py where none are there; one line of SQL files for dbmate and
Flyway; for "plain" a file up and a file down each, and run_order.psql, which psql
can run.  What the other tool has no place for stands in comments, and is told.

  --format FORMAT   for another tool: alembic, dbmate, flyway or plain
  --force           write files again that are there: under the name they have, or,
                    with --format, where they differ
  -n, --dry-run     print the names of the files that would be written
EOF
}

