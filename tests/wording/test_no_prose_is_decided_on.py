"""No decision rests on a sentence: a test over the syntax tree of the whole program.

Prose is what a name or attribute of `PROSE` holds, an error's text, a literal with words in it, and a name that a
module binds to such literals. It must not be compared, searched, taken apart, matched or used as a key. Codes are for
that: `note.code`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import auditor

ROOT = Path(auditor.__file__).parent
PROSE = re.compile(
    r"_?(why|whys|life_why|confirmed_why|why_not_shown|note|notes|remarks?|details?|statement|sentences?|rule_text|reasons?|"
    r"caveats?|warnings?|messages?|assumptions?|agreement|qualifiers?|doubt|over_days_rule|disproved_by|unbuilt|"
    r"incidents?|refused|off_because)"
)
MAPPINGS_OF_PROSE = frozenset({"unreadable"})
"""Mappings whose keys are ids and whose values are prose."""
WORDS = re.compile(r"[A-Za-z] [A-Za-z]")
SEARCHES = frozenset(
    [
        "startswith",
        "endswith",
        "split",
        "rsplit",
        "partition",
        "rpartition",
        "removeprefix",
        "removesuffix",
        "find",
        "rfind",
        "index",
        "count",
        "replace",
        "translate",
    ]
)
PATTERNS = frozenset(["search", "match", "fullmatch", "findall", "finditer", "sub", "subn", "split"])
LOOK_UPS = frozenset(["get", "pop", "setdefault"])
TRANSPARENT = frozenset(["lower", "upper", "casefold", "strip", "lstrip", "rstrip", "format", "get"])
"""Methods whose result is prose where what they are called on is."""


@cache
def prose_constants() -> dict[str, frozenset[str]]:
    """By module: the names bound there, or imported from where they are bound, to literals with words in them."""
    bound = {path: frozenset(_bound(tree)) for path, tree in trees().items()}
    return {path: bound[path] | frozenset(_imported(tree, bound)) for path, tree in trees().items()}


def _bound(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and value is not None and any(is_sentence(one) for one in _members(value)):
            yield target.id


def _imported(tree: ast.Module, bound: dict[str, frozenset[str]]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("auditor."):
            path = f"{node.module.removeprefix('auditor.').replace('.', '/')}.py"
            yield from (alias.asname or alias.name for alias in node.names if alias.name in bound.get(path, ()))


def _members(value: ast.expr) -> Iterator[object]:
    """A literal, or the members of a literal collection; a page's vocabulary (`word_set`) is no sentence of ours."""
    match value:
        case ast.Call(func=ast.Name(id="frozenset" | "set" | "tuple" | "MappingProxyType"), args=[inner]):
            yield from _members(inner)
        case ast.Tuple(elts=parts) | ast.Set(elts=parts) | ast.List(elts=parts):
            yield from (part.value for part in parts if isinstance(part, ast.Constant))
        case ast.Dict(keys=keys):
            yield from (key.value for key in keys if isinstance(key, ast.Constant))
        case ast.Constant(value=held):
            yield held


def is_sentence(value: object) -> bool:
    return isinstance(value, str) and bool(WORDS.search(value))


@cache
def trees() -> dict[str, ast.Module]:
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8")) for path in sorted(ROOT.rglob("*.py"))}


def is_prose(node: ast.expr, constants: frozenset[str]) -> bool:
    """Whether an expression is prose by its name; what is asked of prose, such as `why.code`, is not."""
    match node:
        case ast.Name(id=name):
            return bool(PROSE.fullmatch(name)) or name in constants
        case ast.Attribute(attr=name):
            return bool(PROSE.fullmatch(name))
        case ast.Constant(value=value):
            return is_sentence(value)
        case ast.JoinedStr(values=parts):
            return any(is_prose(part, constants) for part in parts)
        case ast.FormattedValue(value=value):
            return is_prose(value, constants)
        case ast.Subscript(value=value) | ast.Call(func=ast.Attribute(value=value, attr="get")):
            named = getattr(value, "attr", getattr(value, "id", ""))
            return named in MAPPINGS_OF_PROSE or is_prose(value, constants)
        case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in TRANSPARENT:
            return is_prose(value, constants)
        case ast.Call(func=ast.Name(id="str"), args=[ast.Name(id=name)]):
            return name in ("error", "problem", "refused", "exception")
        case ast.Call(func=ast.Name(id=name)):
            return name in ("english", "note_text")
        case ast.BinOp(left=left, right=right):
            return is_prose(left, constants) or is_prose(right, constants)
        case ast.BoolOp(values=values):
            return any(is_prose(value, constants) for value in values)
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return any(is_prose(part, constants) for part in parts)
    return False


def is_nothing(node: ast.expr) -> bool:
    """`None`, `""`, `()`: whether there is a reason at all may be asked."""
    return (isinstance(node, ast.Constant) and node.value in (None, "")) or (
        isinstance(node, ast.Tuple) and not node.elts
    )


