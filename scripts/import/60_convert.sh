# --- the conversion --------------------------------------------------------------
# One awk program, of the files *.awk here: the names of all files in, revision files out.

cat >"$TMP/import.awk" <<'END_OF_AWK'
@include *.awk
END_OF_AWK

(cd "$ROOT" && own_files . \( -type f -o -type l \) -print) | sed 's|^\./||' | LC_ALL=C sort >"$TMP/all_paths"
if [ -n "$VERSIONS" ]; then
  # Only what is in one of these
  printf '%s\n' "$VERSIONS" | sed 's|/*$|/|' >"$TMP/versions"
  awk 'NR == FNR { v[$0]; next } { for (d in v) if (index($0, d) == 1) { print; next } }' "$TMP/versions" "$TMP/all_paths" >"$TMP/version_paths"
  mv "$TMP/version_paths" "$TMP/all_paths"
fi
# A virtual environment may have any name.
awk -F / 'NR == FNR { if (sub(/\/pyvenv\.cfg$/, "/")) environment[$0]; next }
  { for (e in environment) if (index($0, e) == 1) next; print }' "$TMP/all_paths" "$TMP/all_paths" >"$TMP/paths"
if grep -q "$tab" "$TMP/paths"; then die "a file of $ROOT has a tab in its name"; fi
# By the environment, because awk takes a backslash in -v for an escape.
: >"$TMP/naming"
LC_ALL=C TOOL="$TOOL" GUESSED="$GUESSED" ROOT="$ROOT" OUT="$TMP/out" MANIFEST="$TMP/manifest" NAMING="$TMP/naming" \
  UNTIL="$UNTIL" IRREVERSIBLE="$IRREVERSIBLE" PLAN="$PLAN" DEPLOY_DIR="$DEPLOY_DIR" REVERT_DIR="$REVERT_DIR" \
  EXTENSION="$EXTENSION" UPGRADE_SQL="$UPGRADE_SQL" DOWNGRADE_SQL="$DOWNGRADE_SQL" PREFIX="$PREFIX" DIALECT="$DIALECT" OWN="$OWN" LOAD="$LOAD" RAN="$RAN" BY_HAND="$BY_HAND" PERCENTS="$PERCENTS" \
  awk -f "$TMP/import.awk" "$TMP/paths" >"$TMP/notes" || {
  [ ! -s "$TMP/notes" ] || sed 's/^/  /' "$TMP/notes"
  exit 1
}

