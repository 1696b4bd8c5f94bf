"""Examples and near misses of the rules about quantity, cap, identity and territory."""

from __future__ import annotations

from dataclasses import replace

from auditor.model.findings import Decision, KeyDate, Unobserved
from auditor.model.notes import quote_text
from auditor.model.targets.contracts import Overage, Source, Territory
from auditor.reconciliation.observations.reasons import AMBIGUOUS, gap_note
from tests.reconciliation.rule_worlds import BASE, HEFEI, NANJING, Case, World
from tests.reconciliation.worked_contract import S1, at, day, deployment, rows, seen

WITH_S1 = replace(BASE, amendments=(S1,))
TRUE_UP = replace(BASE, overage=Overage(permitted="true_up", source=Source("§5.5")))
POOL = replace(
    BASE, pools={"branch": 40}, authorised=(BASE.authorised[0], replace(BASE.authorised[0], deployment="wuhu"))
)
BY_BRANCH = replace(BASE, territory=Territory(("CN-AH",), "branch", Source("§3.1")))
NOTICE = KeyDate("n1", "notice", day("2019-05-15"), what="notice")
CLOSED = tuple({**row, "kind": "已关闭"} if row["code"] == "B001" else row for row in rows(21))
OWNER = Decision("d1", "identity", at("2019-11-19"), "analyst", "business licence on the page", "nanjing")
IDENTIFIED = {"licensee": "南京某图书馆", "version": "V1.2", "serial": "SN-1"}


def hefei(on: str, used: int | None, **more: object) -> World:
    return World(on, (seen("hefei", on, used, 20, **more),))  # type: ignore[arg-type]


def series(*counts: int) -> World:
    """Monthly captures of hefei in 2019, the last in the month given by their number."""
    found = tuple(seen("hefei", f"2019-{month:02}-01", used, 20) for month, used in enumerate(counts, 1))
    return World(f"2019-{len(counts):02}-01", found)


def two(one: dict[str, str], other: dict[str, str], **more: object) -> World:
    """One capture each of hefei and nanjing, with what their pages say."""
    captures = (
        seen("hefei", "2019-11-20", 12, 20, fields=one, **more),  # type: ignore[arg-type]
        seen("nanjing", "2019-11-20", 12, 20, fields=other, **more),  # type: ignore[arg-type]
    )
    return World(observations=captures, places=(HEFEI, NANJING))


def twice(one: dict[str, str], other: dict[str, str], **more: object) -> World:
    """Two captures of hefei, with what the connection shows each time."""
    captures = (
        seen("hefei", "2019-10-20", 12, 20, connection=one, **more),  # type: ignore[arg-type]
        seen("hefei", "2019-11-20", 12, 20, connection=other, **more),  # type: ignore[arg-type]
    )
    return World(observations=captures)


def nanjing(**more: object) -> World:
    capture = seen("nanjing", "2019-11-20", 12, 20, **more)  # type: ignore[arg-type]
    return World(observations=(capture,), places=(NANJING,))


