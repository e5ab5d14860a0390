# --- small things ----------------------------------------------------------------
# Text, digests, time and files, for all tools.

function trim(s) { gsub(/^[ \t\r\n]+|[ \t\r\n]+$/, "", s); return s }
function base_name(p) { sub(/.*\//, "", p); return p }
function digits_of(s) { return match(s, /^[0-9]+/) ? substr(s, 1, RLENGTH) : "" }
function no_zeros(s) { sub(/^0+/, "", s); return s == "" ? "0" : s }
function padded(s) { s = no_zeros(s); while (length(s) < 24) s = "0" s; return s }
function words_of(s) { gsub(/[_]+/, " ", s); return trim(s) }

# 12 hex digits of a text: two polynomials, each exact in a double.
function hash_start() { hash_a = 7; hash_b = 11 }
function hash_add(s,   j, c, len) {
  len = length(s)
  for (j = 1; j <= len; j++) {
    c = ord[substr(s, j, 1)] + 1
    hash_a = (hash_a * 65599 + c) % 16777213
    hash_b = (hash_b * 69069 + c) % 16777199
  }
}
function hash_end() { return sprintf("%06x%06x", hash_a, hash_b) }
function hash12(s) { hash_start(); hash_add(s); return hash_end() }

# Seconds since 1970 and back, without the time functions that not every awk has.
function to_seconds(y, m, d, hh, mi, ss,   era, yoe, doy) {
  if (m <= 2) y--
  era = int(y / 400); yoe = y - era * 400
  doy = int((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + d - 1
  return (era * 146097 + yoe * 365 + int(yoe / 4) - int(yoe / 100) + doy - 719468) * 86400 + hh * 3600 + mi * 60 + ss
}
function date_text(t,   z, era, doe, yoe, y, doy, mp, d, m, s) {
  z = int(t / 86400); s = t - z * 86400; z += 719468
  era = int(z / 146097); doe = z - era * 146097
  yoe = int((doe - int(doe / 1460) + int(doe / 36524) - int(doe / 146096)) / 365)
  y = yoe + era * 400; doy = doe - (365 * yoe + int(yoe / 4) - int(yoe / 100))
  mp = int((5 * doy + 2) / 153); d = doy - int((153 * mp + 2) / 5) + 1; m = mp + (mp < 10 ? 3 : -9)
  if (m <= 2) y++
  return sprintf("%04d-%02d-%02d %02d:%02d:%02d+00", y, m, d, int(s / 3600), int(s / 60) % 60, s % 60)
}
# The time that a version number tells, or "".
function clock_of(v,   t, y) {
  if (length(v) == 10 && v + 0 > 631152000) return v + 0
  if (length(v) == 13 && v + 0 > 631152000000) return int(v / 1000)
  if (length(v) == 8) v = v "000000"
  if (length(v) == 12) v = v "00"
  if (length(v) < 14) return ""
  y = substr(v, 1, 4) + 0
  if (y < 1990 || y > 2100) return ""
  t = to_seconds(y, substr(v, 5, 2) + 0, substr(v, 7, 2) + 0, substr(v, 9, 2) + 0, substr(v, 11, 2) + 0, substr(v, 13, 2) + 0)
  y = date_text(t); gsub(/[^0-9]/, "", y)
  return substr(y, 1, 14) == substr(v, 1, 14) ? t : ""
}

function legal(s) {
  gsub(/[^A-Za-z0-9_.]/, "_", s)
  return s == "head" || s == "heads" || s == "base" || s == "current" ? s "_" : s
}

# A file into the array buffer; false if there is none.
function read_file(file,   got, text) {
  buffered = 0
  while ((got = (getline text < file)) > 0) buffer[++buffered] = text
  close(file)
  if (got < 0) return 0
  if (buffered) sub(/^\357\273\277/, "", buffer[1])
  return 1
}
function new_section(file) { lines[++nsections] = 0; source[nsections] = file; return nsections }
function add_line(s, text, number) { line_text[s, ++lines[s]] = text; line_number[s, lines[s]] = number }
function whole_file(file,   s, j) {
  s = new_section(file)
  for (j = 1; j <= buffered; j++) add_line(s, buffer[j], j)
  return s
}

