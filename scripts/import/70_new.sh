# --- what is there already -------------------------------------------------------
# An import that is done again adds what is new, and changes nothing that somebody has edited.

without_tool() { sed '/^-- Imported From: /s/: [^,]*,/:/' "$1"; }

: >"$TMP/new" && : >"$TMP/other"
cut -f 4 "$TMP/manifest" | uniq | while IFS= read -r file; do
  if [ ! -e "$TO/$file" ]; then
    printf '%s\n' "$file" >>"$TMP/new"
  elif ! cmp -s "$TMP/out/$file" "$TO/$file"; then
    # Of two tools whose files are alike the other may have been named there.
    if [ "$(without_tool "$TMP/out/$file")" = "$(without_tool "$TO/$file")" ]; then
      cp "$TO/$file" "$TMP/out/$file"
      continue
    fi
    printf '%s\n' "$TO/$file" >>"$TMP/other"
  fi
done
if [ -s "$TMP/other" ]; then
  die "these files are there and are not what would be written:" "$(head -n 10 "$TMP/other" | sed '2,$s/^/  /')" \
    "Remove them, or name another directory with --to DIR."
fi

count() { wc -l <"$1" | tr -d ' '; }
total=$(cut -f 4 "$TMP/manifest" | uniq | wc -l | tr -d ' ') new=$(count "$TMP/new")
irreversible=$(cut -f 6 "$TMP/manifest" | grep -c irreversible) || :
plural() { [ "$1" = 1 ] || echo s; }
say_what() { # say_what VERB
  sed 's/^/  /' "$TMP/decided" "$TMP/notes"
  printf '%s\n' "$TOOL: $total revision$(plural "$total"), $irreversible irreversible; $1 $new files to $TO, $((total - new)) are there already"
}

