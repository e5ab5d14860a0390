#!/bin/sh
# "migrate.sh import" on migrations of real projects, in the form their tools keep
# them: what is made up for a test is never as odd.
#
# Each corpus of $MIGRATE_CORPORA (default: ../shared/corpora beside the project)
# is imported, loaded and upgraded, and must leave the schema that plain psql
# leaves of the same files in the tool's order.  What needs a transaction of its
# own is run with migrate.plain_concurrently, or by hand with psql and stamped, as
# an operator would.  Of Alembic projects there is only the graph.
#
# Then without the extension, by migrate.sh and its engine: WITHOUT_TOO=all, or the smallest.
set -u
# shellcheck source=test/shell/import/lib.sh
. "$(dirname "$0")/import/lib.sh"

CORPORA=${MIGRATE_CORPORA:-$PROJECT/../shared/corpora}
if [ ! -d "$CORPORA/original" ]; then
  echo "SKIPPED: no corpora in $CORPORA; set MIGRATE_CORPORA"
  echo "1..0 # SKIP no corpora"
  exit 77
fi
CORPORA=$(cd "$CORPORA" && pwd)
chmod 755 "$SCRATCH"
mkdir "$SCRATCH/cache"
cd "$SCRATCH" || exit 1

# Up to head; runs what cannot be run in a transaction by psql.  Prints how often that was.
# shellcheck disable=SC2317
upgrade() {
  by_hand=0
  until psql -XAtq -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -c "SELECT migrate.upgrade()" >step 2>&1; do
    revision=$(sed -n 's/.*ERROR:  MG024: the upgrade of revision "\([^"]*\)".*/\1/p' step)
    [ -n "$revision" ] || { cat step; return 1; }
    before=$(q "SELECT down_revisions[1] FROM migrate.history() WHERE revision = '$revision'")
    [ -z "$before" ] || q "SELECT migrate.upgrade('$before')" >step 2>&1 || { cat step; return 1; }
    q "SELECT migrate.script('$revision')" | sed -n '/^-- migrate:up/,/^-- migrate:down/p' |
      psql -Xq -v ON_ERROR_STOP=1 >step 2>&1 || { cat step; return 1; }
    q "SELECT migrate.stamp('$revision')" >step 2>&1
    by_hand=$((by_hand + 1))
  done
  echo "by hand: $by_hand"
}

# The files of a corpus in the order that its tool runs them.
in_order() { # in_order CORPUS
  case $1 in
    diesel-*) find . -name up.sql | sed 's,^\./,,' | awk '{ v = $0; sub(/_.*/, "", v); gsub(/-/, "", v); print v, $0 }' | LC_ALL=C sort | cut -d ' ' -f 2- ;;
    sqitch-*) plan_order ;;
    *) find . -name '*.up.sql' | sed 's,^\./,,' | sort -n ;;
  esac
}

corpus_test() { # corpus_test NAME COUNT [IMPORT-OPTION...]
  name=$1 many=$2
  shift 2
  [ -d "$CORPORA/original/$name" ] || { echo "# SKIPPED: $name is not there"; return; }
  echo "# $name"
  status_is 0 "$name: imported" import "$CORPORA/original/$name" --to "$name" "$@"
  says "$many revisions"

  # What psql makes of it, in the order of the links between the files.
  new_database import_psql
  case $name in golang-*) q "$GOLANG_TABLE" ;; esac
  grep -h '^-- Imported From' "$name"/*.sql | sed 's/^-- Imported From: [a-z-]*, //; s/, .*//' | LC_ALL=C sort >files
  (cd "$CORPORA/original/$name" && in_order "$name") >ordered 2>/dev/null
  is "$(LC_ALL=C sort ordered)" "$(cat files)" "$name: every file once"
  RC=0
  while IFS= read -r file; do
    psql -Xq -v ON_ERROR_STOP=1 -f "$CORPORA/original/$name/$file" >said 2>&1 || { RC=1; break; }
  done <ordered
  ok "$name: psql runs it"
  structure '' >by_psql

  new_database import_migrate
  case $name in golang-*) q "$GOLANG_TABLE" ;; esac
  export PGOPTIONS='-c migrate.plain_concurrently=on'
  status_is 0 "$name: loaded" import "$CORPORA/original/$name" --to "$name" --load "$@"
  says "loaded: $many added"
  psql -XAtqc "SELECT revision FROM migrate.plan('upgrade', 'head') ORDER BY step" >plan
  while IFS= read -r revision; do
    sed -n '/^-- Imported From: /{ s/^[^,]*, //; s/, .*//; p; }' "$(grep -l "^-- Revision ID: $revision\$" "$name"/*.sql)"
  done <plan >planned
  RC=0; diff planned ordered >said || RC=1; ok "$name: the order"
  status_is 0 "$name: upgraded" upgrade
  tail -n 1 "$SCRATCH/said" | sed 's/^/# /'
  unset PGOPTIONS
  RC=0; structure '' | diff - by_psql >said || RC=1; ok "$name: the schema is that of psql"

  case " ${WITHOUT_TOO:-sqlx-svix} " in *" $name "* | ' all ') ;; *) return ;; esac
  new_database import_without
  case $name in golang-*) q "$GOLANG_TABLE" ;; esac
  status_is 0 "$name: without the extension" without apply --online --dir "$name" --baseline none
  says "Now at"
  RC=0; structure '' | diff - by_psql >said || RC=1; ok "$name: the schema is that of psql"
  is "$(q "SELECT count(*) FROM migrate.log WHERE action = 'upgrade' AND outcome = 'done'")" "$many" "$name: each revision once"
}
# With the private engine, for which it is a database that cannot have the extension.
# shellcheck disable=SC2317
without() {
  MIGRATE_ENGINE=private XDG_CACHE_HOME=$SCRATCH/cache "$PROJECT/scripts/migrate.sh" "$@" </dev/null
}

