# ruff: noqa: E501
"""`auditor verify --explain`: the same verification with coreutils, OpenSSL and Python's standard library alone.

The steps do not read anything that this software computed: they are the same for every workspace, and they fail loudly.
What they leave out is said at their end.
"""

from __future__ import annotations

import shlex
from pathlib import Path

SEGMENTS = r"""
import hashlib, pathlib, sys
E, W, level = pathlib.Path("evidence"), pathlib.Path(sys.argv[1]), 0
def need(ok, what): return None if ok else sys.exit(f"NOT VERIFIED: {what}")
def name(n, x=""): return (name(n // 1000, "x") + "/" if n > 999 else "") + f"{x}{n % 1000:03d}"
def root(row):  # of 256 hashes
    while len(row) > 1: row = [hashlib.sha256(b"\1" + row[k] + row[k + 1]).digest() for k in range(0, len(row), 2)]
    return row[0]
one, sealed = E / "journal/journal.jsonl", [path.read_bytes() for path in sorted((E / "journal/entries").rglob("*.jsonl"))]
own = {f"journal/entries/{name(n)}.jsonl": data for n, data in enumerate(sealed)} | {f"journal/{path.name}": path.read_bytes() for path in (E / "journal").glob("tail.jsonl")}
own, sealed = ({"journal/journal.jsonl": one.read_bytes()}, []) if one.exists() else (own, sealed)  # one file: an earlier version
need(all(data.count(b"\n") == 256 for data in sealed), "a segment without 256 lines")
(W / "journal.jsonl").write_bytes(b"".join(own.values()))
row = [hashlib.sha256(b"\0" + line).digest() for line in b"".join(sealed).splitlines()]
while row:  # hash tiles, c2sp.org/tlog-tiles: full ones, and above the lowest level the one that grows
    own.update({f"journal/tile/{level}/{name(k // 256)}" + ("" if k + 256 <= len(row) else f".p/{len(row) - k}"): b"".join(row[k:k + 256]) for k in range(0, len(row), 256)})
    row, level = [root(row[k:k + 256]) for k in range(0, len(row) // 256 * 256, 256)], level + 1
(W / "own").write_text("".join(f"{path} {hashlib.sha256(data).hexdigest()}\n" for path, data in own.items()))
""".lstrip()
"""Thirty lines at most: the journal's segments as one text, and what its own files and tiles must hold."""

JOURNAL = r"""
import base64, hashlib, json, pathlib, sys
E, W, last, lines, hashes, keys, revoked, ends, seen, refused = pathlib.Path("evidence"), pathlib.Path(sys.argv[1]), "0" * 64, [], [], [], [], {}, {}, {}
def need(ok, what): return None if ok else sys.exit(f"NOT VERIFIED: {what}")
def strict(pairs): return need(len(dict(pairs)) == len(pairs), "a key twice in one object") or dict(pairs)
def tree(leaves):  # RFC 6962 section 2.1
    if len(leaves) == 1: return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1; return hashlib.sha256(b"\1" + tree(leaves[:k]) + tree(leaves[k:])).digest()
def note(path, vkey, number, stamped=False):  # C2SP signed-note: text, signature and key are laid out for openssl
    (name, kid, key), raw = vkey.split("+", 2), (E / path).read_bytes()
    text, line = raw.decode().rsplit("\n\n", 1)
    signature, start = base64.b64decode(line.split(" ")[2]), 12 if stamped else 4
    need(line == f"\u2014 {name} {base64.b64encode(bytes.fromhex(kid) + signature[4:]).decode()}\n", path)
    head = f"cosignature/v1\ntime {int.from_bytes(signature[4:12], 'big')}\n" if stamped else ""
    (W / f"note-{number}.text").write_bytes((head + text + "\n").encode()); (W / f"note-{number}.sig").write_bytes(signature[start:])
    (W / f"note-{number}.key").write_bytes(bytes.fromhex("302a300506032b6570032100") + base64.b64decode(key)[1:])
    return text.split("\n")
*written, end = (W / "journal.jsonl").read_bytes().split(b"\n")
for number, line in enumerate(written if end == b"" else need(False, "the journal's last line is cut")):
    event = json.loads(line, object_pairs_hook=strict); body, kind = event["body"], event["kind"]; action = kind != "comparison" and body.get("action")
    need((event["number"], event["previous"]) == (number, last), f"journal line {number} does not follow")
    last = hashlib.sha256(line).hexdigest(); lines.append(line); hashes.append(hashlib.sha256(b"\0" + line).digest())
    need(action != "rotated" or (body.get("endorsed") and keys[-1] not in revoked and (W / "rotation").write_bytes(body["endorsed"].encode()) and note((W / "rotation").absolute(), keys[-1], number) == ["auditor.rotation/1", body["log"], body["box"]]), f"journal line {number}: a log key that no valid key endorsed")
    keys += [body["log"]] if kind == "workspace.created" or action == "rotated" else []; revoked += [body["key"]] if action == "revoked" else []; seen.update({body.get("witness"): body["size"]} if action in ("made", "cosigned") else {}); refused.update({body["witness"]: action == "refused" and body["status"] in (409, 422)} if action in ("refused", "cosigned") else {})
    ends.update({("slot", body["run"], slot["slot"]): 0 for slot in body.get("slots", [])} | ({("slot", body.get("run"), body.get("slot")): 1} if kind in ("intent", "gap") else {}))
    if kind == "intent" or action == "intended": need(ends.setdefault(("intent", body["intent"]), 0) == 0, f"intent {body['intent']} twice")
    elif kind in ("capture", "gap", "filing") and body["intent"]: ends["intent", body["intent"]] = ends.get(("intent", body["intent"]), 9) + 1
    if action == "made": need(note(body["subject"]["path"], keys[-1], number)[1:] == [str(len(lines) - 1), base64.b64encode(tree(hashes[:-1])).decode()], f"checkpoint {number}")
    if body.get("party_key"): (W / "party").write_text("\n".join(["auditor.party/1", *(body[it] for it in ("capture", "deployment", "manifest_sha256")), "", body["party_signature"], ""])); note((W / "party").absolute(), body["party_key"], number)
    if action == "cosigned": need(note(body["cosignature"], body["witness"], number, True) == (E / f"journal/checkpoints/{body['size']:012d}.checkpoint").read_bytes().decode().split("\n")[:3], body["cosignature"])
head = note("journal/head", keys[-1], "head"); need(head[-2:] == [last, line.decode()] and head[2:-2] == [str(len(lines)), base64.b64encode(tree(hashes)).decode()][:len(head) - 4] and not any(refused.values()) and keys[-1] not in revoked and all(count == 1 for count in ends.values()), "the head or its key, a witness that refused and cosigned none since, or an intent or slot without one end"); (W / "unseen").write_text("".join(f"NOT SEEN by witness {ascii(key.partition('+')[0])}: lines after {size}\n" for key, size in seen.items() if key and size < seen[None]))
""".lstrip()
"""Thirty lines at most: chain, head, Merkle roots, every intent and slot with its end; lays signatures out for openssl."""

