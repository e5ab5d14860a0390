# --- where the database is -------------------------------------------------------
# What the tool's own table says is applied, as a revision to stamp with; or why there is none.

# What such a table says, a line each: applied, failed or upto, and the key.
state_query() { # state_query TOOL TABLE
  case $1 in
    alembic) echo "SELECT 'applied', version_num FROM $2" ;;
    authelia) echo "SELECT 'upto', version_after FROM $2 ORDER BY id DESC LIMIT 1" ;;
    drizzle) echo "SELECT 'upto', max(created_at) FROM $2 HAVING count(*) > 0" ;;
    hasura)
      echo "SELECT CASE WHEN m.value::text = 'true' THEN 'failed' ELSE 'applied' END, m.key
            FROM $2, jsonb_each(cli_state::jsonb -> 'migrations' -> '$(hasura_source)') AS m"
      ;;
    popx) echo "SELECT 'applied', version FROM $2" ;;
    sql-migrate) echo "SELECT 'applied', id FROM $2" ;;
    tern) echo "SELECT 'upto', version FROM $2 WHERE version > 0" ;;
    dbmate | diesel | supabase) echo "SELECT 'applied', version FROM $2" ;;
    flyway)
      # An undone version has a later row that says so.
      echo "SELECT CASE WHEN NOT success THEN 'failed' WHEN type LIKE '%BASELINE' THEN 'upto' ELSE 'applied' END,
              coalesce(version, script), checksum
            FROM (SELECT DISTINCT ON (coalesce(version, script)) * FROM $2 WHERE type <> 'SCHEMA'
                  ORDER BY coalesce(version, script), installed_rank DESC) h
            WHERE type NOT LIKE 'UNDO%' AND type <> 'DELETE'"
      ;;
    golang-migrate) echo "SELECT CASE WHEN dirty THEN 'failed' ELSE 'upto' END, version FROM $2 WHERE version >= 0" ;;
    goose)
      echo "SELECT 'applied', version_id
            FROM (SELECT DISTINCT ON (version_id) * FROM $2 WHERE version_id > 0 ORDER BY version_id, id DESC) h WHERE is_applied"
      ;;
    node-pg-migrate) echo "SELECT 'applied', name FROM $2" ;;
    prisma)
      echo "SELECT DISTINCT CASE WHEN finished_at IS NULL THEN 'failed' ELSE 'applied' END, migration_name
            FROM $2 WHERE rolled_back_at IS NULL"
      ;;
    sqitch)
      project=$(sed -n 's/^%project=\([^[:space:]]*\).*/\1/p' "$ROOT/$PLAN")
      echo "SELECT 'applied', change || '#' || row_number() OVER (PARTITION BY change ORDER BY planned_at, committed_at)
            FROM $2 WHERE project = '$(printf %s "$project" | sed "s/'/''/g")'"
      ;;
    sqlx) echo "SELECT CASE WHEN success THEN 'applied' ELSE 'failed' END, version FROM $2" ;;
  esac
}

hasura_source() { # its directory, in "migrations/SOURCE"
  source=$(cd "$ROOT" && pwd)
  source=${source##*/}
  if [ "$source" = migrations ]; then source=default; fi
  printf %s "$source" | sed "s/'/''/g"
}

advice() { # advice TOOL: what to do about a failed migration
  case $1 in
    flyway) echo "Put right what it left behind, run \"flyway repair\" and \"flyway migrate\", then import again." ;;
    golang-migrate) echo "Put right what it left behind, run \"migrate force VERSION\", then import again." ;;
    prisma) echo "Run \"prisma migrate resolve --applied NAME\" or \"--rolled-back NAME\", then import again." ;;
    *) echo "Finish or undo it with $1, then import again." ;;
  esac
}

# What Flyway has for a checksum of a file: CRC-32 of its lines, as a signed integer.
crc32() { # crc32 FILE
  sed '1s/^\xef\xbb\xbf//' "$1" | tr -d '\r\n' | gzip -c | tail -c 8 | od -An -tu1 -N4 |
    awk '{ c = $1 + 256 * ($2 + 256 * ($3 + 256 * $4)); printf "%d\n", (c >= 2147483648) ? c - 4294967296 : c }'
}

