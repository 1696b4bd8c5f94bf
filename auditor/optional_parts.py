"""Parts of the program that are installed only where they are wanted: extras of the package, by what they bring.

What is missing is said in one line with the command that installs it, by whoever runs into it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final

OPTIONAL_PARTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "comparison": ("tree_sitter", "tree_sitter_javascript", "rapidfuzz"),
        "fleet": ("psycopg", "procrastinate", "obstore", "requests_aws4auth"),
        "keyring": ("keyring",),
    }
)
"""Extra → the modules that it brings."""


def is_installed(part: str) -> bool:
    """Whether everything of a part is there."""
    return all(find_spec(module) is not None for module in OPTIONAL_PARTS[part])


def part_of(module: str | None) -> str:
    """The part that brings a module; empty where none does."""
    top = (module or "").partition(".")[0]
    return next((part for part, modules in OPTIONAL_PARTS.items() if top in modules), "")


def installer() -> str:
    """The command that installs beside this very program, whoever installed that; what to install follows it."""
    if find_spec("pip") is None:  # uv makes environments without it
        return f"uv pip install --python {sys.executable}"
    return f"{sys.executable} -m pip install"


def install_part(part: str) -> str:
    """The command that installs a part."""
    return f"{installer()} 'seat-auditor[{part}]'"
