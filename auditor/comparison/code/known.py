"""Known libraries: digests and fingerprints of published files, in the forms in which sites serve them. Pure.

A library that both sides bundle says nothing about either, and swamps what does. Each is known in three forms: the
published minified file, the published source, and that source through `terser -c -m`, since a site's own builder makes
a form of its own that the third one covers. The list is made by `auditor fingerprint library` from named files.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from auditor.comparison.code.scripts import ReadScript
from auditor.comparison.code.winnowing import NO_PRINTS, Prints, union
from auditor.errors import ConfigError
from auditor.formats import canonical_json

FORMAT = "auditor.known-libraries/1"
MAX_LIST = 64 << 20
_WIDTH = 6
"""Bytes of a fingerprint that are kept."""


@dataclass(frozen=True, slots=True)
class KnownLibrary:
    """One version of a library."""

    name: str
    version: str
    files: Mapping[str, str]
    """From SHA-256 of a file to its form: `jquery.min.js (published)`."""
    tokens: Prints
    literals: Prints


@dataclass(frozen=True, slots=True)
class KnownLibraries:
    """All known libraries together."""

    libraries: tuple[KnownLibrary, ...] = ()
    tokens: Prints = field(default_factory=lambda: NO_PRINTS)
    literals: Prints = field(default_factory=lambda: NO_PRINTS)
    digests: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """From SHA-256 of a file to name and version."""

    @classmethod
    def of(cls, libraries: Sequence[KnownLibrary]) -> KnownLibraries:
        digests = {sha256: f"{one.name} {one.version}" for one in libraries for sha256 in one.files}
        return cls(
            tuple(libraries),
            union([one.tokens for one in libraries]),
            union([one.literals for one in libraries]),
            MappingProxyType(digests),
        )


def make_library(name: str, version: str, forms: Iterable[ReadScript]) -> KnownLibrary:
    """A library from its files, each read as a script."""
    read = tuple(forms)
    files = {one.sha256: one.file for one in read}
    return KnownLibrary(
        name,
        version,
        MappingProxyType(files),
        union([one.tokens for one in read]),
        union([one.literals for one in read]),
    )


def encode_known(libraries: Sequence[KnownLibrary]) -> bytes:
    """A list as canonical JSON."""
    return canonical_json.encode(
        {
            "format": FORMAT,
            "libraries": [
                {
                    "name": one.name,
                    "version": one.version,
                    "files": dict(one.files),
                    "tokens": _packed(one.tokens),
                    "literals": _packed(one.literals),
                }
                for one in sorted(libraries, key=lambda one: (one.name, one.version))
            ],
        }
    )


def decode_known(data: bytes, what: str) -> tuple[KnownLibrary, ...]:
    """The inverse of `encode_known`. Raises `ConfigError` for anything else."""
    try:
        body = json.loads(data) if len(data) <= MAX_LIST else None
        if not isinstance(body, dict) or body.get("format") != FORMAT:
            raise ValueError(f"format {FORMAT} is expected")
        return tuple(_library(one) for one in body["libraries"])
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise ConfigError(
            f"{what}: not a list of known libraries ({error}). Make one with: auditor fingerprint library"
        ) from None


def _library(body: Mapping[str, object]) -> KnownLibrary:
    files = body["files"]
    if not isinstance(files, dict):
        raise ValueError("files are expected by their digest")
    return KnownLibrary(
        str(body["name"]), str(body["version"]), MappingProxyType({str(k): str(v) for k, v in files.items()}),
        _unpacked(str(body["tokens"])), _unpacked(str(body["literals"])),
    )  # fmt: skip


def _packed(prints: Prints) -> str:
    raw = prints.astype(">u8").tobytes()
    return base64.b64encode(b"".join(raw[at + 2 : at + 8] for at in range(0, len(raw), 8))).decode()


def _unpacked(text: str) -> Prints:
    raw = np.frombuffer(base64.b64decode(text, validate=True), dtype=np.uint8).reshape(-1, _WIDTH)
    whole = np.zeros((len(raw), 8), dtype=np.uint8)
    whole[:, 2:] = raw
    return np.unique(whole.reshape(-1).view(">u8").astype(np.uint64))
