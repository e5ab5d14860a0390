# --- into the database, and into files -------------------------------------------
# A trial run ends here.  Otherwise the database comes first: what it refuses is not written either.

if [ -n "$DRY_RUN" ]; then
  sed "s|^|would write $(printf %s "$TO" | sed 's/[&|\\]/\\&/g')/|" "$TMP/new"
  say_what "would write"
  say_prelude "would write"
  if [ -n "$LOAD" ]; then say_stamp "would stamp"; fi
  say_where
  exit 0
fi

if [ -n "$LOAD" ]; then
  loader=$HERE/migrate.sh
  [ -x "$loader" ] || die "migrate.sh is not beside this script"
  # Every downgrade that cannot be read, and not only the first.
  bad_downgrades() {
    {
      printf '\\set ON_ERROR_STOP off\nBEGIN;\nSET LOCAL client_min_messages = error;\nCREATE EXTENSION IF NOT EXISTS migrate_ext;\n'
      for file in "$TMP"/out/*.sql; do
        case $file in */prelude.sql) continue ;; esac
        echo "SAVEPOINT one;"
        "$loader" load --sql "$file"
        echo "ROLLBACK TO SAVEPOINT one;"
      done
      echo "ROLLBACK;"
    } >"$TMP/each.sql"
    sql <"$TMP/each.sql" >/dev/null 2>"$TMP/each.error" || :
    grep 'ERROR:.* the downgrade of revision "[^"]*" cannot be parsed' "$TMP/each.error" >"$TMP/bad" || :
    sed 's/.* the downgrade of revision "\([^"]*\)" cannot be parsed.*/\1/' "$TMP/bad" >"$TMP/bad_ids"
  }
  write_load() {
    # Below: of every BEGIN ... COMMIT that is left out there is a notice.
    echo "BEGIN; SET LOCAL client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS migrate_ext;"
    "$loader" load --sql "$TMP/out"
    echo "SET LOCAL client_min_messages = notice;"
    if [ -n "$TARGET" ]; then
      # Somebody may have gone on with migrate_ext since: that is not undone.  Or with the tool: then all
      # that is applied comes before what its table says.
      cat <<EOF
DO \$\$ BEGIN
  IF NOT EXISTS (
    WITH RECURSIVE before AS (
      SELECT t::pg_catalog.text AS revision FROM unnest(string_to_array('$TARGET', ',')) AS t
      UNION
      SELECT parent FROM before JOIN migrate.history() AS h USING (revision), unnest(h.down_revisions || h.depends_on) AS parent)
    SELECT FROM migrate.history() AS h WHERE h.is_applied AND h.revision NOT IN (SELECT revision FROM before)) THEN
    PERFORM migrate.stamp('$TARGET');
  ELSIF EXISTS (SELECT FROM unnest(string_to_array('$TARGET', ',')) AS t
                WHERE t NOT IN (SELECT revision FROM migrate.history() WHERE is_applied)) THEN
    RAISE EXCEPTION 'the database is at "%", and $BOOKS says "$TARGET"', (SELECT string_agg(c, ',') FROM migrate.current() AS c)
      USING HINT = 'Stamp it by hand with SELECT migrate.stamp(...).';
  END IF;
END \$\$;
EOF
    fi
    echo "COMMIT;"
  }
  load_all() {
    write_load >"$TMP/load.sql"
    sql -F "$tab" <"$TMP/load.sql" >"$TMP/loaded" 2>"$TMP/error"
  }
  # Where the extension cannot be installed migrate.sh tries the files out, and says where the database is;
  # unless somebody has gone on with it since.
  load_elsewhere() {
    status=0
    "$loader" check heads --dir "$TMP/out" >/dev/null || status=$?
    case $status in 0 | 3) ;; *) die "nothing written" ;; esac
    if [ -n "$TARGET" ] && [ -z "$("$loader" current --dir "$TMP/out" 2>/dev/null)" ]; then
      "$loader" stamp "$TARGET" --dir "$TMP/out" >/dev/null 2>"$TMP/error" || {
        cat "$TMP/error" >&2
        die "nothing written"
      }
    fi
    : >"$TMP/loaded"
    : >"$TMP/error"
  }
  WITHOUT=$(echo "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'migrate_ext')
    AND (${MIGRATE_ENGINE:+true OR }NOT EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'migrate_ext'));" | sql) || die "nothing written"
  if [ "$WITHOUT" = t ]; then load_elsewhere; else load_all; fi || {
    if ! grep -q 'ERROR:.* the downgrade of revision "[^"]*" cannot be parsed' "$TMP/error"; then
      cat "$TMP/error" >&2
      die "nothing written"
    fi
    bad_downgrades
    case $NEWLINE$IRREVERSIBLE in
      *"${NEWLINE}all$NEWLINE"*) ;;
      *)
        sed -n 's/.*ERROR: *//p' "$TMP/bad" >&2
        die "nothing written" "If these downgrades cannot be mended, leave them out with --irreversible all, or each of them:" \
          "$(sed -e 's/^/--irreversible /' -e '2,$s/^/  /' "$TMP/bad_ids")"
        ;;
    esac
    while read -r revision; do
      for file in "$TMP"/out/*.sql; do
        grep -qx -e "-- Revision ID: $revision" "$file" || continue
        sed '/^-- migrate:down/,$d' "$file" >"$TMP/one_way" && cat "$TMP/one_way" >"$file"
        echo "$TOOL: $revision is irreversible: its downgrade is no SQL that this server reads"
      done
    done <"$TMP/bad_ids"
    load_all || {
      cat "$TMP/error" >&2
      die "nothing written"
    }
  }
  cat "$TMP/error" >&2
fi

if [ -n "$PRELUDE" ]; then printf 'prelude.sql\n' >>"$TMP/new"; fi
if [ -s "$TMP/new" ]; then
  mkdir -p "$TO"
  # Under its own name only when it is whole.
  while IFS= read -r file; do
    cp "$TMP/out/$file" "$TO/.$file.part"
    mv "$TO/.$file.part" "$TO/$file"
  done <"$TMP/new"
fi
say_what wrote
say_prelude wrote
if [ -n "$LOAD" ]; then
  # File, revision, outcome; the prelude is no revision.
  [ "$WITHOUT" = t ] || awk -F "$tab" '$2 != "" { n[$3]++ }
    END { printf "loaded: %d added, %d replaced, %d unchanged\n", n["added"], n["replaced"], n["unchanged"] }' "$TMP/loaded"
  say_stamp "at"
fi
say_where
