"""What is taken from a system once, before it is compared with any other. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from auditor.comparison.code.known import KnownLibraries
from auditor.comparison.code.scripts import ReadScript, joined_prints, read_scripts
from auditor.comparison.code.winnowing import Prints, without
from auditor.comparison.screens.identifiers import screen_identifiers
from auditor.comparison.screens.labels import ScreenLabels, screen_labels
from auditor.comparison.screens.menu import menu_entries
from auditor.comparison.system import CapturedScreen, CapturedSystem, file_name, is_script, served_scripts
from auditor.document.web_archive import ArchivedResponse

LEAST_ASSET = 64
"""Bytes from which on a file is compared: an empty picture is everybody's."""
_DOCUMENTS = ("text/html", "application/xhtml+xml", "application/json", "text/plain", "application/warc-fields")


@dataclass(frozen=True)
class SystemFeatures:
    """A system's labels, names, code and files; each worked out when it is first asked for."""

    system: CapturedSystem
    known: KnownLibraries

    @property
    def id(self) -> str:
        return self.system.id

    @property
    def screens(self) -> Mapping[str, CapturedScreen]:
        return self.system.screens

    def labels(self, screen: str) -> ScreenLabels:
        return screen_labels(self.screens[screen].page)

    @cached_property
    def identifiers(self) -> Mapping[str, Mapping[tuple[str, str], str]]:
        """By screen."""
        return {name: screen_identifiers(screen.page) for name, screen in self.screens.items()}

    @cached_property
    def menu(self) -> Mapping[tuple[str, str], tuple[str, str]]:
        return menu_entries(screen.page for screen in self.screens.values())

    @cached_property
    def label_forms(self) -> frozenset[str]:
        """Every label of every screen."""
        return frozenset(label.form for name in self.screens for label in self.labels(name).labels)

    @cached_property
    def names(self) -> frozenset[tuple[str, str]]:
        """Every identifier of every screen."""
        return frozenset(key for found in self.identifiers.values() for key in found)

    @cached_property
    def scripts(self) -> tuple[ReadScript, ...]:
        return read_scripts(served_scripts(self.system))

    @cached_property
    def prints(self) -> tuple[Prints, Prints]:
        """Fingerprints of all its scripts: of tokens and of literals."""
        return joined_prints(self.scripts)

    @cached_property
    def own_prints(self) -> tuple[Prints, Prints]:
        """The same without those of known libraries."""
        tokens, literals = self.prints
        return without(tokens, self.known.tokens), without(literals, self.known.literals)

    @cached_property
    def assets(self) -> Mapping[str, ArchivedResponse]:
        """Files by SHA-256: styles, pictures, fonts, scripts; no pages and no answers to scripts."""
        found: dict[str, ArchivedResponse] = {}
        for one in self.system.responses:
            typed = one.media_type not in _DOCUMENTS and (one.media_type or "." in file_name(one.url))
            if one.status == 200 and not one.cut and len(one.body) >= LEAST_ASSET and (typed or is_script(one)):
                found.setdefault(hashlib.sha256(one.body).hexdigest(), one)
        return MappingProxyType(found)
