# --- golang-migrate, sqlx, popx, authelia ----------------------------------------
# A migration is a file for each direction, for popx and authelia in several dialects.

# golang-migrate and sqlx: VERSION_NAME.up.sql and VERSION_NAME.down.sql, or one VERSION_NAME.sql
# popx: VERSION_NAME.DIALECT.up.sql or without a dialect; authelia: V0001.Name.up.sql, the same.
function collect_pairs(   j, p, v, i, t, at, is_down, dialect, rank, ranks, others, marks) {
  for (j = 1; j <= npaths; j++) {
    p = path[j]
    if (p ~ /\//) { if (is_sql(p)) left_out(p ": in a directory below"); continue }
    t = p
    if (TOOL == "authelia") sub(/^V/, "", t)
    if (TOOL == "popx" && p ~ /^[0-9]+_.*\.fizz$/) {
      t = p; sub(/\.(up|down)?\.?fizz$/, "", t)
      if (p !~ /\.down\.fizz$/) add_program(p, digits_of(p), padded(digits_of(p)), digits_of(p), t)
      continue
    }
    if (p == "run_order.psql") continue # written by migrate.sh export
    if (p !~ /\.sql$/) { if (is_sql(p)) left_out(p ": its suffix is not .sql"); continue }
    if (TOOL == "authelia" ? p !~ /^V[0-9]+\./ : p !~ /^[0-9]+_/) { left_out(p); continue }
    if ((TOOL == "authelia" || TOOL == "popx") && p !~ /\.(up|down)\.sql$/) { left_out(p ": " TOOL " reads .up.sql and .down.sql only"); continue }
    v = TOOL == "popx" ? digits_of(t) : no_zeros(digits_of(t))
    sub(/^[0-9]+[_.]/, "", t)
    is_down = t ~ /\.down\.sql$/
    sub(/(\.up|\.down)?\.sql$/, "", t)
    rank = 1; marks = 0
    if (TOOL == "popx" || TOOL == "authelia") {
      if (TOOL == "popx" && sub(/\.autocommit$/, "", t)) marks = 1
      if (match(t, /\.(all|postgres(ql)?|mysql|mariadb|sqlite3?|cockroach(db)?|mssql)$/)) {
        dialect = substr(t, RSTART + 1); t = substr(t, 1, RSTART - 1)
        rank = dialect == "all" ? 1 : dialect == DIALECT ? 2 : 0
        if (!rank) { others[dialect]++; continue }
      }
    }
    if (v in at) i = at[v]
    else {
      i = at[v] = add(v, padded(v), TOOL == "authelia" ? substr(digits_of(substr(p, 2)), 1) : digits_of(p), t)
      clock[i] = clock_of(digits_of(p))
    }
    # The file for this dialect goes before the one for all.
    if (rank < ranks[i, is_down]) continue
    if (rank > ranks[i, is_down]) { if (is_down) down_file[i] = ""; else up_file[i] = "" }
    ranks[i, is_down] = rank
    if (is_down) down_mark[i] = marks; else up_mark[i] = marks
    if (!is_down) name[i] = t
    if (is_down ? down_file[i] != "" : up_file[i] != "") problem(p, 0, "has the version of " (is_down ? down_file[i] : up_file[i]))
    if (is_down) down_file[i] = p; else up_file[i] = p
  }
  for (dialect in others) left_out(others[dialect] " files for " dialect "; --dialect says which are meant")
}

