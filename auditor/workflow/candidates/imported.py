"""`auditor candidates import`, `list` and `adopt`: addresses with their source, and what became of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter

from auditor.comparison import (
    front_address,
    read_candidates,
)
from auditor.custody import Journal, require_initialised
from auditor.errors import ConfigError, IntegrityError
from auditor.formats import canonical_json
from auditor.formats import evidence_layout as layout
from auditor.model.candidates import FrontPageMatch, ProductCandidate, RefusedEntry
from auditor.model.events import CandidateAdopted, CandidateLooked, CandidatesImported, parse_entry
from auditor.targets import editing
from auditor.workflow.wiring import open_custody, read_targets
from auditor.workspace import Workspace

LOOK_FORMAT = "auditor.candidate/1"
MAX_FILE = 64 << 20


@dataclass(frozen=True, slots=True)
class ImportedCandidates:
    """What an import took from a file, and what it refused."""

    candidates: tuple[ProductCandidate, ...]
    refused: tuple[RefusedEntry, ...]
    new: int


def import_candidates(workspace: Workspace, path: Path, *, private: bool = False) -> ImportedCandidates:
    """Take addresses from a file; the file's digest is their source. Addresses known before stay as they are."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_FILE else b"\0" * (MAX_FILE + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    digest = hashlib.sha256(data).hexdigest()
    candidates, refused = read_candidates(data, path.name, digest, private=private)
    if not candidates and not refused:
        raise ConfigError(f"{path}: no address in it")
    with open_custody(workspace) as custody:
        known = {one.address for one in journalled_candidates(workspace, custody.journal)}
        new = tuple(one for one in candidates if one.address not in known)
        body = {
            "format": LOOK_FORMAT,
            "source": path.name,
            "source_sha256": digest,
            "addresses": [{"address": one.address, "place": one.place} for one in new],
        }
        text = canonical_json.encode(body)
        target = f"{layout.CANDIDATES}/imports/{canonical_json.sha256(text)[:16]}.json"
        if custody.journal.ledger.file(target) is None:
            custody.vault.place(
                {target: text},
                CandidatesImported(source=path.name, source_sha256=digest, addresses=len(new), refused=len(refused)),
            )
    return ImportedCandidates(candidates, refused, len(new))


def list_candidates(workspace: Workspace) -> tuple[ProductCandidate, ...]:
    """Every address that was imported, with what is known of it, in the order of the imports."""
    require_initialised(workspace.root)
    return journalled_candidates(workspace, Journal.open(workspace.root))


def journalled_candidates(workspace: Workspace, journal: Journal) -> tuple[ProductCandidate, ...]:
    found: dict[str, ProductCandidate] = {}
    for entry in journal.entries(kinds={"comparison"}):
        match parse_entry(entry):
            case CandidatesImported() as event:
                for one in event.files:
                    found |= {new.address: new for new in _imported(workspace, one.path, one.sha256)
                              if new.address not in found}  # fmt: skip
            case CandidateLooked() as event if event.address in found:
                known = found[event.address]
                capture = next((one.path.split("/")[2] for one in event.files), "")
                found[event.address] = replace(known, answer=event.answer, version=event.version, capture=capture)
            case CandidateAdopted() as event if event.address in found:
                found[event.address] = replace(found[event.address], deployment=event.deployment)
    return tuple(found.values())


def _imported(workspace: Workspace, path: str, sha256: str) -> tuple[ProductCandidate, ...]:
    data = (workspace.evidence / path).read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise IntegrityError(f"{path}: its bytes differ from the journal's; run `auditor verify`")
    body = json.loads(data)
    return tuple(
        ProductCandidate(str(one["address"]), str(body["source"]), str(body["source_sha256"]), str(one["place"]))
        for one in body["addresses"]
    )


def adopt_candidate(
    workspace: Workspace, address: str, deployment: str, by: str, pages: Sequence[str] = ()
) -> tuple[str, str]:
    """Write a candidate into `targets.yaml` as a suspect deployment; the deployment's id and what found it.

    Only what was looked at and answered *same product* can be adopted. `ConfigError`, the file untouched, otherwise.
    """
    address = front_address(address, private=True)[0] or address
    estate, _ = read_targets(workspace)
    known = {one.address: one for one in list_candidates(workspace)}
    found = known.get(address)
    if found is None or found.answer != "same":
        answer = "not imported" if found is None else found.answer or "not looked at"
        raise ConfigError(f"{address}: {answer}; only a candidate that answered the same product is adopted")
    if deployment in estate.deployments:
        raise ConfigError(f"{deployment}: there is a deployment of that name already; choose another id")
    product = next((one for one in estate.products.values()), None) if len(estate.products) == 1 else None
    looked = _looked_product(workspace, address)
    name = looked or (product.id if product else "")
    if name not in estate.products:
        raise ConfigError(f"{name or 'product'}: the fingerprint's product is not in targets.yaml")
    screens = [one.page for one in estate.products[name].screens]
    wanted = list(dict.fromkeys(pages or screens)) or list(estate.pages)[:1]
    found_by = f"{found.source} sha256:{found.source_sha256}, {found.place}; front page seen in capture {found.capture}"
    entry = "\n".join(
        (
            f"{deployment}:",
            f"  name: {json.dumps(address)}",
            f"  product: {name}",
            "  legal_status: suspect",
            f"  address: {json.dumps(address)}",
            '  access: {kind: public_page, reference: "public front page; what lies behind a login needs a basis"}',
            f"  pages: [{', '.join(wanted)}]",
            f"  found_by: {json.dumps(found_by, ensure_ascii=False)}",
        )
    )
    text = workspace.targets.read_bytes().decode("utf-8")
    editing.write_targets(workspace.targets, editing.insert_entry(text, "deployments", entry))
    with open_custody(workspace) as custody:
        custody.vault.place({}, CandidateAdopted(address=address, deployment=deployment, by=by, found_by=found_by))
    return deployment, found_by


def _looked_product(workspace: Workspace, address: str) -> str:
    said = (parse_entry(one) for one in Journal.open(workspace.root).entries(kinds={"comparison"}))
    return next((one.product for one in reversed(list(said))
                 if isinstance(one, CandidateLooked) and one.address == address), "")  # fmt: skip


def candidate_json(candidate: ProductCandidate, match: FrontPageMatch | None = None) -> dict[str, object]:
    """A candidate as plain values."""
    plain: dict[str, object] = TypeAdapter(ProductCandidate).dump_python(candidate, mode="json")
    if match is not None:
        plain["match"] = TypeAdapter(FrontPageMatch).dump_python(match, mode="json")
    return plain
