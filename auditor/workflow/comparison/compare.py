"""`auditor compare`: declared and journalled, made from stored evidence, sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter

from auditor import __version__
from auditor.comparison import CapturedSystem, ComparedCaps, compare_systems
from auditor.custody import SharingTerms, open_package
from auditor.errors import ConfigError
from auditor.formats import canonical_json
from auditor.formats import evidence_layout as layout
from auditor.model.comparisons import (
    ComparisonResult,
    ComparisonSpec,
    Declaration,
    Screen,
)
from auditor.model.events import ComparisonDeclared, ComparisonMade, ComparisonStamped
from auditor.model.evidence import Package, Seal
from auditor.model.reading.observations import Count
from auditor.model.targets.estate import Estate
from auditor.workflow.compared.results import FORMAT, StoredComparison, encode_result
from auditor.workflow.comparison.libraries import KnownLists, known_lists
from auditor.workflow.comparison.systems import Role, captured_system
from auditor.workflow.index.record import index_record
from auditor.workflow.wiring import Instruments, open_instruments
from auditor.workspace import Workspace

_READERS = ("tree-sitter", "tree-sitter-javascript", "rapidfuzz", "numpy", "pillow", "lxml")


@dataclass(frozen=True, slots=True)
class ComparisonRequest:
    """What is asked to be compared. What is not given stands in `comparisons:` of `targets.yaml`."""

    suspect: str
    reference: str = ""
    controls: tuple[str, ...] = ()
    screens: tuple[str, ...] = ()
    name: str = ""
    """Name of an entry of `comparisons:`; the only one that names the suspect where absent."""


def declare(estate: Estate, request: ComparisonRequest, known: KnownLists | None, root: Workspace) -> Declaration:
    """The declaration of a request. `ConfigError` for a deployment, a screen or a comparison that is not there."""
    spec = _spec(estate, request)
    _require_deployments(estate, (request.suspect, spec.reference, *spec.controls))
    product = estate.products[estate.deployments[spec.reference].product]
    screens = _screens(product.screens, spec.screens, product.id)
    lists = known or known_lists(root.home, spec.known)
    return Declaration(
        spec.id, product.id, spec.reference, request.suspect, spec.controls, screens, spec.markers, spec.dictated,
        spec.licensed_changes, lists.digests, spec.reference_version, f"auditor {__version__}",
    )  # fmt: skip


def _spec(estate: Estate, request: ComparisonRequest) -> ComparisonSpec:
    if request.name and request.name not in estate.comparisons:
        raise ConfigError(f"{request.name}: no such comparison; targets.yaml has {_listed(estate.comparisons)}")
    fitting = [one for one in estate.comparisons.values() if request.suspect in one.suspects]
    if request.name:
        found: ComparisonSpec | None = estate.comparisons[request.name]
    elif len(fitting) > 1 and not request.reference:
        raise ConfigError(
            f"{request.suspect}: in several comparisons ({', '.join(one.id for one in fitting)}); name one with --name"
        )
    else:
        named = [one for one in fitting if not request.reference or one.reference == request.reference]
        found = named[0] if named else None
    if found is None and not request.reference:
        raise ConfigError(f"{request.suspect}: no comparison of targets.yaml names it; give --reference DEPLOYMENT")
    spec = found or ComparisonSpec(f"{request.suspect}-{request.reference}", request.reference, (request.suspect,))
    return replace(
        spec,
        reference=request.reference or spec.reference,
        controls=request.controls or spec.controls,
        screens=request.screens or spec.screens,
    )


def _require_deployments(estate: Estate, names: Sequence[str]) -> None:
    for name in names:
        if name not in estate.deployments:
            raise ConfigError(f"{name}: no such deployment; there are {_listed(estate.deployments)}")
    again = sorted({name for name in names if names.count(name) > 1})
    if again:
        raise ConfigError(f"{again[0]}: named twice; reference, suspect and controls are different deployments")


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(list(names)[:8]) or "none"


def _screens(known: Sequence[Screen], wanted: Sequence[str], product: str) -> tuple[Screen, ...]:
    if not known:
        raise ConfigError(
            f"product {product}: targets.yaml names no screens. Add screens: with a name and a page for each"
        )
    ids = [one.id for one in known]
    for name in wanted:
        if name not in ids:
            raise ConfigError(f"{name}: no such screen of {product}; there are {', '.join(ids)}")
    return tuple(one for one in known if not wanted or one.id in wanted)


def make_comparison(
    workspace: Workspace, request: ComparisonRequest, *, sandbox: bool | None = None
) -> StoredComparison:
    """Compare a suspect with its reference, from the newest sealed captures; the result is sealed.

    Raises `ConfigError` for what is not declared or not captured, `CustodyError` where evidence does not verify.
    """
    with open_instruments(
        workspace, sandbox=sandbox, terms=SharingTerms("compare", ("packages",), serves=True)
    ) as instruments:
        estate = instruments.estate
        # 1. Declared, and journalled before anything is compared.
        known = known_lists(workspace.home, _spec(estate, request).known)
        declaration = declare(estate, request, known, workspace)
        data, digest = journal_declaration(instruments, declaration)
        # 2. The stored bytes of every system.
        systems = [
            _system(instruments, name, role, declaration)
            for name, role in (
                (declaration.reference, "reference"),
                (declaration.suspect, "suspect"),
                *((name, "control") for name in declaration.controls),
            )
        ]
        # 3. Compared.
        result = compare_systems(
            declaration, systems[0], systems[1], systems[2:], known=known.libraries, readers=reader_versions(),
            caps=_caps(instruments, systems[0], systems[1]),
        )  # fmt: skip
        # 4. Filed, journalled and stamped.
        return _file(instruments, result, data, digest)


def journal_declaration(instruments: Instruments, declaration: Declaration) -> tuple[bytes, str]:
    """File and journal a declaration; one that was journalled before is not journalled again."""
    plain = TypeAdapter(Declaration).dump_python(declaration, mode="json")
    data = canonical_json.encode({"format": "auditor.comparison-declaration/1", "declaration": plain})
    digest = canonical_json.sha256(data)
    path = f"{layout.COMPARISONS}/{declaration.comparison}/declared-{declaration.suspect}-{digest[:16]}.json"
    if instruments.journal.ledger.file(path) is None:
        instruments.custody.vault.place(
            {path: data},
            ComparisonDeclared(
                comparison=declaration.comparison,
                reference=declaration.reference,
                suspect=declaration.suspect,
                controls=declaration.controls,
                declaration_sha256=digest,
            ),
        )
    return data, digest


def _system(instruments: Instruments, name: str, role: str, declaration: Declaration) -> CapturedSystem:
    """A deployment from its newest capture that shows most of the screens; sealed ones go before unsealed ones."""
    root, ledger = instruments.workspace.root, instruments.journal.ledger
    records = [one for one in ledger.packages(name) if not ledger.is_pruned(one.capture)]
    pages = {one.page for one in declaration.screens}
    best: tuple[tuple[bool, int], Package] | None = None
    for package in map(ledger.package_of, reversed(records[-20:])):
        capture = open_package(root / package.path, package.manifest_sha256).capture
        observed = {view.page for view in capture.views if view.outcome == "observed"}
        shown = len(observed & pages) if role != "control" else len(observed)
        rank = (shown > 0 and package.seal.sealed, shown)
        if best is None or rank > best[0]:
            best = rank, package
    if best is None:
        raise ConfigError(f"{name}: no capture to compare. Run: auditor run")
    if not best[0][1]:
        raise ConfigError(f"{name}: none of its captures shows a declared screen. Add their pages and run: auditor run")
    stored = open_package(root / best[1].path, best[1].manifest_sha256)
    roles: dict[str, Role] = {"reference": "reference", "suspect": "suspect", "control": "control"}
    told = declaration.reference_version if role == "reference" else ""
    return captured_system(roles[role], stored.capture, best[1], stored.load, declaration.screens, version=told)


def reader_versions() -> dict[str, str]:
    """What reads and compares, with versions."""
    return {"auditor": __version__, **{name: version(name) for name in _READERS}}


def _caps(instruments: Instruments, reference: CapturedSystem, suspect: CapturedSystem) -> ComparedCaps | None:
    """The caps of one metric that both compared captures show, as they are written, where they are not the same number.

    They are read from the stored bytes that are compared, and not asked of the index; a cap whose reading needs review
    is none.
    """
    shown = [_caps_of(instruments, one.record.capture) for one in (reference, suspect)]
    for metric, one in shown[0].items():
        other = shown[1].get(metric)
        if other is not None and other.cap != one.cap:
            return ComparedCaps(one.cap_raw, other.cap_raw)
    return None


def _caps_of(instruments: Instruments, capture: str) -> dict[str, Count]:
    package = instruments.journal.ledger.package(capture)
    read = index_record(instruments.workspace.root, instruments.estate, package, instruments.eye)
    return {one.metric: one for one in read.observations if one.cap is not None and one.cap_certain}


def _file(instruments: Instruments, result: ComparisonResult, declaration: bytes, digest: str) -> StoredComparison:
    data = encode_result(result)
    sha256 = canonical_json.sha256(data)
    id_ = f"x-{sha256[:12]}"
    name = result.declaration.comparison
    home = f"{layout.COMPARISONS}/{name}/{id_}"
    ledger = instruments.journal.ledger
    files = {f"{home}/declaration.json": declaration, f"{home}/result.json": data}
    manifest = canonical_json.encode(
        {
            "format": FORMAT,
            "comparison": name,
            "result": id_,
            "files": {path.removeprefix(f"{home}/"): canonical_json.sha256(text) for path, text in files.items()},
        }
    )
    files[f"{home}/manifest.json"] = manifest
    if ledger.file(f"{home}/result.json") is None:  # the same evidence compared again is the same result
        instruments.custody.vault.place(
            files,
            ComparisonMade(
                comparison=name,
                result=id_,
                suspect=result.declaration.suspect,
                declaration_sha256=digest,
                captures=(result.reference.capture, result.suspect.capture, *(one.capture for one in result.controls)),
                result_sha256=sha256,
            ),
        )
    seal = stamp_placed(instruments, partial(ComparisonStamped, result=id_), f"{home}/manifest.json", manifest)
    return StoredComparison(
        id_, name, result.declaration.suspect, instruments.clock(), home, sha256, result, seal,
        {path.removeprefix(f"{home}/"): text for path, text in files.items()},
    )  # fmt: skip


def stamp_placed(instruments: Instruments, made: Any, path: str, data: bytes) -> Seal:
    """Have a filed manifest timestamped, where it has not the quorum yet."""
    recorded = instruments.journal.ledger.tokens(path)
    verified = tuple(record.verdict for record in recorded if record.verdict.status == "verified")
    seal = Seal(canonical_json.sha256(data), verified, instruments.sealer.quorum)
    return seal if seal.sealed else instruments.sealer.stamp(made, path, data, seal, None)
