# Functions for a deploy script, to be sourced: what people write again and again.
# shellcheck shell=sh

# Is anything pending?  For a gate before traffic is switched over.
check_migrations() { migrate.sh check; }

# Nothing is run without a backup that can be read back.
migrate_with_backup() { migrate.sh apply --backup --output "${1:-backups}"; }

# Migrate one database after the other, and stop at the first that fails.
migrate_each() { for database; do PGDATABASE=$database migrate.sh apply || return; done; }

# Undo what the last release ran, whatever the image has: back to that revision.
roll_back_to() { migrate.sh downgrade "$1"; }

# The same without migrate.sh: with psql alone.
check_with_psql() { [ "$(psql -XAtc 'SELECT migrate.check_heads()')" = t ]; }
upgrade_with_psql() { psql -X -v ON_ERROR_STOP=1 -c "SELECT migrate.upgrade('head')"; }
