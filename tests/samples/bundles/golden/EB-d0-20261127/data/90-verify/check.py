import base64, csv, functools, hashlib, json, pathlib, sys
def need(ok, what): ok or sys.exit(f"NOT VERIFIED: {what}")
def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()
def read(path): return pathlib.Path(path).read_bytes()
def stamped(path, asked):  # enough different owners, of those that the manifest names; tokens were checked by openssl
    owners = {one["owner"] for one in asked["authorities"] if f"{path} {one['id']}\n" in tokens}
    need(len(owners) >= asked["quorum"] >= 1, f"{path} is stamped by too few owners")
tokens, note = {*read(sys.argv[1]).decode().splitlines(True)}, read("bundle.note").decode().split("\n")
need((note[0], note[3]) == ("auditor.bundle/1", sha(read("tagmanifest-sha256.txt")).hex()), "another bag was signed")
leaves, peaks, rows = [bytes.fromhex(leaf) for leaf in read("data/60-log/leaf-hashes.txt").decode().split()], [], {}
for number, node in enumerate(leaves):  # RFC 6962: perfect subtrees to the left, folded from the right into the root
    for _ in range((number ^ (number + 1)).bit_length() - 1): node = sha(b"\1", peaks.pop(), node)
    peaks.append(node)
root = base64.b64encode(functools.reduce(lambda right, left: sha(b"\1", left, right), reversed(peaks)))
need(read("data/60-log/checkpoint").split(b"\n")[1:3] == [b"%d" % len(leaves), root], "the checkpoint is of another log")
shown = [(json.loads(line), sha(b"\0", line)) for line in read("data/60-log/disclosed.jsonl").split(b"\n")[:-1]]
need(len({line["number"] for line, leaf in shown if leaves[line["number"]] == leaf}) == len(shown), "a line is not in the log")
def of(*kinds): return [line["body"] for line, _ in shown if line["kind"] in kinds and line["body"].get("intent")]
begun, ended = sorted(x["intent"] for x in of("intent", "filing") if x.get("action", "intended") == "intended"), sorted(x["intent"] for x in of("capture", "gap", "filing") if x.get("action") != "intended"); word = {line["body"]["witness"]: line["body"].get("status") in (409, 422) for line, _ in shown if "witness" in line["body"]}
homes = {f"data/{'10-captures/' * ('action' not in x) or ('50-' if x['cabinet'] == 'notices' else '35-')}{x['package']}/": x["manifest_sha256"] for x in of("capture", "filing") if "package" in x}
files = {line[66:]: line[:64] for line in read("manifest-sha256.txt").decode().splitlines()}
here = {"/".join(path.split("/")[:4]) + "/" for path in files if path.startswith(("data/10-captures/", "data/35-hosting/", "data/50-notices/"))}
need(begun == ended and here == {*homes}, "a visit has no end, or a capture is missing or too many"); need(not any(word.values()), "a witness refused the log")
out = {tuple(row[:3]) for row in csv.reader(read("data/99-redaction/withheld.csv").decode().splitlines())}
stamped("data/60-log/checkpoint", json.loads(read("data/60-log/completeness.json"))["log"])
for path, digest in ((f"{home}package/manifest.json", digest) for home, digest in homes.items()):
    made = json.loads(read(path)); need(files[path] == digest, f"{path} is not the one in the log"); stamped(path, made["timestamps"])
    rows |= {path[:-13] + one["path"]: ((made.get("capture") or made["filing"])["id"], one["path"], one["sha256"]) for one in made["artefacts"]}
need(all(files.get(path) == row[2] or (path not in files and row in out) for path, row in rows.items()), "a file is not as listed")
need(all(path in rows or "/package/manifest." in path for path in files if "/package/" in path), "a file too many")
