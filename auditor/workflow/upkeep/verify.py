"""Verification: evidence against itself, and the index against the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from auditor.bundle import is_bag
from auditor.custody import offline_verification_script, verify_single_package, verify_workspace
from auditor.errors import AuditorError, ConfigError
from auditor.formats import evidence_layout as layout
from auditor.model.evidence import Check, Verification
from auditor.workflow.bundle.verify import verify_bundle
from auditor.workflow.index.caches import differing_caches
from auditor.workflow.index.compare import compare_index
from auditor.workflow.progress import Progress
from auditor.workflow.replica.place import moved_place
from auditor.workflow.standing.checking import check_standing
from auditor.workflow.upkeep.access import access_checks
from auditor.workspace import Workspace


def _silent(done: int, total: int, what: str) -> None:
    """Default progress callback: does nothing."""


def verify_paths(
    workspace: Workspace,
    paths: Sequence[Path],
    *,
    trust: Path | None,
    index: bool = True,
    workers: int | None = None,
    progress: Progress = _silent,
) -> Verification:
    """Verify what the paths name: packages, a whole `evidence/`, or a bundle; without paths, the workspace.

    A package folder in no workspace is verified by itself, and its journal told as not checked.

    A whole workspace is also held against its index, unless `index` is False; a notice then says so.
    Raises `ConfigError` for a path that is in no workspace, or for paths of several.
    """
    if any(is_bag(path) for path in paths):
        if len(paths) > 1:
            raise ConfigError(f"verify: {len(paths)} paths, one of them a bundle; give one bundle at a time")
        return verify_bundle(paths[0], workspace, trust)

    def hashed(done: int, total: int) -> None:
        progress(done, total, "bytes")

    if len(paths) == 1 and _is_alone(paths[0]):
        return verify_single_package(paths[0].resolve(), trust=trust, progress=hashed, workers=workers)
    root = _root(workspace, paths)
    if (place := moved_place(root)) is not None and not paths:
        from auditor.workflow.relocation.verifying import verify_fleet  # loads what the extra `fleet` brings

        return verify_fleet(
            place,
            trust=trust,
            workers=workers,
            progress=hashed,
            caches=lambda journal: differing_caches(workspace, journal) if index else [],
        )
    whole = not paths or any(path.resolve() in {root.resolve(), root.resolve() / layout.EVIDENCE} for path in paths)

    chosen = () if whole else [path.resolve() for path in paths]
    found = verify_workspace(root, chosen, trust=trust, workers=workers, progress=hashed)
    if not whole:
        return found
    found = replace(found, checks=(*found.checks, *_access(root)))
    if not index:
        return replace(found, notices=(*found.notices, "The index was left out, as asked."))
    answers = [compare_index(Workspace(root), progress).answers, check_standing(Workspace(root))]
    return replace(
        found,
        checks=(*found.checks, *(check for each in answers for check in each.made)),
        notices=(*found.notices, *(notice for each in answers for notice in each.notices)),
    )


def _access(root: Path) -> tuple[Check, ...]:
    """Accounts and the log of views; a journal that cannot be read is told by its own checks."""
    try:
        return access_checks(Workspace(root))
    except AuditorError as error:
        return (Check("people.grants", "evidence/journal", "not checked", str(error)),)


def offline_script(workspace: Workspace, paths: Sequence[Path]) -> str:
    """A shell script that verifies the workspace of these paths without this software.

    Raises `ConfigError` for a bundle, which carries its own sheet, and where there is no workspace.
    """
    if any(is_bag(path) for path in paths):
        raise ConfigError(f"{paths[0]}: a bundle carries its own sheet; open VERIFY.md in it")
    root = _root(workspace, paths)
    if not (root / layout.EVIDENCE / layout.JOURNAL).is_dir():
        raise ConfigError(f"{root}: no evidence/journal here; give a workspace, or a path in one")
    return offline_verification_script(root.resolve())


def _root(workspace: Workspace, paths: Sequence[Path]) -> Path:
    roots = {_root_of(path) for path in paths} or {workspace.home}
    if len(roots) > 1:
        raise ConfigError(f"verify: paths of {len(roots)} workspaces; give those of one at a time")
    return roots.pop()


def _is_alone(path: Path) -> bool:
    here = path.resolve()
    return (here / "manifest.json").is_file() and not any(
        (up / layout.EVIDENCE / layout.JOURNAL).is_dir() for up in here.parents
    )


def _root_of(path: Path) -> Path:
    """The workspace that a path of evidence belongs to."""
    here = path.resolve()
    if not here.exists():
        raise ConfigError(f"{path}: not found; give a package folder, an evidence/ folder or a workspace")
    for folder in (here, *here.parents):
        if (folder / layout.EVIDENCE / layout.JOURNAL).is_dir():
            return folder
    raise ConfigError(f"{path}: lies in no workspace (no evidence/journal above it); verify a package where it belongs")
