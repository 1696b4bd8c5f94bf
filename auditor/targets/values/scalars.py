"""Single values: text, words, days, relations. Each is built from the text as written, never resolved.

The traps of YAML 1.1 (`034` is 28, `12:30` is 750, `NO` is false) are refused with what would have been read, because
other tools that read the same file would read that.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from typing import Any

from auditor.model.targets.contracts import Period
from auditor.model.targets.secret_references import SOURCES, parse_reference
from auditor.targets.spelling import hint, nearest
from auditor.targets.values.types import (
    BAD,
    SWITCHES,
    Defs,
    LoadContext,
    PendingReference,
    ValuePath,
    ValueType,
    boolean_meant,
    last_key,
    note_wrong_shape,
)
from auditor.targets.yaml.nodes import ScalarNode, YamlNode

MAX_TEXT = 4_000
_EMPTY = frozenset({"", "~", "null", "Null", "NULL"})
_LONGEST_SWITCH = max(map(len, SWITCHES))
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_LOOSE_DAY = re.compile(r"([0-9]{4})\D?([0-9]{1,2})\D?([0-9]{1,2})\D?", re.ASCII)
_SIXTIETHS = re.compile(r"[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?", re.ASCII)
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+", re.ASCII)
_PERIOD = re.compile(r"P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?", re.ASCII)
_NUMERIC = frozenset("0123456789+-")


def yaml11_misreading(text: str) -> str:
    """What YAML 1.1 would read instead of the text as written, or an empty text."""
    if text[:1] not in _NUMERIC:
        return ""
    if _SIXTIETHS.fullmatch(text) and ":" in text and "." not in text:
        total = 0
        for part in text.split(":"):
            total = total * 60 + int(part)
        return str(total)
    if _LEADING_ZERO.fullmatch(text):
        digits = text.replace("_", "").lstrip("+")
        return str(int(digits, 8)) if not set(digits) & set("89") else ""
    if re.fullmatch(r"0x[0-9a-fA-F_]+", text):
        return str(int(text[2:].replace("_", "") or "0", 16))
    if re.fullmatch(r"[0-9]+(_[0-9]+)+", text):
        return text.replace("_", "")
    return ""


class SingleValue(ValueType):
    """Base of the single values: refuses mappings, lists and empty values."""

    def read(self, node: YamlNode, where: ValuePath, context: LoadContext) -> Any:
        if type(node) is not ScalarNode or (node.text in _EMPTY and (node.plain or not node.text)):
            if isinstance(node, ScalarNode):
                context.note("S11", node.at, where, "is present but empty. Give a value or remove the key.")
                return BAD
            return note_wrong_shape(node, where, context, "a single value")
        return self.value(node, where, context)

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        return node.text

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "string"}


class Text(SingleValue):
    """Free text. Without quotes, words and numbers that YAML 1.1 reads as something else are refused."""

    name = "text"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        text = node.text
        if len(text) > MAX_TEXT:
            context.note("S18", node.at, where, f"has {len(text)} characters; at most {MAX_TEXT} are kept. Shorten it.")
            return BAD
        if not node.plain:
            return text
        if len(text) <= _LONGEST_SWITCH and text.lower() in SWITCHES:
            message = f'{last_key(where)} {text} was read as {boolean_meant(text)} by YAML. Quote it: "{text}".'
            context.note("S03", node.at, "", message)
            return BAD
        if text[0] in _NUMERIC and (other := yaml11_misreading(text)):
            context.note("S07", node.at, last_key(where), f'{text} would be read as {other}. Quote it: "{text}".')
            return BAD
        return text

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "string", "maxLength": MAX_TEXT}


class Pattern(Text):
    """A regular expression."""

    name = "regular expression"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        try:
            re.compile(node.text)
        except (re.error, OverflowError, RecursionError) as error:
            context.note(
                "S22", node.at, where, f"is not a regular expression: {error}. Check brackets and backslashes."
            )
            return BAD
        return node.text


class Choice(SingleValue):
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.name = " or ".join(f"`{word}`" for word in words)

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        if node.text in self.words:
            return self.words[self.words.index(node.text)]
        near = nearest(node.text, self.words)
        extra = f' Did you mean "{near}"?' if near else ""
        message = f'"{node.text[:80]}" is not one of {", ".join(self.words)}.{extra or " Write one of them."}'
        context.note("S15", node.at, where, message)
        return BAD

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"enum": list(self.words)}


class TrueOrFalse(SingleValue):
    """`true` or `false`, without quotes."""

    name = "`true` or `false`"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        if node.plain and node.text in ("true", "false"):
            return node.text == "true"
        context.note(
            "S15", node.at, where, f'"{node.text[:80]}" is not true or false. Write true or false, without quotes.'
        )
        return BAD

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "boolean"}


class FalseOrWord(SingleValue):
    """`false` or one word; gives False or the word."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.name = f"`false` or `{word}`"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        if node.text == self.word:
            return self.word
        if node.plain and node.text == "false":
            return False
        context.note("S15", node.at, where, f'"{node.text[:80]}" is not one of false, {self.word}. Write one of them.')
        return BAD

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"enum": [False, self.word]}


