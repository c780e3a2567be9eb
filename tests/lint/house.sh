#!/usr/bin/env bash
# The architecture, proven by grep: a file includes its own room and lower floors only; a library's
# header appears in its room only; banned functions, printing outside cmd, SQL from values do not
# appear at all. Prints each offence; exit 1 when there is one.
set -u
cd "$(dirname "$0")/../.."
bad=0
say() {
  echo "$1"
  bad=1
}

floors=$(awk '
  BEGIN {
    split("base 0 mail 1 crypt 1 markup 2 mime 2 store 2 transport 2 sink 2 campaign 3 consent 3 delivery 4 conf 5 cmd 6", a, " ")
    for (i = 1; i in a; i += 2) floor[a[i]] = a[i + 1]
  }
  FNR == 1 { split(FILENAME, p, "/"); from = p[2]; if (!(from in floor)) print FILENAME ": no such room in the house" }
  match($0, /^[ \t]*#[ \t]*include[ \t]*"[^"]+"/) {
    path = substr($0, RSTART, RLENGTH - 1)
    sub(/^[^"]*"/, "", path)
    slash = index(path, "/")
    if (!slash) { print FILENAME ":" FNR ": write \"room/file.h\", not \"" path "\""; next }
    to = substr(path, 1, slash - 1)
    if (!(to in floor)) print FILENAME ":" FNR ": includes the unknown room " to
    else if (from != to && floor[to] >= floor[from])
      print FILENAME ":" FNR ": includes " to " (floor " floor[to] ") from " from " (floor " floor[from] ")"
  }' src/*/*.[ch])
[ -z "$floors" ] || say "$floors"

# header pattern : the only places it may stand in
while read -r pattern place; do
  found=$(grep -nE "^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*[<\"]$pattern" src/*/*.[ch] | grep -vE "^src/($place)")
  [ -z "$found" ] || say "a library outside its room: $found"
done <<'LIBS'
curl/ transport/[a-z_]*\.c
sqlite3\.h store/[a-z_]*\.c
libpq store/[a-z_]*\.c
libetpan/ mime/[a-z_]*\.c
cmark markup/[a-z_]*\.c
libxml/ markup/[a-z_]*\.c
ini\.h base/ini\.c
jansson base/json\.c
openssl/ (crypt|sink)/[a-z_]*\.c
idn2 mail/[a-z_]*\.c
getopt cmd/[a-z_]*\.c
LIBS

strip() { # code without comments and string contents, so that words in them do not count
  sed -e 's/"\([^"\\]\|\\.\)*"/""/g' -e 's://.*$::' "$1"
}
for f in src/*/*.[ch]; do
  hits=$(strip "$f" | grep -nE '(^|[^_a-zA-Z0-9])(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gets|alloca|system|popen|rand)[[:blank:]]*\(')
  [ -z "$hits" ] || say "$f: banned function: $hits"
  case $f in src/cmd/* | src/base/mem.c) continue ;; esac # mem: the last words of a process
  hits=$(strip "$f" | grep -nE '(^|[^_a-zA-Z0-9])((printf|fprintf|puts|putchar|fputs|perror|vprintf|dprintf|vfprintf|vdprintf)[[:blank:]]*\(|write[[:blank:]]*\([[:blank:]]*([12]|STD(OUT|ERR)_FILENO)[[:blank:]]*,|(stdout|stderr)([^_a-zA-Z0-9]|$))')
  [ -z "$hits" ] || say "$f: prints outside cmd: $hits"
done
# A literal is taken whole, with the pieces and macros beside it, whichever of them holds the %.
sql=$(perl -0777 -ne '
  while (m{//[^\n]*|\x27(?:[^\x27\\]|\\.)+\x27|((?:"(?:[^"\\]|\\.)*"(?:\s|\b[A-Z_][A-Z0-9_]*\b)*)+)}g) {
    next unless defined $1;
    my ($text, $line) = ($1, 1 + (substr($_, 0, $-[1]) =~ tr/\n//));
    print "$ARGV:$line\n"
      if $text =~ /\b(SELECT|INSERT\s+INTO|INSERT\s+OR|UPDATE|DELETE|FROM\s+[a-z(]|WHERE|VALUES|ORDER\s+BY|PRAGMA)\b/
        && $text =~ /%[-+ #0-9.*]*(?:hh|h|ll|l|z|j)?[sdiucxX]/;
  }' src/*/*.[ch])
[ -z "$sql" ] || say "SQL text built from values: $sql"
words=$(grep -nE '\b(TODO|FIXME|XXX)\b' src/*/*.[ch] | head -5)
[ -z "$words" ] || say "unfinished: $words"

for f in src/*/*.h; do # STYLE: a header opens with its man page
  head -1 "$f" | grep -q '^// NAME' || say "$f: does not open with // NAME"
done

# The map names every file, under its room.
for f in src/*/*.[ch]; do
  room=$(basename "$(dirname "$f")")
  name=$(basename "${f%.*}")
  sed -n "/^### $room\$/,/^##/p" src/README.md | grep -q "\`$name\`" || say "$f: not in src/README.md"
done
exit $bad
