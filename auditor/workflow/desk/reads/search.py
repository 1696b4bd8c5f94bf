"""One box for deployments, hosts, parties, contracts, captures, digests, findings and journal lines of the scope."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from auditor.custody import Journal
from auditor.formats.foreign_text import visible_text
from auditor.formats.web_origins import host_of
from auditor.model.targets.contracts import Contract
from auditor.model.targets.deployments import Deployment
from auditor.model.targets.estate import Estate
from auditor.workflow.desk.reads.standing import ScopeStanding
from auditor.workspace import Workspace

HITS = 40
SHORTEST_DIGEST = 8
"""Characters of a digest or capture id from which it is looked for by its beginning."""
HitKind = Literal["deployment", "contract", "capture", "finding", "line"]


@dataclass(frozen=True, slots=True)
class SearchHit:
    """Something that was found."""

    kind: HitKind
    id: str
    title: str
    why: str
    """The text that matched."""


class TextShelf:
    """Texts of many entries in one piece, so that looking for one does not go from entry to entry.

    Entries lie in the order of their titles: the first that hold a text are the first to be told.
    """

    def __init__(self, estate: Estate) -> None:
        """Of what the estate has anyway, nothing is held twice but its texts, in small letters."""
        self._parties = {one.id: one.name for one in estate.parties.values()}
        every: list[Deployment | Contract] = [*estate.deployments.values(), *estate.contracts.values()]
        self._entries = sorted(every, key=lambda one: (_title(one), one.id))
        pieces = [_piece(self._places(one)) for one in self._entries]
        self._starts = array("q", accumulate(map(len, pieces), initial=0))
        self._text = "".join(pieces)

    def matches(self, wanted: str, most: int) -> Iterator[tuple[int, SearchHit]]:
        """What holds a text, with 0 where a place is just that, 1 where one begins with it, 2 for any other: the
        closest first, then in the order of titles. At most so many of each, and none further away than these."""
        if wanted not in self._text:
            return
        told: set[int] = set()
        for rank, text in enumerate((f"\n{wanted}\n", f"\n{wanted}", wanted)):
            number, found = 0, self._text.find(text)
            while found >= 0 and number < most:
                entry = bisect_right(self._starts, found) - 1
                if entry not in told:
                    told.add(entry)
                    number += 1
                    yield rank, self._hit(entry, wanted, rank)
                found = self._text.find(text, self._starts[entry + 1] - (1 if rank < 2 else 0))
            if number == most:
                return  # nothing further away is told

    def _hit(self, place: int, wanted: str, rank: int) -> SearchHit:
        entry = self._entries[place]
        why = next(text for text in self._places(entry) if _rank(_flat(text), wanted) == rank)
        kind: HitKind = "contract" if isinstance(entry, Contract) else "deployment"
        return SearchHit(kind, entry.id, _title(entry), visible_text(why, 160))

    def _places(self, one: Deployment | Contract) -> list[str]:
        found: tuple[str, ...]
        if isinstance(one, Contract):
            found = (one.id, one.title, self._parties.get(one.counterparty, one.counterparty))
        else:
            licensee = self._parties.get(one.licensee or "", one.licensee or "")
            found = (one.id, one.name, host_of(one.address), one.address, licensee, *one.aliases)
        return [text for text in found if text]


def _title(one: Deployment | Contract) -> str:
    return one.title if isinstance(one, Contract) else one.name or one.id


def _piece(places: Sequence[str]) -> str:
    return "\n".join(("", *map(_flat, places), ""))


def _flat(text: str) -> str:
    return _line_of(text.casefold())


def _line_of(text: str) -> str:
    return text.replace("\n", " ")


def lines_with(text: str, lines: str, most: int) -> Iterator[str]:
    """The lines that hold a text, whatever the case; at most so many. `lines`: in small letters."""
    found = lines.find(text)
    while found >= 0 and most > 0:
        end = lines.find("\n", found)
        yield lines[lines.rfind("\n", 0, found) + 1 : len(lines) if end < 0 else end]
        most -= 1
        found = -1 if end < 0 else lines.find(text, end)


def find_matches(workspace: Workspace, standing: ScopeStanding, asked: str) -> tuple[SearchHit, ...]:
    """What matches, the closest first; nothing for an empty question."""
    text = _line_of(asked.strip()[:200])
    if not text:
        return ()
    wanted, names = text.casefold(), standing.report.names
    found = list(standing.shelf().matches(wanted, HITS))
    for fingerprint in standing.matching_findings(text, HITS):
        rule, _, deployment, _ = (*fingerprint.split("/"), "", "", "", "")[:4]
        title = f"{rule} {names.get(deployment, deployment)}"
        rank = _rank(fingerprint.casefold(), wanted)
        found.append((rank, SearchHit("finding", fingerprint, title, visible_text(fingerprint, 160))))
    if len(wanted) >= SHORTEST_DIGEST:
        for row, why in standing.matching_captures(wanted, HITS):
            title = f"{names.get(row.deployment, row.deployment)} {row.captured_at:%Y-%m-%d %H:%M}"
            found.append((_rank(why, wanted), SearchHit("capture", row.capture, title, visible_text(why, 160))))
    if standing.whole and text.isdecimal() and len(text) < 12:
        found += _line(workspace, int(text))
    ordered = sorted(found, key=lambda item: (item[0], item[1].kind, item[1].title, item[1].id))
    return tuple(hit for _, hit in ordered[:HITS])


def _rank(place: str, wanted: str) -> int:
    """0 where a place is just what is wanted, 1 where it begins with it, 2 where it holds it, 3 where it does not."""
    if place == wanted:
        return 0
    return 1 if place.startswith(wanted) else 2 if wanted in place else 3


def _line(workspace: Workspace, number: int) -> list[tuple[int, SearchHit]]:
    journal = Journal.open(workspace.root)
    try:
        if not 0 <= number < journal.size:
            return []
        entry = journal.entry(number)
        said = visible_text(entry.line.decode("utf-8", "replace"), 400)
        return [(0, SearchHit("line", str(number), f"{entry.kind} {entry.at:%Y-%m-%d %H:%M:%S}", said))]
    finally:
        journal.close()
