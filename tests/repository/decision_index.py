"""The index of decisions, made of the head of each decision's file. Written by `make docs`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "decisions"
INDEX = FOLDER / "README.md"
HEAD = re.compile(
    r"# (?P<number>\d{4}) (?P<title>[^\n]+)\n\n"
    r"- Status: (?P<status>proposed|accepted|superseded|rejected)\n"
    r"- Date: (?P<date>\d{4}-\d\d-\d\d)\n"
    r"(?:- Supersedes(?P<in_part>, in part)?: \[(?P<supersedes>\d{4})\]\((?P<older>[^)\n]+)\)[^\n]*\n)?"
    r"(?:- Superseded(?P<by_part>, in part,)? by: \[(?P<superseded_by>\d{4})\]\((?P<newer>[^)\n]+)\)[^\n]*\n)?\n"
)
INTRODUCTION = """\
# Decisions

What was decided, why, and what was refused. One file for each; a decision is never edited into another one: a new one
supersedes it, and both say so. Numbers go by area (00 floor and targets, 02 claims, 07 schedule and speed, 08 bundles,
09 large estates, 10 the house). A new file begins as these do: `# NNNN Title`, then `- Status:` (proposed, accepted,
superseded or rejected) and `- Date:`, then `- Supersedes:` or `- Superseded by:` (with `, in part` where it is so).
This table is written by `make docs`; a test compares it.

| number | title | status | date | superseded by |
| --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class DecisionHead:
    """What the first lines of a decision's file say."""

    path: Path
    number: str
    title: str
    status: str
    date: str
    supersedes: str
    """File name of the decision that this one supersedes, whole or in part; empty where there is none."""
    superseded_by: str
    partly: bool
    """Whether it is superseded in part only."""


def read_heads() -> list[DecisionHead]:
    """Every decision, by number; `ValueError` where a file does not begin as a decision must."""
    heads = []
    for path in sorted(FOLDER.glob("[0-9]*.md")):
        found = HEAD.match(path.read_text(encoding="utf-8"))
        if found is None:
            raise ValueError(f"{path.name}: begins otherwise than a decision: '# NNNN Title', '- Status: ', '- Date: '")
        part = found.groupdict(default="")
        heads.append(
            DecisionHead(
                path=path,
                number=part["number"],
                title=part["title"],
                status=part["status"],
                date=part["date"],
                supersedes=part["older"],
                superseded_by=part["newer"],
                partly=bool(part["by_part"]),
            )
        )
    return heads


def make_index() -> str:
    """The text of `docs/decisions/README.md`."""
    rows = []
    for head in read_heads():
        later = f"[{head.superseded_by[:4]}]({head.superseded_by})" if head.superseded_by else ""
        later += ", in part" if head.superseded_by and head.partly else ""
        rows.append(f"| [{head.number}]({head.path.name}) | {head.title} | {head.status} | {head.date} | {later} |\n")
    return INTRODUCTION + "".join(rows)


if __name__ == "__main__":
    INDEX.write_text(make_index(), encoding="utf-8")
