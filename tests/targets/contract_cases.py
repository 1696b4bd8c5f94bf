# ruff: noqa: E501  (messages and lines of YAML are kept whole)
"""What is wrong with contracts: terms (T), amendments (A), money (M), quantities (Q), exemptions (X)."""

from __future__ import annotations

from tests.targets.worked_example_edits import Case

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

CONTRACT_CASES = (
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
        (("    amendments:\n", '    exemptions:\n      - {kind: test, from: "2015-03-01"}\n    amendments:\n'),),
        "{kind: test, from",
        "error[X01] exemption for test has no clause. Name the clause that says it does not count.",
    ),
)
