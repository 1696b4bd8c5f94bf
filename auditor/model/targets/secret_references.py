"""Where a secret is kept, named without holding it: `env:NAME`, `file:PATH`, `keyring:SERVICE/USER` … Pure.

============  ==================================================================================================
source        what follows it
============  ==================================================================================================
`env`         the name of an environment variable; a bare name in capitals is the same
`file`        the path of a file that only this user can read, from the folder of `targets.yaml`
`keyring`     service and user of an entry of the system's keyring, parted by the last `/`
`command`     a program and its arguments, started without a shell; what it prints is the secret
`systemd`     the name of a credential of the service: a file in `$CREDENTIALS_DIRECTORY`
============  ==================================================================================================
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Final, Literal, get_args

SecretSource = Literal["env", "file", "keyring", "command", "systemd"]
SOURCES: Final[tuple[SecretSource, ...]] = get_args(SecretSource)
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,127}", re.ASCII)
_CREDENTIAL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SecretReference:
    """One place where a secret is kept."""

    source: SecretSource
    name: str
    """What follows the source, as written."""

    def __str__(self) -> str:
        """As the program keeps and shows it: a variable by its bare name."""
        return self.name if self.source == "env" else f"{self.source}:{self.name}"

    @property
    def argv(self) -> tuple[str, ...]:
        """For `command`: the program and its arguments."""
        return tuple(shlex.split(self.name))

    @property
    def entry(self) -> tuple[str, str]:
        """For `keyring`: service and user."""
        service, _, user = self.name.rpartition("/")
        return service, user


def parse_reference(text: str) -> SecretReference | None:
    """The reference that a text writes; None where it is none, as for a secret itself."""
    source, colon, name = text.partition(":")
    if not colon:
        return SecretReference("env", text) if _VARIABLE.fullmatch(text) else None
    found = next((one for one in SOURCES if one == source), None)
    if found is None or not name.strip() or not name.isprintable():
        return None
    made = SecretReference(found, name.strip())
    return made if _is_whole(made) else None


def _is_whole(reference: SecretReference) -> bool:
    if reference.source == "env":
        return _VARIABLE.fullmatch(reference.name) is not None
    if reference.source == "systemd":
        return _CREDENTIAL.fullmatch(reference.name) is not None
    if reference.source == "keyring":
        return all(reference.entry)
    if reference.source == "command":
        try:
            return bool(reference.argv)
        except ValueError:  # a quotation mark without its other
            return False
    return True
