#!/usr/bin/env bash
# make demo: the main job, once, in a workspace of its own under build/demo.
set -eu
cd "$(dirname "$0")/.."
hearten=$PWD/build/hearten
demo=build/demo
rm -rf "$demo"
mkdir -p "$demo/config"
cp config/hearten.ini "$demo/config/"
cp -r campaigns "$demo/"
campaign=the-winter-garden

step() { printf '\n== %s\n' "$*"; }

step "a workspace: build/demo"
"$hearten" init "$demo"

step "the built-in receiver, on a free port of this machine"
"$hearten" sink --listen 127.0.0.1:0 --maildir "$demo/inbox" >"$demo/sink.log" &
sink=$!
trap 'kill "$sink" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
  grep -q '^listening on' "$demo/sink.log" && break
  sleep 0.1
done
port=$(sed -n 's/^listening on .*:\([0-9]*\)$/\1/p' "$demo/sink.log")
[ -n "$port" ] || { echo "the receiver did not start" >&2; exit 1; }
sed -i "s#^url = smtp://.*#url = smtp://127.0.0.1:$port#" "$demo/config/hearten.ini"
echo "listening on 127.0.0.1:$port"

h() {
  echo "\$ hearten $*"
  "$hearten" -C "$demo" "$@"
}

step "200 subscribers, 12 of whom have opted out"
h subscriber import tests/demo/list.csv --consent "sample list"
while read -r email; do
  "$hearten" -q -C "$demo" optout add "$email" --reason "asked to leave"
done <tests/demo/optouts.txt
echo "$("$hearten" -C "$demo" optout list | grep -c @) opt-outs recorded"

step "compile the sample post, and look at what is noticed"
h check "$campaign"

step "render it for one reader"
h preview "$campaign" --as reader001@example.com

step "who would get it, who not and why"
h send "$campaign" --dry-run

step "send it"
h send "$campaign" --yes

step "the receiver's count"
kill -INT "$sink"
wait "$sink" || true
trap - EXIT
tail -1 "$demo/sink.log"

cat <<END

Look at
  the newsletter in a browser:  $demo/var/preview/$campaign/message.html
  its plain text:               $demo/var/preview/$campaign/message.txt
  the messages as delivered:    $demo/inbox/new/
  the account at any time:      build/hearten -C $demo status $campaign
END
