# --- export ----------------------------------------------------------------------
# The database's revisions as files.

# One stream: for each file a line with its name and how many lines follow.
sql_export() { # sql_export [FILE...]
  sql_need_extension
  cat <<EOF
WITH files (n, id) AS (VALUES (0, NULL::text)$(find_all "$@")),
revisions AS (
  SELECT row_number() OVER () AS nr, h.revision, h.message, f.n, rtrim(migrate.script(h.revision), E'\\n') AS script
  FROM migrate.history() AS h LEFT JOIN files AS f ON f.id = h.revision
  WHERE f.id IS NULL OR ${FORCE:-false}),
named AS (
  SELECT *, pg_catalog.regexp_replace(pg_catalog.regexp_replace(revision COLLATE "C", '[^A-Za-z0-9_.]', '_', 'g'), '^[.]', '_') ||
    coalesce('_' || nullif(btrim(pg_catalog.left(btrim(pg_catalog.regexp_replace(lower(message COLLATE "C"), '[^a-z0-9]+', '_', 'g'), '_'), 40), '_'), ''), '') AS name
  FROM revisions),
distinctly AS (
  SELECT *, row_number() OVER (PARTITION BY name ORDER BY nr) AS times FROM named)
SELECT CASE WHEN n IS NULL THEN name || CASE WHEN times > 1 THEN '_' || times ELSE '' END || '.sql' ELSE '=' || n END || ' ' ||
  length(script) - length(replace(script, E'\\n', '')) + 1 || E'\\n' || script
FROM distinctly ORDER BY nr DESC;
$(sql_export_prelude "$@")
\echo . 0
EOF
}
# The prelude, unless it has a file.
sql_export_prelude() { # sql_export_prelude [FILE...]
  number=0 name=prelude.sql
  for file; do
    number=$((number + 1))
    case $file in prelude.sql | */prelude.sql) name="=$number" ;; esac
  done
  case $name in =*) [ -n "$FORCE" ] || return 0 ;; esac
  cat <<'EOF'
SELECT pg_catalog.to_regprocedure('migrate.prelude()') IS NOT NULL AS has_prelude \gset
\if :has_prelude
EOF
  say "SELECT '$name ' || length(script) - length(replace(script, E'\\n', '')) + 1 || E'\\n' || script
FROM (SELECT rtrim(migrate.prelude(), E'\\n')) AS p (script) WHERE script IS NOT NULL;
\endif"
}
# ", (1, 'identifier')" for each file that is a revision
find_all() { # find_all [FILE...]
  [ $# -gt 0 ] || return 0
  LC_ALL=C awk 'FNR == 1 { n++; in_header = 1; sub(/^\357\273\277/, "") }
    !in_header { next }
    tolower($0) ~ /^[ \t]*--[ \t]*migrate:(up|down)/ { in_header = 0; next }
    tolower($0) ~ /^[ \t]*-- ?revision id:/ {
      sub(/^[^:]*:[ \t]*/, "")
      sub(/[ \t\r]*$/, "")
      gsub(/\\/, "&&")
      gsub(/\047/, "\047\047")
      printf ", (%d, E\047%s\047)", n, $0
      in_header = 0
    }' "$@"
}

export_revisions() { # export_revisions [FILE...]
  if [ -n "$DRY_RUN" ]; then
    answer=$(ask sql_export "$@" | LC_ALL=C awk 'left == 0 { split($0, part, " "); left = part[2]; print part[1]; next } { left-- }') || exit 1
    case $answer in *.) ;; *) exit 1 ;; esac
    for name in $answer; do
      case $name in
        .) ;;
        =*) eval "file=\${${name#=}}" && say "Would write $file" ;;
        *) say "Would write $DIR/$name" ;;
      esac
    done
    return
  fi
  parts=$DIR/.export.$$
  mkdir -- "$parts" || exit 1
  ask sql_export "$@" | TO=$parts LC_ALL=C awk '
    left == 0 { split($0, part, " "); file = ENVIRON["TO"] "/" part[1]; left = part[2]; complete = part[1] == "."; next }
    { print >file; if (--left == 0) close(file) }
    END { exit !complete }' || {
    rm -rf -- "$parts"
    exit 1
  }
  written=0
  for part in "$parts"/[!=]*; do
    if [ -e "$part" ] && [ -e "$DIR/${part##*/}" ]; then
      rm -rf -- "$parts"
      die "$DIR/${part##*/} is there already, and is not that revision"
    fi
  done
  for part in "$parts"/*; do
    [ -e "$part" ] || continue
    case ${part##*/} in
      =*) eval "file=\${${part##*/=}}" ;;
      *) file=$DIR/${part##*/} ;;
    esac
    mv -f -- "$part" "$file" || die "cannot write $file"
    say "Wrote $file"
    written=$((written + 1))
  done
  rm -rf -- "$parts"
  [ "$written" -gt 0 ] || [ "$COMMAND" = init ] || say "Every revision of the database has a file in $DIR"
}
cmd_export() {
  [ $# -eq 0 ] || set_directory "$1"
  if [ -n "$FORMAT" ]; then
    export_format
  elif [ -d "$DIR" ]; then
    with_files export_revisions
  elif [ -n "$DRY_RUN" ]; then
    export_revisions
  else
    mkdir -p -- "$DIR" || exit 1
    export_revisions
  fi
}

