"""`hosts:` and `notices:`: who may be written to, by whom, about what; each complaint with its line and column."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from auditor.errors import ConfigError
from auditor.model.targets.estate import Estate
from auditor.model.targets.notices import ExpectedAnswer, HolidayTable, NoticeMail, NoticeSettings
from auditor.targets import load_with_warnings

HEAD = """format: 1
timezone: UTC
currency: CNY
products: {p: {name: P, metrics: [{id: m, label: M}], editions: {}}}
deployments: {d: {product: p, access: {kind: public_page, reference: w}}}
"""
HOSTS = """hosts:
  cloud:
    name: 某云
    kind: iaas
    law: cn-general
    channels: {mail: {kind: email, address: ipr@cloud.example, designated_by: c-1, since: "2026-03-01"}}
"""


def load(folder: Path, text: str) -> Estate:
    path = folder / "targets.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return load_with_warnings(path)[0]


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        HOSTS + "notices:\n"
        "  sender: {name: 某公司, signer: 张三, address: 某路1号, telephone: '010-1', email: a@b.example}\n"
        "  rights: {r1: {title: 软件, registration: 2014SR1, file: r1.pdf}}\n"
        "  mail: {server: mail.example, via: relay, username_env: MAIL_USER, password_env: MAIL_PASSWORD}\n"
        "  four_eyes: true\n"
        "  holidays: {file: days.txt, name: State Council 2027}\n"
        "  expect: {cn-general: {answer_days: 10, basis: practice}}\n"
        "  items:\n"
        "    N-2026-001: {deployment: d, host: cloud, channel: mail, rights: [r1], act: a copy,\n"
        "      request: [forward, preserve_logs], reply_by: '2026-12-20', statements: [truth]}\n",
    )
    channel = found.hosts["cloud"].channels["mail"]
    assert (channel.id, channel.kind, channel.since) == ("mail", "email", date(2026, 3, 1))
    assert found.notices.mail == NoticeMail("mail.example", "relay", 25, "starttls", "MAIL_USER", "MAIL_PASSWORD")
    assert found.notices.expect["cn-general"] == ExpectedAnswer(10, "practice")
    assert found.notices.holidays == HolidayTable("days.txt", "State Council 2027")
    item = found.notices.items["N-2026-001"]
    assert (item.id, item.request, item.statements) == ("N-2026-001", ("forward", "preserve_logs"), ("truth",))


def test_without_the_sections_nobody_is_written_to(tmp_path: Path) -> None:
    found = load(tmp_path, "")
    assert (found.hosts, found.notices) == ({}, NoticeSettings())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("notices: {items: {N1: {deployment: d, host: cloud, channel: nope}}}\n", "12:52: error[S02] notices.items.N1"),
        ("notices: {items: {N1: {deployment: x, host: cloud, channel: mail}}}\n", "error[S02]"),
        ("notices: {items: {N1: {deployment: d, host: x, channel: mail}}}\n", "error[S02]"),
        ("notices: {items: {N1: {deployment: d, host: cloud, channel: mail, rights: [r]}}}\n", "error[S02]"),
        ("notices: {items: {N1: {deployment: d, host: cloud, channel: mail, law: [cn]}}}\n", "error[S15]"),
        ("notices: {mail: {server: m.example, via: relay, password: x}}\n", "error[D05]"),
        ("notices: {mail: {server: m.example, via: relay, username_env: U, security: none}}\n", "error[S23]"),
        ("notices: {sender: {signer: x}}\n", "error[S16]"),
        ("notices: {expect: {nowhere: {answer_days: 1, basis: b}}}\n", "error[S15]"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(ConfigError) as told:
        load(tmp_path, HOSTS + text)
    assert place in str(told.value)


@pytest.mark.parametrize("address", ["a b@c.example", "nobody", "a@b.example\\nBcc: x@y.example"])
def test_a_mail_channel_has_one_mail_address(tmp_path: Path, address: str) -> None:
    with pytest.raises(ConfigError, match=r"hosts\.cloud\.channels\.mail"):
        load(tmp_path, HOSTS.replace("ipr@cloud.example", f'"{address}"'))
