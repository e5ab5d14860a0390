# --- waiting for the server ------------------------------------------------------
# A container starts before its database does.  What waiting cannot change is told from what it can.

# What no waiting changes: 28P01, 28000, 3D000, no password, no encryption.  Whoever sets
# up a server needs a moment for roles and databases, so these get three tries.
#
# psql has no SQLSTATE of a connection that failed.  Its own words are English in the C
# locale; those of the server are in the server's language.  So what is not known by them is
# taken for hopeless if the server takes connections (pg_isready, by its exit status), and
# what it says of this one names the role or the database: that it is starting, or has too
# many clients, it says to everybody in the same words.
is_hopeless() { # is_hopeless TEXT
  case $1 in
    *"too many connections for "* | *"too many clients"* | *"remaining connection slots"* | *"not currently accepting connections"*) return 1 ;;
    *"authentication failed"* | *"no password supplied"* | *"no pg_hba.conf entry"* | *"no encryption"* | *"pg_hba.conf rejects"* | \
      *"role \""*"\" does not exist"* | *"database \""*"\" does not exist"* | *"is not permitted to log in"* | \
      *"permission denied for database"* | *"no such user"* | *"no such database"* | *"server does not support SSL"* | \
      *"certificate verify failed"* | *"root certificate file "* | *"does not match host name"* | *"definition of service "* | \
      *"invalid port number"* | *"invalid integer value"* | *"invalid "*" value: "*) return 0 ;;
  esac
  # what comes after the place, which may hold such a name
  refusal=${1#*"failed: "}
  names_it "$refusal" "${PGUSER:-$(id -un)}" || names_it "$refusal" "${PGDATABASE:-${PGUSER:-$(id -un)}}" || return 1
  command -v pg_isready >/dev/null && pg_isready -q
}
names_it() { # names_it TEXT NAME: as a word
  case " $1 " in
    *[!A-Za-z0-9_.-]"$2"[!A-Za-z0-9_.-]*) return 0 ;;
  esac
  return 1
}

# An attempt can itself take a while: PGCONNECT_TIMEOUT.
wait_for_server() { # wait_for_server SECONDS [tried]: if it has just been tried
  wait_from=$(date +%s)
  wait_until=$((wait_from + $1)) next_word=$wait_from hopeless=${2:+1} answer=''
  : "${hopeless:=0}"
  while :; do
    if [ -n "$answer" ] || [ -z "${2-}" ]; then
      answer=$(say 'SELECT 1;' | (export LC_ALL=C && client) 2>&1) && return 0
    else
      answer=' ' # somebody has just tried
    fi
    now=$(date +%s) pause=1
    if is_hopeless "$answer"; then
      hopeless=$((hopeless + 1)) pause=2
      if [ "$hopeless" -ge 3 ]; then
        die "$(database_name) refuses, which will not change by waiting:" "$answer"
      fi
    fi
    [ "$now" -lt "$wait_until" ] || break
    if [ "$now" -ge "$next_word" ]; then
      if [ "$next_word" = "$wait_from" ]; then
        say "Waiting for $(database_name), at most $1 s"
      else
        say "Still waiting for $(database_name), $((wait_until - now)) s left"
      fi
      next_word=$((now + 10))
    fi
    sleep "$pause"
  done
  die "no answer from $(database_name) after $1 seconds:" "$answer"
}
cmd_wait() {
  wait_for_server "${TIMEOUT:-60}"
  say "$(database_name) answers"
}

