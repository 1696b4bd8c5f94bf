"""What says of itself that it is pure is pure: values in, values out; no file, no network, no clock, no chance.

A docstring with the word "Pure" makes the promise: a module's for the module, a package's (above its tables) for all
that lies in it. The promise is kept where nothing that the module runs can break it, so everything it imports of the
house is looked at too.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache

import pytest

from tests.repository.imports import imports_of, modules, tree_of

PURE = re.compile(r"\bPure\b")
IMPURE = frozenset(
    """asyncio ctypes fcntl ftplib getpass glob http imaplib logging mmap multiprocessing os pathlib platform pty random
    resource secrets select shutil signal smtplib socket socketserver sqlite3 ssl subprocess sys tempfile threading
    time urllib.request uuid webbrowser""".split()  # noqa: SIM905 (a list of words)
)
"""Modules of the standard library that reach outside the process, or that tell the time or what chance gives."""
ALLOWED_OF = {"sys": {"intern", "maxsize"}, "threading": {"Lock", "RLock", "local"}, "uuid": {"UUID", "uuid5"}}
"""Names of them that do neither."""
LIBRARIES = {
    "PIL": "pictures in memory",
    "babel": "numerals and codes, from its own tables",
    "bs4": "selectors over a stored tree",
    "cn2an": "Chinese numerals",
    "cryptography": "signatures of signed notes",
    "dns": "messages and signatures in memory",
    "docx": "a document in memory",
    "idna": "host names in their ASCII form",
    "lxml": "HTML from bytes",
    "matplotlib": "charts in memory",
    "numpy": "arrays in memory",
    "onnxruntime": "a model that ships with a package, run on arrays",
    "openpyxl": "workbooks from bytes",
    "orjson": "JSON from and to bytes",
    "prometheus_client": "its text format",
    "rapidfuzz": "sequences aligned in memory",
    "rfc8785": "canonical JSON",
    "soupsieve": "selectors over a stored tree",
    "tree_sitter": "scripts from bytes",
    "tree_sitter_javascript": "the grammar of its scripts",
    "warcio": "web archives in memory",
    "xlsxwriter": "workbooks in memory",
}
"""Third-party packages that a pure module may use, and for what."""
CLOCK = {"Clock", "local_day", "timestamp", "parse_timestamp"}
"""Of `auditor.clock`: the type of a clock that is handed in, the day and the form of a moment; not the clocks."""
CALLS = re.compile(
    r"^(open|input|print|breakpoint|exec|eval|(datetime|date|dt)(\.datetime|\.date)?\.(now|utcnow|today))$"
)


LAZY = "auditor.lazy_door"
"""Loads modules of the house when they are asked for; what it can load is followed instead of what it does."""


def _said(module: str) -> str:
    """What a module says of itself, without the table of its files; asked of all of them while tests are collected."""
    head, _, _ = modules()[module].read_text("utf-8").partition("\nfrom __future__ import")
    return (ast.get_docstring(ast.parse(head)) or "").split("\n==")[0]


@cache
def _pure() -> frozenset[str]:
    """Every module that promises it, by itself or by a package it lies in."""
    promising = {name for name in modules() if PURE.search(_said(name))}
    packages = {name for name in promising if modules()[name].name == "__init__.py"}
    return frozenset(
        name for name in modules() if name in promising or any(name.startswith(f"{package}.") for package in packages)
    )


@cache
def _own_faults(module: str) -> tuple[str, ...]:
    """What a module itself does that no pure one may."""
    return tuple(_faults(module))


def _faults(module: str) -> Iterator[str]:
    for found in imports_of(module):
        top = found.target.partition(".")[0]
        if found.types_only or top in ("auditor", "__future__"):
            if found.target == "auditor.clock" and found.name not in CLOCK and not found.types_only:
                yield f"{module} line {found.line}: auditor.clock {found.name}"
            continue
        whole = f"{found.target}.{found.name}" if found.name else found.target
        impure = top in IMPURE or found.target in IMPURE or whole in IMPURE
        if impure and found.name not in ALLOWED_OF.get(top, set()):
            yield f"{module} line {found.line}: imports {whole}"
        elif top not in LIBRARIES and _third_party(top):
            yield f"{module} line {found.line}: imports {whole}, which no pure module may"
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Call) and CALLS.match(ast.unparse(node.func)):
            yield f"{module} line {node.lineno}: calls {ast.unparse(node.func)}"


def _third_party(top: str) -> bool:
    return top not in sys.stdlib_module_names


@cache
def _reach(module: str) -> frozenset[str]:
    """The modules of the house that run when this one is used: what it imports, and what those import."""
    seen, left = {module}, [module]
    while left:
        imports = imports_of(left.pop())
        lazily = any(found.target == LAZY for found in imports)  # what it names for mypy is what it loads on demand
        for found in imports:
            target = found.target
            if target in ("auditor.clock", LAZY) or target not in modules() or target in seen:
                continue
            if found.types_only and not lazily:
                continue
            seen.add(target)
            left.append(target)
    return frozenset(seen)


def test_there_are_pure_modules() -> None:
    assert {"auditor.formats.merkle", "auditor.reading.reader", "auditor.claims.money"} <= _pure()
    assert len(_pure()) > 100


@pytest.mark.parametrize("module", sorted(_pure()))
def test_what_says_it_is_pure_is_pure(module: str) -> None:
    assert [fault for one in sorted(_reach(module)) for fault in _own_faults(one)] == []
