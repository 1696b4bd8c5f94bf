"""Which elements a letter holds, from what it says: there, named and not enclosed, left blank, or missing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from auditor.model.notices import ElementState, NoticeContents, NoticeElement


def element_states(letter: NoticeContents) -> Mapping[NoticeElement, ElementState]:
    """The state of every element. A statement or signature that nobody wrote is a blank, never taken as made."""
    certificates = [one for one in letter.annexes if one.kind == "certificate"]
    powers = [one for one in letter.annexes if one.kind == "authority"]
    pictures = [one for one in letter.annexes if one.kind == "capture"]
    states: dict[NoticeElement, ElementState] = {
        "identity": _said(letter.sender),
        "contact_any": _said(letter.telephone or letter.email),
        "contact_address": _said(letter.address),
        "contact_telephone": _said(letter.telephone),
        "contact_email": _said(letter.email),
        "ownership": _enclosed([bool(one.path) for one in certificates], named=bool(letter.rights)),
        "work": "there" if letter.work else "missing",
        "authority": _enclosed([bool(one.path) for one in powers], named=False),
        "evidence": _enclosed([bool(one.path) for one in pictures], named=bool(letter.places)),
        "location": "there" if any(one.url for one in letter.places) else "missing",
        "server_address": "there" if any(one.address for one in letter.places) else "missing",
        "request": "there" if letter.request and letter.act else "blank" if letter.request else "missing",
        "truth": _said("truth" in letter.statements),
        "good_faith": _said("good_faith" in letter.statements),
        "perjury": _said("perjury" in letter.statements),
        "signature": _said(letter.signature),
        "channel": "there" if letter.designated_by else "missing",
    }
    return MappingProxyType(states)


def _said(text: str | bool) -> ElementState:
    return "there" if text else "blank"


def _enclosed(annexes: list[bool], *, named: bool) -> ElementState:
    """All of them enclosed; else some are only named; else nothing is said of any."""
    if annexes and all(annexes):
        return "there"
    return "named" if annexes or named else "missing"
