"""S22: ids that become names of evidence: deployments that are visited, their pages, authorities.

Evidence refuses a name that not every machine can unpack. What it would refuse in the middle of a run is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from auditor.formats import evidence_layout, evidence_paths
from auditor.model.targets.estate import Estate
from auditor.targets.assembly import EstateDraft
from auditor.targets.sections.deployments import DeploymentDraft
from auditor.targets.yaml.nodes import find_node, position_of

_ADVICE = "Use letters a to z, digits, '.', '_', '-'"
_TOKENS = (evidence_layout.AGAIN, evidence_layout.REFUSED)
_RESERVED_FOLDERS = {evidence_paths.casefold_path(name) for name in evidence_layout.RESERVED}


def check_portable_ids(draft: EstateDraft, estate: Estate) -> None:
    """Every id that evidence would be named by is one that evidence takes, and not another one's in capitals."""
    visited = [one for one in estate.deployments.values() if one.pages]
    folders: dict[str, str] = {}
    for one in visited:
        why = _fault(one.id, folders) or _reserved(_folded(one.id))
        if why:
            found: DeploymentDraft = draft.sections["deployments"][one.id]
            place = (found.file, position_of(found.node))
            draft.context.notes.add("S22", place, f"deployments.{one.id}", f"{why} {_ADVICE}.")
    _pages(draft, estate, {page for one in visited for page in one.pages})
    _authorities(draft, estate)
    clashes: dict[tuple[str, ...], tuple[str, str] | None] = {}
    for one in visited:
        if one.pages not in clashes:
            known = (name for name in one.pages if name in estate.pages)
            clashes[one.pages] = _clash((name, estate.pages[name].listing is not None) for name in known)
        clash = clashes[one.pages]
        if clash:
            found = draft.sections["deployments"][one.id]
            message = f"pages {clash[0]} and {clash[1]} would have folders of one name. Give one of them another id."
            draft.context.notes.add(
                "S22", (found.file, position_of(found.node, "pages")), f"deployments.{one.id}", message
            )


def _pages(draft: EstateDraft, estate: Estate, used: set[str]) -> None:
    for id_, page in draft.sections.get("pages", {}).items():
        if id_ not in used:
            continue
        taken = id_.startswith("manifest.") or evidence_paths.casefold_path(id_) in evidence_layout.PACKAGE_FILES
        why = _fault(id_, {}) or _reserved(taken)
        place = draft.context.place_of(page)
        if why and place is not None:
            where = (place[0], position_of(place[1]))
            draft.context.notes.add("S22", where, f"pages.{id_}", f"{why} {_ADVICE}.")


def _authorities(draft: EstateDraft, estate: Estate) -> None:
    names: dict[str, str] = {}
    section = draft.main_root.get("timestamping")
    for one in estate.timestamping.authorities:
        why = _fault(one.id, names) or _reserved(any(part in f".{one.id}" for part in _TOKENS))
        if why:
            node = find_node(section, "authorities", one.id) if section else None
            place, where = (draft.context.file, node.at if node else 0), f"timestamping.authorities.{one.id}"
            draft.context.notes.add("S22", place, where, f"{why} {_ADVICE}.")


def _fault(id_: str, seen: dict[str, str]) -> str:
    """Why an id cannot be a name of evidence; `seen`: those before it, by their spelling without case."""
    if why := evidence_paths.why_invalid(id_):
        return f"cannot name evidence: {why}."
    first = seen.setdefault(evidence_paths.casefold_path(id_), id_)
    return f"differs from {first} by its case alone." if first != id_ else ""


def _reserved(taken: bool) -> str:
    return "is a name that evidence keeps for itself." if taken else ""


def _folded(id_: str) -> bool:
    return evidence_paths.casefold_path(id_) in _RESERVED_FOLDERS


def _clash(pages: Iterable[tuple[str, bool]]) -> tuple[str, str] | None:
    """Two pages of a deployment whose views would have one folder: `users-1` beside the list `users`."""
    known = {evidence_paths.casefold_path(name): (name, listed) for name, listed in pages}
    for folded, (name, _) in known.items():
        match = re.fullmatch(r"(.+)-[0-9]+", folded)
        if match and known.get(match[1], ("", False))[1]:
            return known[match[1]][0], name
    return None
