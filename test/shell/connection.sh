#!/bin/sh
# How the database is found, and that no secret is shown: a psql of our own says
# what it was told.
set -u
# shellcheck source=test/shell/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$SCRATCH" || exit 1
mkdir bin
cat >bin/psql <<'EOF'
#!/bin/sh
{ env | grep '^PG[A-Z_]*=' | grep -v -e '^PGCLIENTENCODING' -e '^PGAPPNAME=migrate.sh$' -e '^PGCONNECT_TIMEOUT=10$' -e ^PG_CONFIG | sort; } >told
echo "$*" >arguments
cat >/dev/null
EOF
chmod +x bin/psql
REAL_PATH=$PATH

# What psql is told for a URL; nothing else is set.
told() { # told URL EXPECTED...
  url=$1
  shift
  rm -f told arguments
  env -i PATH="$SCRATCH/bin:$REAL_PATH" DATABASE_URL="$url" "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" wait >"$SAID" 2>&1 </dev/null
  is "$(cat told)" "$(for line; do printf '%s\n' "$line"; done | sort)" "$url"
  ! grep -q -e s3 -e cret arguments "$SAID"
  result $? "  shows no secret"
}
told postgresql://u:s3cret@h:5433/db PGUSER=u PGPASSWORD=s3cret PGHOST=h PGPORT=5433 PGDATABASE=db
told postgres://u:s3cret@h/db PGUSER=u PGPASSWORD=s3cret PGHOST=h PGDATABASE=db
told postgresql+psycopg2://u:s3cret@h/db PGUSER=u PGPASSWORD=s3cret PGHOST=h PGDATABASE=db
told postgresql+asyncpg://u@h/db?ssl=require PGUSER=u PGHOST=h PGDATABASE=db PGSSLMODE=require
told 'postgresql://u%40x:s3%3A%2Fcr%25%C3%A9t@h/d%20b' PGUSER=u@x 'PGPASSWORD=s3:/cr%ét' PGHOST=h 'PGDATABASE=d b'
told 'postgresql://u:s3/cret@h/db' PGUSER=u PGPASSWORD=s3/cret PGHOST=h PGDATABASE=db
told 'postgresql://u:s3@cret@h/db' PGUSER=u PGPASSWORD=s3@cret PGHOST=h PGDATABASE=db
told 'postgresql://[::1]:5433/db' PGHOST=::1 PGPORT=5433 PGDATABASE=db
told 'postgresql://a:1,b:2/db?target_session_attrs=read-write' PGHOST=a,b PGPORT=1,2 PGDATABASE=db PGTARGETSESSIONATTRS=read-write
told 'postgresql:///db?host=/run/postgresql&user=u&password=s3cret' PGHOST=/run/postgresql PGUSER=u PGPASSWORD=s3cret PGDATABASE=db
told 'postgresql://u@%2Frun%2Fpostgresql/db' PGUSER=u PGHOST=/run/postgresql PGDATABASE=db
told 'postgresql://h/db?sslmode=verify-full&sslrootcert=/ca.pem&options=-c%20search_path%3Dapp&connect_timeout=3&application_name=x' \
  PGHOST=h PGDATABASE=db PGSSLMODE=verify-full PGSSLROOTCERT=/ca.pem 'PGOPTIONS=-c search_path=app' PGCONNECT_TIMEOUT=3 PGAPPNAME=x
told '"postgresql://h/db"' PGHOST=h PGDATABASE=db
told 'postgresql://h/db?pool_size=5&client_encoding=utf8' PGHOST=h PGDATABASE=db
told 'postgresql://h/db?schema=s' PGHOST=h PGDATABASE=db 'PGOPTIONS=-csearch_path="s"'
told 'postgresql://h/db?schema=My%20"S\&options=-cx=1' PGHOST=h PGDATABASE=db 'PGOPTIONS=-csearch_path="My\ ""S\\" -cx=1'
told 'postgresql://h/db?options=-cx%3D1&search_path=app,public' PGHOST=h PGDATABASE=db 'PGOPTIONS=-cx=1 -csearch_path=app,public'
told 'jdbc:postgresql://h/db?currentSchema=app,%20public&ApplicationName=x&connectTimeout=3' PGHOST=h PGDATABASE=db 'PGOPTIONS=-csearch_path=app,\ public' PGAPPNAME=x PGCONNECT_TIMEOUT=3
told 'postgresql://u@/db?unix_sock=/run/pg/.s.PGSQL.5433' PGHOST=/run/pg PGPORT=5433 PGUSER=u PGDATABASE=db
told 'postgresql://u@/db?socket=/run/pg' PGHOST=/run/pg PGUSER=u PGDATABASE=db
told "$(printf ' \t\npostgresql://u:s3cret@h/db\r\n')" PGHOST=h PGUSER=u PGPASSWORD=s3cret PGDATABASE=db
told "$(printf '"postgresql://u:s3cret@h/db?sslmode=require"\r')" PGHOST=h PGUSER=u PGPASSWORD=s3cret PGDATABASE=db PGSSLMODE=require
told 'postgresql://u:s3cret%0A@h/db' PGHOST=h PGUSER=u PGPASSWORD=s3cret PGDATABASE=db
told 'postgresql://h/db?require_auth=scram-sha-256&load_balance_hosts=random' PGHOST=h PGDATABASE=db PGREQUIREAUTH=scram-sha-256 PGLOADBALANCEHOSTS=random

