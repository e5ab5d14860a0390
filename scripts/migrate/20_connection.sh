# --- the connection --------------------------------------------------------------
# psql, pg_dump and pg_restore find the database in libpq's environment.  DATABASE_URL, which
# applications have, is taken apart into it, so that no secret stands in an argument.

URL_NAME=DATABASE_URL # for messages

# Takes the %XX out of $1; the answer is in $decoded.
decode() {
  decoded='' left=$1
  while :; do
    case $left in
      *%*) ;;
      *) break ;;
    esac
    decoded=$decoded${left%%\%*}
    left=${left#*%}
    hex=${left%"${left#??}"}
    case $hex in
      00) bad_usage "$URL_NAME holds an escape that cannot be part of a name or password" ;;
      0[aA])
        decoded=$decoded$NEWLINE left=${left#??}
        continue
        ;;
      [0-9A-Fa-f][0-9A-Fa-f]) ;;
      *) bad_usage "$URL_NAME holds a % that is not followed by two hexadecimal digits (write %25 for a %)" ;;
    esac
    left=${left#??}
    # shellcheck disable=SC2059 # the character is the format
    decoded=$decoded$(printf "\\$(printf %03o "0x$hex")")
  done
  decoded=$decoded$left
}

# "host1:5432,[::1]:5433" added to what is in $hosts and $ports, each of which
# begins with a comma if it has anything.
add_hosts() {
  list=$1,
  while [ -n "$list" ]; do
    one=${list%%,*} list=${list#*,} port=''
    case $one in
      \[*\]:*) host=${one#\[} host=${host%%\]*} port=${one##*:} ;;
      \[*\]) host=${one#\[} host=${host%\]} ;;
      /*) host=$one ;;
      *:*) host=${one%%:*} port=${one##*:} ;;
      *) host=$one ;;
    esac
    decode "$host"
    hosts=$hosts,$decoded ports=$ports,$port
  done
}

# A parameter of the URL.  libpq reads the environment, and so will psql, pg_dump
# and pg_restore: nothing stands in an argument.
set_parameter() { # set_parameter NAME VALUE
  case $1 in
    host) case $hosts in ,) hosts='' ports='' ;; esac && add_hosts "$2" ;;
    port) ports=,$2 ;;
    hostaddr) export PGHOSTADDR="$2" ;;
    user) export PGUSER="$2" ;;
    password) export PGPASSWORD="$2" ;;
    dbname) export PGDATABASE="$2" ;;
    passfile) export PGPASSFILE="$2" ;;
    service) export PGSERVICE="$2" ;;
    application_name) export PGAPPNAME="$2" ;;
    options) export PGOPTIONS="${PGOPTIONS:+$PGOPTIONS }$2" ;;
    # Prisma's is one name; lib/pq and JDBC have a list as SET takes it.
    schema) set_search_path "\"$(printf '%s' "$2" | sed 's/"/""/g')\"" ;;
    search_path | currentSchema) set_search_path "$2" ;;
    # pg8000 and others name the socket itself
    unix_sock | unix_socket | socket)
      case $2 in
        */.s.PGSQL.*) hosts=,${2%/.s.PGSQL.*} ports=,${2##*.s.PGSQL.} ;;
        *) hosts=,$2 ports='' ;;
      esac
      ;;
    connect_timeout) export PGCONNECT_TIMEOUT="$2" ;;
    target_session_attrs) export PGTARGETSESSIONATTRS="$2" ;;
    channel_binding) export PGCHANNELBINDING="$2" ;;
    gssencmode) export PGGSSENCMODE="$2" ;;
    krbsrvname) export PGKRBSRVNAME="$2" ;;
    sslmode) export PGSSLMODE="$2" ;;
    sslrootcert) export PGSSLROOTCERT="$2" ;;
    sslcert) export PGSSLCERT="$2" ;;
    sslkey) export PGSSLKEY="$2" ;;
    sslcrl) export PGSSLCRL="$2" ;;
    sslcrldir) export PGSSLCRLDIR="$2" ;;
    sslsni) export PGSSLSNI="$2" ;;
    sslcompression) export PGSSLCOMPRESSION="$2" ;;
    sslcertmode) export PGSSLCERTMODE="$2" ;;
    sslnegotiation) export PGSSLNEGOTIATION="$2" ;;
    ssl_min_protocol_version) export PGSSLMINPROTOCOLVERSION="$2" ;;
    ssl_max_protocol_version) export PGSSLMAXPROTOCOLVERSION="$2" ;;
    requirepeer) export PGREQUIREPEER="$2" ;;
    require_auth) export PGREQUIREAUTH="$2" ;;
    gsslib) export PGGSSLIB="$2" ;;
    load_balance_hosts) export PGLOADBALANCEHOSTS="$2" ;;
    ApplicationName | fallback_application_name) export PGAPPNAME="$2" ;;
    connectTimeout | loginTimeout) export PGCONNECT_TIMEOUT="$2" ;;
    # asyncpg and JDBC
    ssl)
      case $2 in
        true | True | 1) export PGSSLMODE=require ;;
        false | False | 0) ;;
        *) export PGSSLMODE="$2" ;;
      esac
      ;;
    # what drivers and pools are told, and libpq need not know
    client_encoding | encoding | charset | async_fallback | *statement_cache_* | prepared_statements | \
      prepareThreshold | preparedStatementCache* | prepare_threshold | default_query_exec_mode | binary_parameters | \
      reWriteBatchedInserts | stringtype | binaryTransfer | loggerLevel | pgbouncer | connection_limit | pool | pool_* | \
      max_overflow | checkout_timeout | reaping_frequency | conn_max_age | conn_health_checks | reconnect | socket_timeout | \
      socketTimeout | command_timeout | statement_timeout | tcpKeepAlive | tcp_user_timeout | keepalives* | timezone | \
      sslaccept | sslpassword | sslinline) ;;
    *) bad_usage "$URL_NAME: the parameter \"$1\" is not known here; leave it out, or say what it means with options=" ;;
  esac
}