def parse_day(text: str) -> date | None:
    """A calendar day written as 2015-02-10, or None."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class IsoDay(SingleValue):
    """A calendar day, `2015-02-10`, quoted or not."""

    name = "date"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        day = parse_day(node.text)
        if day is not None:
            return day
        loose = _LOOSE_DAY.fullmatch(node.text)
        meant = parse_day(f"{loose[1]}-{int(loose[2]):02}-{int(loose[3]):02}") if loose else None
        advice = f"Write {meant}." if meant else "Write the year, month and day as 2015-02-10."
        context.note("S06", node.at, "", f'"{node.text[:80]}" is not a date. {advice}')
        return BAD

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


class IsoDayOrWord(SingleValue):
    """A calendar day or one of a few words."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.name = " or ".join([*(f"`{word}`" for word in words), "a date"])

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        day = parse_day(node.text)
        if day is not None or node.text in self.words:
            return day or node.text
        context.note(
            "S15", node.at, where, f'"{node.text[:80]}" is not {", ".join(self.words)} or a date. Write one of them.'
        )
        return BAD

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"anyOf": [{"enum": list(self.words)}, {"type": "string", "format": "date"}]}


class IsoPeriod(SingleValue):
    """A length of calendar time, ISO 8601: `P1Y`, `P3M`."""

    name = "period (`P1Y`)"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        match = _PERIOD.fullmatch(node.text)
        if not match or not any(int(part or 0) for part in match.groups()):
            message = f'"{node.text[:80]}" is not a period. Write years, months or days as P1Y, P6M or P30D.'
            context.note("S22", node.at, where, message)
            return BAD
        years, months, days = (int(part or 0) for part in match.groups())
        return Period(years, months, days, node.text)

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "string", "pattern": "^P([0-9]+Y)?([0-9]+M)?([0-9]+D)?$"}


class SectionReference(Text):
    """The id of something defined in another section; checked when all files are read."""

    def __init__(self, section: str) -> None:
        self.section = section
        self.name = f"id under `{section}`"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        text = super().value(node, where, context)
        if text is not BAD:
            context.references.append(PendingReference(self.section, text, context.file, node.at, where))
        return text


RESERVED_VARIABLES = frozenset(
    {"AUDITOR_KEY_PASSPHRASE", "AUDITOR_LOG_FILE", "AUDITOR_LOG_LEVEL"}
    | {"PATH", "HOME", "PWD", "SHELL", "LANG", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH", "LD_PRELOAD"}
    | {"SSH_AUTH_SOCK", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GITHUB_TOKEN", "PGPASSWORD", "KUBECONFIG"}
)
"""Variables that are never an account's: what stands in them may be typed into no page and sent to no address."""


class EnvName(SingleValue):
    """The name of an environment variable; its value is never written here and never shown."""

    name = "name of an environment variable"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        if node.text in RESERVED_VARIABLES:
            message = "names a variable of the auditor or of the machine, which no page may be sent. Name another one."
            context.note("D10", node.at, where, message)
            return BAD
        if re.fullmatch(r"[A-Z_][A-Z0-9_]{0,127}", node.text, re.ASCII):
            return node.text
        message = (
            "is not the name of an environment variable (capitals, digits, _). Name the variable; keep the secret out."
        )
        context.note("D05", node.at, where, message)
        return BAD

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[A-Z_][A-Z0-9_]*$"}


class SecretPlace(SingleValue):
    """Where a secret is kept; the secret itself is never written here and never shown."""

    name = "place of a secret"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        found = parse_reference(node.text)
        if found is None:
            kinds = ", ".join(f"{source}:…" for source in SOURCES)
            context.note("D05", node.at, where, f"is not a place of a secret ({kinds}). Name one; keep the secret out.")
            return BAD
        if found.source == "env" and found.name in RESERVED_VARIABLES:
            message = "names a variable of the auditor or of the machine, which no page may be sent. Name another one."
            context.note("D10", node.at, where, message)
            return BAD
        return str(found)

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^(({'|'.join(SOURCES)}):.+|[A-Z_][A-Z0-9_]*)$"}


def unknown_id_message(reference: PendingReference, known: Collection[str], suggest: bool = True) -> str:
    """The message for a relation to nothing; comparing with all known ids takes time, so it can be left out."""
    advice = hint(nearest(reference.id, known), known) if suggest else "Define it there or correct the id."
    return f'"{reference.id[:80]}" is not defined under {reference.section}. {advice}'
