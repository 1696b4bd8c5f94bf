"""The secrets of one visit, had once before it begins: what is missing is known before any page is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from auditor.errors import CredentialError
from auditor.formats.foreign_text import as_unicode

CredentialLookup = Callable[[str], str | None]
"""Answers a reference (`auditor.model.targets.secret_references`) with the secret, None where there is none. Raises
`CredentialError` where it cannot be had."""


@dataclass(frozen=True, slots=True, repr=False)
class HeldSecrets:
    """What references were answered with. A `CredentialLookup` itself, of nothing but these."""

    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    missing: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """From the references without a secret to why, as a clause: `X is not set in the environment`."""

    def __call__(self, reference: str) -> str | None:
        if reference in self.missing:
            raise CredentialError(self.missing[reference])
        return self.values.get(reference)


def hold_secrets(lookup: CredentialLookup, references: Iterable[str]) -> HeldSecrets:
    """Ask for every reference once. May take seconds: a password manager is a program of its own."""
    values: dict[str, str] = {}
    missing: dict[str, str] = {}
    for reference in dict.fromkeys(references):
        try:
            value = lookup(reference)
        except CredentialError as error:
            missing[reference] = str(error)
            continue
        if value and as_unicode(value) != value:
            missing[reference] = f"{reference} is no text in UTF-8"
        elif value:
            values[reference] = value
        else:
            missing[reference] = f"{reference} is not set in the environment"
    return HeldSecrets(MappingProxyType(values), MappingProxyType(missing))
