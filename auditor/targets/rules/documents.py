"""D03, K02: files that the estate names: documents of contracts, pinned certificates."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from auditor.model.targets.estate import Estate
from auditor.targets.assembly import EstateDraft
from auditor.targets.rules.context import ContractFacts
from auditor.targets.yaml.nodes import find_node


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
