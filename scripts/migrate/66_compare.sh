# --- diff, drift, verify, and comparing with a model -----------------------------
# What compares schemas, here and in "create", "check" and "record".

# A difference is an answer, not a failure: psql goes on to tell the two apart.
sql_check_model() {
  sql_need_function migrate.check
  variable renames "$RENAMES"
  [ -z "$ELSEWHERE" ] || sql_live
  printf '\\set ON_ERROR_STOP off\nSAVEPOINT model;\nSELECT migrate.check('
  LC_ALL=C awk "$MODEL_LITERAL" "$MODEL"
  say ", renames => $SQL_RENAMES$(live_argument)"') AS checked \gset
\set state :SQLSTATE
\set ON_ERROR_STOP on
ROLLBACK TO SAVEPOINT model;
SELECT :'"'state'"' = '"'00000'"' AS same, :'"'state'"' = '"'MG023'"' AS differs \gset
\if :same
\echo The database is as the model says
\elif :differs
\echo The database differs from the model
\else
\echo The database was not compared with the model
\endif'
}
# Elsewhere it is not what the engine has that is compared.  Nobody there is who the owners are.
live_argument() { [ -z "$ELSEWHERE" ] || printf '%s' ", live => :'live', owners => false"; }
SQL_RENAMES="coalesce(pg_catalog.string_to_array(nullif(:'renames', ''), E'\n'), '{}')"
MODEL_LITERAL='BEGIN { printf "E\047" }
  { gsub(/\\/, "&&"); gsub(/\047/, "\047\047"); print }
  END { printf "\047" }'

sql_need_function() { # sql_need_function NAME
  say "SELECT pg_catalog.to_regproc('$1') IS NULL AS missing \gset
\if :missing"
  sql_fail "'this version of migrate_ext cannot compare a schema with a model'" "'There is no function $1.'" \
    "'Write the SQL by hand, or update the extension.'"
  say '\endif'
}

check_model_file() {
  [ -z "$MODEL" ] || {
    case $MODEL in /* | ./*) ;; *) MODEL=./$MODEL ;; esac
    check_files "$MODEL"
  }
}

sql_diff() {
  sql_need_extension
  variable renames "$RENAMES"
  [ -z "$ELSEWHERE" ] || sql_live
  say "SELECT coalesce(nullif(migrate.diff_sql($(LC_ALL=C awk "$MODEL_LITERAL" "$MODEL"), renames => $SQL_RENAMES$(live_argument)), ''), '-- nothing differs');"
}
cmd_diff() {
  [ -n "$MODEL" ] || bad_usage "diff needs --model FILE, the schema that is wanted as DDL"
  check_model_file
  run_sql sql_diff || finish $? "$MODEL"
}
sql_compare() { # sql_compare FUNCTION STATEMENT [NAME VALUE]
  sql_need_extension
  sql_need_execute "$1" 'compare schemas'
  shift
  sql_read "$@"
}
DRIFT_ROWS="SELECT action || ' ' || object_type || ' ' || object_identity || coalesce(E'\\n    ' || pg_catalog.replace(upgrade, E'\\n', E'\\n    '), '')"
# The revisions run in the engine, whose database then is what they make; the other one is the model.
sql_drift_elsewhere() {
  say "SET client_min_messages = warning;
SELECT coalesce(string_agg(c, ',' ORDER BY c), 'base') AS at FROM migrate.current() AS c \gset
SELECT count(*) AS stamped FROM migrate.stamp('base') \gset
SELECT script FROM (SELECT migrate.prelude()) AS p (script) WHERE script IS NOT NULL \gexec
SELECT :'at' <> 'base' AS is_applied \gset
\if :is_applied
CALL migrate.deploy(:'at');
\endif"
  sql_live
  say "$DRIFT_ROWS FROM migrate.diff(:'live', owners => false) ORDER BY step;"
}
cmd_drift() {
  if [ -n "$ELSEWHERE" ]; then
    answer=$(ask sql_drift_elsewhere) || exit 1
  else
    answer=$(ask sql_compare drift "$DRIFT_ROWS FROM migrate.drift() ORDER BY step;") || exit 1
  fi
  if [ -z "$answer" ]; then
    say "The schema is what its revisions make"
    return
  fi
  say "$answer"
  exit 3
}
cmd_verify() {
  answer=$(ask sql_compare verify "SELECT revision || CASE WHEN upgrade_ok AND downgrade_ok IS NOT FALSE AND round_trip_ok IS NOT FALSE THEN ': good' ELSE ': NOT GOOD' END || coalesce(', ' || detail, '')
    FROM migrate.verify(:'range');" range "${1-base:heads}") || exit 1
  say "${answer:-There is no revision}"
  case $answer in *': NOT GOOD'*) exit 1 ;; esac
}