# Sqitch's own order, worked out apart from the importer: of a change that is
# planned more than once all but the last are in files with a tag.
plan_order() {
  awk '/^[^%#@ \t]/ { n++; name[n] = $1; last[$1] = n } /^@/ { tag[n] = tag[n] " " substr($1, 2) }
    END {
      for (i = 1; i <= n; i++) {
        suffix = ""
        if (last[name[i]] != i) for (j = i; suffix == "" && !(j > i && name[j] == name[i]); j++) {
          m = split(tag[j], t, " ")
          for (k = 1; k <= m; k++) if ((getline line < (root "/deploy/" name[i] "@" t[k] ".sql")) >= 0) suffix = "@" t[k]
        }
        print "deploy/" name[i] suffix ".sql"
      }
    }' root="$CORPORA/original/$name" "$CORPORA/original/$name/sqitch.plan" | head -n "$many"
}

# Harbor's migrations change the tool's own table.
GOLANG_TABLE='CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)'

# One of its downgrades lacks a semicolon.
corpus_test diesel-cratesio 285 --irreversible 20170318181441
corpus_test golang-migrate-harbor 39
corpus_test sqlx-svix 16
if [ -d "$CORPORA/original/sqitch-cas-cif" ]; then
  status_is 1 'sqitch-cas-cif: stops' import "$CORPORA/original/sqitch-cas-cif" --to nothing
  says "deploy/data/insert_json_schema_form_data.sql:11: psql's \\copy project(json_data) from program"
  says "--until 'deploy/mutations/update_or_create_user_from_session.sql'"
  [ ! -e nothing ]
  RC=$?
  ok '  and writes nothing'
fi
psql -Xqd postgres -c 'DROP ROLE IF EXISTS cif_internal, cif_external, cif_admin, cif_guest' 2>/dev/null
corpus_test sqitch-cas-cif 184 --until deploy/mutations/update_or_create_user_from_session.sql

# A Python file for each revision of a graph, as Alembic's template writes it.
python_files() { # python_files JSON DIRECTORY
  mkdir -p "$2/versions"
  awk -v dir="$2/versions" '
    function quoted(text) { sub(/^ *"/, "", text); sub(/",? *$/, "", text); return text }
    function tuple(list) { return list == "" ? "None" : "(" list ")" }
    /^   "(down|depends_on|labels)": \[/ { where = $1; gsub(/[":]/, "", where); if (/\]/) where = ""; next }
    /^   \]/ { where = ""; next }
    where != "" { value[where] = value[where] "\047" quoted($0) "\047, "; next }
    /^   "id":/ { id = $0; sub(/^   "id": /, "", id); id = quoted(id) }
    /^   "message":/ { message = $0; sub(/^   "message": /, "", message); message = quoted(message) }
    /^  }/ {
      file = dir "/" id ".py"
      print "\"\"\"" message "\n\nRevision ID: " id "\n\n\"\"\"\nfrom alembic import op\n" > file
      print "revision = \047" id "\047\ndown_revision = " tuple(value["down"]) > file
      print "branch_labels = " tuple(value["labels"]) "\ndepends_on = " tuple(value["depends_on"]) > file
      close(file)
      split("", value)
    }' "$1"
}

dag_test() { # dag_test NAME COUNT HEADS
  [ -f "$CORPORA/dags/$1.json" ] || { echo "# SKIPPED: $1 is not there"; return; }
  echo "# $1"
  python_files "$CORPORA/dags/$1.json" "python_$1"
  new_database import_graph
  status_is 0 "$1: imported and loaded" import "python_$1" --to "$1" --graph-only --load
  says "$2 revisions"
  is "$(q 'SELECT count(*) FROM migrate.heads()')" "$3" "$1: heads"
  status_is 0 "$1: upgraded" q "SELECT migrate.upgrade('heads')"
  is "$(q 'SELECT count(*) FROM migrate.history() WHERE is_applied')" "$2" "$1: all of it"
}
dag_test neutron 132 2
dag_test warehouse 288 1
dag_test timetracker 177 1
if [ -d python_timetracker ]; then
  rm python_timetracker/versions/090_add_push_subscriptions.py
  status_is 1 'timetracker: without a merged parent' import python_timetracker --to without --graph-only
  says '116_merge_three_heads.py:9: down_revision "090_add_push_subscriptions" is in none of the files'
fi

done_testing