PACKAGES = r"""
import base64, datetime, hashlib, json, pathlib, sys
E, W, files, packages, roots, good, gone, intents, tokens = pathlib.Path("evidence"), pathlib.Path(sys.argv[1]), dict(map(str.split, open(sys.argv[1] + "/own"))), [], {}, {}, {}, {}, []
def need(ok, what): return None if ok else sys.exit(f"NOT VERIFIED: {what}")
def strict(pairs): return need(len(dict(pairs)) == len(pairs), "a key twice in one object") or dict(pairs)
def when(text): return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())
for line in (W / "journal.jsonl").read_bytes().splitlines():
    event = json.loads(line); body, kind = event["body"], event["kind"]
    files.update({item["path"]: item["sha256"] for item in body.get("files", [])}); packages += [body] if kind == "capture" or body.get("action") == "committed" else []; intents.update({body["intent"]: hashlib.sha256(line).hexdigest()} if kind == "intent" or body.get("action") == "intended" else {})
    for item in body.get("captures", []) if kind == "prune" else []: gone.setdefault(item["package"], {}).update({one["path"]: one["sha256"] for one in item["removed"]})
    for item in body["captures"] if kind == "pair" else []: need(len({base64.b64decode(one["party_key"].split("+", 2)[-1])[1:33] for one in body["captures"]}) == 2 and any((one["capture"], one["manifest_sha256"], one.get("party_key", "")) == (item["capture"], item["manifest_sha256"], item["party_key"]) and one["package"] + "/manifest.json" not in good for one in packages if "capture" in one), f"journal line {event['number']}: a pair that cannot be")
    if body.get("action") == "trust": roots.update({item["id"]: item for item in body["authorities"]})
    for token in (token for token in body.get("tokens", []) if token["status"] == "verified"):
        root, policy = roots[token["authority"]], token["policy"]
        near = when(token["asked_at"]) - 300 <= when(token["gen_time"]) <= when(event["at"]) + 300
        policy = policy if near and policy in (root["policies"] or [policy]) else "NOT-ACCEPTED"
        subject = body["subject"]["path"]; good.setdefault(subject, []).append((root, token))
        tokens.append(f"{root['roots']} {token['request']} {token['response']} {subject} {when(token['gen_time'])} {policy}\n")
for package in packages:
    home = package["package"]; manifest = json.loads((E / home / "manifest.json").read_bytes(), object_pairs_hook=strict)
    files[f"{home}/manifest.json"] = package["manifest_sha256"]; capture = manifest.get("capture") or manifest["filing"]
    listed = {item["path"]: item["sha256"] for item in manifest["artefacts"]}; need(gone.get(home, listed) == listed, f"pruning of {home}")
    files.update({f"{home}/{path}": digest for path, digest in listed.items() if home not in gone})
    need(manifest["intent"] == {"id": package["intent"], "journal_line_sha256": intents.get(package["intent"])}, f"intent of {home}")
    owners = {root["owner"] for root, token in good.get(f"{home}/manifest.json", []) if when(token["gen_time"]) >= when(capture["ended_at"]) - 300}
    distinct = {files[root["roots"]] for root, _ in good.get(f"{home}/manifest.json", [])}
    need(min(len(owners), len(distinct)) >= max(1, manifest["timestamps"]["quorum"]), f"{home} is UNSEALED")
found = {path.relative_to(E).as_posix() for path in E.rglob("*") if path.is_symlink() or path.is_file() or not any(path.iterdir())}
odd = (found - {"README.md", ".gitkeep", ".staging", "journal/head"}) ^ set(files) | {str(path) for path in E.rglob("*") if path.is_symlink()}
need(not odd and len({path.casefold() for path in files}) == len(files), f"missing, added, linked or alike: {sorted(odd)}")
(W / "tokens").write_bytes("".join(tokens).encode()); (W / "SHA256SUMS").write_bytes("".join(f"{files[path]}  {path}\n" for path in sorted(files)).encode())
""".lstrip()
"""Thirty lines at most: what must be there and what is; writes what sha256sum and openssl then check."""

