"""The rows of lists held against what they should say, column by column: what pages filter, sort and count by.

Each body is unpacked and held against its digest, and its columns are made anew from it; what a body does not say (its
place in the list, what was missed, the weeks of the trend) comes from the index. One row, or the rows of one
deployment, are in memory at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from auditor.errors import EvidenceIndexError
from auditor.index import Index, finding_from, position_from, unpacked
from auditor.workflow.standing.known import Known, unobserved_at
from auditor.workflow.standing.listing.rows import listed_finding, listed_positions

_PACKED = ("sha256", "body")
_SPOILT = "bytes of another digest"
_Key = tuple[str, str, str]
_Columned = Mapping[str, object]
_Pair = tuple[str, object, object]


def held_positions(
    index: Index, known: Known, judged: Mapping[_Key, _Columned], outstanding: Callable[[str], bool]
) -> Iterator[_Pair]:
    """Each listed position with what it should say; None where nothing says it. `judged`: the rows of a whole
    recomputation, in its order. Units that are outstanding are left out."""
    order = {key: number for number, key in enumerate(judged)}
    every = index.listed.every("position", "deployment, number")
    for name, rows in groupby(every, key=lambda row: str(row["deployment"])):
        if not outstanding(f"d:{name}"):
            stood = sorted(rows, key=lambda row: order.get(_key(row), len(order)))
            yield from _of_deployment(index, known, judged, name, stood)


def held_findings(index: Index) -> Iterator[_Pair]:
    """Each listed finding with what its body says. What is outstanding is held too: a row is of one writing."""
    for row in index.listed.every("finding"):
        name, body = str(row["fingerprint"]), _body(row)
        if body is None:
            yield f"listed finding {name}", _SPOILT, row["sha256"]
        else:
            says = listed_finding(finding_from(body), {"fingerprint": name, "sha256": row["sha256"]}, body)
            yield f"listed finding {name}", _columns(row), _columns(says)


def _of_deployment(
    index: Index, known: Known, judged: Mapping[_Key, _Columned], name: str, stood: Sequence[_Columned]
) -> Iterator[_Pair]:
    bodies = [(row, _body(row)) for row in stood]
    told = [
        (position_from(body), {"customer": judged[_key(row)]["customer"], "sha256": row["sha256"]}, body)
        for row, body in bodies
        if body is not None and _key(row) in judged
    ]
    deployment = known.estate.deployments.get(name)
    says: dict[str, _Columned] = {}
    if deployment is not None:  # else nothing is listed of it
        missed = bool(unobserved_at(index, (name,), known.moment))
        rows = listed_positions(deployment, told, index.counts(name, known.moment), missed=missed)
        says = {str(one["place"]): _columns(one) for one in rows}
    for row, body in bodies:
        place = str(row["place"])
        if body is None:
            yield f"listed position {place}", _SPOILT, row["sha256"]
        else:
            yield f"listed position {place}", _columns(row), says.get(place)


def _key(row: _Columned) -> _Key:
    contract = str(row["contract"])
    return str(row["deployment"]), "" if contract == "-" else contract, str(row["metric"])


def _columns(row: _Columned) -> _Columned:
    return {key: value for key, value in row.items() if key not in _PACKED}


def _body(row: _Columned) -> bytes | None:
    """The bytes of a row; None where they are not those of its digest."""
    try:
        return unpacked(row["body"], row["sha256"])
    except EvidenceIndexError:
        return None
