"""The laws under which a notice is sent, read once from package data. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, cast

from auditor.model.notices import (
    ELEMENTS,
    ElementMark,
    NoticeElement,
    NoticeRegime,
    NoticeSource,
    ProfileName,
    QualifyingProfile,
    SourceReading,
)

ClockLaw = Mapping[str, Any]
"""One time limit as the file gives it: `words` or a number, `cite`, `read`."""


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(files("auditor.notices.law").joinpath("regimes.toml").read_text("utf-8"))


@cache
def notice_regimes() -> Mapping[str, NoticeRegime]:
    """Every law by its id, in the order of the file."""
    return MappingProxyType({name: _regime(name, body) for name, body in _data()["regimes"].items()})


@cache
def clock_laws(subject: str) -> Mapping[str, ClockLaw]:
    """The time limits of one subject (`counter`, `logs` …) by regime."""
    found: dict[str, ClockLaw] = _data()["clocks"].get(subject, {})
    return MappingProxyType(found)


def _source(name: str) -> NoticeSource:
    body = _data()["sources"][name]
    on: date | None = body.get("reversed_on")
    read = cast("SourceReading", body["read"])
    return NoticeSource(name, body["cite"], body.get("status", "in_force"), read, body.get("reversed_by", ""), on)


def _regime(name: str, body: Mapping[str, Any]) -> NoticeRegime:
    said: Mapping[str, Mapping[str, str]] = body["elements"]
    marks: dict[NoticeElement, ElementMark] = {}
    articles: dict[NoticeElement, str] = {}
    for element in ELEMENTS:
        row = said.get(element, {})
        marks[element] = cast("ElementMark", row.get("mark", "not_asked"))
        articles[element] = row.get("article", "")
    profiles = {cast("ProfileName", one): _profile(cast("ProfileName", one), entry)
                for one, entry in body["profiles"].items()}  # fmt: skip
    return NoticeRegime(
        name, MappingProxyType(dict(body["title"])), _source(body["source"]), MappingProxyType(marks),
        MappingProxyType(articles), MappingProxyType(profiles),
    )  # fmt: skip


def _profile(name: ProfileName, body: Mapping[str, Any]) -> QualifyingProfile:
    wanted = frozenset(body["requires"])
    requires = tuple(one for one in ELEMENTS if one in wanted)
    return QualifyingProfile(
        name, requires, _source(body["source"]), body.get("together", False), body.get("named_counts", False)
    )
