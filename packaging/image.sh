#!/bin/bash
# The images of examples/deploy, built and used where there is no Docker: each line of
# the Dockerfiles is carried out, in chroots that stand in for the images that they begin
# from.  Then "server" is the database of "app", as in docker-compose.yml, and the engine
# for a database without the extension.
#
#   packaging/image.sh [MAJOR]           what "make image-check" runs, as root; 17
#
# What stands in for postgres:N is a Debian release with the packages of PostgreSQL N:
# its user postgres, its PATH, PGDATA and PG_MAJOR.  Its docker-entrypoint.sh is not
# there: initdb and postgres are run here as it would.  Nothing of a registry is tested.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
. scripts/machine.sh
. test/versions/chroot.sh
HERE=$PWD
DEPLOY=$HERE/examples/deploy
work=${MIGRATE_VERSIONS_DIR:-/var/tmp/migrate_ext_versions}
major=${1:-$(sed -n 's/^ARG PG_MAJOR=//p' "$DEPLOY/Dockerfile")}

suite_of() { # suite_of MAJOR
  case $1 in 13) echo bullseye ;; 15) echo bookworm ;; 17) echo trixie ;; 18) echo sid ;;
    *) die "no release of Debian has PostgreSQL $1" "Try 13, 15, 17 or 18." ;; esac
}
base_of() { # base_of IMAGE: the chroot that stands in for it
  case $1 in
    postgres:*) echo "$work/base-$(suite_of "${1#*:}")-${1#*:}" ;;
    debian:*-slim) suite=${1#*:} && echo "$work/base-${suite%-slim}" ;;
    *) die "nothing stands in for the image $1" ;;
  esac
}

# --- outside: the chroots, and a namespace, with which all that is mounted and started ends -----

if [ -z "${PHASE:-}" ]; then
  forget_connection_settings
  [ "$(id -u)" = 0 ] || die 'this needs root'
  need_programs mmdebstrap=mmdebstrap unshare=util-linux ip=iproute2
  mkdir -p "$work" && chmod a+rx "$work" || exit 1
  for one in "$major" "$(sed -n 's/^ARG PG_MAJOR=//p' "$DEPLOY/cloudnativepg.Dockerfile")"; do
    suite=$(suite_of "$one") && bash test/versions/pg_matrix.sh base "$work" "$suite" "$one" || exit 1
  done
  bash test/versions/pg_matrix.sh base "$work" stable || exit 1
  DIR=$(mktemp -d "$work/.image.XXXXXX") || exit 1
  trap 'rm -rf "$DIR"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  DIR=$DIR PHASE=build unshare --mount --pid --fork --kill-child --mount-proc --propagation private \
    bash packaging/image.sh "$major" </dev/null
  exit
fi

PASSED=${PASSED:-0} FAILED=0
SAID=$DIR/said
result() { # result STATUS WHAT
  if [ "$1" -eq 0 ]; then
    PASSED=$((PASSED + 1))
    say "ok      $2"
  else
    FAILED=$((FAILED + 1))
    say "not ok  $2"
    sed 's/^/    /' "$SAID" | tail -n 30
  fi
}
runs() { # runs STATUS WHAT COMMAND...
  local wanted=$1 what=$2 got=0
  shift 2
  "$@" >"$SAID" 2>&1 || got=$?
  [ "$got" -eq "$wanted" ] || echo "(exit status $got, not $wanted)" >>"$SAID"
  result $((got != wanted)) "$what"
}
says() { # says TEXT...
  for text; do
    grep -qF -e "$text" "$SAID"
    result $? "  says: $text"
  done
}
is() { # is GOT EXPECTED WHAT
  printf 'got: %s\nexpected: %s\n' "$1" "$2" >"$SAID"
  [ "$1" = "$2" ]
  result $? "$3"
}

# --- Docker's part ------------------------------------------------------------------------------
# A stage is a directory: root is what its commands see; env, user, workdir, entrypoint and cmd are files.

