# --- migrations ------------------------------------------------------------------
# What a migration is called, and the order of migrations.

function add(k, sorted, identifier, title) {
  key[++n] = k; sorting[n] = sorted; id[n] = identifier; name[n] = title
  return n
}
function name_of(i) { return up_file[i] != "" ? up_file[i] : key[i] }
function left_out(file) { note("left out: " file) }
function is_sql(p) { return tolower(p) ~ /\.(sql|pgsql|psql|ddl)$/ }
# A migration in another language: it stands in the line, so that --until can stop before it.
function add_program(p, k, sorted, v, title, i) {
  i = add(k, sorted, v, title)
  up_file[i] = p; program[i] = 1
}

function order_by_key(   k, j, gap, i) {
  for (k = 1; k <= n; k++) order[k] = k
  for (gap = int(n / 2); gap > 0; gap = int(gap / 2))
    for (k = gap + 1; k <= n; k++) {
      i = order[k]
      for (j = k - gap; j > 0 && (sorting[order[j]] "") > (sorting[i] ""); j -= gap) order[j + gap] = order[j]
      order[j + gap] = i
    }
}
function find_duplicates(   k, i, other, at) {
  for (k = 1; k <= n; k++) {
    i = order[k]
    if (!i) continue
    if (id[i] in at) {
      other = at[id[i]]
      # These tools know a migration by its whole name.
      if (TOOL == "node-pg-migrate" && key[i] != key[other]) id[i] = hash12(key[i])
      else { problem(name_of(i), 0, "has the version of " name_of(other)); continue }
    }
    at[id[i]] = i
  }
}
function stop_at_until(   k, i, m) {
  if (UNTIL == "") return
  for (k = 1; k <= n; k++) {
    i = order[k]
    if (is_called(i, UNTIL)) m = k
  }
  if (!m) problem("--until " UNTIL, 0, "no such migration")
  else if (TOOL == "alembic") problem("--until " UNTIL, 0, "not for Alembic, whose history is no line")
  else n = m
}

# Is this what somebody calls migration i?
function is_called(i, text,   bare) {
  if (TOOL == "diesel" || TOOL == "prisma" || TOOL == "hasura") {
    # by the name of its directory, which is what these tools call it; diesel by the dashed version
    bare = text; sub(/\/$/, "", bare)
    if (up_file[i] != "" && index(up_file[i], bare "/") == 1) return 1
    gsub(/-/, "", bare)
    if (TOOL == "diesel" && bare == key[i]) return 1
  }
  return text == key[i] || text == id[i] || text == name[i] || text == up_file[i] || text == base_name(up_file[i] "") || text == down_file[i]
}
function leave_downs(   parts, np, p, i, found) {
  np = split(IRREVERSIBLE, parts, "\n")
  for (p = 1; p < np; p++) {
    found = parts[p] == "all"
    for (i = 1; i <= n; i++) if (is_called(i, parts[p])) { down[i] = 0; found = 1 }
    if (!found) problem("--irreversible " parts[p], 0, "no such migration")
  }
  np = split(OWN, parts, "\n")
  for (p = 1; p < np; p++) {
    found = parts[p] == "all"
    for (i = 1; i <= n; i++) if (is_called(i, parts[p])) found = 1
    if (!found) problem("--own-transaction " parts[p], 0, "no such migration")
  }
}

