"""`auditor fingerprint make`: what only a product has, from stored captures of licensed deployments."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from auditor.comparison import (
    KnownLibraries,
    SystemFeatures,
    make_fingerprint,
)
from auditor.custody import Journal, open_package, require_initialised
from auditor.errors import ConfigError
from auditor.formats import canonical_json
from auditor.model.candidates import LEAST_KINDS, ProductFingerprint
from auditor.model.comparisons import Screen
from auditor.model.targets.estate import Estate
from auditor.workflow.comparison.libraries import known_lists
from auditor.workflow.comparison.systems import captured_system
from auditor.workflow.wiring import read_targets
from auditor.workspace import Workspace

FORMAT = "auditor.product-fingerprint/1"
MAX_FILE = 64 << 20


def make_product_fingerprint(
    workspace: Workspace, product: str, deployments: Sequence[str], controls: Sequence[str], target: Path
) -> ProductFingerprint:
    """Distil what only a product has from the newest captures of licensed deployments, and write it to a file.

    `ConfigError` where a deployment has no capture, or nothing distinctive is left.
    """
    require_initialised(workspace.root)
    estate, _ = read_targets(workspace)
    if product not in estate.products:
        raise ConfigError(f"{product}: no such product; there are {', '.join(list(estate.products)[:8])}")
    specs = [one for one in estate.comparisons.values() if one.reference in deployments]
    known = known_lists(workspace.home, [name for one in specs for name in one.known]).libraries
    journal = Journal.open(workspace.root)
    made = make_fingerprint(
        product,
        [_features(workspace, journal, estate, name, known) for name in deployments],
        [_features(workspace, journal, estate, name, known) for name in controls],
        changes=[text for one in specs for change in one.licensed_changes for text in change.texts],
        markers=[marker.text for one in specs for marker in one.markers],
    )
    try:
        target.write_bytes(encode_fingerprint(made))
    except OSError as error:
        raise ConfigError(f"{target}: cannot be written: {error.strerror}") from error
    return made


def _features(
    workspace: Workspace, journal: Journal, estate: Estate, name: str, known: KnownLibraries
) -> SystemFeatures:
    """A deployment's newest capture that shows anything; its first page is its front page."""
    ledger = journal.ledger
    records = [one for one in ledger.packages(name) if not ledger.is_pruned(one.capture)]
    for package in map(ledger.package_of, reversed(records[-20:])):
        stored = open_package(workspace.root / package.path, package.manifest_sha256)
        if any(view.outcome == "observed" for view in stored.capture.views):
            pages = dict.fromkeys(view.page for view in stored.capture.views)
            screens = tuple(Screen("front" if not at else page, page, page, at) for at, page in enumerate(pages))
            return SystemFeatures(captured_system("reference", stored.capture, package, stored.load, screens), known)
    raise ConfigError(f"{name}: no capture that shows a page. Run: auditor run")


def encode_fingerprint(made: ProductFingerprint) -> bytes:
    """A fingerprint as canonical JSON."""
    plain = TypeAdapter(ProductFingerprint).dump_python(made, mode="json")
    return canonical_json.encode({"format": FORMAT, "fingerprint": plain})


def read_fingerprint(path: Path) -> tuple[ProductFingerprint, bytes]:
    """A fingerprint from a file, with its bytes. `ConfigError` for anything else."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_FILE else b""
        body = json.loads(data)
        if body["format"] != FORMAT:
            raise ValueError(f"format {FORMAT} is expected")
        found = TypeAdapter(ProductFingerprint).validate_python(body["fingerprint"])
        if found.kinds < LEAST_KINDS:
            raise ValueError(f"signs of {found.kinds} kinds; at least {LEAST_KINDS} are expected")
        return found, data
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        first = str(error).splitlines()[0]
        raise ConfigError(f"{path}: not a fingerprint ({first}). Make one with: auditor fingerprint make") from None
