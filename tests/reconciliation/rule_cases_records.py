"""Examples and near misses of the rules about term, edition, money, evidence and records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from auditor.model.evidence import Check
from auditor.model.findings import KeyDate, Unobserved
from auditor.model.notes import quote_text
from auditor.model.targets.contracts import AfterEnd, Contract, Edition, Exemption, Payment, Source
from auditor.reconciliation.observations.reasons import CONFLICT, MISSING, gap_note
from tests.reconciliation.rule_worlds import BASE, NANJING, Case, World
from tests.reconciliation.worked_contract import CONTRACT, FLAGSHIP, LIBSYS, REBATE, S1, S2, at, day, rows, seen, yuan

STANDARD = Edition("standard", ("标准版",), FLAGSHIP.list_prices)
TWO_EDITIONS = replace(LIBSYS, editions=(FLAGSHIP, STANDARD))
AFTER = "2022-06-15"


def hefei(on: str = "2019-11-20", used: int = 12, contract: Contract = BASE, **more: object) -> World:
    return World(on, (seen("hefei", on, used, 20, **more),), contract)  # type: ignore[arg-type]


def term(**more: object) -> Contract:
    return replace(BASE, term=replace(BASE.term, **more))  # type: ignore[arg-type]


def must_stop(days: int) -> Contract:
    return term(after_end=AfterEnd("forbidden", "forbidden", "must_stop", days, Source("§9.5")))


def suspect(derived: Mapping[str, str] | None = None, **fields: str) -> World:
    capture = seen("nanjing", AFTER, 12, 20, fields=fields, derived=derived or {})
    return World(AFTER, (capture,), places=(NANJING,))


def given(amount: str) -> Contract:
    paid = (Payment(day("2016-03-01"), yuan(amount)),) if amount else ()
    return replace(CONTRACT, amendments=(), rebates=(replace(REBATE, given=paid),))


def late(given_on: str) -> Contract:
    ended = BASE.term.ended
    assert ended is not None
    return term(ended=replace(ended, given_on=day(given_on), received_on=None))


OPEN_TERM = term(ended=None)
TERM = (
    Case(
        "T501",
        hefei(fields={"registered_on": "2015-02-28"}),
        hefei(fields={"registered_on": "2015-03-01"}),
    ),
    Case("T502", suspect({"accounts_from": "2022-02-10"}), suspect({"accounts_from": "2022-02-09"})),
    Case(
        "T503",
        World(AFTER, (seen("hefei", "2022-02-09", 21, 20), seen("hefei", AFTER, 24, 20))),
        World(AFTER, (seen("hefei", "2022-02-09", 24, 20), seen("hefei", AFTER, 24, 20))),
    ),
    Case("T504", hefei("2022-03-12", contract=must_stop(30)), hefei("2022-03-11", contract=must_stop(30))),
    Case("T505", World(contract=late("2021-12-20")), World(contract=late("2021-12-11"))),
    Case("T506", World("2019-11-11", contract=OPEN_TERM), World("2019-08-31", contract=OPEN_TERM)),
)
EDITION = (
    Case(
        "E601",
        replace(hefei(fields={"edition": "标准版"}), product=TWO_EDITIONS),
        replace(hefei(fields={"edition": "FLAGSHIP"}), product=TWO_EDITIONS),
    ),
    Case(
        "E602",
        hefei(contract=replace(BASE, modules=("编目", "流通")), fields={"modules": "编目、流通、期刊"}),
        hefei(contract=replace(BASE, modules=("编目", "流通")), fields={"modules": "编目、流通"}),
    ),
    Case("E603", hefei(fields={"edition": "尊享版"}), hefei(fields={"edition": "旗舰版"})),
    Case(
        "E604",
        hefei(contract=replace(BASE, maintenance_through=day("2019-01-31")), fields={"built_on": "2019-02-01"}),
        hefei(contract=replace(BASE, maintenance_through=day("2019-01-31")), fields={"built_on": "2019-01-31"}),
    ),
)
MONEY = (
    Case(
        "P701",
        World(contract=replace(BASE, amendments=(S2,))),
        World("2018-03-14", contract=replace(BASE, amendments=(S2,))),
    ),
    Case(
        "P702",
        World(contract=replace(BASE, amendments=(replace(S1, net=yuan("7000.00")),))),
        World(contract=replace(BASE, amendments=(S1,))),
    ),
    Case(
        "P703",
        World(contract=replace(BASE, other_payments=(Payment(day("2017-01-05"), yuan("900.00")),))),
        World(
            contract=replace(BASE, other_payments=(Payment(day("2017-01-05"), yuan("900.00"), purpose="maintenance"),))
        ),
    ),
    Case("P704", World("2016-12-01", contract=given("4000.00")), World("2016-12-01", contract=given("3600.00"))),
    Case("P705", World("2016-12-01", contract=given("")), World("2016-02-09", contract=given(""))),
    Case("P706", suspect(licensee="安徽某某科技有限公司"), suspect(licensee="南京某图书馆")),
    Case(
        "P707",
        suspect(edition="尊享版", licensee="x"),
        suspect(licensee="x"),
    ),
)
FAILED = Unobserved("hefei", "reg", "login_refused", quote_text("the page says 密码错误"), at("2019-11-20"), "c-2")
LABEL = Unobserved("hefei", "reg", "label_missing", quote_text("no label 当前分馆数"), at("2019-11-20"), "c-2")
ALTERED = Check("artefact.digest", "evidence/hefei/x/screenshot.png", "failed")
EVIDENCE = (
    Case(
        "V801",
        World("2019-11-21", unobserved=(FAILED,)),
        World("2019-11-21", (seen("hefei", "2019-11-21", 12, 20),), unobserved=(FAILED,)),
    ),
    Case(
        "V802",
        hefei(unreadable={"version": gap_note(MISSING, quote_text("no label 系统版本"))}),
        hefei(unreadable={"version": gap_note(CONFLICT, quote_text("two texts"))}),
    ),
    Case("V803", hefei(certain=False, displayed_raw="12*"), hefei()),
    Case("V804", hefei(), hefei(listed=rows(12))),
    Case(
        "V805",
        World("2019-03-05", (seen("hefei", "2019-01-01", 12, 20), seen("hefei", "2019-03-05", 12, 20))),
        World("2019-03-04", (seen("hefei", "2019-01-01", 12, 20), seen("hefei", "2019-03-04", 12, 20))),
    ),
    Case(
        "V806",
        hefei(connection={"server_date": "Wed, 20 Nov 2019 02:06:00 GMT"}),
        hefei(connection={"server_date": "Wed, 20 Nov 2019 02:04:00 GMT"}),
    ),
    Case("V807", World(checks=(ALTERED,)), World(checks=(replace(ALTERED, verdict="not checked"),))),
    Case(
        "V808",
        hefei(fields={"updated_on": "数据更新于 2019-11-01"}),
        hefei(fields={"updated_by": "admin"}),
    ),
)
EXEMPT = Exemption("hefei", "test", None, day("2019-01-01"), day("2019-11-19"), "§4.2")
AMBIGUOUS = KeyDate("k1", "judgment", None, (day("2019-01-27"), day("2019-12-07")), "2019127日", "judgment")
RECORDS = (
    Case(
        "R901",
        hefei(AFTER, contract=term(after_end=AfterEnd("forbidden", "forbidden", None))),
        hefei("2022-02-09", contract=term(after_end=AfterEnd("forbidden", "forbidden", None))),
    ),
    Case("R902", World(key_dates=(AMBIGUOUS,)), World(key_dates=(replace(AMBIGUOUS, on=day("2019-12-07")),))),
    Case(
        "R903",
        World(contract=replace(BASE, authorised=(replace(BASE.authorised[0], order="", payments=()),))),
        World(contract=BASE),
    ),
    Case(
        "R904",
        hefei(contract=replace(BASE, exemptions=(EXEMPT,))),
        hefei("2019-11-19", contract=replace(BASE, exemptions=(EXEMPT,))),
    ),
)
RECORD_CASES: tuple[Case, ...] = (*TERM, *EDITION, *MONEY, *EVIDENCE, *RECORDS)