# root is the base with a layer of its own above it.
new_stage() { # new_stage STAGE IMAGE
  local stage=$DIR/$1 lower part
  mkdir -p "$stage/empty"
  : >"$stage/env"
  echo root >"$stage/user"
  echo / >"$stage/workdir"
  if [ -d "$DIR/$2" ]; then
    for part in env user workdir entrypoint cmd; do [ ! -e "$DIR/$2/$part" ] || cp "$DIR/$2/$part" "$stage/$part"; done
    lower=$DIR/$2/upper:$(cat "$DIR/$2/lower")
  elif [ "$2" = scratch ]; then
    lower=$stage/empty
  else
    lower=$(base_of "$2") || exit 1
    case $2 in postgres:*)
      # PGDATA has been elsewhere since 18
      printf '%s\n' "PG_MAJOR=${2#*:}" "PGDATA=/var/lib/postgresql/$([ "${2#*:}" -ge 18 ] && echo "${2#*:}/docker" || echo data)" LANG=C.UTF-8 \
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/${2#*:}/bin" >"$stage/env" ;;
    esac
  fi
  echo "$lower" >"$stage/lower"
  open_chroot "$lower" "$stage" || die "no overlay for $1"
  [ "$2" != scratch ] || return 0
  # what a run fetches is kept for the next one
  if [ -d "$stage/root/var/cache/apt/archives" ] && [ -d "$lower" ]; then
    mkdir -p "$lower.archives/partial"
    mount --bind "$lower.archives" "$stage/root/var/cache/apt/archives"
  fi
  cp /etc/resolv.conf "$stage/root/etc/resolv.conf"
  printf '127.0.0.1 localhost db engine plain\n' >"$stage/root/etc/hosts"
}

# A command as a container of the stage runs it.
in_stage() { # in_stage STAGE [NAME=VALUE...] COMMAND...
  local stage=$DIR/$1 env=() user home
  shift
  mapfile -t env <"$stage/env"
  while [[ ${1-} =~ ^[A-Za-z_]+= ]]; do env+=("$1"); shift; done
  user=$(cat "$stage/user")
  home=$(awk -F: -v u="$user" '$1 == u { print $6 }' "$stage/root/etc/passwd")
  [ -n "$home" ] || die "USER $user is not in /etc/passwd of its image"
  # shellcheck disable=SC2016 # for the other shell
  env -i HOME="$home" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${env[@]}" \
    "$(type -P chroot)" --userspec="$user" "$stage/root" /bin/sh -c 'cd "$0" && exec "$@"' "$(cat "$stage/workdir")" "$@" </dev/null
}
as_user() { # as_user USER STAGE [NAME=VALUE...] COMMAND...: docker run --user
  local user=$1 stage=$2
  shift 2
  cp "$DIR/$stage/user" "$DIR/$stage/user.kept"
  echo "$user" >"$DIR/$stage/user"
  in_stage "$stage" "$@"
  set -- $?
  mv "$DIR/$stage/user.kept" "$DIR/$stage/user"
  return "$1"
}
starts() { # starts STAGE [NAME=VALUE...] [COMMAND...]: docker run, with the entry point, and CMD where there is no command
  local stage=$1 env=() words=()
  shift
  while [[ ${1-} =~ ^[A-Za-z_]+= ]]; do env+=("$1"); shift; done
  mapfile -t words <"$DIR/$stage/entrypoint"
  [ $# -gt 0 ] || mapfile -t -O ${#words[@]} words <"$DIR/$stage/cmd"
  in_stage "$stage" ${env[@]+"${env[@]}"} "${words[@]}" "$@"
}

# Docker's build context: everything, but for what .dockerignore names.
make_context() {
  local pattern
  mkdir "$DIR/context"
  # .git may be the file of a worktree
  tar -cf - --exclude=./.git . | tar -C "$DIR/context" -xf -
  # what make has left there for another PostgreSQL
  echo 'of another PostgreSQL' >"$DIR/context/src/settings.o"
  [ -e .dockerignore ] || return 0
  while read -r pattern; do
    case $pattern in '' | '#'*) continue ;; '!'* | *' '*) die "no idea what \"$pattern\" in .dockerignore is" ;; esac
    (shopt -s globstar dotglob nullglob && cd "$DIR/context" && for path in $pattern; do rm -rf -- "$path"; done)
  done <.dockerignore
}

