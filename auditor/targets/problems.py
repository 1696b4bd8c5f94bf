"""What is wrong with a file: one value per complaint, and the table of all codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

ProblemSeverity = Literal["error", "warning"]
SourcePosition = tuple[str, int]
"""A file as the user names it, and a packed line and column (see `pack_position`)."""

_WARNINGS = frozenset(
    {"T03", "T07", "A06", "M02", "M07", "P03", "P05", "D01", "D02", "D11", "B01", "K02", "K03", "K05"}
)

PROBLEM_CODES: MappingProxyType[str, str] = MappingProxyType(
    {
        "S01": "A key that is not known here.",
        "S02": "An id that is not defined in the section it refers to.",
        "S03": "A key or value that YAML 1.1 reads as true or false (`on`, `off`, `yes`, `no`, `NO`).",
        "S04": "A key written twice in one mapping.",
        "S05": "An amount or percentage that is not quoted.",
        "S06": "Not a calendar date of the form 2015-02-10.",
        "S07": "A number that YAML 1.1 reads as another one (`034`, `0x22`, `1_234`, `12:30`).",
        "S08": "Not an ISO 4217 currency code.",
        "S09": "Not an ISO 3166-2 place code.",
        "S10": "One edition name claimed by two editions.",
        "S11": "A key that is present but empty.",
        "S12": "A mapping, list or single value where another of them is expected.",
        "S13": "Not a whole number written in digits.",
        "S14": "Not an amount or percentage in decimal digits.",
        "S15": "Not one of the words allowed here.",
        "S16": "A required key is missing.",
        "S17": "The file is not YAML in UTF-8.",
        "S18": "The file is larger, deeper or more repetitive than a targets file may be.",
        "S19": "A YAML feature that is refused: tags, directives, several documents, keys that are not text.",
        "S20": "One id defined in two files.",
        "S21": "A file or included file that cannot be read, or a pattern that matches none.",
        "S22": "A format version, time zone, period, pattern or name that is not understood.",
        "S23": "Two keys that exclude each other.",
        "S24": "A rule for rows without one sign (name, text, pattern) or its column, or with a sign of any row.",
        "T01": "A period that ends before it begins.",
        "T02": "Automatic renewal without its length.",
        "T03": "A notice given later than the contract requires.",
        "T04": "A last day that is not the end of any term.",
        "T05": "The contract ended and it is not said whether existing units may stay.",
        "T06": "Two contracts cover one deployment at the same time.",
        "T07": "Terms that exist by the renewal rule alone.",
        "A01": "An amendment that takes effect before the contract.",
        "A02": "Units added after the end although that is forbidden.",
        "A03": "An amendment that does not say when it takes effect.",
        "A04": "More units removed than there are.",
        "A05": "An amendment for a deployment that the contract does not cover.",
        "A06": "An amendment that takes effect before it was signed.",
        "A07": "An amendment effective upon payment that is not fully paid.",
        "A08": "An amendment effective upon acceptance without the day of acceptance.",
        "M01": "No list price on the day it is needed.",
        "M02": "A net amount that differs from the price rule.",
        "M03": "A rebate without its method.",
        "M04": "Rebate tiers that do not start at 0 or do not rise.",
        "M05": "A percentage of list over 100.",
        "M06": "A payment in another currency without a rate and its source.",
        "M07": "A payment before the contract.",
        "Q01": "A negative or infinite number where `unlimited` may be meant.",
        "Q02": "A number that looks like a stand-in for unlimited.",
        "Q03": "A kind both counted and excluded.",
        "P01": "A meaning given to a value without its source.",
        "P02": "Two fields of a page that share a label.",
        "P03": "A page with a count and no listing to corroborate it.",
        "P04": "A page field with the name of what the auditor itself observes or counts.",
        "P05": "Two pages of a deployment that state one count.",
        "D01": "A deployment that is never captured.",
        "D02": "Deployments on one host and port.",
        "D03": "A document file that is missing or was changed.",
        "D04": "A deployment without an access basis.",
        "D05": "A secret written in the file.",
        "D06": "An address that is not http or https, or carries a user name.",
        "D07": "A deployment whose page and addresses do not fit together.",
        "D08": "A deployment's product or legal status that contradicts a contract.",
        "D09": "A path prefix that is none, or that would allow every POST.",
        "D10": "A variable of the auditor or of the machine named as an account's.",
        "D11": "An address on a port that browsers refuse.",
        "D12": "Two places for one secret, or a way in that is none.",
        "D13": "A way in that a page's method cannot take.",
        "D14": "A second visit from where the first one is made, or by a sign-in that no worker has.",
        "B01": "A browser setting that weakens it.",
        "K01": "A quorum that the named authorities cannot reach.",
        "K02": "A pinned certificate file of an authority that is not there.",
        "K03": "No timestamp authority: captures stay unsealed.",
        "K04": "A witness's or party's key that is none.",
        "K05": "A file of the root zone's keys that is missing or is none.",
        "K06": "One key for vantages of two parties.",
        "X01": "An exemption without its clause.",
    }
)
"""Every code `check` can print. Sections with their own reader (`claims:`) add codes of their own."""


def pack_position(line: int, column: int) -> int:
    """A line and a column (both from 0) in one number that sorts in file order."""
    return (line << 16) | min(column, 0xFFFF)


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint. `str(problem)` is `path:line:col: error[CODE] where: what is wrong. What to do.`"""

    path: str
    line: int
    """From 1."""
    col: int
    """From 1."""
    severity: ProblemSeverity
    code: str
    where: str
    """The thing in the file, e.g. `authorised[1].deployment`; empty where the message names it."""
    message: str

    def __str__(self) -> str:
        subject = f"{self.where}: " if self.where else ""
        return f"{self.path}:{self.line}:{self.col}: {self.severity}[{self.code}] {subject}{self.message}"


class ProblemCollector:
    """Collects problems while files are read; `in_order` gives them in file order."""

    def __init__(self) -> None:
        self._files: dict[str, int] = {}
        self._problems: list[Problem] = []

    def __len__(self) -> int:
        return len(self._problems)

    def opened(self, path: str) -> None:
        self._files.setdefault(path, len(self._files))

    def add(self, code: str, spot: SourcePosition, where: str, message: str) -> None:
        """Notes one problem; its severity follows from the code."""
        path, at = spot
        severity: ProblemSeverity = "warning" if code in _WARNINGS else "error"
        line = one_line(message)
        self._problems.append(Problem(path, (at >> 16) + 1, (at & 0xFFFF) + 1, severity, code, one_line(where), line))

    def extend(self, problems: Iterable[Problem]) -> None:
        self._problems.extend(problems)

    def in_order(self) -> tuple[Problem, ...]:
        """All problems once, by file, line and column."""
        return tuple(sorted(dict.fromkeys(self._problems), key=self._position))

    def _position(self, problem: Problem) -> tuple[int, int, int, str, str]:
        file = self._files.get(problem.path, len(self._files))
        return file, problem.line, problem.col, problem.code, problem.message


def is_warning(code: str) -> bool:
    return code in _WARNINGS


def one_line(text: str) -> str:
    """The text without line breaks or control characters, which could forge a second line on a terminal."""
    return "".join(char if char.isprintable() else "�" for char in text)
