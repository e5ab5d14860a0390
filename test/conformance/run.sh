#!/bin/sh
# Compare migrate_ext with the installed Alembic:  test/conformance/run.sh [--seed N] [--cases N]
#
# Works on the server that libpq's environment names, where the extension must be installed, in a
# database of its own that it drops again.  MIGRATE_SKIP_CONFORMANCE=1 makes it succeed where
# there is no Alembic.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

python=
for candidate in "${PYTHON:-python3}" /usr/bin/python3; do
	if "$candidate" -c 'import alembic' 2>/dev/null; then
		python=$candidate
		break
	fi
done
if [ -z "$python" ]; then
	echo "Alembic is not installed: apt-get install python3-alembic" >&2
	[ "${MIGRATE_SKIP_CONFORMANCE:-}" = 1 ] && exit 0
	exit 1
fi

maintenance=${PGDATABASE:-postgres}
database=migrate_conformance_$$
createdb --maintenance-db="$maintenance" "$database"
trap 'dropdb --maintenance-db="$maintenance" --if-exists "$database"' EXIT
trap 'exit 1' HUP INT TERM
PGDATABASE=$database "$python" -B "$here/compare.py" "$@"