# ARG and ENV in a line that Docker reads itself.
expand() { # expand TEXT: sets EXPANDED
  EXPANDED=$1
  while [[ $EXPANDED =~ \$\{([A-Za-z_]+)\} ]]; do
    [ -n "${args[${BASH_REMATCH[1]}]+yes}" ] || die "${BASH_REMATCH[1]} has no value in: $1"
    EXPANDED=${EXPANDED/"${BASH_REMATCH[0]}"/"${args[${BASH_REMATCH[1]}]}"}
  done
}
json_words() { # json_words [ "A", "B" ]: a line for each
  grep -o '"[^"]*"' <<<"$1" | sed 's/^"\(.*\)"$/\1/'
}
copy() { # copy STAGE [--from=STAGE] SOURCE... TARGET
  local root=$DIR/$1/root from=$DIR/context target source
  shift
  case $1 in --from=*) from=$DIR/${1#*=}/root && shift ;; --*) die "COPY $1 is not known here" ;; esac
  target=$root/${*: -1}
  for source in "${@:1:$#-1}"; do
    [ -e "$from/$source" ] || die "COPY: there is no $source"
    if [ -d "$from/$source" ]; then
      mkdir -p "$target"
      # links of the target's own that lead to directories stay (/lib and its like)
      tar -C "$from/$source" -cf - . | tar -C "$target" --no-same-owner --keep-directory-symlink -xf - || exit 1
    else
      case ${*: -1} in */) mkdir -p "$target" ;; *) [ $# -eq 2 ] || die "COPY of many files to ${*: -1}" ;; esac
      cp --no-dereference --preserve=mode,timestamps "$from/$source" "$target" || exit 1
    fi
  done
}

build() { # build DOCKERFILE PREFIX [NAME=VALUE...]: makes the stages PREFIX + name; the last one, without a name, is PREFIX
  local file=$1 prefix=$2 line='' more what rest stage='' number=0
  local -A args=() given=() known=()
  shift 2
  for what; do given[${what%%=*}]=${what#*=}; done
  while IFS= read -r more || [ -n "$more" ]; do
    case $more in '#'*) continue ;; esac
    line+=$more
    case $line in *\\) line=${line%\\} && continue ;; esac
    what=${line%%[[:space:]]*} rest=${line#*[[:space:]]}
    line=''
    [ -n "$what" ] || continue
    say "# $what $rest" >>"$DIR/log"
    case $what in
      ARG)
        more=${rest%%=*}
        case $rest in *=*) args[$more]=${given[$more]-${rest#*=}} ;; *) [ -n "${args[$more]+yes}" ] || die "ARG $more has no value" ;; esac
        [ -z "$stage" ] || echo "$more=${args[$more]}" >>"$DIR/$stage/args"
        ;;
      FROM)
        expand "$rest"
        read -r from _ name <<<"$EXPANDED"
        [ -z "${known[$from]+yes}" ] || from=$prefix$from
        stage=$prefix${name:-}
        known[${name:-$number}]=yes number=$((number + 1))
        new_stage "$stage" "$from"
        : >"$DIR/$stage/args"
        ;;
      RUN)
        local here=()
        mapfile -t here <"$DIR/$stage/args"
        in_stage "$stage" DEBIAN_FRONTEND=noninteractive ${here[@]+"${here[@]}"} /bin/sh -c "$rest" >>"$DIR/log" 2>&1 || {
          tail -n 40 "$DIR/log"
          die "$file: this failed: RUN $rest"
        }
        ;;
      COPY)
        expand "$rest"
        case $EXPANDED in --from=*) EXPANDED=--from=$prefix${EXPANDED#--from=} ;; esac
        read -r -a words <<<"$EXPANDED"
        copy "$stage" "${words[@]}"
        ;;
      ENV) expand "$rest" && echo "$EXPANDED" >>"$DIR/$stage/env" ;;
      USER) echo "$rest" >"$DIR/$stage/user" ;;
      WORKDIR) echo "$rest" >"$DIR/$stage/workdir" && mkdir -p "$DIR/$stage/root$rest" ;;
      ENTRYPOINT) json_words "$rest" >"$DIR/$stage/entrypoint" ;;
      CMD) json_words "$rest" >"$DIR/$stage/cmd" ;;
      *) die "$file: $what is not known here" ;;
    esac
  done <"$file"
}

