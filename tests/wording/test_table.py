"""The one table: every code of the program has words in both languages, and no word is without its code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import auditor
from auditor.wording import LANGS, note_templates
from tests.repository.imports import modules, tree_of

ROOT = Path(auditor.__file__).parent
CODE = re.compile(r"[a-z]+\.[a-z_]+|[a-z]+")
SAME_IN_BOTH = {
    "quoted", "several", "enumeration", "entitlement.units", "value.derivation", "value.net", "entitlement.upon",
    "sum.position", "field.unread", "observation.field", "observation.page_ended", "excluded.declared",
    "run.page_ended", "run.step_failed", "review.reading", "identity.changed",
    "record.unpaid", "record.priced", "record.exemption", "record.rebated", "life.suppressed", "life.decided",
    "hosting.registry_outcome",
}  # fmt: skip
"""Sentences made of what they name alone."""


def trees() -> dict[Path, ast.Module]:
    return {path.relative_to(ROOT): tree_of(module) for module, path in modules().items()}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "make_note":
                yield path, node


def constants() -> dict[str, str]:
    """Names that a module binds to a text: codes with a name."""
    found = {}
    for tree in trees().values():
        for node in tree.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))):
                    found[name] = text
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.Constant(value=str(text))):
                    found[name] = text
    return found


def codes_of(node: ast.expr, named: dict[str, str]) -> list[str]:
    """The codes that an argument may be: a literal, a named one, either of two."""
    match node:
        case ast.Constant(value=str(value)):
            return [value]
        case ast.IfExp(body=one, orelse=other):
            return codes_of(one, named) + codes_of(other, named)
        case ast.Name(id=name) if name in named and CODE.fullmatch(named[name]):
            return [named[name]]
    return []


def test_every_code_has_both_languages_that_name_the_same_places() -> None:
    for code, told in note_templates().items():
        assert CODE.fullmatch(code), code
        assert set(told) == set(LANGS)
        assert all(told.values()), code
        assert places(told["en"]) == places(told["zh"]), code


def test_no_chinese_sentence_was_left_in_english_and_no_english_one_in_chinese() -> None:
    for code, told in note_templates().items():
        bare = {lang: re.sub(r"\{\w+(:[^}]*)?\}|\(2022\)最高法知民终1033号", "", text) for lang, text in told.items()}
        assert not re.search(r"[\u4e00-\u9fff]", bare["en"]), code
        assert code in SAME_IN_BOTH or re.search(r"[\u4e00-\u9fff]", bare["zh"]), code
        assert set(re.findall(r"[A-Za-z]{3,}", bare["zh"])) <= {
            "DKIM", "DOM", "JSON", "WebSocket", "WebTransport", "table",
        }, code  # fmt: skip


def test_every_note_that_is_made_has_words_and_fills_their_places() -> None:
    templates, named = note_templates(), constants()
    for path, call in calls():
        for code in codes_of(call.args[0], named):
            assert code in templates, f"{path}:{call.lineno}: {code} has no words"
            given = {keyword.arg for keyword in call.keywords}
            assert given == places(templates[code]["en"]), f"{path}:{call.lineno}: {code}"


DYNAMIC = {
    "wording/outcomes.py": "an outcome's words",
    "wording/sentences.py": "fixed sentences by their code",
    "hosting/answers/names/dnssec.py": "why a chain is not followed, by the step",
    "reading/lists/rows.py": "rows left out, counted by code",
    "reading/numbers/quantities.py": "an as-of day or a window, by the pattern that found it",
    "reconciliation/confirmed_places.py": "what of a place changed",
    "reconciliation/entitlement/timeline.py": "the occasion of an amendment",
    "reconciliation/observations/reasons.py": "the kind of a gap",
    "reconciliation/rules/permitted_overage.py": "what is owed, by the contract's measure",
    "reconciliation/rules/term.py": "what a term lacks, from a table",
}
"""Where the code of a note is looked up; each is a literal elsewhere in the same module."""


def test_a_code_is_a_literal_but_for_the_named_tables() -> None:
    named = constants()
    looked_up = {path.as_posix() for path, call in calls() if not codes_of(call.args[0], named)}
    assert looked_up == set(DYNAMIC)


def test_every_code_of_the_table_is_used() -> None:
    texts = {
        node.value
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(note_templates()) - texts == set()


def test_the_words_are_neutral() -> None:
    loaded = re.compile(
        r"breach|violat|infring|pirat|illegal|guilty|offen[cs]e|steal|侵权|违约|盗版|非法|违法", re.IGNORECASE
    )
    assert [code for code, told in note_templates().items() if any(map(loaded.search, told.values()))] == []