bad() { # bad URL TEXT
  runs 2 "$1" env DATABASE_URL="$1" "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" status
  says "$2"
  says_not s3cret
}
bad mysql://u:s3cret@h/db 'begins with mysql://'
bad s3cret 'is not a URL'
bad postgresql://u:s3cret%4@h/db 'not followed by two hexadecimal digits'
bad postgresql://u:s3cret%00@h/db 'cannot be part'
bad 'postgresql://u:s3cret@h/db?sslmod=require' '"sslmod" is not known'
bad 'postgresql://u:s3cret@h/db?password' '"password"'

# shellcheck disable=SC2317 # runs() calls it
unset_and() { env -i PATH="$SCRATCH/bin:$REAL_PATH" "$@" "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" wait </dev/null; }
runs 0 "libpq's own settings are left" unset_and PGSERVICE=prod PGPASSFILE=/x
is "$(cat told)" "PGPASSFILE=/x
PGSERVICE=prod" "  all of them"
says "service=prod answers"
runs 0 "DATABASE_URL comes first" unset_and PGSERVICE=prod PGHOST=a PGUSER=b PGDATABASE=c DATABASE_URL=postgresql://h/d
is "$(cat told)" "PGDATABASE=d
PGHOST=h
PGUSER=b" "  before a service, too"
runs 0 "a password in the environment" unset_and PGHOST=h PGUSER=u PGPASSWORD=s3cret
says "postgresql://u:***@h/u answers"
runs 0 "  from a file that ends with a newline" unset_and PGHOST=h PGUSER=u "PGPASSWORD=$(printf ' s3cret\r\nx')"
is "$(grep -c s3cret told)" 1 "  a newline inside is kept"
runs 0 "  from a file that ends with CR" unset_and PGHOST=h PGUSER=u "PGPASSWORD=$(printf 's3cret\r')"
grep -qx 'PGPASSWORD=s3cret' told
result $? "  which is left out"
is "$(cat arguments)" "-X -q -A -t -w -P pager=off -v ON_ERROR_STOP=1" "no argument but settings"

echo "# refused for good, in a language that nobody here reads"
# psql's own words are asked for in English; the server's are its own.  What it says of this
# role or database is final where pg_isready says that it takes connections.
cat >bin/psql <<'EOF'
#!/bin/sh
cat >/dev/null
echo "$LC_ALL" >told
echo "psql: error: connection to server on socket \"/run/u/d/.s.PGSQL.5432\" failed: $REFUSAL" >&2
exit 2
EOF
cat >bin/pg_isready <<'EOF'
#!/bin/sh
exit "$READY"
EOF
chmod +x bin/pg_isready
refused() { # refused FINAL READY USER DATABASE TEXT: 1 if it is final, 0 if it is waited for
  runs 1 "$5" env -i PATH="$SCRATCH/bin:$REAL_PATH" PGUSER="$3" PGDATABASE="$4" REFUSAL="$5" READY="$2" LC_ALL=C.UTF-8 \
    "$SHELL_UNDER_TEST" "$PROJECT/scripts/migrate.sh" wait --timeout 6
  is "$(grep -c 'will not change by waiting' "$SAID")" "$1" "  is final: $1"
  is "$(grep -c -F -e "$5" "$SAID")" 1 "  said once"
}
refused 1 0 joe db 'FATAL:  Passwort-Authentifizierung für Benutzer »joe« fehlgeschlagen'
is "$(cat told)" C "  psql speaks English"
refused 1 0 joe db 'ВАЖНО:  база данных "db" не существует'
refused 1 0 joe db '致命的エラー:  ロール"joe"はログインが許可されていません'
refused 1 2 joe db 'fe_sendauth: no password supplied'
refused 1 2 joe db 'server does not support SSL, but SSL was required'
refused 0 1 joe db 'FATAL:  das Datenbanksystem startet'
refused 0 0 joe db 'FATAL:  tut mir leid, schon zu viele Verbindungen'
refused 0 0 u d 'FATAL:  tut mir leid, schon zu viele Verbindungen'
refused 0 0 joe db 'FATAL:  too many connections for role "joe"'
refused 0 2 on a 'Connection refused, is the server running on that host?'

done_testing
