"""`deployments:` and `logins:`: where to look, and on what basis."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from auditor.model.targets.deployments import AccessBasis, Login
from auditor.targets.sections.entry import ways_in
from auditor.targets.sections.pages import CONDITION, STEP
from auditor.targets.sections.products import TEXTS
from auditor.targets.values.codes import PlaceCode
from auditor.targets.values.quantities import WholeNumber
from auditor.targets.values.scalars import Choice, EnvName, SecretPlace, SectionReference, Text
from auditor.targets.values.types import BAD, Defs, Either, Key, ListOf, LoadContext, MapOf, RecordType, ValuePath
from auditor.targets.yaml.nodes import MappingNode, ScalarNode

_SPACE = re.compile(r"\s")
_PLAIN = re.compile(r"https?://[a-z0-9](?:[a-z0-9.\-]{0,250}[a-z0-9])?(?:/[A-Za-z0-9._~/\-]*)?", re.ASCII)
"""Addresses in which nothing can be wrong: most of a large file's."""
BASES = ("contract_clause", "public_page", "own_account", "consent", "court_order")


class Address(Text):
    """An http or https address without user name and password."""

    name = "address"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        text = super().value(node, where, context)
        if text is BAD or _PLAIN.fullmatch(text):
            return text
        try:
            parts = urlsplit(text)
            host, named = parts.hostname, "@" in parts.netloc
            _ = parts.port
        except ValueError:
            context.note("D06", node.at, where, "is not an address. Write it as https://host/path.")
            return BAD
        if named:
            message = (
                "carries a user name or password. Remove it; name variables under logins: username_env, password_env."
            )
            context.note("D06", node.at, where, message)
            return BAD
        if parts.scheme not in ("http", "https") or not host or _SPACE.search(text):
            context.note(
                "D06", node.at, where, f'"{text[:200]}" is not an http or https address. Write it as https://host/path.'
            )
            return BAD
        return text

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "string", "pattern": "^https?://"}


class PathPrefix(Text):
    """The beginning of a path on the deployment: `/graphql`, or `PUT /session` where the method is not POST.

    `/` alone would allow every POST and is refused.
    """

    name = "path prefix"

    def value(self, node: ScalarNode, where: ValuePath, context: LoadContext) -> Any:
        text = super().value(node, where, context)
        if text is BAD:
            return BAD
        path = text.removeprefix("PUT ")
        if not path.startswith("/") or not path.strip("/") or any(sign in path for sign in "?#\\") or "//" in path:
            message = f'"{text[:200]}" is not the beginning of a path. Write it as /api/graphql, longer than / alone.'
            context.note("D09", node.at, where, message)
            return BAD
        return text

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "string", "pattern": "^(?:PUT )?/[^/?#]"}


ACCESS = RecordType(
    "access",
    AccessBasis,
    {
        "kind": Key(Choice(*BASES), f"one of {', '.join(BASES)}"),
        "reference": Key(Text(), "the clause, page, owner of the account, consent or order"),
    },
    doc="Why the auditor may visit.",
)


