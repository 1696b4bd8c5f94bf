"""The fields that a table may have, what each holds, and where it stands in a record of `targets.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from auditor.targets.sections.deployments import BASES

RecordKind = Literal["contracts", "deployments"]
FieldKind = Literal["id", "text", "day", "amount", "percent", "whole", "choice", "list", "period"]
FieldHome = Literal["record", "party", "order"]
"""Whose key it becomes: the contract's or deployment's own, its customer's, or its order's on a contract's list."""


@dataclass(frozen=True, slots=True)
class RecordField:
    """One field of a kind of record."""

    name: str
    kind: FieldKind
    path: tuple[str, ...] = ()
    """Keys that lead to it; empty where it is no key of its own."""
    home: FieldHome = "record"
    words: tuple[str, ...] = ()
    """Of a choice."""
    required: bool = False


def _named(*fields: RecordField) -> Mapping[str, RecordField]:
    return MappingProxyType({one.name: one for one in fields})


CONTRACT_FIELDS = _named(
    RecordField("id", "id", ("id",), required=True),
    RecordField("kind", "choice", ("kind",), words=("end_user", "reseller"), required=True),
    RecordField("title", "text", ("title",)),
    RecordField("licensor", "id", ("licensor",), required=True),
    RecordField("customer", "id", ("counterparty",), required=True),
    RecordField("customer_name", "text", ("name",), "party"),
    RecordField("product", "id", ("product",), required=True),
    RecordField("currency", "text", ("currency",)),
    RecordField("timezone", "text", ("timezone",)),
    RecordField("from", "day", ("term", "from"), required=True),
    RecordField("through", "day", ("term", "through")),
    RecordField("renewal", "choice", ("term", "renewal", "mode"), words=("none", "automatic", "by_agreement")),
    RecordField("renewal_each", "period", ("term", "renewal", "each")),
    RecordField("notice_days", "whole", ("term", "renewal", "notice_days")),
    RecordField("ended_by", "choice", ("term", "ended", "by"), words=("notice", "breach", "agreement", "expiry")),
    RecordField("last_day", "day", ("term", "ended", "last_day")),
    RecordField("percent_of_list", "percent", ("price", "net", "percent_of_list")),
    RecordField("overage", "choice", ("overage", "permitted"), words=("false", "true_up")),
    RecordField("priced_at", "choice", ("overage", "priced_at"), words=("net", "list")),
    RecordField("maintenance_through", "day", ("maintenance_through",)),
    RecordField("replaces", "id", ("replaces",)),
    RecordField("adds_to", "id", ("adds_to",)),
)

DEPLOYMENT_FIELDS = _named(
    RecordField("id", "id", required=True),
    RecordField("name", "text", ("name",)),
    RecordField("customer", "id", ("licensee",)),
    RecordField("customer_name", "text", ("name",), "party"),
    RecordField("product", "id", ("product",)),
    RecordField("legal_status", "choice", ("legal_status",), words=("licensed", "reference", "suspect", "public")),
    RecordField("address", "text", ("address",), required=True),
    RecordField("access", "choice", ("access", "kind"), words=BASES, required=True),
    RecordField("access_reference", "text", ("access", "reference"), required=True),
    RecordField("place", "text", ("place",)),
    RecordField("environment", "choice", ("environment",), words=("production", "test", "demo")),
    RecordField("login", "id", ("login",)),
    RecordField("group", "text", ("group",)),
    RecordField("schedule", "id", ("schedule",)),
    RecordField("vantage", "text", ("vantage",)),
    RecordField("found_by", "text", ("found_by",)),
    RecordField("pages", "list", ("pages",)),
    RecordField("contract", "id"),
    RecordField("edition", "text", ("edition",), "order"),
    RecordField("from", "day", ("from",), "order"),
    RecordField("through", "day", ("through",), "order"),
    RecordField("order", "text", ("order",), "order"),
    RecordField("net", "amount", ("net",), "order"),
    RecordField("known_from", "day", ("known_from",), "order"),
)

FIELDS: Mapping[RecordKind, Mapping[str, RecordField]] = MappingProxyType(
    {"contracts": CONTRACT_FIELDS, "deployments": DEPLOYMENT_FIELDS}
)
"""By kind of record, in the order in which a new record's keys are written."""
