"""`auditor add`: entries added to `targets.yaml`, with every other byte of it as it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from auditor.errors import ConfigError
from auditor.targets import editing, insertion
from auditor.workspace import Workspace

Values = Mapping[str, object]


def add_deployment(workspace: Workspace, id_: str, values: Values, *, authorised: tuple[str, Values] | None) -> None:
    """Add a deployment and, with `authorised`, its place on the closed list of a contract (its id and the terms)."""
    text = _text(workspace)
    _refuse_known(text, "deployments", id_)
    text = editing.insert_entry(text, "deployments", _block(id_, values))
    if authorised is not None:
        contract, terms = authorised
        text = insertion.add_item(text, ("contracts", contract, "authorised"), {"deployment": id_, **terms})
    _write(workspace, text)


def add_contract(workspace: Workspace, values: Values, *, parties: Mapping[str, Values]) -> None:
    """Add a contract, and parties that the file does not have yet."""
    text = _text(workspace)
    for id_, party in parties.items():
        text = editing.insert_entry(text, "parties", _block(id_, party))
    if editing.is_mapping(text, "contracts"):
        rest = {key: value for key, value in values.items() if key != "id"}
        text = editing.insert_entry(text, "contracts", _block(str(values["id"]), rest))
    else:
        text = insertion.add_item(text, ("contracts",), values)
    _write(workspace, text)


def add_metric(workspace: Workspace, product: str, values: Values) -> None:
    """Add a metric to a product whose metrics are a list."""
    _write(workspace, insertion.add_item(_text(workspace), ("products", product, "metrics"), values))


def add_amendment(workspace: Workspace, contract: str, values: Values) -> None:
    """Add an amendment to a contract."""
    text = insertion.add_item(_text(workspace), ("contracts", contract, "amendments"), values)
    _write(workspace, text)


def _refuse_known(text: str, section: str, id_: str) -> None:
    if id_ in editing.entry_names(text, section):
        raise ConfigError(f"{section}.{id_}: is in targets.yaml already; give another id, or change it there")


def _block(id_: str, values: Values) -> str:
    return "\n".join([f"{id_}:", *(f"  {key}: {insertion.flow(value)}" for key, value in values.items())]) + "\n"


def _text(workspace: Workspace) -> str:
    path: Path = workspace.targets
    if not path.exists():
        raise ConfigError(f"{path}: no such file. Next: auditor init")
    return path.read_bytes().decode("utf-8").removeprefix("\ufeff")


def _write(workspace: Workspace, text: str) -> None:
    """Put the new text in place, validated first; the mark at its beginning stays, where it has one."""
    mark = "\ufeff" if workspace.targets.read_bytes().startswith(b"\xef\xbb\xbf") else ""
    editing.write_targets(workspace.targets, mark + text)
