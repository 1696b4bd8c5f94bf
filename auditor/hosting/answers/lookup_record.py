"""`lookup.json`: what a look-up asked, to and from canonical bytes. Strict: other shapes are refused. Pure."""

from __future__ import annotations

from types import MappingProxyType
from typing import cast, get_args

from auditor.clock import parse_timestamp, timestamp
from auditor.errors import IntegrityError
from auditor.formats import canonical_json
from auditor.formats.canonical_json import JsonObject
from auditor.model.hosting import AskedQuestion, Lookup, Question, Transport

FORMAT = "auditor.lookup/1"
NAME = "lookup.json"


def encode_lookup(lookup: Lookup) -> bytes:
    """The canonical bytes of what was asked."""
    return canonical_json.encode(
        {
            "format": FORMAT,
            "address": lookup.address,
            "names": list(lookup.names),
            "deployments": list(lookup.deployments),
            "asked": [
                {
                    "about": one.about,
                    "to": one.to,
                    "asked": one.asked,
                    "at": timestamp(one.at),
                    "ended": one.ended,
                    "detail": one.detail,
                    "files": dict(one.files),
                    "facts": dict(one.facts),
                }
                for one in lookup.asked
            ],
        }
    )


def decode_lookup(data: bytes, what: str = NAME) -> Lookup:
    """The inverse of `encode_lookup`; `IntegrityError` for bytes that it would not write."""
    body = JsonObject(canonical_json.decode(data, what), what)
    if body.text("format") != FORMAT:
        raise IntegrityError(f"{what}: format {body.text('format')!r:.40}; this version reads {FORMAT}")
    found = Lookup(
        body.text("address"), tuple(_asked(item) for item in body.objects("asked")),
        body.texts("names"), body.texts("deployments"),
    )  # fmt: skip
    if encode_lookup(found) != data:
        raise IntegrityError(f"{what}: holds members that no look-up has")
    return found


def _asked(item: JsonObject) -> AskedQuestion:
    about, ended = item.text("about"), item.text("ended")
    if about not in get_args(Question) or ended not in get_args(Transport):
        raise IntegrityError(f"{item.what}: unknown question {about!r:.40} or end {ended!r:.40}")
    try:
        at = parse_timestamp(item.text("at"))
    except ValueError as error:
        raise IntegrityError(f"{item.what}: {error}") from None
    files, facts = item.object("files"), item.object("facts")
    return AskedQuestion(
        cast("Question", about), item.text("to"), item.text("asked"), at, cast("Transport", ended), item.text("detail"),
        MappingProxyType({name: files.text(name) for name in files.members}),
        MappingProxyType({name: facts.text(name) for name in facts.members}),
    )  # fmt: skip