STEPS = r"""#!/bin/sh
# Verifies a workspace with sha256sum, openssl (3.0 or later) and python3 (3.9 or later) alone. No network is used.
# TRUST is a folder with the authorities' roots. Without it the copies inside the evidence are used: a forger could
# have put his own there. Get the roots from the authorities, under the same file names, and set TRUST.
set -eu; export LC_ALL=C
HERE={where}
cd "${{1:-$HERE}}"
WORK=$(mktemp -d); trap 'rm -rf "$WORK"' EXIT
TRUST=$(cd "${{TRUST:-evidence/trust}}" && pwd)

# 1. The journal's chain, its signed head, its Merkle roots; every file listed, none missing, none added; every intent
#    and planned slot with its end; every package with its quorum.
mkdir "$WORK/out"
cat > "$WORK/segments.py" <<'END-OF-PROGRAM'
{segments}END-OF-PROGRAM
cat > "$WORK/journal.py" <<'END-OF-PROGRAM'
{journal}END-OF-PROGRAM
cat > "$WORK/packages.py" <<'END-OF-PROGRAM'
{packages}END-OF-PROGRAM
python3 "$WORK/segments.py" "$WORK/out" || {{ echo "NOT VERIFIED: the journal"; exit 1; }}
python3 "$WORK/journal.py" "$WORK/out" || {{ echo "NOT VERIFIED: the journal"; exit 1; }}
python3 "$WORK/packages.py" "$WORK/out" || {{ echo "NOT VERIFIED: the packages"; exit 1; }}

# 2. Every byte of every file: against the manifests, and the manifests against the journal.
(cd evidence && sha256sum --check --strict --quiet "$WORK/out/SHA256SUMS") || {{ echo "NOT VERIFIED: a file changed"; exit 1; }}

# 3. Every signature of the log key, of witnesses and of other parties (Ed25519).
for text in "$WORK"/out/note-*.text; do
  note=${{text%.text}}
  openssl pkeyutl -verify -pubin -keyform DER -inkey "$note.key" -rawin -in "$text" -sigfile "$note.sig" >/dev/null \
    || {{ echo "NOT VERIFIED: the signature of $text"; exit 1; }}
done

# 4. Every timestamp: against its request (nonce) and the file itself, at its own time, under a pinned root.
while read -r roots request response subject epoch policy; do
  root="$TRUST/$(basename "$roots")"
  openssl ts -reply -in "evidence/$response" -text > "$WORK/told" 2>/dev/null || {{ echo "NOT VERIFIED: $response"; exit 1; }}
  grep -qx 'Status: Granted.' "$WORK/told" && grep -qxF "Policy OID: $policy" "$WORK/told" \
    && test "$(date -u -d "$(sed -n 's/^Time stamp: //p' "$WORK/told")" +%s)" = "$epoch" \
    && openssl ts -verify -queryfile "evidence/$request" -in "evidence/$response" -CAfile "$root" -attime "$epoch" >/dev/null 2>&1 \
    && openssl ts -verify -data "evidence/$subject" -in "evidence/$response" -CAfile "$root" -attime "$epoch" >/dev/null 2>&1 \
    || {{ echo "NOT VERIFIED: timestamp $response"; exit 1; }}
done < "$WORK/out/tokens"
grep '"kind":"prune"' "$WORK/out/journal.jsonl" | grep -o '"rule":"[^"]*"' | sort | uniq -c | sed 's/^/PRUNED, digests alone are left: /'
cat "$WORK/out/unseen"
echo "VERIFIED: $(wc -l < "$WORK/out/SHA256SUMS") files, $(wc -l < "$WORK/out/tokens") timestamps, $(ls "$WORK"/out/note-*.text | wc -l) signatures"
# Left out here: renewals' lists, certificate revocation, what stood open at checkpoints (journal/folds). Compare the log key with a copy from elsewhere:
sed -n 1p evidence/trust/log-*.vkey
"""


def offline_verification_script(root: Path) -> str:
    """A shell script that verifies the workspace at `root` without this software; prints VERIFIED, or NOT VERIFIED and why."""
    return STEPS.format(where=shlex.quote(str(root)), segments=SEGMENTS, journal=JOURNAL, packages=PACKAGES)
