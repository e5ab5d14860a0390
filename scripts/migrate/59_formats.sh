# --- export --format -------------------------------------------------------------
# The database's revisions as a project of another tool, so that nobody is bound to this one.  The
# database sends the revisions, one awk program writes the files into a directory of their own, and
# only when all is written do they go where they belong.

FORMATS='alembic dbmate flyway plain'

# For each revision, the oldest first: lines "NAME COUNT", and behind each that many lines.
sql_revisions() {
  sql_need_extension
  sql_need_select revisions
  sql_need_select scripts
  say "WITH revisions AS (
  SELECT r.*, s.upgrade, s.downgrade, s.require, s.verify, s.upgrade_marked, s.downgrade_marked, h.nr, h.is_current,
    pg_catalog.regexp_replace(pg_catalog.regexp_replace(r.revision COLLATE \"C\", '[^A-Za-z0-9_.]', '_', 'g'), '^[.]', '_') AS file_id,
    btrim(pg_catalog.left(btrim(pg_catalog.regexp_replace(lower(r.message COLLATE \"C\"), '[^a-z0-9]+', '_', 'g'), '_'), 40), '_') AS slug
  FROM (SELECT row_number() OVER () AS nr, revision, is_current FROM migrate.history()) AS h
    JOIN migrate.revisions AS r USING (revision) JOIN migrate.scripts AS s USING (revision)),
named AS (
  SELECT *, row_number() OVER (PARTITION BY lower(file_id), slug ORDER BY nr) AS times FROM revisions)
SELECT p.name || ' ' || length(p.text) - length(replace(p.text, E'\\n', '')) + 1 || E'\\n' || p.text
FROM named, LATERAL (VALUES
  (1, 'id', revision),
  (2, 'name', file_id || coalesce('_' || nullif(slug, ''), '') || CASE WHEN times > 1 THEN '_' || times ELSE '' END),
  (3, 'slug', coalesce(nullif(slug, ''), file_id)),
  (4, 'parents', nullif(array_to_string(down_revisions, ' '), '')),
  (5, 'depends', nullif(array_to_string(depends_on, ' '), '')),
  (6, 'labels', nullif(array_to_string(branch_labels, ' '), '')),
  (7, 'message', message),
  (8, 'created', pg_catalog.regexp_replace(to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'), '[.]?0*\$', '') || '+00'),
  (9, 'current', CASE WHEN is_current THEN 'yes' END),
  (9, 'marked', nullif(concat_ws(' ', CASE WHEN upgrade_marked THEN 'up' END, CASE WHEN downgrade_marked THEN 'down' END), '')),
  (10, 'up', upgrade), (11, 'up_mode', upgrade_mode), (12, 'up_level', upgrade_isolation),
  (13, 'down', downgrade), (14, 'down_mode', downgrade_mode), (15, 'down_level', downgrade_isolation),
  (16, 'require', require), (17, 'verify', verify),
  (18, 'contract', contract)) AS p (nr, name, text)
WHERE p.text IS NOT NULL ORDER BY named.nr DESC, p.nr;
SELECT pg_catalog.to_regprocedure('migrate.prelude()') IS NOT NULL AS has_prelude \gset
\if :has_prelude
SELECT 'prelude 1' || E'\\n' WHERE migrate.prelude() IS NOT NULL;
\endif
\echo end 0"
}

# shellcheck disable=SC2016 # this is awk
export_awk() {
  cat <<'END_OF_AWK'
@include ../export/*.awk ../import/text.awk ../import/sql.awk
END_OF_AWK
}

# The directory is the other tool's; revision files that are not loaded are in MIGRATIONS_DIR.
begin_format() { # begin_format [DIR]
  case " $FORMATS " in *" $FORMAT "*) ;; *) bad_usage "export: there is no format \"$FORMAT\"; there are $FORMATS" ;; esac
  if [ $# -gt 0 ]; then set_directory "$1"; elif [ -z "$DIRECTORY_SAID" ]; then set_directory "migrations_$FORMAT"; fi
  TO=$DIR
  set_directory "${MIGRATIONS_DIR:-migrations}"
}

export_format() {
  EXPORTED=$(mktemp -d "${TMPDIR:-/tmp}/migrate_export.XXXXXX") || exit 1
  trap 'status=$?; rm -rf -- "$EXPORTED"; end_run "$status"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  mkdir "$EXPORTED/files" "$EXPORTED/files/versions" && export_awk >"$EXPORTED/awk" || exit 1
  ask sql_revisions >"$EXPORTED/revisions" || exit 1
  OUT=$EXPORTED/files SAYS=$EXPORTED/says FORMAT=$FORMAT LC_ALL=C awk -f "$EXPORTED/awk" "$EXPORTED/revisions" >"$EXPORTED/list" || exit 1
  find_differing
  if [ -s "$EXPORTED/differ" ] && [ -z "$FORCE" ]; then
    complain "these files are there already, and are not what would be written; nothing was written" "$(head -n 10 "$EXPORTED/differ" | sed '2,$s/^/  /')" \
      "--force writes them again; or name another directory: migrate.sh export --format $FORMAT DIR"
    exit 1
  fi
  put_files
  if [ -s "$EXPORTED/says" ]; then
    complain "what $FORMAT has no place for:"
    sed 's/^/  /' "$EXPORTED/says" >&2
  fi
  say_how_to_go_on
}
# Of the files that are written, which are new and which differ.  A tool's own settings are never touched.
find_differing() {
  : >"$EXPORTED/new" && : >"$EXPORTED/differ"
  while IFS= read -r file; do
    if [ ! -e "$TO/$file" ]; then
      printf '%s\n' "$file" >>"$EXPORTED/new"
    else
      case $file in
        alembic.ini | env.py | script.py.mako | flyway.conf) ;;
        *) cmp -s "$EXPORTED/files/$file" "$TO/$file" || printf '%s\n' "$TO/$file" >>"$EXPORTED/differ" ;;
      esac
    fi
  done <"$EXPORTED/list"
}
put_files() {
  written=0
  while IFS= read -r file; do
    if grep -qxF -e "$file" "$EXPORTED/new" || grep -qxF -e "$TO/$file" "$EXPORTED/differ"; then
      if [ -n "$DRY_RUN" ]; then
        say "Would write $TO/$file"
        continue
      fi
      case $file in */*) mkdir -p -- "$TO/${file%/*}" ;; *) mkdir -p -- "$TO" ;; esac || exit 1
      # under its own name only when it is whole
      part=$TO/${file%"${file##*/}"}.export.$$
      if ! cp -- "$EXPORTED/files/$file" "$part" || ! mv -f -- "$part" "$TO/$file"; then
        rm -f -- "$part"
        die "cannot write $TO/$file"
      fi
      written=$((written + 1))
    fi
  done <"$EXPORTED/list"
  [ -n "$DRY_RUN" ] || say "Wrote $written files to $TO; $(($(wc -l <"$EXPORTED/list") - written)) were there already"
}
say_how_to_go_on() {
  [ -z "$DRY_RUN" ] || return 0
  case $FORMAT in
    alembic)
      say "A new database:  alembic -c $TO/alembic.ini upgrade heads"
      current=$(sed -n '/^current 1$/,/^up /p; /^id 1$/,/^name /p' "$EXPORTED/revisions" | awk '$1 == "id" { getline id } $1 == "current" { printf " %s", id }')
      [ -z "$current" ] || say "This one:        alembic -c $TO/alembic.ini stamp$current"
      ;;
    dbmate) say "A new database:  dbmate --migrations-dir $TO --no-dump-schema up" ;;
    flyway) say "A new database:  flyway -configFiles=$TO/flyway.conf -locations=filesystem:$TO migrate" ;;
    plain) say "A new database:  psql -X -f $TO/run_order.psql" ;;
  esac
  say "docs/leaving.md tells how to say of a database that it has these revisions already."
}

