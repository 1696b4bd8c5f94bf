# ruff: noqa: E501  (messages and lines of YAML are kept whole)
"""Every message of the licensing reference, §4.5, in the form shown there, at its line and column."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from auditor.targets import CODES
from auditor.targets.problems import is_warning
from tests.targets.editing import Edit, edited, place, problems

S1 = 'effective: {date: "2016-07-01"}           # date: DATE, or upon: signature | payment'
SECOND = """  - id: AG-2018-002
    kind: end_user
    licensor: vendor
    counterparty: hefei-lib
    product: libsys
    term: {from: "2018-01-01"}
    authorised:
      - {deployment: hefei, edition: flagship, from: "2018-01-01"}

deployments:
"""
REMOVAL = """      - id: S4
        kind: remove_units
        deployment: hefei
        units: 30
        signed_on: "2017-01-01"
        effective: {upon: signature}

deployments:
"""
PRO = """      pro:
        names: [旗舰版]
        list_prices:
          - {from: "2015-01-01", base: "1.00", includes: 1, per_extra: "1.00", source: x}

contracts:
"""


@dataclass(frozen=True, slots=True)
class Case:
    """An edit, the text the message points at, and the message from its severity on."""

    edits: tuple[Edit, ...]
    at: str
    says: str


CASES = (
    Case(
        (("    kind: reseller  ", "    discount: 30 %\n    kind: reseller  "),),
        "discount: 30 %",
        'error[S01] contracts[0]: unknown key "discount". "30 % discount" can mean pays 30 % or pays 70 %; '
        'write price.net.percent_of_list: "30".',
    ),
    Case(
        (("{deployment: wuhu, ", "{deployment: wuhuu, "),),
        "wuhuu",
        'error[S02] authorised[1].deployment: "wuhuu" is not defined under deployments. Did you mean "wuhu"?',
    ),
    Case(
        (("document: notice-2021}", "document: notice-2012}"),),
        "document: notice-2012",
        'error[S02] term.ended.document: "notice-2012" is not one of the documents of AG-2015-007. '
        'Did you mean "notice-2021"?',
    ),
    Case(
        (("{deployment: wuhu,   edition: flagship", "{deployment: wuhu,   edition: flagshp"),),
        "edition: flagshp",
        'error[S02] authorised[1].edition: "flagshp" is not an edition of libsys. Did you mean "flagship"?',
    ),
    Case(
        (('payments: [{paid_on: "2016-07-05"', 'payments: [{on: "2016-07-05"'),),
        'on: "2016-07-05"',
        'error[S03] key "on" was read as true by YAML. Use paid_on.',
    ),
    Case(
        (('      - {id: main, signed_on: "2015-02-10"', '      - {id: main, on: "2015-02-10"'),),
        'on: "2015-02-10"',
        'error[S03] key "on" was read as true by YAML. Use signed_on.',
    ),
    Case(
        (('        signed_on: "2016-06-20"', '        units: 6\n        signed_on: "2016-06-20"'),),
        "units: 6",
        "error[S04] amendments[0].units appears twice (also line 87). Keep one.",
    ),
    Case(
        (('per_extra: "5000.00"', "per_extra: 5000.00"),),
        "5000.00",
        'error[S05] per_extra: 5000.00 is a YAML float and may lose cents. Quote it: "5000.00".',
    ),
    Case(
        (('through: "2020-02-09"', 'through: "2015-02-30"'),),
        '"2015-02-30"',
        'error[S06] "2015-02-30" is not a date. Write the year, month and day as 2015-02-10.',
    ),
    Case(
        (("includes: 20", "includes: 034"),),
        "034",
        "error[S07] includes: 034 would be read as 28. Write 34.",
    ),
    Case(
        (("currency: CNY", "currency: RMB"),),
        "RMB",
        'error[S08] currency "RMB" is not an ISO 4217 code. Use CNY.',
    ),
    Case(
        (("places: [CN-AH]", "places: [Anhui]"),),
        "Anhui]",
        'error[S09] place "Anhui" is not an ISO 3166-2 code. Use CN-AH.',
    ),
    Case(
        (("\ncontracts:\n", PRO),),
        "旗舰版]\n",
        'error[S10] edition names: "旗舰版" is claimed by both flagship and pro. Leave it with one.',
    ),
    Case(
        (('through: "2020-02-09"', 'through: "2014-02-09"'),),
        'through: "2014-02-09"',
        "error[T01] term.through 2014-02-09 is before term.from 2015-02-10. Correct one.",
    ),
    Case(
        (("mode: automatic, each: P1Y,", "mode: automatic,"),),
        "renewal:",
        'error[T02] renewal.mode is automatic but "each" is missing. Give the renewal length, e.g. P1Y.',
    ),
    Case(
        (
            ('given_on: "2021-11-20"', 'given_on: "2021-12-20"'),
            ('received_on: "2021-11-23"', 'received_on: "2021-12-23"'),
        ),
        "ended:",
        "warning[T03] notice given 2021-12-20 is 51 days before last_day 2022-02-09; §9.2 requires 60. "
        "The contract may have renewed to 2023-02-09. Set ended.accepted_late: true with a document, or correct last_day.",
    ),
    Case(
        (('last_day: "2022-02-09"', 'last_day: "2021-06-30"'),),
        "last_day:",
        "error[T04] ended.last_day 2021-06-30 is not the end of any term (2021-02-09, 2022-02-09). "
        "If the contract ended early, set ended.by: breach or agreement.",
    ),
    Case(
        (("existing_units: perpetual, ", ""),),
        "after_end:",
        "error[T05] term.after_end.existing_units is missing: after the contract ended, may installed units stay? "
        "perpetual, until DATE, or must_stop.",
    ),
    Case(
        (("deployments:\n", SECOND),),
        'deployment: hefei, edition: flagship, from: "2018-01-01"',
        "error[T06] contracts AG-2015-007 and AG-2018-002 both cover hefei / libsys from 2018-01-01. "
        "Add replaces: AG-2015-007 or adds_to.",
    ),
    Case(
        ((S1, 'effective: {date: "2014-12-01"}'),),
        "id: S1",
        "error[A01] amendment S1 takes effect 2014-12-01, before the contract (2015-02-10). Correct the day.",
    ),
    Case(
        (("effective: {upon: signature}", 'effective: {date: "2022-05-01"}'),),
        "id: S2",
        "error[A02] amendment S2 takes effect 2022-05-01, after the contract ended (2022-02-09), and "
        "after_end.added_units is forbidden. Correct the day, or name the contract that allows it.",
    ),
    Case(
        (("        effective: {upon: signature}\n", ""),),
        "id: S2",
        'error[A03] amendment S2 has no "effective". Give date: or upon: signature, payment or acceptance.',
    ),
    Case(
        (("\ndeployments:\n", REMOVAL),),
        "units: 30",
        "error[A04] amendment S4 removes 30 units; hefei has 25 on 2017-01-01. Correct units or the day.",
    ),
    Case(
        (
            ("      - {deployment: bengbu,", "      # {deployment: bengbu,"),
            ("deployment: hefei\n", "deployment: bengbu\n"),
        ),
        "deployment: bengbu\n",
        "error[A05] amendment S1 adds units to bengbu, which is not in authorised. Add it there or correct the id.",
    ),
    Case(
        (("effective: {upon: signature}", 'effective: {date: "2017-01-01"}'),),
        'effective: {date: "2017-01-01"}',
        "warning[A06] S2 was signed 2018-03-15 but is effective 2017-01-01 (backdated 438 days). Positions between change.",
    ),
    Case(
        (("effective: {upon: signature}", "effective: {upon: payment}"),),
        "effective: {upon: payment}",
        "error[A07] amendment S2 is upon: payment, but 6,000.00 of 12,000.00 is recorded; its 8 units are not counted. "
        "Record the payments.",
    ),
    Case(
        (("effective: {upon: signature}", "effective: {upon: acceptance}"),),
        "effective: {upon: acceptance}",
        "error[A08] amendment S2 is upon: acceptance, but accepted_on is missing; its 8 units are not counted. "
        "Give the day of acceptance.",
    ),
    Case(
        (('from: "2015-03-01"', 'from: "2014-12-01"'),),
        'from: "2014-12-01"',
        "error[M01] no list price for flagship on 2014-12-01; the first starts 2015-01-01. Add the price list of that day.",
    ),
    Case(
        (('net: "12000.00"', 'net: "12500.00"'),),
        'net: "12500.00"',
        "warning[M02] S2.net 12,500.00 differs from rule 8 × 5,000 × 30 % = 12,000.00 (+500.00). "
        "Correct it, or name the document that agrees it.",
    ),
    Case(
        (("        method: whole_amount                    # whole_amount (retroactive) | slice (incremental)\n", ""),),
        "id: annual",
        "error[M03] rebate annual has no method. whole_amount or slice give 3,600.00 and 600.00 for 120,000.00.",
    ),
    Case(
        (
            (
                '{from: "300000.00", rate_percent: "5"}',
                '{from: "300000.00", rate_percent: "4"}\n          - {from: "100000.00", rate_percent: "5"}',
            ),
        ),
        '{from: "100000.00", rate_percent: "5"}',
        'error[M04] rebate tiers must start at "0" and rise; got 100000.00 after 300000.00. Put them in order.',
    ),
    Case(
        (('percent_of_list: "30"', 'percent_of_list: "300"'),),
        'percent_of_list: "300"',
        'error[M05] percent_of_list "300" is over 100. For a price above list use "custom".',
    ),
    Case(
        (('amount: "6000.00"', 'amount: "6000.00", currency: USD'),),
        'amount: "6000.00", currency',
        "error[M06] payment of 2018-03-20 is in USD; the contract is in CNY. Add rate and rate_source.",
    ),
    Case(
        (('paid_on: "2015-03-05"', 'paid_on: "2014-01-05"'),),
        'paid_on: "2014-01-05"',
        "warning[M07] payment 2014-01-05 precedes the contract. Check the day.",
    ),
    Case(
        (("includes: 20", "includes: -1"),),
        "-1",
        "error[Q01] includes: -1. If this edition is unlimited write includes: unlimited.",
    ),
    Case(
        (("includes: 20", "includes: 9999"),),
        "9999",
        "error[Q02] includes: 9999 looks like a stand-in for unlimited. Write unlimited, or set literal: true.",
    ),
    Case(
        (("counts: [branch,", "counts: [headquarters, branch,"),),
        "headquarters, test",
        "error[Q03] metric.counts and metric.excludes both list headquarters. Keep each in one.",
    ),
    Case(
        ((', means_source: "管理员手册 第12页"', ""),),
        "means:",
        'error[P01] pages.libsys-reg.fields.cap.means maps "0" to unlimited without means_source. '
        "Name the manual page or the screen that says so.",
    ),
    Case(
        (("[已注册分馆数, 当前分馆数]", "[分馆数]"), ("[最大分馆数, 授权分馆数]", "[分馆数]")),
        "分馆数],\n",
        "error[P02] used and cap share the label 分馆数. Add context: or a selector.",
    ),
    Case(
        (("    listing:  {table: 分馆列表, kind: 类型, name: 名称}", ""),),
        "libsys-reg:\n",
        "warning[P03] pages.libsys-reg: no listing: the headline count cannot be corroborated (V804). "
        "Add listing: where the product has one.",
    ),
    Case(
        ((', urls: ["https://lib.anqing.example/reg"]', ""),),
        "anqing:  {licensee",
        "warning[D01] deployments.anqing is never captured: no urls.",
    ),
    Case(
        (
            ("https://lib.wuhu.example/reg", "https://lib.example/wuhu"),
            ("https://lib.bengbu.example", "https://lib.example"),
        ),
        "bengbu:  {licensee",
        "warning[D02] wuhu and bengbu share the URL host lib.example. Check that they are different installations.",
    ),
    Case(
        (("file: docs/AG-2015-007.pdf", "file: docs/AG-2015-008.pdf"),),
        "file: docs/AG-2015-008.pdf",
        "error[D03] document file docs/AG-2015-008.pdf not found. Put it there, or correct the path.",
    ),
    Case(
        (("file: docs/AG-2015-007.pdf", f"file: docs/AG-2015-007.pdf, sha256: {'ab' * 32}"),),
        "file: docs/AG-2015-007.pdf",
        "error[D03] document file docs/AG-2015-007.pdf changed since it was recorded (sha256 differs). Restore it.",
    ),
    Case(
        (("    amendments:\n", '    exemptions:\n      - {kind: test, from: "2015-03-01"}\n    amendments:\n'),),
        "{kind: test, from",
        "error[X01] exemption for test has no clause. Name the clause that says it does not count.",
    ),
    Case(
        (('access: {kind: contract_clause, reference: "AG-2015-007 §6.2"}, ', ""),),
        "hefei:   {licensee",
        "error[D04] deployments.hefei: no access basis. Give access: "
        "{kind: contract_clause, public_page, own_account, consent or court_order, reference: …}.",
    ),
    Case(
        (
            (
                'page: libsys-reg, urls: ["https://lib.hefei',
                'login: {path: /, username_env: A, password: hunter2}, page: libsys-reg, urls: ["https://lib.hefei',
            ),
        ),
        "password: hunter2",
        'error[D05] deployments.hefei.login: "password" would keep a secret in this file. '
        "Name an environment variable with password_env.",
    ),
    Case(
        (("https://lib.hefei.example/reg", "https://me:hunter2@lib.hefei.example/reg"),),
        '"https://me:',
        "error[D06] deployments.hefei.urls[0]: carries a user name or password. Remove it; name variables under logins: "
        "username_env, password_env.",
    ),
    Case(
        (('urls: ["https://lib.hefei.example/reg"]', 'urls: ["https://a.example/1", "https://a.example/2"]'),),
        'urls: ["https://a.example/1"',
        "error[D07] deployments.hefei: 2 urls, but a deployment is one address. Write a deployment for each, or address and "
        "pages.",
    ),
    Case(
        (("hefei:   {licensee: hefei-lib, ", "hefei:   {legal_status: suspect, licensee: hefei-lib, "),),
        "legal_status: suspect",
        "error[D08] deployments.hefei: legal_status is suspect, but contract AG-2015-007 authorises it. Write licensed, or "
        "end it there.",
    ),
    Case(
        (("format: 1\n", "format: 1\nbrowser: {sandbox: false}\n"),),
        "sandbox: false",
        "warning[B01] browser: sandbox: false weakens the browser; every capture records it. Remove the line unless the "
        "machine needs it.",
    ),
    Case(
        (
            (
                "format: 1\n",
                'format: 1\ntimestamping: {quorum: 2, authorities: {a: {url: "https://t.example/", owner: A, roots: '
                "docs/AG-2015-007.pdf}}}\n",
            ),
        ),
        "quorum: 2",
        "error[K01] timestamping: quorum 2 cannot be reached: the authorities have 1 owner(s). Name more or lower it.",
    ),
    Case(
        (
            (
                "format: 1\n",
                'format: 1\ntimestamping: {quorum: 1, authorities: {a: {url: "https://t.example/", owner: A, roots: '
                "a.pem}}}\n",
            ),
        ),
        "a.pem",
        "warning[K02] timestamping.authorities.a.roots: certificate file a.pem not found: its tokens cannot be verified. "
        "Put the PEM file there.",
    ),
    Case(
        (("    kind: reseller  ", "    title2: x\n    kind: reseller  "),),
        "title2",
        'error[S01] contracts[0]: unknown key "title2". Did you mean "title"?',
    ),
    Case(
        (("title: 区域代理合同", "title:"),),
        "title:\n",
        "error[S11] title: is present but empty. Give a value or remove the key.",
    ),
    Case(
        (('territory: {places: [CN-AH], measured_by: deployment, clause: "§3.1"}', "territory: CN-AH"),),
        "CN-AH\n",
        "error[S12] territory: a mapping (places, measured_by, clause, document …) is expected here, not a single value.",
    ),
    Case(
        (("notice_days: 60", "notice_days: 60 days"),),
        "60 days",
        'error[S13] notice_days: "60 days" is not a whole number. Write a whole number in digits.',
    ),
    Case(
        (('base: "100000.00"', 'base: "100,000.00"'),),
        '"100,000.00"',
        'error[S14] base: "100,000.00" is not a decimal number. Write "100000.00".',
    ),
    Case(
        (("measured_by: deployment", "measured_by: deploymnt"),),
        "deploymnt",
        'error[S15] territory.measured_by: "deploymnt" is not one of deployment, branch, sale. Did you mean "deployment"?',
    ),
    Case(
        (("    product: libsys\n", ""),),
        "id: AG-2015-007",
        'error[S16] contracts[0]: "product" is missing. Give the product.',
    ),
    Case(
        (("timezone: Asia/Shanghai", "timezone: Asia/Shanghia"),),
        "Asia/Shanghia",
        'error[S22] timezone: "Asia/Shanghia" is not an IANA time zone. Did you mean "Asia/Shanghai"?',
    ),
    Case(
        (("format: 1\n", 'format: 1\nschedules: {weekly: {cron: "0 3 * * 1", every: 6h}}\n'),),
        "every: 6h",
        "error[S23] schedules.weekly: cron and every are both given. Keep one.",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.says.split(']')[0]}]-{index}" for index, case in enumerate(CASES)])
def test_message(case: Case, tmp_path: Path) -> None:
    line, column = place(edited(*case.edits), case.at)
    found = [str(problem) for problem in problems(tmp_path, *case.edits)]
    assert f"{tmp_path / 'targets.yaml'}:{line}:{column}: {case.says}" in found, "\n".join(found)


ELSEWHERE = frozenset({"S17", "S18", "S19", "S20", "S21", "T07", "K03"})
"""Codes whose tests are in `test_files`, `test_includes` and `test_example`."""


def test_every_code_has_its_message_tested() -> None:
    tested = {case.says.split("[")[1].split("]")[0] for case in CASES}
    assert tested | ELSEWHERE == set(CODES)


def test_severity_is_as_the_reference_says() -> None:
    for case in CASES:
        severity, code = case.says.split("]")[0].split("[")
        assert is_warning(code) == (severity == "warning"), code
