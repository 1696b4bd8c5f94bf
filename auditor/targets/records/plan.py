"""What an import changes: records held against those of the file, field by field.

Of an entry that is there only fields of the table are touched; what else stands in it, comments included, stays. A new
entry goes into the file of its customer. An entry of these files that the table has no more is told, and stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from auditor.errors import ConfigError
from auditor.formats.evidence_paths import casefold_path
from auditor.model.notes import Note, make_note
from auditor.targets.bulk_edits import EntryEdits, KeyEdit, TextEdits
from auditor.targets.records.cell_values import FieldValue
from auditor.targets.records.fields import FIELDS, FieldHome, RecordField
from auditor.targets.records.mapping import TableMapping
from auditor.targets.records.rows import RefusedRow, TableReading, TableRecord
from auditor.targets.yaml.files import SourceFile
from auditor.targets.yaml.nodes import MappingNode, ScalarNode, SequenceNode, YamlNode, find_node

HEADER = (
    "# Written by `auditor import`, which changes the fields of its table alone: what is added here by hand stays.\n"
)


@dataclass(frozen=True, slots=True)
class RecordChange:
    """One field that is otherwise now."""

    id: str
    field: str
    before: str
    now: str


@dataclass(slots=True)
class ImportPlan:
    """What an import does."""

    added: list[str] = field(default_factory=list)
    changed: list[RecordChange] = field(default_factory=list)
    unchanged: int = 0
    gone: list[tuple[str, str]] = field(default_factory=list)
    """Ids with the file that they stand in."""
    refused: list[RefusedRow] = field(default_factory=list)
    edits: dict[Path, TextEdits] = field(default_factory=dict)
    """By file; of a file that is not there yet too."""

    @property
    def changed_ids(self) -> list[str]:
        """Each record once, in the order of the table."""
        return list(dict.fromkeys(one.id for one in self.changed))


@dataclass(frozen=True, slots=True)
class _Known:
    """An entry of the file."""

    source: SourceFile
    node: MappingNode


@dataclass(slots=True)
class EntriesKnown:
    """What stands in the files already, by id."""

    contracts: dict[str, _Known] = field(default_factory=dict)
    deployments: dict[str, _Known] = field(default_factory=dict)
    parties: dict[str, _Known] = field(default_factory=dict)
    orders: dict[str, dict[str, MappingNode]] = field(default_factory=dict)
    """By deployment, then by contract."""

    @classmethod
    def of(cls, sources: Sequence[SourceFile]) -> EntriesKnown:
        """The entries of files as they were read."""
        found = cls()
        for source in sources:
            for section, into in (("deployments", found.deployments), ("parties", found.parties)):
                node = source.root.get(section)
                for id_, (_, entry) in node.items.items() if isinstance(node, MappingNode) else ():
                    if isinstance(entry, MappingNode):
                        into.setdefault(id_, _Known(source, entry))
            for id_, entry in _items(source.root.get("contracts"), "id"):
                found.contracts.setdefault(id_, _Known(source, entry))
                for deployment, order in _items(entry.get("authorised"), "deployment"):
                    found.orders.setdefault(deployment, {}).setdefault(id_, order)
        return found

    def order(self, deployment: str) -> tuple[str, MappingNode] | None:
        """The newest order of a deployment: the contract that lists it, and its item there."""
        orders = self.orders.get(deployment, {})
        return max(orders.items(), key=lambda one: (node_text(one[1], "from"), one[0]), default=None)

    def party_called(self, name: str) -> str:
        """The id of the only party of that name; empty where there is none, or several."""
        found = [id_ for id_, known in self.parties.items() if node_text(known.node, "name") == name]
        return found[0] if len(found) == 1 else ""


def _items(node: YamlNode | None, key: str) -> Iterator[tuple[str, MappingNode]]:
    for item in node.items if isinstance(node, SequenceNode) else ():
        if isinstance(item, MappingNode) and isinstance(id_ := item.get(key), ScalarNode):
            yield id_.text, item


def node_text(node: YamlNode, *path: str) -> str:
    found = find_node(node, *path)
    return found.text if isinstance(found, ScalarNode) else ""


def written_value(node: YamlNode, path: Sequence[str]) -> FieldValue:
    """What a field says in the file; None where it is not there."""
    found = find_node(node, *path)
    if isinstance(found, ScalarNode):
        return found.text
    if isinstance(found, SequenceNode):
        return tuple(item.text for item in found.items if isinstance(item, ScalarNode))
    return None


def plan_import(
    reading: TableReading, mapping: TableMapping, sources: Sequence[SourceFile], folder: Path
) -> ImportPlan:
    """What the records of a table change in the files. `folder`: that of `targets.yaml`."""
    known = EntriesKnown.of(sources)
    plan = ImportPlan(refused=list(reading.refused))
    work = _Planner(plan, mapping, known, folder)
    for record in reading.records:
        work.take(record)
    stated = {record.id for record in reading.records} | {row.id for row in reading.refused}
    entries = known.contracts if mapping.records == "contracts" else known.deployments
    for id_, entry in entries.items():
        if id_ not in stated and entry.source.path.parent == folder / mapping.into:
            plan.gone.append((id_, entry.source.label))
    return plan


class _Planner:
    def __init__(self, plan: ImportPlan, mapping: TableMapping, known: EntriesKnown, folder: Path) -> None:
        self.plan = plan
        self.mapping = mapping
        self.known = known
        self.folder = folder
        self.files: dict[str, str] = {}
        self.named: dict[str, str] = {}

    def take(self, record: TableRecord) -> None:
        customer = self._customer(record)
        if self.mapping.records == "deployments" and (why := self._fault(record, customer)) is not None:
            self.plan.refused.append(why)
            return
        before = len(self.plan.changed)
        if customer:
            self._party(record, customer)
        entries = self.known.contracts if self.mapping.records == "contracts" else self.known.deployments
        entry = entries.get(record.id)
        values = self._values(record, customer, "record")
        if entry is None:
            self.plan.added.append(record.id)
            self._edits(self._file(customer)).added[self.mapping.records].append((record.id, nested(values)))
        else:
            self._change(record, entry.source.path, (self.mapping.records, record.id), entry.node, values)
        if self.mapping.records == "deployments":
            self._order(record)
        self.plan.unchanged += entry is not None and len(self.plan.changed) == before

    def _customer(self, record: TableRecord) -> str:
        name = record.text("customer")
        return name if name in self.known.parties else self.known.party_called(name) or name

    def _party(self, record: TableRecord, customer: str) -> None:
        name = record.text("customer_name")
        there = self.known.parties.get(customer)
        if there is not None:
            if name and name != node_text(there.node, "name"):
                path = ("parties", customer)
                self._change(record, there.source.path, path, there.node, [(_PARTY_NAME, name)])
                self.known.parties.pop(customer)  # once is enough
                self.named[customer] = name
        elif customer not in self.named:
            self.named[customer] = name or customer
            role = "reseller" if record.text("kind") == "reseller" else "licensee"
            self._edits(self._file(customer)).added["parties"].append(
                (customer, {"name": name or customer, "role": role})
            )

    def _fault(self, record: TableRecord, customer: str) -> RefusedRow | None:
        """Why a deployment has no place: a new one without its customer, or an order that no list can hold."""
        if not customer and record.id not in self.known.deployments:
            return self._refused(record, "customer", make_note("row.empty", field="customer"))
        contract, edition, starts = (record.text(name) for name in ("contract", "edition", "from"))
        said = [name for name, one in self._fields("order") if record.values.get(one.name)]
        if not contract and said:
            return self._refused(record, "contract", make_note("row.order_without_contract"))
        if contract and contract not in self.known.contracts:
            return self._refused(record, "contract", make_note("row.no_contract"))
        if said and not (edition and starts):
            return self._refused(record, "from" if edition else "edition", make_note("row.order_needs"))
        return None

    def _refused(self, record: TableRecord, name: str, why: Note) -> RefusedRow:
        header = self.mapping.columns.get(name, "")
        placed = next((one for key, one in record.row.cells.items() if key == " ".join(header.split())), None)
        column, text = ("", "") if placed is None else (placed.column, placed.cell.text[:200])
        return RefusedRow(record.row.sheet, record.row.number, column, header or name, text, why, record.id)

    def _order(self, record: TableRecord) -> None:
        contract = record.text("contract")
        values = self._values(record, "", "order")
        if not contract or not any(value for _, value in values):
            return
        there = self.known.contracts[contract]
        order = self.known.orders.get(record.id, {}).get(contract)
        if order is not None:
            path = ("contracts", contract, "authorised", record.id)
            self._change(record, there.source.path, path, order, values)
            return
        if record.id not in self.plan.added:
            self.plan.changed.append(RecordChange(record.id, "contract", "", contract))
        edits = self._edits(there.source.path)
        edits.orders.setdefault(contract, []).append({"deployment": record.id} | nested(values))

    def _values(self, record: TableRecord, customer: str, home: FieldHome) -> list[tuple[RecordField, FieldValue]]:
        found: list[tuple[RecordField, FieldValue]] = []
        for name, one in self._fields(home):
            if name == "customer" and name in record.values:
                found.append((one, customer or None))
            elif name in record.values and one.path:
                found.append((one, record.values[name]))
        if home == "record" and self.mapping.records == "deployments" and "contract" in record.values:
            ordered = any(record.values.get(name) for name, _ in self._fields("order"))
            found.append((_COMPARED_WITH, None if ordered else record.values["contract"]))
        return found

    def _fields(self, home: FieldHome) -> list[tuple[str, RecordField]]:
        return [(name, one) for name, one in FIELDS[self.mapping.records].items() if one.home == home]

    def _change(
        self,
        record: TableRecord,
        path: Path,
        entry: tuple[str, ...],
        node: MappingNode,
        values: Sequence[tuple[RecordField, FieldValue]],
    ) -> None:
        changes: dict[str, object] = {}
        for one, value in values:
            before = written_value(node, one.path)
            if same_value(one, before, value):
                continue
            self.plan.changed.append(RecordChange(record.id, one.name, shown_value(before), shown_value(value)))
            _put(changes, one.path, yaml_value(one, value))
        if changes:
            edits = self._edits(path).changed
            edits.append(EntryEdits(entry, tuple(_key_edits((), changes, node))))

    def _file(self, customer: str) -> Path:
        folded = casefold_path(customer)
        if self.files.setdefault(folded, customer) != customer:
            raise ConfigError(f"customers {self.files[folded]} and {customer} would have files of one name; rename one")
        return self.folder / self.mapping.into / f"{customer}.yaml"

    def _edits(self, path: Path) -> TextEdits:
        return self.plan.edits.setdefault(path, TextEdits())


_PARTY_NAME = RecordField("customer_name", "text", ("name",), "party")
_COMPARED_WITH = RecordField("contract", "id", ("contract",))


def same_value(one: RecordField, before: FieldValue, now: FieldValue) -> bool:
    """Whether two values say the same; `5000.0` and `5000.00` do."""
    if before == now or (not before and not now):
        return True
    if one.kind == "list" and isinstance(before, str):
        return (before,) == now
    if one.kind in ("amount", "percent") and isinstance(before, str) and isinstance(now, str):
        try:
            return Decimal(before) == Decimal(now)
        except InvalidOperation:
            return False
    return False


def yaml_value(one: RecordField, value: FieldValue) -> object:
    """A value as it is written; None where the key is taken out."""
    if not value:
        return None
    if one.path == ("overage", "permitted") and value == "false":
        return False
    return int(value) if one.kind == "whole" and isinstance(value, str) else value


def shown_value(value: FieldValue) -> str:
    return ", ".join(value) if isinstance(value, tuple) else value or ""


def nested(values: Sequence[tuple[RecordField, FieldValue]]) -> dict[str, object]:
    """Values as nested mappings, in their order; without those that are not there."""
    found: dict[str, object] = {}
    for one, value in values:
        if value:
            _put(found, one.path, yaml_value(one, value))
    return found


def _put(into: dict[str, object], path: Sequence[str], value: object) -> None:
    for part in path[:-1]:
        inner = into.setdefault(part, {})
        assert isinstance(inner, dict)  # noqa: S101  (no field's path runs through another field)
        into = inner
    into[path[-1]] = value


def _key_edits(at: tuple[str, ...], changes: Mapping[str, object], node: YamlNode | None) -> Iterator[KeyEdit]:
    """The fewest keys to set or take out, so that what else stands in a mapping stays."""
    for key, value in changes.items():
        there = find_node(node, key) if node is not None else None
        if isinstance(value, dict):
            if isinstance(there, MappingNode) and _emptied(value, there):
                yield KeyEdit(at, key, None)
            elif isinstance(there, MappingNode):
                yield from _key_edits((*at, key), value, there)
            elif kept := _without_none(value):
                yield KeyEdit(at, key, kept)
        elif value is not None or there is not None:
            yield KeyEdit(at, key, value)


def _emptied(changes: Mapping[str, object], node: MappingNode) -> bool:
    """Whether nothing is left of a mapping: then it is taken out itself."""
    for key in {**node.items, **changes}:
        value, there = changes.get(key, ""), node.get(key)
        if isinstance(value, dict) and isinstance(there, MappingNode) and _emptied(value, there):
            continue
        if value is not None:
            return False
    return True


def _without_none(values: Mapping[str, object]) -> dict[str, object]:
    found = {key: _without_none(one) if isinstance(one, dict) else one for key, one in values.items()}
    return {key: one for key, one in found.items() if one is not None and one != {}}
