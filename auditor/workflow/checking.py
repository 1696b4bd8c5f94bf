"""Verification: evidence against itself, and the index against the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from auditor.bundle import is_bag
from auditor.custody import verify
from auditor.errors import ConfigError
from auditor.model.evidence import Verification
from auditor.settings import Workspace
from auditor.workflow.unbundling import verify_bundle


def verify_paths(workspace: Workspace, paths: Sequence[Path], *, trust: Path | None) -> Verification:
    """Verify what the paths name: packages, a whole `evidence/`, or a bundle; without paths, the workspace.

    Raises `ConfigError` for a path that is in no workspace, or for paths of several.
    """
    if not paths:
        return verify(workspace.root, trust=trust)
    if any(is_bag(path) for path in paths):
        if len(paths) > 1:
            raise ConfigError(f"verify: {len(paths)} paths, one of them a bundle; give one bundle at a time")
        return verify_bundle(paths[0], workspace, trust)
    roots = {_root_of(path) for path in paths}
    if len(roots) > 1:
        raise ConfigError(f"verify: paths of {len(roots)} workspaces; give those of one at a time")
    root = roots.pop()
    whole = any(path.resolve() in {root, root / "evidence"} for path in paths)
    return verify(root, () if whole else [path.resolve() for path in paths], trust=trust)


def _root_of(path: Path) -> Path:
    """The workspace that a path of evidence belongs to."""
    here = path.resolve()
    if not here.exists():
        raise ConfigError(f"{path}: not found; give a package folder, an evidence/ folder or a workspace")
    for folder in (here, *here.parents):
        if (folder / "evidence" / "journal").is_dir():
            return folder
    raise ConfigError(f"{path}: lies in no workspace (no evidence/journal above it); verify a package where it belongs")