# What docker-entrypoint.sh does with POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB: a superuser
# app with the password and a database, everybody let in who has one.
start_database() { # start_database STAGE PORT [SETTING=VALUE...]
  local stage=$1 port=$2 setting options='' bin
  shift 2
  for setting; do options="$options -c $setting"; done
  # shellcheck disable=SC2016 # for the shell in there
  as_user root "$stage" sh -ec 'mkdir -p "$PGDATA" && chown postgres: "$PGDATA" && chmod 700 "$PGDATA"
    mkdir -p /var/run/postgresql && chown postgres: /var/run/postgresql && echo change-me >/tmp/password && chown postgres: /tmp/password' &&
    as_user postgres "$stage" sh -ec 'initdb -D "$PGDATA" -U app --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 -E UTF8 --no-sync >/tmp/initdb.log
      pg_ctl -D "$PGDATA" -w -l /tmp/server.log -o "$0" start >/dev/null || { cat /tmp/server.log; exit 1; }
      createdb -h /var/run/postgresql -p "$1" -U app app' "-c listen_addresses=127.0.0.1 -c port=$port -c fsync=off$options" "$port"
}
sql() { # sql STAGE PORT SQL
  as_user postgres "$1" psql -XqAt -h /var/run/postgresql -p "$2" -U app -d app -c "$3"
}

# --- building -----------------------------------------------------------------------------------

if [ "$PHASE" = build ]; then
  make_context
  : >"$DIR/log"
  start=$SECONDS
  build "$DEPLOY/Dockerfile" '' "PG_MAJOR=$major"
  say "ok      examples/deploy/Dockerfile is built, $((SECONDS - start)) s"
  start=$SECONDS
  build "$DEPLOY/cloudnativepg.Dockerfile" cnpg_
  say "ok      examples/deploy/cloudnativepg.Dockerfile is built, $((SECONDS - start)) s"
  new_stage plain "postgres:$major"
  new_stage operand "postgres:$(sed -n 's/^ARG PG_MAJOR=//p' "$DEPLOY/cloudnativepg.Dockerfile")"
  say 'SKIPPED: docker-entrypoint.sh of the image postgres, and all of a registry: there is no Docker here'
  # the rest on a network of its own, where the ports are free
  PASSED=2 PHASE=use exec unshare --net bash packaging/image.sh "$major"
fi
ip link set lo up

# --- server, as the database of app --------------------------------------------------------------

