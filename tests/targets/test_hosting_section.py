"""`hosting:`: who is asked, read strictly, each complaint with its line and column."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from auditor.errors import ConfigError
from auditor.hosting import parse_root_keys
from auditor.model.targets.estate import DataSetFile, HostingSources, NameServerAddress
from auditor.targets import load_with_warnings

HEAD = "format: 1\ntimezone: UTC\ncurrency: CNY\n"


def load(folder: Path, text: str) -> HostingSources:
    path = folder / "targets.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    return load_with_warnings(path)[0].hosting


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    found = load(
        tmp_path,
        "hosting:\n"
        "  rdap_bootstrap: http://127.0.0.1:9/dns/\n"
        "  whois: false\n"
        "  name_servers: [{address: 192.0.2.53}, {address: '2001:db8::53', port: 5353}]\n"
        "  origins: {file: rib.txt, dated: 2026-11-20, name: a table}\n"
        "  delegated: {apnic: {file: delegated-apnic, dated: 2026-11-19}}\n"
        "  ranges: {aws: {url: https://ip-ranges.example/ip-ranges.json}, own: {file: own.txt}}\n"
        "  pause_seconds: 0\n",
    )
    assert (found.whois, found.pause_seconds) == ("", 0)
    assert found.name_servers == (NameServerAddress("192.0.2.53"), NameServerAddress("2001:db8::53", 5353))
    assert found.delegated["apnic"] == DataSetFile("delegated-apnic", date(2026, 11, 19), "apnic")
    assert (found.ranges["aws"].url[:8], found.ranges["own"].file) == ("https://", "own.txt")


def test_without_the_section_the_registries_own_entries_are_asked(tmp_path: Path) -> None:
    assert load(tmp_path, "deployments: {}\n") == HostingSources()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("hosting: {whois: 'a b'}\n", "4:18: error[S15] hosting.whois"),
        ("hosting: {rdap_bootstrap: https://x.example/dns}\n", "4:27: error[D06] hosting.rdap_bootstrap"),
        ("hosting: {name_servers: [{address: nowhere}]}\n", "4:36: error[S15] hosting.name_servers[0].address"),
        ("hosting: {origins: {file: rib}}\n", "4:11: error[S16] hosting.origins"),
        ("hosting: {ranges: {aws: {}}}\n", "4:20: error[S16] hosting.ranges.aws"),
        ("hosting: {pause_seconds: 61}\n", "4:26: error"),
        ("hosting: {resolvers: []}\n", "4:11: error[S01] hosting"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(ConfigError) as told:
        load(tmp_path, text)
    assert place in str(told.value)


ROOT_KEY = ". IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"


@pytest.mark.parametrize(
    ("text", "lack"),
    [
        (None, "not found"), ("", "holds no DS record"), ("; a remark alone\n", "holds no DS record"),
        (f"; IANA\n{ROOT_KEY}\nnonsense\n", "line 3 is no DS record"),
        ("<?xml version='1.0'?>\n", "line 1 is no DS record"), (ROOT_KEY[:-2], "line 1 is no DS record"),
        (ROOT_KEY.replace("20326", "99999"), "line 1 is no DS record"),
        (f"{ROOT_KEY}\n. 172800 IN DS {ROOT_KEY[10:60]} {ROOT_KEY[60:]} ; with a gap\n", ""),
    ],
)  # fmt: skip
def test_a_file_of_root_keys_that_is_none_is_told_with_its_place(tmp_path: Path, text: str | None, lack: str) -> None:
    if text is not None:
        (tmp_path / "root.ds").write_text(text)
    path = tmp_path / "targets.yaml"
    path.write_text(f"{HEAD}hosting: {{root_keys: root.ds}}\n", encoding="utf-8")
    found = [one for one in load_with_warnings(path)[1] if one.code == "K05"]
    assert [(one.line, one.col, one.severity) for one in found] == ([(4, 22, "warning")] if lack else [])
    assert all(f"root keys root.ds: {lack}: DNSSEC is not checked" in one.message for one in found)
    if text is not None:  # and whoever reads it later is of one mind
        try:
            assert bool(parse_root_keys(text)) and not lack
        except ValueError:
            assert lack
