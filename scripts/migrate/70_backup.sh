# --- backup, restore -------------------------------------------------------------
# With pg_dump and pg_restore; "apply --backup" comes here, too.

sql_backup_name() {
  backed_up='pg_catalog.current_database()'
  if [ -n "$ELSEWHERE" ]; then
    # shellcheck disable=SC2154 # kept by keep_settings
    variable database "${target_PGDATABASE:-${target_PGUSER:-$(id -un)}}"
    backed_up=":'database'"
  fi
  say "SELECT $IS_BARE AS bare \gset
\set at ''
\if :bare
\else
SELECT coalesce(string_agg(c, '+' ORDER BY c), 'base') AS at FROM migrate.current() AS c \gset
\endif
SELECT pg_catalog.regexp_replace(concat_ws('_', $backed_up, to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS\"Z\"'), nullif(:'at', '')),
  '[^A-Za-z0-9_.+]', '-', 'g');"
}
cmd_backup() {
  name=$(ask sql_backup_name) || exit 1
  backups=${OUTPUT:-${MIGRATE_BACKUP_DIR:-backups}}
  backups=${backups%/}
  case $backups in /* | ./* | '') ;; *) backups=./$backups ;; esac
  file=$backups/$name.dump
  if [ -n "$DRY_RUN" ]; then
    say "Would write $file"
    return
  fi
  PG_DUMP=pg_dump
  if [ -n "$ELSEWHERE" ]; then find_pg_dump; fi
  for program in "$PG_DUMP" "${PG_DUMP%dump}restore"; do command -v "$program" >/dev/null || die "$program is not in PATH"; done
  umask 077 # it holds everybody's data
  mkdir -p -- "$backups" || exit 1
  # another one of the same second
  number=1
  while [ -e "$file" ]; do
    number=$((number + 1))
    file=$backups/${name}_$number.dump
  done
  part=$file.$$.part
  trap end_backup EXIT
  if [ -n "$ELSEWHERE" ]; then use_settings target; fi
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  "$PG_DUMP" -Fc $NEVER_ASK -f "$part" || die "the backup failed"
  "${PG_DUMP%dump}restore" --list "$part" >/dev/null || die "the backup cannot be read"
  mv -- "$part" "$file" || exit 1
  say "Wrote $file"
}

# As a part of "apply" it is a process of its own, and the engine is not its.
end_backup() {
  backup_status=$?
  rm -f -- "$part"
  if [ "$COMMAND" = backup ]; then end_run "$backup_status"; fi
  exit "$backup_status"
}

cmd_restore() {
  [ $# -eq 1 ] || bad_usage "restore needs the file of a backup"
  case $1 in /* | ./*) file=$1 ;; *) file=./$1 ;; esac
  check_files "$file"
  command -v pg_restore >/dev/null || die "pg_restore is not in PATH"
  pg_restore --list "$file" >/dev/null || die "$file is no backup"
  if [ -n "$DRY_RUN" ]; then
    say "Would restore $file into $(database_name)"
    return
  fi
  pg_restore --clean --if-exists --single-transaction --exit-on-error $NEVER_ASK -d "${PGDATABASE:-${PGUSER:-}}" "$file" || die "nothing was restored"
  say "Restored $file into $(database_name)"
}