QUANTITY = (
    Case("Q101", hefei("2019-11-20", 21, listed=rows(21)), hefei("2019-11-20", 21, listed=CLOSED)),
    Case("Q102", series(22, 19), series(20, 19)),
    Case(
        "Q103",
        World("2016-08-01", (seen("hefei", "2016-05-20", 22, 20),), WITH_S1),
        World(
            "2016-08-01",
            (seen("hefei", "2016-05-20", 22, 20),),
            replace(BASE, amendments=(replace(S1, cures_past_overage=True),)),
        ),
    ),
    Case("Q104", series(21, 22, 23), series(21, 23, 23)),
    Case("Q105", hefei("2019-11-20", 18), hefei("2019-11-20", 17)),
    Case(
        "Q106",
        World("2019-07-01", (seen("hefei", "2019-01-01", 16, 20), seen("hefei", "2019-07-01", 15, 20))),
        World("2019-06-29", (seen("hefei", "2019-01-01", 16, 20), seen("hefei", "2019-06-29", 15, 20))),
    ),
    Case("Q107", hefei("2019-11-20", 21), hefei("2019-11-20", 20)),
    Case("Q108", hefei("2019-11-20", 20, listed=rows(18)), hefei("2019-11-20", 20, listed=rows(20))),
    Case(
        "Q109",
        replace(series(20, 20, 20, 20, 20, 18, 16), key_dates=(NOTICE,)),
        replace(series(20, 20, 20, 20, 20, 18, 17), key_dates=(NOTICE,)),
    ),
    Case(
        "Q110", replace(hefei("2019-11-20", 22), contract=TRUE_UP), replace(hefei("2019-11-20", 20), contract=TRUE_UP)
    ),
    Case(
        "Q111",
        World(
            observations=(seen("hefei", "2019-11-20", 30, 40), seen("wuhu", "2019-11-20", 11, 40)),
            contract=POOL,
            places=(HEFEI, deployment("wuhu")),
        ),
        World(
            observations=(seen("hefei", "2019-11-20", 30, 40), seen("wuhu", "2019-11-20", 10, 40)),
            contract=POOL,
            places=(HEFEI, deployment("wuhu")),
        ),
    ),
)
CAP = (
    Case("C201", World(observations=(seen("hefei", "2019-11-20", 12, 25),)), hefei("2019-11-20", 12)),
    Case("C202", World(observations=(seen("hefei", "2019-11-20", 12, "unlimited"),)), hefei("2019-11-20", 12)),
    Case(
        "C203",
        World(
            observations=(
                seen(
                    "hefei",
                    "2019-11-20",
                    12,
                    None,
                    cap_raw="0",
                    unreadable={"cap": gap_note(AMBIGUOUS, quote_text("0 is not declared"))},
                ),
            )
        ),
        hefei("2019-11-20", 12),
    ),
    Case(
        "C204",
        World(
            "2016-07-20",
            (seen("hefei", "2016-06-20", 12, 20), seen("hefei", "2016-07-20", 12, 25)),
        ),
        World(
            "2016-07-20",
            (seen("hefei", "2016-06-20", 12, 20), seen("hefei", "2016-07-20", 12, 25)),
            WITH_S1,
        ),
    ),
    Case(
        "C205",
        hefei("2019-11-20", 12, fields={"expires_on": "2019-11-19"}),
        hefei("2019-11-20", 12, fields={"expires_on": "2019-11-20"}),
    ),
    Case(
        "C206",
        hefei("2019-11-20", 12, fields={"licence_type": "试用版"}),
        hefei("2019-11-20", 12, fields={"licence_type": "正式版"}),
    ),
    Case("C207", World(observations=(seen("hefei", "2019-11-20", 12, 15),)), hefei("2019-11-20", 12)),
)
IDENTITY = (
    Case("D301", nanjing(fields=IDENTIFIED), hefei("2019-11-20", 12, fields=IDENTIFIED)),
    Case(
        "D302",
        World(unobserved=(Unobserved("hefei", "", "unreachable", quote_text("no route"), at("2019-11-20"), "c-1"),)),
        hefei("2019-11-20", 12),
    ),
    Case("D303", two({"serial": "SN-7"}, {"serial": "SN-7"}), two({"serial": "SN-7"}, {"serial": "SN-8"})),
    Case(
        "D304",
        replace(
            hefei("2019-11-20", 12, fields={"licensee": "合肥市第二图书馆"}),
            places=(replace(HEFEI, licensee="hefei-lib"),),
        ),
        replace(
            hefei("2019-11-20", 12, fields={"licensee": "合肥市 图书馆"}),
            places=(replace(HEFEI, licensee="hefei-lib"),),
        ),
    ),
    Case(
        "D305", twice({"host": "a.example"}, {"host": "b.example"}), twice({"host": "a.example"}, {"host": "a.example"})
    ),
    Case("D306", two({}, {}, listed=rows(12)), two({}, {}, listed=rows(2))),
    Case(
        "D307",
        replace(hefei("2019-11-20", 12), places=(replace(HEFEI, environment="test"),)),
        replace(hefei("2019-11-20", 9), places=(replace(HEFEI, environment="test"),)),
    ),
    Case(
        "D308",
        nanjing(connection={"address": "192.0.2.7"}),
        replace(nanjing(connection={"address": "192.0.2.7"}), decisions=(OWNER,)),
    ),
)
TERRITORY = (
    Case(
        "G401",
        replace(hefei("2019-11-20", 12), places=(replace(HEFEI, place="CN-JS"),)),
        replace(hefei("2019-11-20", 12), places=(replace(HEFEI, place="CN-AH"),)),
    ),
    Case(
        "G402",
        replace(hefei("2019-11-20", 2, listed=rows(2, place="CN-JS")), contract=BY_BRANCH),
        replace(hefei("2019-11-20", 2, listed=rows(2, place="CN-AH")), contract=BY_BRANCH),
    ),
    Case(
        "G403",
        replace(hefei("2019-11-20", 12), places=(replace(HEFEI, place=None),)),
        replace(hefei("2019-11-20", 12), contract=replace(BASE, territory=None), places=(replace(HEFEI, place=None),)),
    ),
)
COUNT_CASES: tuple[Case, ...] = (*QUANTITY, *CAP, *IDENTITY, *TERRITORY)
