"""What of a filing stays out of a bag because of a redaction: files that hold a redacted text, or that may.

A filing's bytes are signed, sent or received as they are: no derivative stands in for one, it is withheld whole. A
picture or a PDF cannot be searched, and so may hold what is redacted.
"""

from __future__ import annotations

import email
import email.policy
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from email.message import EmailMessage
from urllib.parse import quote

from auditor.bundle.dossier import Redaction
from auditor.bundle.exhibits.redaction import WithheldArtefact, wire_holds
from auditor.clock import timestamp

MOST_UNPACKED = 64 << 20
MAX_DEPTH = 5
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*", b"%PDF")
_WIRE = (".query", ".answer", ".bin", ".tsr", ".tsq")
"""Messages of protocols: binary, and searched as they are."""
_MAIL = (".eml",)


def withheld_of_filing(
    filing: str, subject: str, files: Mapping[str, bytes], digests: Mapping[str, str], redactions: Sequence[Redaction]
) -> list[WithheldArtefact]:
    """`subject`: of the filing; `files`: its artefacts by path; `digests`: theirs, as the manifest names them."""
    about = b"\n".join(data for path, data in files.items() if path.endswith(".json"))
    found = []
    for path in sorted(files):
        touching = [one for one in redactions if _reaches(one, path, files[path], filing, subject, about)]
        if touching:
            found.append(
                WithheldArtefact(
                    filing, path, digests[path], b"",
                    "; ".join(dict.fromkeys(one.reason for one in touching)),
                    "; ".join(dict.fromkeys(one.by for one in touching)),
                    timestamp(max(one.at for one in touching)),
                    "; ".join(dict.fromkeys(one.decision for one in touching if one.decision)),
                )
            )  # fmt: skip
    return found


def _reaches(one: Redaction, path: str, data: bytes, filing: str, subject: str, about: bytes) -> bool:
    if one.kind == "text":
        return (path.endswith(_WIRE) and wire_holds(one.what, data)) or _may_hold(path, data, _forms(one.what))
    if one.kind == "artefact" and one.subject == filing:
        return path == one.what
    # A region or file of a capture: an annex or a letter may hold its picture, in a form that cannot be searched.
    concerned = one.subject in {"*", subject, filing} or one.subject.encode() in about
    return concerned and _may_show(path, data)


def _may_show(path: str, data: bytes, depth: int = 0) -> bool:
    """Whether a picture may be in it, however packed; what cannot be unpacked may."""
    if depth > MAX_DEPTH or _is_opaque(path, data):
        return True
    try:
        return any(_may_show("", part, depth + 1) for part in _parts(path, data))
    except ValueError:
        return True


def _forms(text: str) -> tuple[bytes, ...]:
    """A text as files write it: in charsets, escaped, as references."""
    encodings = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
    found = {text.encode(name, "replace") for name in encodings} | {text.encode("unicode_escape")}
    found |= {text.encode("ascii", "xmlcharrefreplace"), quote(text).encode(), quote(text).lower().encode()}
    found |= {text.encode("idna")} if _is_name(text) else set()
    return tuple(one for one in found if one)


def _is_name(text: str) -> bool:
    try:
        return bool(text.encode("idna"))
    except UnicodeError:
        return False


def _may_hold(path: str, data: bytes, forms: Sequence[bytes], depth: int = 0) -> bool:
    if any(form in data for form in forms):
        return True
    if _is_opaque(path, data) or depth > MAX_DEPTH:
        return True
    if b"<" in data and any(form in re.sub(rb"<[^>]*>", b"", data) for form in forms):
        return True
    try:
        return any(_may_hold("", part, forms, depth + 1) for part in _parts(path, data))
    except ValueError:
        return True


def _is_opaque(path: str, data: bytes) -> bool:
    """Whether bytes are of a kind that no search finds a text in."""
    if data.startswith((b"PK\x03\x04", b"\x1f\x8b")) or path.endswith(_WIRE):
        return False
    return data.startswith(_PICTURES) or b"\0" in data[:4096]


def _parts(path: str, data: bytes) -> Iterator[bytes]:
    """What is packed in a file: members, parts of a mail with its decoded head. `ValueError` where it cannot be had."""
    if data.startswith(b"PK\x03\x04"):
        yield from _members(data)
    elif data.startswith(b"\x1f\x8b"):
        try:
            unpacking = zlib.decompressobj(31)
            yield unpacking.decompress(data, MOST_UNPACKED)
        except zlib.error as error:
            raise ValueError("compressed bytes that cannot be read") from error
        if not unpacking.eof or unpacking.unused_data:
            raise ValueError("compressed bytes that cannot be read to their end")
    elif path.endswith(_MAIL) or re.match(rb"[A-Za-z-]{2,40}:[^\n]*\r?\n", data):
        yield from _mail_parts(email.message_from_bytes(data, policy=email.policy.default))


def _members(data: bytes) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(one.file_size for one in archive.infolist()) > MOST_UNPACKED:
                raise ValueError("too much is packed")
            for one in archive.infolist():
                yield archive.read(one)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        zlib.error,
        lzma.LZMAError,
    ) as error:
        raise ValueError("packed bytes that cannot be read") from error


def _mail_parts(message: EmailMessage) -> Iterator[bytes]:
    for part in message.walk():
        try:
            heads = [f"{name}: {value}" for name, value in part.items()]
        except (ValueError, LookupError, AttributeError, IndexError, TypeError) as error:
            raise ValueError("a head that cannot be read") from error
        yield "\n".join(["", *heads]).encode("utf-8", "replace")
        if not part.is_multipart():
            payload = part.get_payload(decode=True)
            yield payload if isinstance(payload, bytes) else str(payload or "").encode("utf-8", "replace")
