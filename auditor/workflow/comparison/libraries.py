"""`auditor fingerprint library`, and the lists of known libraries that a comparison uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from auditor.comparison import (
    KnownLibraries,
    KnownLibrary,
    ServedScript,
    decode_known,
    encode_known,
    make_library,
    read_script,
)
from auditor.errors import ConfigError
from auditor.formats import canonical_json

SHIPPED = "npm.json"
MAX_FILE = 20 << 20


@dataclass(frozen=True, slots=True)
class KnownLists:
    """Lists of known libraries with the digest of each, as a comparison declares them."""

    libraries: KnownLibraries
    digests: tuple[tuple[str, str], ...]


def shipped_libraries() -> tuple[KnownLibrary, ...]:
    """The list that ships with the program."""
    return decode_known(_shipped(), SHIPPED)


def _shipped() -> bytes:
    return (files("auditor.comparison.known") / SHIPPED).read_bytes()


def known_lists(root: Path, further: Sequence[str] = ()) -> KnownLists:
    """The shipped list and further ones, relative to a workspace. `ConfigError` where one cannot be read."""
    data = {SHIPPED: _shipped()}
    for name in further:
        data[name] = _read(root / name)
    libraries = tuple(one for name, text in data.items() for one in decode_known(text, name))
    digests = tuple((name, canonical_json.sha256(text)) for name, text in data.items())
    return KnownLists(KnownLibraries.of(libraries), digests)


def add_library(target: Path, name: str, version: str, forms: Sequence[Path]) -> KnownLibrary:
    """Add a library, in the forms of these files, to a list; the same name and version is replaced.

    `ConfigError` for a file that cannot be read or compared.
    """
    read = [read_script(ServedScript(path.name, _read(path))) for path in forms]
    for path, one in zip(forms, read, strict=True):
        if not one.comparable:
            raise ConfigError(
                f"{path}: cannot be fingerprinted as a script of a library ({one.why_not and one.why_not.code})"
            )
    made = make_library(name, version, read)
    known = decode_known(_read(target), str(target)) if target.exists() else ()
    kept = [one for one in known if (one.name, one.version) != (name, version)]
    try:
        target.write_bytes(encode_known([*kept, made]))
    except OSError as error:
        raise ConfigError(f"{target}: cannot be written: {error.strerror}") from error
    return made


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > (MAX_FILE if path.suffix != ".json" else 64 << 20):
            raise ConfigError(f"{path}: too large for a script or a list of libraries")
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
