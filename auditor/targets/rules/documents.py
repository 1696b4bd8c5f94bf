"""D03, K02, K05: files that the estate names: documents of contracts, pinned certificates, the root zone's keys."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType

from auditor.model.targets.estate import Estate
from auditor.targets.assembly import EstateDraft
from auditor.targets.rules.context import ContractFacts
from auditor.targets.yaml.nodes import find_node

MOST_ROOT_KEYS = 1 << 16
_DS = re.compile(
    r"(?:(?:\.|IN|[0-9]+)\s+)*DS\s+(?P<tag>[0-9]{1,5})\s+[0-9]{1,3}\s+(?P<type>[0-9]{1,3})\s+(?P<digest>[0-9A-Fa-f\s]+)"
)
_DIGEST_DIGITS = MappingProxyType({1: 40, 2: 64, 4: 96})
"""Of a digest by its type: SHA-1, SHA-256, SHA-384."""


def check_document_files(facts: ContractFacts, folders: dict[str, Path]) -> None:
    """D03: the scan of a document is not there, or is not the one that was recorded."""
    folder = folders.get(facts.file, Path())
    for document in facts.contract.documents:
        if document.sha256 and not re.fullmatch("[0-9a-f]{64}", document.sha256):
            message = f"document {document.id}: sha256 is not 64 lower-case hexadecimal digits. Write the digest."
            facts.note_at("S22", document, message, "sha256")
            continue
        if not document.file:
            continue
        digest = digest_of(folder / document.file, bool(document.sha256))
        if digest is None:
            message = f"document file {document.file} not found. Put it there, or correct the path."
            facts.note_at("D03", document, message, "file")
        elif document.sha256 and digest != document.sha256:
            message = f"document file {document.file} changed since it was recorded (sha256 differs). Restore it."
            facts.note_at("D03", document, message, "file")


def digest_of(path: Path, wanted: bool) -> str | None:
    """SHA-256 of a regular file, empty where it is not wanted; None where there is no such file to read."""
    try:
        if not path.is_file():
            return None
        if not wanted:
            return ""
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, ValueError):
        return None


def named_paths(
    facts: Iterable[ContractFacts], estate: Estate, main: str, folders: dict[str, Path]
) -> tuple[tuple[Path, bool], ...]:
    """Every file that the rules above look at, and whether its digest matters."""
    found = [
        (folders.get(each.file, Path()) / document.file, bool(document.sha256))
        for each in facts
        for document in each.contract.documents
        if document.file
    ]
    found += [(folders.get(main, Path()) / authority.roots, False) for authority in estate.timestamping.authorities]
    if estate.hosting.root_keys:
        found.append((folders.get(main, Path()) / estate.hosting.root_keys, True))
    return tuple(dict.fromkeys(found))


def check_pinned_certificates(draft: EstateDraft, estate: Estate, folders: dict[str, Path]) -> None:
    """K02: the pinned certificates of an authority are not there yet."""
    main = draft.context.file
    section = draft.main_root.get("timestamping")
    for authority in estate.timestamping.authorities:
        if digest_of(folders.get(main, Path()) / authority.roots, False) is None:
            node = find_node(section, "authorities", authority.id, "roots") if section else None
            message = (
                f"certificate file {authority.roots} not found: its tokens cannot be verified. Put the PEM file there."
            )
            where = f"timestamping.authorities.{authority.id}.roots"
            draft.context.notes.add("K02", (main, node.at if node else 0), where, message)


def check_root_keys(draft: EstateDraft, estate: Estate, folders: dict[str, Path]) -> None:
    """K05: the file with the root zone's keys is not there, or is none: no answer would be checked by DNSSEC."""
    main, named = draft.context.file, estate.hosting.root_keys
    if named and (lack := _lack_of_root_keys(folders.get(main, Path()) / named)):
        node = find_node(draft.main_root.get("hosting"), "root_keys")
        message = (
            f"root keys {named}: {lack}: DNSSEC is not checked. Write one DS record a line: . IN DS 20326 8 2 E06D…"
        )
        draft.context.notes.add("K05", (main, node.at if node else 0), "hosting.root_keys", message)


def _lack_of_root_keys(path: Path) -> str:
    """What keeps a file from being one of root keys; empty where nothing does."""
    try:
        if not path.is_file():
            return "not found"
        with path.open("rb") as stream:
            text = stream.read(MOST_ROOT_KEYS).decode("ascii", "replace")
    except (OSError, ValueError):
        return "cannot be read"
    lines = [(number, line.split(";")[0].strip()) for number, line in enumerate(text.splitlines(), start=1)]
    records = [(number, line) for number, line in lines if line]
    odd = next((number for number, line in records if not _is_root_key(line)), None)
    return f"line {odd} is no DS record" if odd is not None else "" if records else "holds no DS record"


def _is_root_key(line: str) -> bool:
    """Whether a line is a DS record (RFC 4034 section 5.3), with a digest as long as its type has it."""
    found = _DS.fullmatch(line)
    if found is None:
        return False
    digest = re.sub(r"\s", "", found["digest"])
    wanted = _DIGEST_DIGITS.get(int(found["type"]), len(digest) + len(digest) % 2)
    return int(found["tag"]) <= 0xFFFF and len(digest) == wanted
