"""A hostile page cannot speak for the connection, nor a text of it for a number: from stored bytes to the finding."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from auditor.model.captures import Artefact, Capture, View
from auditor.model.findings import Finding
from auditor.model.reading.observations import Observation
from auditor.model.reports import Report
from auditor.model.targets.deployments import FieldSpec, PageSpec
from auditor.model.targets.estate import Estate
from auditor.reading import read_capture
from auditor.reconciliation import observe
from auditor.reporting.exporters.json_report import as_json
from tests.reconciliation.rule_worlds import BASE, HEFEI, NANJING, World, whole
from tests.reconciliation.worked_contract import at, estate, seen

PAGE = PageSpec(
    "registration",
    fields=(
        FieldSpec("used", "count", "used", "branch", ("当前分馆数",)),
        FieldSpec("host", "text", labels=("主机",)),
        FieldSpec("address", "text", labels=("地址",)),
        FieldSpec("tls_subject", "text", labels=("证书主体",)),
        FieldSpec("tls_organisation", "text", labels=("证书单位",)),
        FieldSpec("server_date", "text", labels=("服务器时间",)),
        FieldSpec("displayed", "text", labels=("显示",)),
        FieldSpec("accounts_from", "text", labels=("账号起始",)),
    ),
)
"""Field ids that `check` refuses: a description that came past it."""
WORLD: Estate = replace(estate(BASE, (replace(HEFEI, pages=("registration",)),)), pages={"registration": PAGE})
SEEN = {
    "address": "192.0.2.66:443", "date": "Wed, 20 Nov 2019 02:00:01 GMT", "tls_subject": "bad.example",
}  # fmt: skip


def body(**claims: str) -> bytes:
    """A stored page that states its claims, and 12 branches."""
    said = {
        "当前分馆数": "12", "主机": "good.example", "地址": "203.0.113.9", "证书主体": "good.example",
        "证书单位": "Good Library", "服务器时间": "Wed, 20 Nov 1999 02:00:00 GMT", "显示": "1",
        "账号起始": "2015-03-02", **claims,
    }  # fmt: skip
    rows = "".join(f"<tr><th>{label}</th><td>{text}</td></tr>" for label, text in said.items())
    return f"<meta charset=utf-8><title>注册授权信息</title><table>{rows}</table>".encode()


def observed(stored: bytes, on: str, host: str = "bad.example", facts: Mapping[str, str] | None = None) -> Observation:
    """What a capture on that day, of that host, gives from its stored page."""
    moment: datetime = at(on)
    capture = Capture(
        f"c-{on}", "hefei", "r-1", "i-1", "http", moment, moment + timedelta(seconds=9),
        (
            View("registration", "registration", 1, f"https://{host}/reg", f"https://{host}/reg", "observed", "", 200,
                 moment, artefacts={"body": "registration/body.html"}),
        ),
        (), (Artefact("registration/body.html", "text/html", "ab" * 32, len(stored), "http"),),
        facts=SEEN if facts is None else facts,
    )  # fmt: skip
    reading = read_capture(
        capture.views, WORLD.pages, lambda _: stored, capture=capture.id, deployment=capture.deployment
    )
    ((found,), missed) = observe(reading, capture, sealed=True, estate=WORLD)
    assert missed == ()
    return found


def told(*captures: Observation) -> dict[str, Finding]:
    return {one.rule: one for one in whole(WORLD, captures, "2019-12-20").findings}


def test_what_the_page_says_of_the_connection_is_a_claim_beside_the_fact() -> None:
    found = observed(body(), "2019-11-20")
    assert (found.fields["host"], found.connection["host"]) == ("good.example", "bad.example")
    assert (found.fields["address"], found.connection["address"]) == ("203.0.113.9", "192.0.2.66:443")
    assert (found.fields["tls_subject"], found.connection["tls_subject"]) == ("good.example", "bad.example")
    assert found.connection["server_date"] == SEEN["date"]


def test_a_page_that_always_claims_one_host_does_not_hide_that_the_connection_changed() -> None:
    finding = told(observed(body(), "2019-10-20", "good.example"), observed(body(), "2019-11-20"))["D305"]
    assert "host: good.example → bad.example" in finding.statement
    assert finding.basis == ()  # no text of the page is cited for what the connection showed


def test_a_page_that_changes_its_claims_does_not_move_the_connection() -> None:
    before = observed(body(主机="one.example", 证书主体="one.example"), "2019-10-20")
    assert "D305" not in told(before, observed(body(主机="two.example", 证书主体="two.example"), "2019-11-20"))


def test_a_fact_that_the_connection_does_not_show_is_not_taken_from_the_page() -> None:
    found = observed(body(), "2019-11-20", facts={})
    assert set(found.connection) == {"host"}
    assert "V806" not in told(found)  # the page's own idea of the server's time is compared with nothing


def test_a_text_with_the_name_of_a_number_neither_counts_nor_is_cited_as_it() -> None:
    found = observed(body(), "2019-11-20")
    assert (found.displayed, found.basis["displayed"].raw_text) == (12, "12")
    assert "accounts_from" not in found.derived
    assert "accounts_from" not in found.basis
    assert found.unreadable == {}
    gap = observed(body().replace("<th>显示</th>".encode(), b"<th>-</th>"), "2019-11-20")
    assert (gap.counted, gap.unreadable) == (12, {})  # its absence is no gap of the number


def test_a_page_that_names_the_owner_of_a_certificate_proves_no_owner() -> None:
    claims = {"licensee": "南京某图书馆", "tls_organisation": "南京某图书馆", "domain_owner": "南京某图书馆"}
    for said, certainty in (({"fields": claims}, "needs_review"), ({"fields": claims, "connection": claims}, "likely")):
        capture = seen("nanjing", "2019-11-20", 12, 20, **said)  # type: ignore[arg-type]
        (found,) = [one for one in World(observations=(capture,), places=(NANJING,)).told() if one.rule == "D301"]
        assert found.certainty == certainty


def test_in_the_report_of_a_machine_the_fact_stands() -> None:
    found = replace(observed(body(), "2019-11-20"), sealed_at=at("2019-11-20"))
    report = Report(
        as_of=at("2019-12-20"), workspace="w", timezone="Asia/Shanghai", software="s", notice="", positions=(),
        findings=(), unobserved=(), history=(found,), evidence=(), decisions=(), key_dates=(), assumptions=(),
        names={}, addresses={},
    )  # fmt: skip
    (told_once,) = json.loads(as_json(report))["history"]
    assert told_once["identity"]["host"] == "bad.example"
    assert told_once["identity"]["tls_subject"] == "bad.example"
    assert "tls_organisation" not in told_once["identity"]
