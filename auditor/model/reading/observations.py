"""What a capture counted: the numbers of many captures, the texts of few, and how to ask for them.

Three speakers are kept apart and never share a map: the **connection** (what the auditor saw of the host it spoke to),
the page's **fields** (what the page claims), and **derived** values (what was computed from the page's other numbers
and lists). A page that claims to be another host says so in its fields and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from auditor.model.notes import Note
from auditor.model.reading.readings import Box, StatedPlace
from auditor.model.targets.contracts import Unlimited

_NO_TEXTS: Mapping[str, str] = MappingProxyType({})
_NO_REASONS: Mapping[str, Note] = MappingProxyType({})
_NO_PLACES: Mapping[str, DescribedPlace] = MappingProxyType({})


def no_places() -> Mapping[str, DescribedPlace]:
    return _NO_PLACES


def no_reasons() -> Mapping[str, Note]:
    return _NO_REASONS


def no_texts() -> Mapping[str, str]:
    """An empty map of texts, the same one each time."""
    return _NO_TEXTS


CONNECTION_FACTS = frozenset(
    {
        "address", "date", "host", "protocol", "proxy", "retry_after", "sealed_at", "server", "server_date",
        "sign_in",
        "x-powered-by", "domain_owner", "tls_issuer", "tls_organisation", "tls_protocol", "tls_sha256", "tls_subject",
        "tls_valid",
    }
)  # fmt: skip
"""Names of what a capture shows beside its pages: its connection (`Count.connection`) and the time of its seal."""
COUNT_STATEMENTS = frozenset({"displayed", "cap", "listed"})
"""The statements that a position is counted by: keys of `Observation.basis` and `Count.unreadable`."""
DERIVED_VALUES = frozenset({"remaining", "peak", "over", "accounts_from"})
"""Keys of `Count.derived`."""


def reserved_field_name(name: str, kind: str) -> bool:
    """Whether a page field may not be called so, because the name says what the page does not: a fact of the
    connection, or, for a text or a date, one of the numbers that are counted.

    `name`: the id of the field under `fields:`; `kind`: `count`, `text` or `date`.
    """
    of_connection = name in CONNECTION_FACTS or name.startswith("tls_")
    return of_connection or (kind != "count" and name in COUNT_STATEMENTS | DERIVED_VALUES)


@dataclass(frozen=True, slots=True)
class Basis:
    """A stored text that a statement rests on."""

    capture: str
    artefact: str
    sha256: str
    locator: str
    raw_text: str
    box: Box | None
    view: str = ""
    captured_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DescribedPlace:
    """Where a statement was read, and which field of which page's description led there."""

    page: str
    field: str
    place: StatedPlace

    @property
    def subject(self) -> str:
        """What a person confirms: `page/field`."""
        return f"{self.page}/{self.field}"


@dataclass(frozen=True, slots=True)
class Count:
    """One capture's count of one metric at one deployment, in numbers: all that a judgement needs of most captures.

    Its texts (`Observation`) are asked for through `Texts`.
    """

    deployment: str
    metric: str
    capture: str
    captured_at: datetime
    sealed: bool
    displayed: int | None
    displayed_raw: str
    cap: int | Unlimited | None
    cap_raw: str
    listed: int | None
    """Rows of the metric's list; None where there is none, or a page of it was not observed."""
    listed_complete: bool
    certain: bool = field(default=True, kw_only=True)
    """False where the reading needs review."""
    displayed_certain: bool = field(default=True, kw_only=True)
    """The same of the displayed number alone; True where there is none."""
    cap_certain: bool = field(default=True, kw_only=True)
    """The same of the cap alone; True where there is none."""
    state: str = field(default="complete", kw_only=True)
    """That of its capture."""
    connection: Mapping[str, str] = field(default_factory=no_texts, kw_only=True)
    """What the connection showed (`CONNECTION_FACTS`): `host`, `address`, `tls_subject`, `server_date` …"""
    fields: Mapping[str, str] = field(default_factory=no_texts, kw_only=True)
    """What the page claims, by the ids of its text and date fields: `edition`, `licensee`, `serial` …"""
    derived: Mapping[str, str] = field(default_factory=no_texts, kw_only=True)
    """What follows from other numbers and lists of the page: `remaining`, `peak`, `over`, `accounts_from`."""
    unreadable: Mapping[str, Note] = field(default_factory=no_reasons, kw_only=True)
    """Statements and fields that gave no value, with the reason."""
    doubts: Mapping[str, Note] = field(default_factory=no_reasons, kw_only=True)
    """Why a reading needs review (`displayed`, `cap`), and why a list is not complete (`listed`)."""
    places: Mapping[str, DescribedPlace] = field(default_factory=no_places, kw_only=True)
    """From `displayed`, `cap` and the ids of text and date fields to where they were read, where they were."""
    sealed_at: datetime | None = field(default=None, kw_only=True)
    """When the seal of its package was complete; None while it is not, or where it was not asked."""

    @property
    def counted(self) -> int | None:
        """The number to compare: the displayed one; where the pages are not described as stating one, the rows of a
        list that was read to its end. None where a number that should be displayed was not read."""
        if self.displayed is not None:
            return self.displayed
        if self.listed is None or not self.listed_complete or "displayed" in self.unreadable:
            return None
        return self.listed


@dataclass(frozen=True, slots=True)
class Observation(Count):
    """A count whole: with the stored texts it rests on and the rows of its list."""

    basis: Mapping[str, Basis]
    """From `displayed`, `cap`, `listed`, the id of a field … to the text it rests on."""
    rows: tuple[Mapping[str, str], ...] = ()
    """Listed rows, as many as `listed` says: `code`, `name`, `kind`, `added_on`, `login`."""


class Texts(Protocol):
    """Where counts have their texts: the index, or memory. A rule that needs texts asks here, for many at a time."""

    def whole(self, counts: Sequence[Count]) -> Sequence[Observation]:
        """Each count with its texts, in the order given. Raises `AuditorError` where one has lost them."""