say "# the database has the extension, as in docker-compose.yml"
runs 0 "server starts as a database" start_database server 5432
url=postgresql+psycopg2://app:change-me@db:5432/app
runs 0 "app migrates it when it starts" starts app "DATABASE_URL=$url" AUTO_MIGRATE=true AUTO_MIGRATE_FAIL_ON_ERROR=true MIGRATIONS_DIR=/app/migrations echo served
says "Created the extension migrate_ext" "[Migration] Now at" "[Migration] succeeded" "served"
is "$(sql server 5432 "SELECT count(*) FROM pg_extension WHERE extname = 'migrate_ext'")" 1 "  with the extension"
runs 0 "  and a second time" starts app "DATABASE_URL=$url" echo served
says "[Migration] Nothing to do" "served"
client=$(in_stage app pg_dump --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
if [ "$client" -ge "$major" ]; then
  runs 0 "app makes a backup" in_stage app "DATABASE_URL=$url" migrate.sh backup --output /tmp/backups
  says "Wrote /tmp/backups/app_"
else
  say "SKIPPED: backups, for which Debian's pg_dump $client is too old"
fi
runs 0 "app is asked for its manual" in_stage app migrate.sh --help
runs 0 "app imports" in_stage app sh -c 'mkdir -p /tmp/old && echo "CREATE TABLE one (i int);" >/tmp/old/1_one.up.sql && migrate.sh import /tmp/old --to /tmp/new'
says "1 revision"
runs 0 "migrate.sh is in the server's image, too" as_user postgres server PGHOST=/var/run/postgresql PGUSER=app PGDATABASE=app migrate.sh history --dir /tmp
for stage in server app; do
  runs 1 "$stage has no compiler" in_stage "$stage" sh -c 'command -v gcc || command -v cc || command -v make || exit 1'
done
is "$(find "$DIR/server/upper/usr" -name 'migrate*' -o -name entrypoint.sh | sed "s,^$DIR/server/upper,," | grep -v '/extension/' | LC_ALL=C sort | tr '\n' ' ')" \
  "/usr/lib/postgresql/$major/bin/entrypoint.sh /usr/lib/postgresql/$major/bin/migrate-import.sh /usr/lib/postgresql/$major/bin/migrate.sh /usr/lib/postgresql/$major/lib/migrate_ext.so /usr/local/bin/entrypoint.sh /usr/local/bin/migrate-import.sh /usr/local/bin/migrate.sh " \
  "server has the library and the scripts"

# --- server, as the engine -----------------------------------------------------------------------

say "# the database cannot have the extension, and server is the engine"
runs 0 "there is one without" start_database plain 5433
# who has CREATEDB there, and nothing else; and the owner of a database here
sql server 5432 "CREATE ROLE engine LOGIN CREATEDB PASSWORD 'engine'" >/dev/null
sql plain 5433 "CREATE ROLE owner LOGIN PASSWORD 'owner'" >/dev/null
for database in one two three; do sql plain 5433 "CREATE DATABASE $database OWNER owner" >/dev/null; done
url=postgresql://owner:owner@plain:5433/one engine=postgresql://engine:engine@engine:5432/postgres
runs 0 "app migrates it with the engine that MIGRATE_ENGINE names" starts app "DATABASE_URL=$url" "MIGRATE_ENGINE=$engine" echo served
says "its engine is postgresql://engine:***@engine:5432/postgres" "[Migration] Now at" "[Migration] succeeded" "served"
runs 0 "  and a second time" starts app "DATABASE_URL=$url" "MIGRATE_ENGINE=$engine" echo served
says "[Migration] Nothing to do"
runs 0 "  drift" in_stage app "DATABASE_URL=$url" "MIGRATE_ENGINE=$engine" migrate.sh drift --dir migrations
says "The schema is what its revisions make"
runs 0 "  downgrade" in_stage app "DATABASE_URL=$url" "MIGRATE_ENGINE=$engine" migrate.sh downgrade --dir migrations
runs 0 "  upgrade" in_stage app "DATABASE_URL=$url" "MIGRATE_ENGINE=$engine" migrate.sh upgrade --dir migrations
is "$(sql server 5432 "SELECT count(*) FROM pg_database WHERE datname ~ '^migrate_engine_'")" 0 "  nothing is left in the engine"
url=postgresql://owner:owner@plain:5433/two
runs 1 "app alone has no engine" starts app "DATABASE_URL=$url" AUTO_MIGRATE_FAIL_ON_ERROR=true echo served
says "There are no programs of a server" "postgresql-$major-migrate-ext"
# an application whose image is built on server
cp -r examples/timetracker "$DIR/server/root/migrations"
for user in root postgres; do
  runs 0 "on server, an application has an engine by itself: as $user" as_user "$user" server "DATABASE_URL=$url" entrypoint.sh echo served
  says "its engine is a private PostgreSQL $major" "[Migration] Now at" "served"
  url=postgresql://owner:owner@plain:5433/three
done
is "$(find "$DIR/server/root/var/cache/migrate_ext" "$DIR/server/root/var/lib/postgresql/.cache" -name postmaster.pid)" '' "  which is stopped"
is "$(sql plain 5433 "SELECT count(*) FROM pg_available_extensions WHERE name = 'migrate_ext'")" 0 "the database had never heard of migrate_ext"

# --- CloudNativePG -------------------------------------------------------------------------------

say "# CloudNativePG: the image is mounted into the server's, read-only"
mkdir -p "$DIR/operand/root/extensions/migrate_ext"
mount --bind "$DIR/cnpg_/root" "$DIR/operand/root/extensions/migrate_ext"
mount -o remount,bind,ro "$DIR/operand/root/extensions/migrate_ext"
# shellcheck disable=SC2016 # for the server
runs 0 "a server" start_database operand 5434 'extension_control_path=/extensions/migrate_ext/share:\$system' \
  'dynamic_library_path=/extensions/migrate_ext/lib:\$libdir'
runs 0 "  has the extension" sql operand 5434 'CREATE EXTENSION migrate_ext'
runs 0 "  and app migrates it" starts app DATABASE_URL=postgresql://app:change-me@db:5434/app AUTO_MIGRATE_FAIL_ON_ERROR=true MIGRATIONS_DIR=/app/migrations echo served
says "[Migration] Now at" "served"

for stage in server:5432 plain:5433 operand:5434; do
  # shellcheck disable=SC2016 # for the other shell
  as_user postgres "${stage%:*}" sh -c 'pg_ctl -D "$PGDATA" -m fast -w stop' >/dev/null
done
say "$PASSED passed, $FAILED failed"
[ "$FAILED" -eq 0 ]