# As an option of the server, where a blank or a backslash has one before it.
set_option() { # set_option NAME VALUE
  PGOPTIONS="${PGOPTIONS:+$PGOPTIONS }-c$1=$(printf '%s' "$2" | sed 's/[\\ ]/\\&/g')"
  export PGOPTIONS
}
set_search_path() { set_option search_path "$1"; }

# Without what an editor or a file of a secret leaves round it.
trimmed() { # trimmed TEXT: sets trimmed
  trimmed=$1
  while :; do
    case $trimmed in
      [[:space:]]*) trimmed=${trimmed#?} ;;
      *[[:space:]]) trimmed=${trimmed%?} ;;
      *) break ;;
    esac
  done
}

use_database_url() {
  trimmed "$DATABASE_URL"
  url=$trimmed
  # some frameworks quote what they put into the environment
  case $url in
    \"*\") url=${url#\"} url=${url%\"} ;;
    \'*\') url=${url#\'} url=${url%\'} ;;
  esac
  case $url in
    jdbc:postgresql://*) url=${url#jdbc:} ;;
  esac
  case $url in
    postgres://* | postgresql://* | postgres+*://* | postgresql+*://*) ;;
    *://*) bad_usage "$URL_NAME is not a URL of PostgreSQL: it begins with ${url%%://*}://" ;;
    *) bad_usage "$URL_NAME is not a URL (postgresql://user:password@host:port/database)" ;;
  esac
  rest=${url#*://} parameters='' database='' credentials='' hosts='' ports=''
  case $rest in
    *\?*) parameters=${rest#*\?} rest=${rest%%\?*} ;;
  esac
  # As SQLAlchemy reads it, a password may hold a bare slash.
  case $rest in
    *@*)
      credentials=${rest%@*}
      case ${credentials%%:*} in
        */*) credentials='' ;;
        *) rest=${rest##*@} ;;
      esac
      ;;
  esac
  case $rest in
    */*) database=${rest#*/} rest=${rest%%/*} ;;
  esac
  add_hosts "$rest"

  # What a service file says would win over the environment.
  unset PGSERVICE PGHOSTADDR
  if [ -n "$credentials" ]; then
    decode "${credentials%%:*}"
    [ -z "$decoded" ] || export PGUSER="$decoded"
    case $credentials in
      *:*) decode "${credentials#*:}" && export PGPASSWORD="$decoded" ;;
    esac
  fi
  if [ -n "$database" ]; then
    decode "$database"
    export PGDATABASE="$decoded"
  fi
  while [ -n "$parameters" ]; do
    one=${parameters%%&*}
    case $parameters in *\&*) parameters=${parameters#*&} ;; *) parameters='' ;; esac
    [ -n "$one" ] || continue
    case $one in *=*) ;; *) bad_usage "$URL_NAME: the parameter \"$one\" has no value" ;; esac
    decode "${one#*=}"
    set_parameter "${one%%=*}" "$decoded"
  done
  hosts=${hosts#,} ports=${ports#,}
  case $hosts in *[!,]*) export PGHOST="$hosts" ;; esac
  case $ports in *[!,]*) export PGPORT="$ports" ;; esac
}

# The database as a URL for people, without its password.
database_name() {
  if [ -n "$TARGET_NAME" ]; then
    name=$TARGET_NAME
  elif [ -n "${PGSERVICE:-}" ]; then
    name="service=$PGSERVICE"
  else
    : "${PGUSER:=$(id -un)}"
    name=postgresql://$PGUSER${PGPASSWORD:+:***}@${PGHOST:-local}${PGPORT:+:$PGPORT}/${PGDATABASE:-$PGUSER}
  fi
  case $name in
    *[[:cntrl:]]*) printf '%s\n' "$name" | LC_ALL=C tr '\000-\011\013-\037\177' '?' ;;
    *) say "$name" ;;
  esac
}

connect_settings() {
  if [ -n "${DATABASE_URL:-}" ]; then use_database_url; fi
  case ${PGPASSWORD:-} in *"$NEWLINE"* | *[[:cntrl:]])
    trimmed "$PGPASSWORD"
    export PGPASSWORD="$trimmed"
    ;;
  esac
  # Revision files are UTF-8, whatever the locale is.
  export PGCLIENTENCODING=UTF8 PGAPPNAME="${PGAPPNAME:-migrate.sh}" PGCONNECT_TIMEOUT="${PGCONNECT_TIMEOUT:-10}"
  command -v psql >/dev/null || die "psql is not in PATH"
  # Where nobody sits, nobody can type a password.
  NEVER_ASK=''
  if [ ! -t 0 ]; then NEVER_ASK=-w; fi
}

