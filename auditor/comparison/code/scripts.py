"""Scripts as they were served: decoded, told whether they can be compared, and fingerprinted. Pure."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.comparison.code.tokens import MAX_SCRIPT, ScriptTokens, tokenise
from auditor.comparison.code.winnowing import NO_PRINTS, Prints, fingerprint, literal_prints, statement_prints, union
from auditor.comparison.system import ServedScript
from auditor.model.notes import Note, make_note

LEAST_TOKENS = 200
"""Tokens from which on a script is compared: shorter ones agree by chance."""
LEAST_FUNCTION = 40
"""Tokens from which on a function is compared by itself."""
MAX_FUNCTIONS = 20_000
UNREADABLE = frozenset(f"comparison.code_{why}" for why in ("obfuscated", "packed", "wasm", "too_large", "cut"))
"""Why a script that is there cannot be compared: what it shares is not known, and nothing is said to differ by it."""
_MADE_NAME = re.compile(r"_0x[0-9a-f]{2,}|[a-zA-Z]?_?0x[0-9a-f]{4,}|[Il1O0]{6,}|\$?[_$]{3,}[a-z0-9_$]*", re.IGNORECASE)
_PACKED = re.compile(
    r"eval\s*\(\s*function\s*\(\s*p\s*,\s*a\s*,\s*c\s*,\s*k\s*,\s*e\s*,\s*[dr]\s*\)"
    r"|(?:eval|Function)\s*\(\s*(?:window\.)?(?:atob|unescape|decodeURIComponent|String\.fromCharCode)\s*\("
)
_LONG_TEXT = re.compile(r"[\"'`]([A-Za-z0-9+/=_\-]{2000,})[\"'`]")
_SIGNS_ONLY = re.compile(r"[\[\]()!+\s]+")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class ReadFunction:
    """One function with its fingerprints."""

    name: str
    first: int
    last: int
    prints: Prints
    tokens: int


@dataclass(frozen=True, slots=True)
class ReadScript:
    """One script as it is compared."""

    file: str
    sha256: str
    size: int
    text: str
    tokens: Prints
    literals: Prints
    count: int
    functions: tuple[ReadFunction, ...]
    comments: tuple[tuple[str, int], ...]
    why_not: Note | None = None
    """Set where nothing may be said by it: obfuscated, packed, too large, not a script, too short."""
    remark: Note | None = None
    """Said beside its figures: syntax errors."""

    @property
    def comparable(self) -> bool:
        return self.why_not is None


def read_script(script: ServedScript) -> ReadScript:
    """A script read once. Never raises for what was served."""
    sha256 = hashlib.sha256(script.body).hexdigest()

    def refused(why: Note, text: str = "") -> ReadScript:
        return ReadScript(script.file, sha256, len(script.body), text, NO_PRINTS, NO_PRINTS, 0, (), (), why)

    if script.cut:
        return refused(make_note("comparison.code_cut"))
    if script.body[:4] == b"\x00asm":
        return refused(make_note("comparison.code_wasm"))
    if len(script.body) > MAX_SCRIPT:
        return refused(make_note("comparison.code_too_large", bytes=len(script.body), most=MAX_SCRIPT))
    text = decode_script(script.body, script.charset)
    if _is_packed(text):
        return refused(make_note("comparison.code_packed"), text)
    tokens = tokenise(text)
    made, names = _made_names(tokens)
    if names >= 20 and made * 5 >= names:
        return refused(make_note("comparison.code_obfuscated", made=made, names=names), text)
    if len(tokens) < LEAST_TOKENS:
        return refused(make_note("comparison.code_too_short", tokens=len(tokens), least=LEAST_TOKENS), text)
    remark = make_note("comparison.code_damaged") if tokens.damaged else None
    starts = [one for one, _ in tokens.statements], [one for _, one in tokens.statements]
    return ReadScript(
        script.file, sha256, len(script.body), text, statement_prints(tokens.hashes, starts[0]),
        literal_prints(tokens.literals, starts[1]), len(tokens), tuple(_functions(tokens)), tuple(tokens.comments),
        None, remark,
    )  # fmt: skip


def read_scripts(scripts: Iterable[ServedScript]) -> tuple[ReadScript, ...]:
    """Scripts in the order of their names."""
    return tuple(sorted((read_script(one) for one in scripts), key=lambda one: (one.file, one.sha256)))


def _functions(tokens: ScriptTokens) -> Iterable[ReadFunction]:
    found = [span for span in tokens.functions if span.end - span.first >= LEAST_FUNCTION]
    for span in sorted(found, key=lambda one: (one.first, -one.end))[:MAX_FUNCTIONS]:
        prints = fingerprint(tokens.hashes[span.first : span.end])
        yield ReadFunction(span.name, span.line, span.last_line, prints, span.end - span.first)


def _made_names(tokens: ScriptTokens) -> tuple[int, int]:
    """Occurrences of names that an obfuscator makes, and of all local names."""
    made = sum(times for name, times in tokens.names.items() if _MADE_NAME.fullmatch(name))
    return made, sum(tokens.names.values())


def _is_packed(text: str) -> bool:
    """Code that another code unpacks when it runs, or that is written with six signs."""
    if _PACKED.search(text, 0, 20_000) or _PACKED.search(text[-20_000:]):
        return True
    if len(text) > 500 and _SIGNS_ONLY.fullmatch(text[:20_000]):
        return True
    hidden = sum(len(match[1]) for match in _LONG_TEXT.finditer(text))
    return hidden * 2 > len(text) and ("eval" in text or "Function(" in text)


def decode_script(body: bytes, charset: str = "") -> str:
    """A script's text: by its byte order mark, its declared charset, UTF-8, else GB18030."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    for name in (charset, "utf-8", "gb18030"):
        try:
            if name:
                return body.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    return body.decode("latin-1")


def joined_prints(scripts: Sequence[ReadScript]) -> tuple[Prints, Prints]:
    """Fingerprints of all scripts together, of tokens and of literals: how a builder cuts them into files is no
    difference."""
    good = [one for one in scripts if one.comparable]
    return union([one.tokens for one in good]), union([one.literals for one in good])
