# --- prisma, diesel, hasura ------------------------------------------------------
# A migration is a directory.

# prisma and diesel: a migration is a directory.
function collect_directories(   j, p, d, v, i, at, f) {
  for (j = 1; j <= npaths; j++) {
    p = path[j]
    if (p !~ /^[^\/]+\/[^\/]+$/) continue
    d = f = p
    sub(/\/.*/, "", d); sub(/.*\//, "", f)
    if (f !~ (TOOL == "prisma" ? "^(migration|down)[.]sql$" : TOOL == "diesel" ? "^(up|down)[.]sql$|^metadata[.]toml$" : "^(up|down)[.]sql$")) {
      if (is_sql(f) || TOOL == "hasura" && f ~ /^(up|down)\.ya?ml$/) {
        left_out(p ": " (TOOL == "hasura" && !is_sql(f) ? "no SQL" : TOOL " reads " (TOOL == "prisma" ? "migration.sql" : "up.sql and down.sql") " only"))
        without[d] = 1
      }
      continue
    }
    has[d] = 1
    if (d in at) i = at[d]
    else if (TOOL == "hasura") {
      v = digits_of(d)
      if (v == "") { left_out(p ": its directory has no version"); continue }
      i = at[d] = add(v, padded(v), v, d)
      sub(/^[0-9]+_*/, "", name[i])
      clock[i] = clock_of(v)
    } else if (TOOL == "diesel") {
      v = d; sub(/_.*/, "", v); gsub(/-/, "", v)
      i = at[d] = add(v, v, legal(v), d)
      sub(/^[^_]*_/, "", name[i])
      clock[i] = clock_of(v)
    } else {
      v = digits_of(d)
      i = at[d] = add(d, d, v == "" || (v in taken) ? hash12(d) : v, d)
      taken[v] = 1
      sub(/^[0-9]+_*/, "", name[i])
      clock[i] = clock_of(v)
    }
    if (f == "down.sql") down_file[i] = p
    else if (f == (TOOL == "prisma" ? "migration.sql" : "up.sql")) up_file[i] = p
    else if (f == "metadata.toml") read_options(i, p, "run_in_transaction")
  }
  for (i = 1; i <= n; i++) if (up_file[i] == "") problem(key[i], 0, "a directory without an upgrade")
  for (d in without) if (!(d in has)) problem(d, 0, "a directory without " (TOOL == "prisma" ? "migration.sql" : "up.sql"))
}
# The options that a tool has in a file beside a migration: one of them is known here.
function read_options(i, p, known,   j, text, value) {
  if (!read_file(ROOT "/" p)) return
  for (j = 1; j <= buffered; j++) {
    text = trim(buffer[j])
    if (text == "" || text ~ /^[#!\[]/) continue
    value = text; sub(/^[^=]*=[ \t]*/, "", value); sub(/[ \t]*#.*$/, "", value); value = tolower(value)
    sub(/[ \t]*=.*/, "", text)
    if (text != known || value !~ /^(true|false)$/) problem(p, j, "an option that a revision cannot keep: " text)
    else if (value == "false") up_mark[i] = down_mark[i] = 1
  }
}