def offences(tree: ast.AST, constants: frozenset[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        hit = False
        match node:
            case ast.Compare(left=left, ops=ops, comparators=others):
                sides = [left, *others]
                for one, operator, other in zip(sides, ops, others, strict=False):
                    if isinstance(operator, ast.Eq | ast.NotEq | ast.In | ast.NotIn):
                        hit |= not (is_nothing(one) or is_nothing(other)) and (
                            is_prose(one, constants) or is_prose(other, constants)
                        )
            case ast.Call(func=ast.Attribute(value=value, attr=method), args=arguments):
                hit = method in SEARCHES and is_prose(value, constants)
                hit |= method in PATTERNS and any(is_prose(one, constants) for one in arguments)
                hit |= method in LOOK_UPS and bool(arguments) and is_prose(arguments[0], constants)
            case ast.Subscript(value=value, slice=key):
                hit = is_prose(key, constants) and getattr(value, "id", "") not in ("Literal", "Annotated")
            case ast.Match(subject=subject):
                hit = is_prose(subject, constants)
        if hit and isinstance(node, ast.expr | ast.stmt):
            yield node.lineno, ast.unparse(node).splitlines()[0]


def found() -> dict[str, list[str]]:
    return {
        path: lines
        for path, tree in trees().items()
        if (lines := [text for _, text in offences(tree, prose_constants()[path])])
    }


ALLOWED = {
    ("model/evidence.py", "check.verdict == 'not checked'"): "a verdict of `auditor verify --json`, published so",
    ("claims/worksheet/damages.py", "limits.get('statutory minimum')"): "the published name of a figure",
    ("claims/worksheet/damages.py", "limits.get('statutory maximum')"): "the published name of a figure",
    ("claims/worksheet/damages.py", "found.setdefault(note, [])"): "equal remarks are printed once",
    (
        "capture/artefacts/warc.py",
        "self.withheld[f'request body of {item.method} {parts.path}']",
    ): "counted, to be told",
    (
        "fleet/store/bucket.py",
        "_ANSWER.search(str(error))",
    ): "S3's status, of which obstore has the text alone",
    ("capture/browser/request_filter.py", "refusal not in self.refused"): "a note; the same refusal is recorded once",
    ("capture/base/step_log.py", "note not in self.warnings"): "the same warning is said once",
    ("capture/interaction/forbidden_controls.py", "_CHANGING_WORDS.split()"): "words of foreign pages, not ours",
    ("custody/timestamps/revocation_check.py", "self.reason not in NON_COMPROMISE_REASONS"): "an enum of RFC 5280",
    ("hosting/answers/registries/rdap.py", "body.get('objectClassName') != 'ip network'"): "a name of RFC 9083",
    ("hosting/answers/registries/rdap.py", "event.get('eventAction') == 'last changed'"): "a name of RFC 9083",
    ("web/security.py", "message['type'] != 'http.request'"): "a name of ASGI",
    ("web/security.py", "message['type'] == 'http.response.start'"): "a name of ASGI",
    ("model/evidence.py", "sentence not in self.notices"): "the same notice is said once",
    (
        "document/text_runs.py",
        "'a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr output q s\\n    samp "
        "slot small span strike strong sub sup time tt u var input select textarea button img canvas svg\\n    "
        "::before ::after ::marker'.split()",
    ): "names of elements",
    ("reading/page_survey.py", "found.found_by in _PLAIN"): "names of reading rules",
    ("scheduler/engine.py", "why != self._last_failure"): "the same fault is said once",
    ("workflow/logs.py", "message.replace(secret, '[hidden]')"): "secrets are taken out of what is said",
    ("targets/yaml/nodes.py", "str(error).split('\\n')"): "the first line of a library's message, to show it",
    ("wording/sentences.py", "english(note) == text"): "`stored_note`: a sentence of old bytes, whole, to show it",
}
"""What may stay, and why. An entry that nothing in the program needs any more fails the test."""


def test_no_sentence_is_compared_searched_or_used_as_a_key() -> None:
    assert {(path, text) for path, texts in found().items() for text in texts} == set(ALLOWED)


@pytest.mark.parametrize(
    "source",
    [
        "if gap.why.startswith('blackout'): pass",
        "if 'drawn' in read.why: pass",
        "label = step.why.split()[0]",
        "rest = why.partition(': ')[2] or why",
        "x = re.search(pattern, remark)",
        "x = PATTERN.fullmatch(finding.statement)",
        "x = PHRASES[note]",
        "x = PHRASES.get(position.notes[0])",
        "x = TABLE['page content']",
        "if rule == 'excess over entitlement': pass",
        "if latest.unreadable.get('cap', '').startswith('missing'): pass",
        "if str(error).startswith('status '): pass",
        "if reason in REASONS: pass",
        "if f'{why}: {other}' == known: pass",
        "if english(note) != text: pass",
        "match remark:\n    case 'x': pass",
    ],
)
def test_each_way_to_decide_on_prose_is_seen(source: str) -> None:
    assert list(offences(ast.parse(source), frozenset()))


@pytest.mark.parametrize(
    "source",
    [
        "if gap.why.code == BLACKOUT: pass",
        "if why is None or why == '': pass",
        "if 'displayed' in found.unreadable: pass",
        "x = f'{english(why)}; {more}'",
        "if view.outcome == 'observed': pass",
        "verdict: Literal['passed', 'not checked'] = 'passed'",
        "if len(note.signatures) != 1: pass",
    ],
)
def test_codes_and_emptiness_may_be_asked(source: str) -> None:
    assert not list(offences(ast.parse(source), frozenset()))


def test_a_sentence_behind_a_name_is_seen() -> None:
    tree = ast.parse("EXCESS = 'excess over entitlement'\nSET = frozenset(('not displayed', 'transparent'))\nN = 'one'")
    assert set(_bound(tree)) == {"EXCESS", "SET"}
    assert list(offences(ast.parse("if rule in SET: pass"), frozenset({"SET"})))