def _login_values(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    by_person = values.pop("by", "password") == "person"
    if by_person:
        values["by_person"] = True
        given = [key for key in node.items if key.startswith(("username", "password", "totp")) or key == "steps"]
        if given:
            message = f"{given[0]} is not used where a person signs in. Remove it, or remove by: person."
            context.note("D12", node.items[given[0]][0], where, message)
        return values
    for name, what in (("username", "user name"), ("password", "password")):
        given = [key for key in (f"{name}_env", f"{name}_from") if key in node.items]
        if len(given) > 1:
            message = f"{given[0]} and {given[1]} both say where the {what} is kept. Keep one."
            context.note("D12", node.items[given[1]][0], where, message)
        elif not given:
            message = f'"{name}_env" is missing. Give it, or {name}_from: where the {what} is kept.'
            context.note("S16", node.at, where, message)
        values.setdefault(name, "")
    return values


LOGIN = RecordType(
    "login",
    Login,
    {
        "path": Key(Text(), "the path of the login page"),
        "by": Key(
            Choice("password", "person"),
            doc="person: somebody signs in by hand (auditor sign-in), for single sign-on and captchas.",
        ),
        "lasts_days": Key(
            WholeNumber(least=1, most=3650),
            doc="After how many days a person's sign-in ends, where cookies do not say.",
        ),
        "username_env": Key(EnvName(), doc="The environment variable that holds the user name.", into="username"),
        "password_env": Key(EnvName(), doc="The environment variable that holds the password.", into="password"),
        "username_from": Key(
            SecretPlace(), doc="Where the user name is kept, instead of username_env.", into="username"
        ),
        "password_from": Key(
            SecretPlace(), doc="Where the password is kept, instead of password_env.", into="password"
        ),
        "totp_from": Key(
            SecretPlace(),
            doc="Where the secret of one-time codes (TOTP, RFC 6238) is kept: base32, or an otpauth:// address.",
            into="totp",
        ),
        "username_selector": Key(Text(), doc="CSS selector, where it is not found by its type."),
        "password_selector": Key(Text()),
        "submit_selector": Key(Text()),
        "code_selector": Key(Text(), doc="CSS selector of the field for the one-time code."),
        "steps": Key(ListOf(STEP), doc="For logins of an unusual shape, instead of fill, fill, submit."),
        "logged_in": Key(CONDITION, doc="What shows that the login succeeded."),
        "refused": Key(CONDITION, doc="What shows that it was refused."),
    },
    identified=False,
    finish=_login_values,
    doc="How to log in. Where the secrets are kept: none is written here.",
)

_NO_ACCESS = (
    "no access basis. "
    "Give access: {kind: contract_clause, public_page, own_account, consent or court_order, reference: …}."
)


@dataclass(slots=True)
class DeploymentDraft:
    """A deployment as written; `assembly` completes it from contracts, pages and logins."""

    id: str
    values: dict[str, Any]
    node: MappingNode
    file: str


def _draft_values(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    values["ways"] = ways_in.ways_of(values)
    return {"id": values.pop("id"), "values": values, "node": node, "file": context.file}


DEPLOYMENT = RecordType(
    "deployment",
    DeploymentDraft,
    {
        "product": Key(
            SectionReference("products"), doc="The product; that of its contract, or the only one, where absent."
        ),
        "legal_status": Key(
            Choice("reference", "licensed", "suspect", "public"),
            doc="licensed counts its excess, suspect every unit; public is a page about the product. "
            "Where absent: licensed if a contract authorises it, else suspect.",
        ),
        "address": Key(Address(), doc="Base address; with pages."),
        "access": Key(ACCESS, _NO_ACCESS, "Why the auditor may visit.", code="D04"),
        "pages": Key(
            ListOf(SectionReference("pages"), lone=True), doc="Pages in the order they are visited; with address."
        ),
        "page": Key(SectionReference("pages"), doc="One page, with urls."),
        "urls": Key(ListOf(Address(), lone=True), doc="The whole address of that page."),
        "name": Key(Text(), doc="Its name in reports."),
        "contract": Key(
            SectionReference("contracts"), doc="The contract it is compared with, where authorised does not say."
        ),
        "licensee": Key(SectionReference("parties"), doc="The party that uses it."),
        "place": Key(PlaceCode(), doc="ISO 3166-2 code of where the licensee is."),
        "environment": Key(Choice("production", "test", "demo")),
        "login": Key(Either(LOGIN, SectionReference("logins")), doc="A block under logins, or one written here."),
        **ways_in.KEYS,
        "origins": Key(ListOf(Address(), lone=True), doc="Further origins that may be sent credentials."),
        "group": Key(Text(), doc="A name for schedules and commands."),
        "schedule": Key(SectionReference("schedules"), doc="When it is visited."),
        "vantage": Key(Text(), doc="From where it is visited."),
        "also_from": Key(
            SectionReference("vantages"),
            doc="A second party's vantage: a fleet visits it from there too, in the same run.",
        ),
        "found_by": Key(Text(), doc="How it became known."),
        "checks_off": Key(MapOf(Text(), ids=False), doc="Circumstance checks switched off, each with its reason."),
        "read_posts": Key(
            ListOf(PathPrefix(), lone=True),
            doc="Path prefixes that the pages' own scripts ask by POST only to read (GraphQL, search) or to renew the "
            'session: allowed after login, to declared origins; "PUT /session" where the method is PUT. Every other '
            "writing request is refused and recorded, also of a page that the login leads to and nothing was typed in: "
            "name what such a page needs to get its token.",
        ),
        "aliases": Key(TEXTS, doc="Other spellings of its host, confirmed by a person."),
    },
    hints={"url": 'Write urls: ["https://…"].', "host": "Write address: https://host/."},
    finish=_draft_values,
    doc="One running instance of a licensed product.",
)

SECTIONS = MappingProxyType({"deployments": MapOf(DEPLOYMENT), "logins": MapOf(LOGIN)})