# The revisions that the database is at by that table, comma-separated; exits where that cannot be said.
# Everything applied has to be a beginning of the line that was imported.
target_of() { # target_of TOOL STATE-FILE TABLE
  if [ "$1" = flyway ] && command -v gzip >/dev/null; then
    cut -f 5,7 "$TMP/manifest" | grep "${tab}R\$" | cut -f 1 | while IFS= read -r file; do
      printf '%s\t%s\n' "$file" "$(crc32 "$ROOT/$file")"
    done >"$TMP/checksums"
  else
    : >"$TMP/checksums"
  fi
  LC_ALL=C awk -F '\t' -v tool="$1" -v table="$3" -v checksums="$TMP/checksums" '
    function no_zeros(s) { sub(/^0+/, "", s); return s == "" ? "0" : s }
    function padded(s) { s = no_zeros(s); while (length(s) < 24) s = "0" s; return s }
    function normal(k,   parts, np, j, text) { # as in the manifest
      if (tool != "flyway" || k !~ /^[0-9][0-9._]*$/) return k
      np = split(k, parts, /[._]/)
      while (np > 1 && parts[np] ~ /^0*$/) np--
      for (j = 1; j <= np; j++) text = text (j > 1 ? "." : "") no_zeros(parts[j])
      return text
    }
    function sorted(k,   parts, np, j, text) {
      np = split(k, parts, ".")
      for (j = 1; j <= np; j++) text = text (j > 1 ? "." : "") padded(parts[j])
      return text
    }
    function heads_of_applied(   i, k, np, parts, has_child, list) { # of a graph that was exported as a line
      for (i = 1; i <= n; i++) {
        if (!applied[i]) continue
        np = split(substr(links[i], 2), parts, /, */)
        for (k = 1; k <= np; k++) has_child[parts[k]]
        if (links[i] == "" && i > 1) has_child[id[i - 1]]
      }
      for (i = 1; i <= n; i++) if (applied[i] && !(id[i] in has_child) && id[i] != id[i - 1]) list = list (list == "" ? "" : ",") id[i]
      return list
    }
    function fail(text) { print "migrate-import: " table ": " text > "/dev/stderr"; failed = 1 }
    BEGIN { while ((getline row < checksums) > 0) { split(row, f, "\t"); checksum[f[1]] = f[2] } }
    FILENAME ~ /manifest$/ { id[++n] = $1; key[n] = $2; sorting[n] = $3; at[$2] = n; kind[n] = $7; links[n] = $8; next }
    {
      k = normal($2)
      if ($1 == "failed") { fail("\"" $2 "\" failed or was broken off"); unfinished = 1; next }
      if (tool != "alembic" && kind[1] == "B" && k ~ /^[0-9.]+$/) {
        if (sorted(k) >= sorting[1] "") applied[1] = 1
        if (sorted(k) <= sorting[1] "") { below = 1; next }
      }
      if ($1 == "upto") {
        if (tool == "golang-migrate" && !(k in at)) { missing[++nmissing] = $2; next }
        for (i = 1; i <= n; i++) if (kind[i] != "R" && sorting[i] "" <= sorted(k) "") applied[i] = 1
        if (n) some = 1
        next
      }
      if (!(k in at)) { missing[++nmissing] = $2; next }
      # Changed since: Flyway would run it once more, and so shall we.
      if (kind[at[k]] == "R" && (k in checksum) && checksum[k] != $3) next
      applied[at[k]] = some = 1
      rows = rows (rows == "" ? "" : ",") id[at[k]]
    }
    END {
      if (below && !applied[1]) fail("the database is below the baseline " key[1])
      for (i = 1; i <= nmissing && i <= 10; i++) fail("\"" missing[i] "\" is applied there and is not among the migrations that were imported")
      if (tool != "alembic") for (i = n; i > 0; i--) {
        if (applied[i] && !last) last = i
        if (!applied[i] && last) fail("\"" key[i] "\" is not applied there, and \"" key[last] "\" after it is")
      }
      if (failed) { exit unfinished ? 4 : 3 }
      if (links[1] != "") print heads_of_applied()
      else print (tool == "alembic" ? rows : last ? id[last] : "")
    }' "$TMP/manifest" "$2"
}

TARGET='' BOOKED='' BOOKS=$TOOL
if [ -n "$LOAD" ]; then
  if [ -n "$TABLE" ]; then
    BOOKED=$TABLE
  else
    # shellcheck disable=SC2046
    find_table $(bookkeeping "$BOOKS") >"$TMP/tables" || exit 1
    BOOKED=$(head -n 1 "$TMP/tables")
    if [ -n "$BOOKED" ] && [ "$(count "$TMP/tables")" -gt 1 ]; then
      die "there are several tables that may be ${BOOKS}'s:" "$(tr '\n' ' ' <"$TMP/tables")" "Say which with --table SCHEMA.TABLE."
    fi
  fi
  if [ -z "$BOOKED" ]; then
    [ -z "$STAMP" ] || die "no table of $TOOL in this database: it cannot be told what is applied" \
      "Name it with --table SCHEMA.TABLE, or load with --load and stamp by hand."
  else
    state_query "$BOOKS" "$BOOKED" | sql -F "$tab" >"$TMP/state" || exit 1
    status=0
    TARGET=$(target_of "$BOOKS" "$TMP/state" "$BOOKED") || status=$?
    case $status in
      0) ;;
      3) die "the database cannot be stamped; nothing written" \
        "Bring it up to date with $BOOKS, or import the migrations of the release that it runs." ;;
      *) die "the database cannot be stamped; nothing written" "$(advice "$BOOKS")" ;;
    esac
  fi
fi

