#!/bin/bash
# Inputs that must be refused. Run in the bag's folder with TRUST set as VERIFY.md says. A vector that is accepted means
# that the tools on this machine cannot be relied on. Expected: see expected.txt.
set -uo pipefail
cd "${BAG:-.}"; export LC_ALL=C
: "${TRUST:?set TRUST to the folder with log.vkey and the roots had from elsewhere}"
V=data/90-verify/test-vectors; WORK=$(mktemp -d); trap 'rm -r "$WORK"' EXIT; bad=0
P=$(find data/10-captures -name manifest.json -path '*/package/*' | sort | head -n 1); P=${P%/manifest.json}
A=$(basename "$(find "$P" -name 'manifest.*.tsr' ! -name '*.refused-*' | sort | head -n 1)" .tsr); A=${A#manifest.}
R=$P/manifest.$A.tsr; Q=$P/manifest.$A.tsq; ROOT=$TRUST/$A.pem
WHEN=$(date -d "$(openssl ts -reply -in "$R" -text 2>/dev/null | sed -n 's/^Time stamp: //p')" +%s)
ts() { openssl ts -verify -attime "$WHEN" -untrusted "$ROOT" "$@" > "$WORK/said" 2>&1; }
refused() { if [ "$2" = 0 ]; then echo "ACCEPTED, which is wrong: $1"; bad=1; else echo "refused: $1"; fi; }
log() { # the program of the sheet over a list of leaf hashes that was changed
  mkdir -p "$WORK/$1/data"; ln -s "$PWD"/*.note "$PWD"/*.txt "$WORK/$1/"; ln -s "$PWD"/data/* "$WORK/$1/data/"
  rm "$WORK/$1/data/60-log"
  mkdir "$WORK/$1/data/60-log"; ln -s "$PWD"/data/60-log/* "$WORK/$1/data/60-log/"
  rm "$WORK/$1/data/60-log/leaf-hashes.txt"; cp "$V/$1.txt" "$WORK/$1/data/60-log/leaf-hashes.txt"; : > "$WORK/none"
  (cd "$WORK/$1" && python3 -I data/90-verify/check.py "$WORK/none" > "$WORK/said" 2>&1)
  grep -q 'the checkpoint is of another log' "$WORK/said"; }
ts -data "$P/manifest.json" -in "$R" -CAfile "$ROOT" || { echo "the true manifest is refused: $(tail -n 1 "$WORK/said")"; bad=1; }
ts -data "$V/edited-manifest.json" -in "$R" -CAfile "$ROOT"; refused "edited-manifest.json" $?
ts -queryfile "data/60-log/checkpoint.$A.tsq" -in "$R" -CAfile "$ROOT"; refused "a token of another request" $?
ts -data data/60-log/checkpoint -in "$R" -CAfile "$ROOT"; refused "a token of another file" $?
ts -queryfile "$Q" -in "$R" -CAfile "$V/foreign.pem"; refused "a root of nobody" $?
log dropped-line && refused "dropped-line.txt" 1 || refused "dropped-line.txt" 0
log reordered-lines && refused "reordered-lines.txt" 1 || refused "reordered-lines.txt" 0
[ "$bad" = 0 ] && echo "ALL REFUSED"
exit "$bad"
