# --- Flyway ----------------------------------------------------------------------
# The name of a file says everything, down to what is run again and what is a baseline.

# Flyway: V1_2__name.sql, U1_2__name.sql (undo), R__name.sql (repeatable), B1_2__name.sql (baseline), in any depth.
function flyway_version(v,   parts, np, j, text) {
  np = split(v, parts, /[._]/)
  while (np > 1 && parts[np] ~ /^0*$/) np--
  for (j = 1; j <= np; j++) text = text (j > 1 ? "." : "") no_zeros(parts[j])
  return text
}
function flyway_sorting(v,   parts, np, j, text) {
  np = split(v, parts, ".")
  for (j = 1; j <= np; j++) text = text (j > 1 ? "." : "") padded(parts[j])
  return text
}
function collect_flyway(   j, p, f, v, t, kind, i, at, undo, based, kept) {
  if (read_file(ROOT "/flyway.conf"))
    for (i = 1; i <= buffered; i++) if (buffer[i] ~ /^[ \t]*flyway\.placeholderReplacement[ \t]*=[ \t]*false/) keeps_placeholders = 1
  for (j = 1; j <= npaths; j++) {
    p = path[j]; f = base_name(p)
    kind = ""
    if (index(f, PREFIX) == 1 && substr(f, length(PREFIX) + 1) ~ /^[0-9][0-9._]*__/) { kind = "V"; v = substr(f, length(PREFIX) + 1) }
    else if (f ~ /^[UB][0-9][0-9._]*__/) { kind = substr(f, 1, 1); v = substr(f, 2) }
    sub(/__.*/, "", v)
    if (f ~ /__.*\.(java|kt|groovy|scala)$/ && (kind != "" || f ~ /^R__/)) {
      t = f; sub(/^[^_]*(_[^_]+)*__/, "", t); sub(/\.[a-z]+$/, "", t)
      if (kind == "V") add_program(p, flyway_version(v), flyway_sorting(flyway_version(v)), v, t)
      else problem(p, 0, "a migration that is no SQL; write its SQL in its place")
      continue
    }
    if (f !~ /\.sql$/) { if (is_sql(f)) left_out(p ": its suffix is not .sql"); continue }
    t = f; sub(/^[^_]*(_[^_]+)*__/, "", t); sub(/\.sql$/, "", t)
    if (f ~ /^R__/) {
      hash_start(); hash_add(t)
      if (read_file(ROOT "/" p)) for (i = 1; i <= buffered; i++) hash_add("\n" buffer[i])
      i = add(p, "~" t, hash_end(), t)
      up_file[i] = p; repeatable[i] = 1
    } else if (kind != "") {
      t = flyway_version(v)
      gsub(/_/, ".", v)
      if (kind == "U") { undo[t] = p; continue }
      if (kind == "B") {
        if (based == "" || flyway_sorting(based) < flyway_sorting(t)) based = t
      }
      if ((kind, t) in at) { problem(p, 0, "has the version of " up_file[at[kind, t]]); continue }
      i = at[kind, t] = add(t, flyway_sorting(t), v, f)
      sub(/^[^_]*(_[^_]+)*__/, "", name[i]); sub(/\.sql$/, "", name[i])
      up_file[i] = p; flyway_kind[i] = kind
      clock[i] = clock_of(v)
    } else { left_out(p); continue }
    read_options(i, p ".conf", "executeInTransaction")
  }
  for (i = 1; i <= n; i++) if (flyway_kind[i] == "V" && (key[i] in undo)) down_file[i] = undo[key[i]]
  if (based == "") return
  # On a new database Flyway starts with the newest baseline, and so do we.
  for (i = 1; i <= n; i++) {
    if (!repeatable[i] && (flyway_kind[i] == "B" ? key[i] != based : sorting[i] <= flyway_sorting(based))) {
      left_out(up_file[i] ": " up_file[at["B", based]] " stands for it")
      continue
    }
    kept++
    key[kept] = key[i]; sorting[kept] = sorting[i]; id[kept] = id[i]; name[kept] = name[i]; clock[kept] = clock[i]
    up_file[kept] = up_file[i]; down_file[kept] = down_file[i]; repeatable[kept] = repeatable[i]
    up_mark[kept] = up_mark[i]; down_mark[kept] = down_mark[i]; program[kept] = program[i]
    flyway_kind[kept] = flyway_kind[i]
  }
  n = kept
}

