"""Whoever sees everybody is answered from rows that are kept: the answers are those of the composed report."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from auditor.errors import EvidenceIndexError, VaultError
from auditor.model.findings import Finding, Position
from auditor.model.people import EVERYBODY, SignedIn
from auditor.model.reports import Report
from auditor.reporting import ListHead, ListPart, write_list_csv, write_list_json, write_list_xlsx
from auditor.workflow import Desk, digest_shown, read_targets, rebuild_index
from auditor.workflow.desk.reads import findings, overview
from auditor.workflow.desk.reads.contracts import read_contracts
from auditor.workflow.desk.reads.deployments import read_deployment
from auditor.workflow.desk.reads.lists import ListAnswer, ListOrder
from auditor.workflow.desk.reads.search import find_matches
from auditor.workflow.desk.reads.standing import ListName, ScopeStanding, Standing
from auditor.workflow.desk.standings.composed import ComposedStanding
from auditor.workflow.desk.standings.kept import Answers
from tests.cli.small_workspace import commit_capture
from tests.web.served_workspace import Served, served

Both = tuple[ScopeStanding, ScopeStanding]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """With decisions of every kind that lists tell, and a deployment that was not observed."""
    with served(tmp_path_factory.mktemp("site")) as found:
        acts = _desk(found).acts
        acts.confirm_count("covered", 21, reason="one branch is closed")
        rules = {one.rule: one for one in found.office.standings.of(EVERYBODY).composed().report.findings}
        for rule, state, reason, until in (
            ("Q107", "explained", "told by letter", None), ("C201", "suppress", "until then", date(2200, 1, 1)),
        ):  # fmt: skip
            one = rules[rule]
            acts.decide_finding(one.fingerprint, state, seen=digest_shown(one), reason=reason, until=until)
        commit_capture(found.workspace.root, "suspect", None)
        rebuild_index(found.workspace, read_targets(found.workspace)[0], lambda _done, _total, _name: None)
        yield found


def _desk(site: Served) -> Desk:
    who, now = site.people["manager"], site.office.clock()
    return Desk(site.office, SignedIn(who, "passkey", "s-1", who.permissions, who.scope, now), now)


@pytest.fixture(scope="module")
def both(site: Served) -> Both:
    """The kept answers and the composed ones, as of the same line."""
    kept = site.office.standings.of(EVERYBODY)
    return kept, ComposedStanding(lambda: _as_it_stands(kept.composed(), kept.report), kept.held_after)


def _as_it_stands(whole: Standing, frame: Report) -> Standing:
    """Without the comparison with the run before, which no row keeps."""
    standing = tuple(replace(one, baseline="new") for one in whole.report.findings if one.baseline != "absent")
    return replace(whole, report=replace(whole.report, findings=standing, since=None, as_of=frame.as_of))


def test_the_overview_is_that_of_the_composed_report(both: Both) -> None:
    kept, composed = both
    choices = composed.overview({}).choices
    assert len(choices["status"]) > 1 and composed.overview({}).not_observed == 1
    asked = [{}, {"status": "over_any"}, {"since": "2020-01-01"}, {"since": "2200-01-01"}, {"q": "ZQX"}, {"q": "合肥"},
             {"q": "lib"}, {"q": "nothing at all"}, {"sealed": "perhaps"},
             *({name: value} for name, values in choices.items() for value, _ in values),
             *({**_sorted(sort), "q": "lib"} for sort in overview.ORDER.keys)]  # fmt: skip
    for one in asked:
        mine, theirs = kept.overview(one), composed.overview(one)
        assert _told(mine.list) == _told(theirs.list), one
        assert mine.choices == theirs.choices, one
    mine, theirs = kept.overview({}), composed.overview({})
    assert replace(mine, list=theirs.list, choices=theirs.choices) == theirs, "sums, trend, what waits for its seal"
    assert mine.trend and mine.summary.units


def test_the_inbox_is_that_of_the_composed_report(both: Both) -> None:
    kept, composed = both
    every = composed.inbox({"queue": "all"})
    assert every.queues["decided"] == 2 and len(every.list.rows) > 10
    asked = [
        {},
        {"q": "ZQX"},
        {"q": "branches"},
        {"q": "未授权"},
        {"contract": "AG-7"},
        {"contract": "-"},
        *({"queue": name} for name in every.queues),
        *({"queue": "all", name: value} for name, values in every.choices.items() for value, _ in values),
    ]
    for one in asked:
        if one.get("queue") == "gone":
            continue  # this composed one compares with nothing: tests/web/test_gone_and_new.py
        mine, theirs = kept.inbox(one), composed.inbox(one)
        assert _told(mine.list) == _told(theirs.list), one
        assert ({**mine.queues, "gone": None}, mine.choices) == (theirs.queues, theirs.choices), one
    for finding in every.list.rows:
        one = {"queue": "all", "f": finding.fingerprint}
        mine, theirs = kept.inbox(one), composed.inbox(one)
        assert mine.chosen is not None and theirs.chosen is not None
        assert mine.chosen == theirs.chosen and (mine.before, mine.behind) == (theirs.before, theirs.behind)
        assert kept.finding(finding.fingerprint) == finding


@pytest.mark.parametrize("name", ["positions", "findings"])
def test_every_order_joins_page_by_page(both: Both, name: ListName) -> None:
    def positions(standing: ScopeStanding, asked: Mapping[str, str]) -> ListAnswer[Any]:
        return standing.overview(asked).list

    def queue(standing: ScopeStanding, asked: Mapping[str, str]) -> ListAnswer[Any]:
        return standing.inbox({**asked, "queue": "all"}).list

    ask, order = (positions, overview.ORDER) if name == "positions" else (queue, findings.ORDER)
    for sort in _every_sort(order):
        whole = _joined(lambda asked: ask(both[0], asked), {**sort, "limit": "2"})
        assert whole == _joined(lambda asked: ask(both[1], asked), {**sort, "limit": "200"}), sort
        strange = ask(both[0], {**sort, "limit": "200", "after": "bm90aGluZw"})
        assert list(strange.rows) == whole, "a cursor of another list: the list begins anew"
        far = base64.urlsafe_b64encode(json.dumps([10**30, "x"]).encode()).decode()
        assert list(ask(both[0], {**sort, "limit": "200", "after": far}).rows) == whole, "no number that SQLite keeps"


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_what_leaves_as_a_file_is_what_the_composed_report_has(both: Both, tmp_path: Path, form: str) -> None:
    head = ListHead(both[0].report.as_of, both[0].line, behind=False, outstanding=0, software="tests")
    for name, asked in (
        ("positions", {"q": "lib"}), ("findings", {"queue": "all"}), ("findings", {"rule": "Q101", "sort": "-value"}),
        ("positions", {"q": "nothing at all"}),
    ):  # fmt: skip
        mine, theirs = (list(one.listed(name, asked)) for one in both)  # type: ignore[arg-type]
        files = [written(form, name, head, parts, tmp_path) for parts in (mine, theirs)]
        assert files[0] == files[1] and len(files[0]) > 100, (name, asked)
        assert all(not (one.report.history or one.report.decisions) for one in mine)


def written(
    form: str, name: Any, head: ListHead, parts: Iterable[ListPart], folder: Path, to: io.BytesIO | None = None
) -> bytes:
    to = io.BytesIO() if to is None else to
    if form == "csv":
        write_list_csv(to, name, parts, "zh")
    elif form == "json":
        write_list_json(to, name, head, parts, folder)
    else:
        write_list_xlsx(to, name, parts, "zh", folder)
    return to.getvalue()


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_part_is_written_before_the_next_is_asked_for(both: Both, tmp_path: Path, form: str) -> None:
    to, sizes = io.BytesIO(), list[int]()
    (part,) = both[0].listed("findings", {"queue": "all"})

    def parts() -> Iterator[ListPart]:
        for _ in range(4):
            sizes.append(to.tell())
            yield part

    head = ListHead(both[0].report.as_of, both[0].line, behind=False, outstanding=0, software="tests")
    data = written(form, "findings", head, parts(), tmp_path, to)
    steps = {after - before for before, after in pairwise(sizes[1:])}
    assert len(steps) == 1 and steps.pop() > 1_000
    if form == "json":
        told = json.loads(data)
        assert len(told["findings"]) == 4 * len(part.report.findings)
        assert len(told["evidence"]) == len(part.report.evidence), "each package once"


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_a_file_that_is_broken_off_leaves_nothing_behind(both: Both, tmp_path: Path, form: str) -> None:
    (part,) = both[0].listed("findings", {"queue": "all"})

    def parts() -> Iterator[ListPart]:
        yield part
        raise VaultError("away")

    head = ListHead(both[0].report.as_of, both[0].line, behind=False, outstanding=0, software="tests")
    with pytest.raises(VaultError):
        written(form, "findings", head, parts(), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_files_go_by_the_order_of_their_list(both: Both) -> None:
    for standing in both:
        for sort in overview.ORDER.keys:
            (part,) = standing.listed("positions", {"sort": f"-{sort}"})
            rows = standing.positions({"sort": f"-{sort}", "limit": "200"}).rows
            assert [one.position for one in rows] == list(part.report.positions), sort


def test_what_is_opened_is_what_the_composed_report_has(both: Both) -> None:
    kept, composed = both
    for name in composed.estate.deployments:
        mine, theirs = (read_deployment(one.opened(name), name, {}) for one in both)
        assert mine is not None and theirs is not None
        assert replace(mine, positions=()) == replace(theirs, positions=()), name
        assert [one.position for one in mine.positions] == [one.position for one in theirs.positions], name
    for row in composed.report.evidence:
        assert kept.beside(row) == composed.beside(row)
        assert kept.evidence.get(row.capture) == row and row.capture in kept.evidence
    assert [one.capture for one in kept.unsealed()] == [one.capture for one in composed.unsealed()]
    assert "c-nothing" not in kept.evidence and kept.evidence.get("c-nothing") is None
    assert len(kept.evidence) == len(composed.evidence)


def test_contracts_and_searches_are_those_of_the_composed_report(site: Served, both: Both) -> None:
    for asked in ({}, {"sort": "over"}, {"q": "zqx"}):
        mine, theirs = (read_contracts(one, asked, date(2026, 1, 1)) for one in both)
        assert mine == theirs and mine.rows
    for name in both[1].estate.contracts:
        kept, composed = ([_in_order(rows) for rows in one.of_contract(name)] for one in both)
        assert kept == composed and kept[0]
    row = both[1].report.evidence[0]
    cited = next(iter(both[1].report.history[0].basis.values())).sha256
    for text in ("zqx", "ZQX contract", "合肥", "lib", "hefei", "Q101", "q101/ag-7", row.capture[:8], cited[:12],
                 row.manifest_sha256[:9], cited, "covered", "nothing at all", "3", "covered\nzqxlib", ""):  # fmt: skip
        found, wanted = (find_matches(site.workspace, one, text) for one in both)
        assert found == wanted, text
    assert find_matches(site.workspace, both[0], cited[:12]), "a file that a number rests on is found by its digest"
    other = cited[:20] + ("0" if cited[20] != "0" else "1") + cited[21:]
    assert [find_matches(site.workspace, one, other) for one in both] == [(), ()], (
        "of other bytes, whatever it begins with"
    )


def _sorted(sort: str) -> dict[str, str]:
    return {"sort": sort}


def _every_sort(order: ListOrder[Any]) -> list[dict[str, str]]:
    return [{}, *({"sort": f"{way}{name}"} for name in order.keys for way in ("", "-"))]


def _joined(ask: Callable[[Mapping[str, str]], ListAnswer[Any]], asked: Mapping[str, str]) -> list[Any]:
    answer = ask(asked)
    found: list[Any] = [*answer.rows]
    while answer.more:
        answer = ask({**asked, "after": answer.more})
        found += answer.rows
    return found


def _told(answer: ListAnswer[Any]) -> tuple[object, ...]:
    """But for where it goes on, which each says its own way."""
    return (answer.query, answer.rows, bool(answer.more), answer.total, answer.of)


def _in_order(rows: Sequence[Position] | Sequence[Finding]) -> list[Position | Finding]:
    return sorted(rows, key=lambda one: (one.deployment, one.metric, getattr(one, "rule", "")))


def test_a_finding_of_a_contract_alone_is_decided(site: Served) -> None:
    whole = site.office.standings.of(EVERYBODY).composed().report.findings
    alone = next(one for one in whole if one.contract and not one.deployment)
    made = _desk(site).acts.decide_finding(
        alone.fingerprint, "explained", seen=digest_shown(alone), reason="the order is in the archive"
    )
    assert (made.subject, made.text) == (alone.fingerprint, "explained")


def test_what_several_ask_for_at_once_is_counted_once() -> None:
    answers, counted, begun, go = Answers(), [], threading.Event(), threading.Event()

    def count() -> int:
        counted.append(1)
        begun.set()
        assert go.wait(30)
        return 7

    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(answers.of, "r", "name", count)
        assert begun.wait(30)
        others = [threads.submit(answers.of, "r", "name", count) for _ in range(3)]
        assert answers.of("r", "another", lambda: 8) == 8, "nobody waits for what was not asked for"
        go.set()
        assert [one.result(30) for one in (first, *others)] == [7] * 4
    assert len(counted) == 1


def test_a_count_that_fails_is_told_to_whoever_waits_and_made_anew() -> None:
    answers = Answers()

    def fail() -> int:
        raise EvidenceIndexError("index: gone")

    with pytest.raises(EvidenceIndexError):
        answers.of("r", "name", fail)
    assert answers.of("r", "name", lambda: 7) == 7
