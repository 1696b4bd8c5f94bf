"""What an outsider does, who can write files and has no keys."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auditor import custody
from auditor.custody.journal.keys import Keys
from auditor.formats import canonical_json, manifest
from tests.custody.golden_workspace import Scene, attack


@attack("artefact.digest", "34 branches become 20 in the kept page.")
def edited_artefact(s: Scene) -> None:
    s.edit(s.package(0) / "registration" / "dom.html", lambda data: data.replace(b"34", b"20"))


@attack("artefact.size", "The end of the traffic record is cut off.")
def truncated_artefact(s: Scene) -> None:
    s.edit(s.package(0) / "traffic.warc", lambda data: data[:-20])


@attack("artefact.size", "Bytes are added to the end of a file.")
def grown_artefact(s: Scene) -> None:
    s.edit(s.package(0) / "traffic.warc", lambda data: data + b"\n")


@attack("artefact.size", "A file is emptied.")
def emptied_artefact(s: Scene) -> None:
    s.edit(s.package(1) / "registration" / "screenshot.png", lambda _: b"")


@attack("package.missing-file", "The screenshot is gone.")
def removed_artefact(s: Scene) -> None:
    s.package(0).joinpath("registration").chmod(0o755)
    (s.package(0) / "registration" / "screenshot.png").unlink()


@attack("package.missing-file", "A file is given another name.")
def renamed_artefact(s: Scene) -> None:
    s.package(0).chmod(0o755)
    (s.package(0) / "traffic.warc").rename(s.package(0) / "traffic.warc.old")


@attack("package.extra-file", "A second screenshot is slipped in.")
def extra_file(s: Scene) -> None:
    s.package(0).joinpath("registration").chmod(0o755)
    (s.package(0) / "registration" / "screenshot-2.png").write_bytes(b"\x89PNG")


@attack("package.extra-file", "A file without a dot in its name, which a peer's verifier overlooks.")
def extra_file_without_a_dot(s: Scene) -> None:
    s.package(0).chmod(0o755)
    (s.package(0) / "NOTES").write_bytes(b"see here\n")


@attack("package.extra-file", "A hidden file.")
def hidden_file(s: Scene) -> None:
    s.package(1).chmod(0o755)
    (s.package(1) / ".hidden").write_bytes(b"x")


@attack("package.symlink", "A file is replaced by a link to an equal file outside.")
def linked_artefact(s: Scene) -> None:
    target = s.package(0) / "traffic.warc"
    s.package(0).chmod(0o755)
    target.unlink()
    target.symlink_to(f"../{s.package(1).name}/traffic.warc")


@attack("workspace.extra-file", "A package is replaced by a link to another.")
def linked_package(s: Scene) -> None:
    first, second = s.package(0), s.package(1)
    shutil.rmtree(first)
    first.symlink_to(second.name)


@attack("package.name", "A file whose name is another's on systems that ignore case.")
def colliding_names(s: Scene) -> None:
    s.package(0).chmod(0o755)
    (s.package(0) / "readme").write_bytes(b"another text\n")


@attack("package.name", "A file whose name is another's after Unicode normalisation (full-width letters).")
def unicode_colliding_names(s: Scene) -> None:
    s.package(0).chmod(0o755)
    (s.package(0) / "ＲＥＡＤＭＥ").write_bytes(b"another text\n")


@attack("manifest.digest", "The page and its digest in the manifest are changed together.")
def edited_manifest(s: Scene) -> None:
    page = s.package(0) / "registration" / "dom.html"
    before = canonical_json.sha256(page.read_bytes())
    s.edit(page, lambda data: data.replace(b"34", b"20"))
    after = canonical_json.sha256(page.read_bytes())
    s.edit(s.package(0) / manifest.NAME, lambda data: data.replace(before.encode(), after.encode()))


@attack("manifest.form", "A key stands twice in the manifest: readers differ about which counts.")
def duplicate_key(s: Scene) -> None:
    s.edit(s.package(0) / manifest.NAME, lambda data: data.replace(b'"state":', b'"state":"failed","state":', 1))


@attack("manifest.form", "The manifest is written again with spaces: the same to a reader, other bytes.")
def respelled_manifest(s: Scene) -> None:
    s.edit(s.package(0) / manifest.NAME, lambda data: json.dumps(json.loads(data), sort_keys=True).encode())


@attack("manifest.missing", "The manifest is gone.")
def removed_manifest(s: Scene) -> None:
    s.package(0).chmod(0o755)
    (s.package(0) / manifest.NAME).unlink()


@attack("token.digest", "The tokens of two packages change places.")
def swapped_tokens(s: Scene) -> None:
    one, two = (s.package(n) / "manifest.alpha.tsr" for n in (0, 1))
    data = one.read_bytes()
    s.edit(one, lambda _: two.read_bytes())
    s.edit(two, lambda _: data)


@attack("token.digest", "One authority's token is filed under the other's name.")
def transplanted_token(s: Scene) -> None:
    s.edit(s.package(0) / "manifest.alpha.tsr", lambda _: (s.package(0) / "manifest.beta.tsr").read_bytes())


@attack("token.digest", "A byte of a response that no signature covers (its status text) is changed.")
def unsigned_byte_of_a_token(s: Scene) -> None:
    s.edit(s.package(0) / "manifest.beta.tsr", lambda data: data[:-1] + bytes([data[-1] ^ 1]))


@attack("package.missing-file", "A token is removed.")
def removed_token(s: Scene) -> None:
    s.package(0).chmod(0o755)
    (s.package(0) / "manifest.beta.tsr").unlink()


@attack("package.missing-file", "The request that proves the nonce is removed.")
def removed_request(s: Scene) -> None:
    s.package(0).chmod(0o755)
    (s.package(0) / "manifest.beta.tsq").unlink()


@attack("package.missing", "An inconvenient package is deleted.")
def removed_package(s: Scene) -> None:
    shutil.rmtree(s.package(1))


@attack("package.unrecorded", "A package is copied under a better time.")
def copied_package(s: Scene) -> None:
    shutil.copytree(s.package(0), s.evidence / "site-a" / "20200101T000000Z-c9")


@attack("package.missing", "A package is moved to another deployment.")
def moved_package(s: Scene) -> None:
    (s.evidence / "site-b").mkdir()
    s.package(0).chmod(0o755)
    s.package(0).rename(s.evidence / "site-b" / s.package(0).name)


@attack("journal.number", "The line that records a gap is removed.")
def removed_journal_line(s: Scene) -> None:
    s.lines(lambda lines: [line for line in lines if b'"kind":"gap"' not in line])


@attack("journal.number", "Two lines change places.")
def reordered_lines(s: Scene) -> None:
    s.lines(lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]])


@attack("journal.chain", "The reason of a gap is rewritten.")
def edited_journal_line(s: Scene) -> None:
    s.lines(lambda lines: [line.replace(b"the host was down for maintenance", b"the host was gone") for line in lines])


@attack("journal.head", "The last line is cut off.")
def truncated_journal(s: Scene) -> None:
    s.lines(lambda lines: lines[:-1])


@attack("journal.line", "The journal's last byte is cut off.")
def cut_journal(s: Scene) -> None:
    s.edit(s.evidence / "journal" / "tail.jsonl", lambda data: data[:-1])


@attack("journal.head", "A line is added, well chained, by one who has no key.")
def appended_line(s: Scene) -> None:
    def add(lines: list[bytes]) -> list[bytes]:
        body = {
            **json.loads(lines[-1]),
            "number": len(lines),
            "previous": canonical_json.sha256(lines[-1].rstrip(b"\n")),
        }
        return [*lines, canonical_json.encode(body) + b"\n"]

    s.lines(add)


@attack("journal.missing-file", "A checkpoint is removed.")
def removed_checkpoint(s: Scene) -> None:
    s.checkpoint().unlink()


@attack("journal.digest", "A checkpoint's tree size is changed.")
def edited_checkpoint(s: Scene) -> None:
    s.edit(s.checkpoint(), lambda data: re.sub(rb"\n(\d+)\n", lambda m: b"\n%d\n" % (int(m[1]) + 1), data, count=1))


@attack("journal.head", "The signature of a checkpoint is put under the head.")
def transplanted_signature(s: Scene) -> None:
    signature = s.checkpoint().read_bytes().rpartition(b"\n\n")[2]
    s.edit(s.evidence / "journal" / "head", lambda data: data.rpartition(b"\n\n")[0] + b"\n\n" + signature)


@attack("journal.head", "The head's signature is spelled another way in base64 (unused bits).")
def respelled_signature(s: Scene) -> None:
    s.edit(
        s.evidence / "journal" / "head",
        lambda data: re.sub(rb"(.)=\n\Z", lambda m: bytes([m[1][0] + 1]) + b"=\n", data),
    )


@attack("journal.head", "The head is signed again with a forger's key.")
def foreign_key(s: Scene) -> None:
    keys = replace(custody.open_keys(s.root), log=Ed25519PrivateKey.generate())
    s.rechain(lambda events: events, keys)


@attack(
    "journal.key",
    "A line brings in the forger's own key, which no key before it endorsed.",
)
def unendorsed_rotation(s: Scene) -> None:
    forger = replace(custody.open_keys(s.root), log=Ed25519PrivateKey.generate())
    body = {"action": "rotated", "box": forger.box_public, "log": str(forger.verifier), "why": "key lost"}
    s.rechain(
        lambda events: [*events, {**events[-1], "kind": "key", "body": body}, publish_forged_key(s, forger, events)],
        forger,
    )


def publish_forged_key(s: Scene, keys: Keys, events: list[dict[str, object]]) -> dict[str, object]:
    """The line that a rotation is followed by, its files laid beside the others."""
    name = f"trust/log-{keys.verifier.id.hex()}.vkey"
    data = f"{keys.verifier}\n".encode()
    (s.evidence / name).write_bytes(data)
    body = {
        "action": "published", "box": keys.box_public, "log": str(keys.verifier),
        "files": [{"path": name, "sha256": canonical_json.sha256(data)}],
    }  # fmt: skip
    return {**events[-1], "kind": "key", "body": body}


@attack(
    "journal.extra-file", "The log is rolled back to an earlier, rightly signed end; what came later still lies there."
)
def rolled_back_log(s: Scene) -> None:
    s.rechain(lambda events: events[:-3])


@attack("trust.digest", "A comment is written into the file of roots.")
def changed_trust_file(s: Scene) -> None:
    s.edit(next((s.evidence / "trust").glob("alpha*.pem")), lambda data: b"# checked\n" + data)


@attack("trust.digest", "The roots of the two authorities change places.")
def swapped_roots(s: Scene) -> None:
    one, two = (next((s.evidence / "trust").glob(f"{name}*.pem")) for name in ("alpha", "beta"))
    data = one.read_bytes()
    s.edit(one, lambda _: two.read_bytes())
    s.edit(two, lambda _: data)


@attack("trust.missing-file", "The log key's public file is removed.")
def removed_trust_file(s: Scene) -> None:
    next((s.evidence / "trust").glob("*.vkey")).unlink()


@attack("trust.extra-file", "A forger's root is laid beside the others.")
def extra_root(s: Scene) -> None:
    (s.evidence / "trust" / "gamma.pem").write_bytes(s.stamps.one.ring.signer("stranger").certificate.read_bytes())


@attack("workspace.extra-file", "A loose file in the evidence folder.")
def loose_file(s: Scene) -> None:
    (s.evidence / "summary.pdf").write_bytes(b"%PDF-1.7")


@attack("workspace.staging", "Files are put where a recovery would pick them up.")
def planted_staging(s: Scene) -> None:
    place = s.evidence / ".staging" / "capture-c9"
    place.mkdir(parents=True)
    (place / "screenshot.png").write_bytes(b"\x89PNG")
