"""Which of many addresses run the product: its fingerprint, addresses to look at, and what each front page answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from auditor.model.notes import Note

CandidateAnswer = Literal["same", "another", "not_told"]
"""`same`: signs of two and more kinds agree; `another`: the page was seen and shows none; `not_told`: anything else.
An answer says where to look: whether it is the licensed software is told by a comparison."""
SignKind = Literal["file", "identifiers", "labels", "code", "cookie", "header", "marker"]
SIGN_KINDS: tuple[SignKind, ...] = ("file", "identifiers", "labels", "code", "cookie", "header", "marker")
LEAST_KINDS = 2
"""Kinds of signs that must agree before a page is the product: a fingerprint of fewer answers nothing."""


@dataclass(frozen=True, slots=True)
class ProductFingerprint:
    """What only a product has, as its front pages and files show it."""

    product: str
    captures: tuple[str, ...]
    """Ids of the captures of licensed deployments it was made from."""
    controls: tuple[str, ...]
    """Ids of the captures that told what is not distinctive."""
    files: tuple[str, ...]
    """SHA-256 of its own files, the favicon among them."""
    labels: tuple[str, ...]
    """Of its front page, in their order, in the form labels are compared in."""
    identifiers: tuple[str, ...]
    code: tuple[str, ...]
    """Fingerprints of its own scripts, as hexadecimal numbers."""
    cookies: tuple[str, ...]
    headers: tuple[str, ...]
    """`name: value` of headers that controls do not send."""
    markers: tuple[str, ...]
    licensed: tuple[str, ...] = ()
    """What the contract lets a reseller change: taken out of labels, in the form they are compared in."""

    @property
    def kinds(self) -> int:
        """Kinds of signs it has anything of."""
        signs = self.files, self.labels, self.identifiers, self.code, self.cookies, self.headers, self.markers
        return sum(bool(one) for one in signs)


@dataclass(frozen=True, slots=True)
class Sign:
    """One kind of sign on a front page: how many of the fingerprint's it has, and whether that is enough."""

    kind: SignKind
    found: int
    of: int
    holds: bool
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FrontPageMatch:
    """What a front page answers to a fingerprint, with the reasons."""

    answer: CandidateAnswer
    why: Note
    version: str
    """As the page shows it; empty where it shows none."""
    signs: tuple[Sign, ...] = ()


@dataclass(frozen=True, slots=True)
class ProductCandidate:
    """An address at which the product may run, and what is known of it."""

    address: str
    source: str
    """Name of the file it came from."""
    source_sha256: str
    place: str = ""
    """Row or line of the file."""
    answer: str = ""
    """Empty until it was looked at."""
    version: str = ""
    capture: str = ""
    deployment: str = ""
    """Set once it was adopted."""


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """An entry of a file that is no address of a public front page."""

    place: str
    text: str
    why: Note
