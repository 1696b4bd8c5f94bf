"""Describing a page: from what it shows and what a person says each thing is, to an entry of `targets.yaml`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit, urlunsplit

from auditor.errors import ConfigError
from auditor.formats.web_origins import origin_of
from auditor.model.reading.readings import FieldReading, Reading
from auditor.model.targets.deployments import (
    AccessBasis,
    Condition,
    Deployment,
    FieldSpec,
    ListingSpec,
    Login,
    PageSpec,
    Step,
)
from auditor.model.targets.estate import Estate
from auditor.reading import SurveyedList, SurveyedPair
from auditor.targets import editing, insertion
from auditor.wording import english
from auditor.workflow.profile.hints import listing_hint
from auditor.workflow.profile.preview import PagePreview

FIELD_ROLES = ("used", "cap", "remaining", "peak", "over", "listed")
LOCATOR_KINDS = ("label", "selector", "pattern", "pointer")


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """What somebody said a place of the page is."""

    field: str
    """Id of the field: `used`, `cap`, `edition` …"""
    where: str
    """A label of the page, or its number in the survey; else a selector, pattern or pointer."""
    way: str = "label"
    metric: str = ""
    """The metric that it counts; empty for the page's."""


def deployment_for(
    estate: Estate, url: str, id_: str | None, access: AccessBasis | None, login: Login | None, product: str | None
) -> tuple[Deployment, bool]:
    """The deployment that an address belongs to, and whether it is a new one.

    Raises `ConfigError` where the address is on no known deployment and nothing says on what basis it may be visited.
    """
    origin = origin_of(url)
    if not origin:
        raise ConfigError(f"{url}: expected an http or https address; write it as https://host/path")
    same = [one for one in estate.deployments.values() if origin_of(one.address) == origin]
    if id_ is None and len(same) != 1:
        known = ", ".join(one.id for one in same[:5])
        what = f"several deployments are at {origin} ({known})" if same else f"no deployment is at {origin}"
        raise ConfigError(f"{url}: {what}; name one with --deployment ID")
    found = estate.deployments.get(id_) if id_ else same[0]
    if found is not None:
        if origin_of(found.address) != origin:
            raise ConfigError(f"{url}: deployment {found.id} is at {found.address}; give an address there")
        return (replace(found, login=login) if login is not None else found), False
    if access is None:
        kinds = "contract_clause, public_page, own_account, consent or court_order"
        raise ConfigError(f"{id_}: a new deployment needs its access basis; give --access ({kinds}) and --reference")
    products = list(estate.products)
    if product is None and len(products) != 1:
        raise ConfigError(f"{id_}: which product is it? Give --product, one of {', '.join(products[:8])}")
    parts = urlsplit(url)
    base = urlunsplit((parts.scheme, parts.netloc, "/", "", ""))
    made = Deployment(str(id_), product or products[0], "suspect", base, access, (), login=login)
    return made, True


def allow_read_posts(deployment: Deployment, prefixes: tuple[str, ...]) -> Deployment:
    """The deployment with the paths that its pages' scripts ask by POST."""
    unnamed = [prefix for prefix in prefixes if prefix not in deployment.read_posts]
    return replace(deployment, read_posts=(*deployment.read_posts, *unnamed))


def page_path(url: str) -> str:
    """The path of a page on its deployment: everything after the host, a hash route included."""
    parts = urlsplit(url)
    return urlunsplit(("", "", parts.path or "/", parts.query, parts.fragment))


def describe_page(
    page: PageSpec, preview: PagePreview, choices: Iterable[FieldChoice], listing: ListingSpec | None
) -> PageSpec:
    """The page with the fields and the list that were chosen.

    Raises `ConfigError` for a label that the page does not show beside a value.
    """
    fields: list[FieldSpec] = []
    for choice in choices:
        made = _field(choice, preview, page)
        if any(one.labels and one.labels == made.labels and one.role and made.role for one in fields):
            continue  # one value states both, as in 34/20: the first field reads the pair
        fields.append(_with_context(made, preview, page))
    return replace(page, fields=tuple(fields), listing=listing)


def _field(choice: FieldChoice, preview: PagePreview, page: PageSpec) -> FieldSpec:
    role = next((one for one in FIELD_ROLES if choice.field == one or choice.field.endswith(f"_{one}")), None)
    metric = choice.metric or None
    if choice.way != "label":
        kind = "count" if role else "date" if choice.field.endswith("_on") else "text"
        made = FieldSpec(choice.field, kind, role, metric=metric)  # type: ignore[arg-type]
        if choice.way == "selector":
            return replace(made, selector=choice.where)
        if choice.way == "pattern":
            return replace(made, pattern=choice.where)
        return replace(made, pointer=choice.where)
    try:
        pair = find_pair(preview.numbered_pairs, choice.where)
    except ConfigError:
        # The survey shows what looks like a label; whatever the reader can read beside a value is one.
        tried = FieldSpec(choice.field, "count" if role else "text", role, labels=(choice.where,), metric=metric)  # type: ignore[arg-type]
        if preview.read(replace(page, fields=(tried,), listing=None)).fields[0].status == "missing":
            raise
        return tried
    kind = "count" if role else "date" if pair.kind == "date" or choice.field.endswith("_on") else "text"
    made = FieldSpec(choice.field, kind, role, metric=metric)  # type: ignore[arg-type]
    return replace(made, pointer=pair.label) if pair.rule == "pointer" else replace(made, labels=(pair.label,))


def known_pair(numbered: Sequence[tuple[int, SurveyedPair]], name: str) -> SurveyedPair | None:
    """The pair with that label, else with that number; None where the survey has neither."""
    bare = " ".join(name.split()).casefold()
    same = [pair for _, pair in numbered if pair.label.casefold() == bare]
    chosen = [pair for number, pair in numbered if name.isdigit() and number == int(name)]
    return next(iter((*same, *chosen)), None)


def find_pair(numbered: Sequence[tuple[int, SurveyedPair]], name: str) -> SurveyedPair:
    """The pair with that label, or with that number."""
    found = known_pair(numbered, name)
    if found is not None:
        return found
    pairs, bare = [pair for _, pair in numbered], " ".join(name.split()).casefold()
    near = [pair.label for pair in pairs if bare and bare in pair.label.casefold()] or [pair.label for pair in pairs]
    raise ConfigError(f"{name!r}: no such label beside a value on this page; it shows {', '.join(map(repr, near[:8]))}")


def _with_context(made: FieldSpec, preview: PagePreview, page: PageSpec) -> FieldSpec:
    """A label that stands there with several values gets the heading that leaves one of them."""
    pair = next((one for one in preview.survey.pairs if made.labels == (one.label,)), None)
    if pair is None or not pair.ambiguous:
        return made
    for heading in preview.survey.headings:
        tried = replace(made, context=heading)
        read = preview.read(replace(page, fields=(tried,), listing=None)).fields[0]
        if read.status == "read" and read.candidates[0].locator.node == pair.locator.node:
            return tried
    return made


def find_listing(
    preview: PagePreview, name: str, metric: str, columns: Mapping[str, str], next_selector: str | None = None
) -> ListingSpec:
    """The list with that number (from 1), caption or header; `columns` from column id to header overrides.

    `next_selector`: the selector of the control that leads to its next page, where none was found.
    """
    lists = preview.survey.lists
    bare = " ".join(name.split()).casefold()
    found = next(
        (
            one
            for number, one in enumerate(lists, start=1)
            if bare in (str(number), f"l{number}")
            or one.caption.casefold() == bare
            or bare in [head.casefold() for head in one.headers]
        ),
        None,
    )
    if found is None:
        shown = "; ".join(f"{number}: {' | '.join(one.headers[:6])}" for number, one in enumerate(lists, start=1))
        raise ConfigError(f"--list {name}: no such list on this page; it shows {shown or 'none'}")
    chosen = {**dict(found.columns), **columns}
    if not chosen:
        heads = " | ".join(found.headers[:8])
        raise ConfigError(f"--list {name}: which column is what? Give --column login=HEADER; its headers: {heads}")
    headers = MappingProxyType({column: (header,) for column, header in chosen.items()})
    pointer = found.caption if not preview.picture and found.caption.startswith("/") else None
    return ListingSpec("listing", metric, columns=headers, pointer=pointer, next_selector=next_selector)


def reading_lines(reading: Reading) -> tuple[str, ...]:
    """One line for each thing that the description reads now."""
    lines = [f"{read.field}: {field_reading_text(read)}" for read in reading.fields]
    for listed in reading.listings:
        total = f", the pager states {listed.stated_total}" if listed.stated_total is not None else ""
        lines.append(f"list: {len(listed.rows)} rows on this page{total}{listing_hint(listed)}")
    return tuple(lines)


def field_reading_text(read: FieldReading) -> str:
    """What a field reads, in a few words."""
    if read.status != "read":
        return f"{read.status} ({english(read.why)})"
    if read.kind == "date" and read.dates is not None:
        return " or ".join(day.isoformat() for day in read.dates.candidates) or read.text
    if read.kind == "text":
        return read.text
    parts = []
    for one in read.quantities:
        value = one.kind if one.value is None else f"{one.value}" if one.kind == "exact" else f"{one.kind} {one.value}"
        parts.append(f"{one.role} {value}" + (" (needs review)" if read.certainty_of(one) == "needs_review" else ""))
    doubts = "; ".join(map(english, read.checks.doubts))
    return f"{', '.join(parts)} from {read.candidates[0].raw!r}" + (f" ({doubts})" if doubts else "")


def page_block(page: PageSpec, day: date, said: Sequence[str]) -> str:
    """The entry of `pages:`, as lines from column 0."""
    shown = "; ".join(" ".join(line.split()) for line in said)
    lines = [f"{page.id}:", f"  # auditor profile, {day.isoformat()}: {shown}"[:200], f"  path: {_text(page.path)}"]
    if page.method != "browser":
        lines.append(f"  method: {page.method}")
    if page.locale:
        lines.append(f"  numbers: {{locale: {_text(page.locale)}}}")
    if page.steps:
        lines.append("  steps:")
        lines += [f"    - {_flow(_step(step))}" for step in page.steps]
    for name, condition in (("ready", page.ready), ("logged_in", page.logged_in)):
        if condition is not None:
            lines.append(f"  {name}: {_flow(_given(condition))}")
    if page.fields:
        lines.append("  fields:")
        lines += [f"    {one.id}: {_flow(_spec(one))}" for one in page.fields]
    if page.listing is not None:
        lines.append(f"  listing: {_flow(_list(page.listing))}")
    return "\n".join(lines) + "\n"


def deployment_block(deployment: Deployment, page: str, product: bool, login: str | None) -> str:
    """The entry of `deployments:` for a new deployment."""
    lines = [f"{deployment.id}:"]
    if product:
        lines.append(f"  product: {deployment.product}")
    lines.append(f"  address: {_text(deployment.address)}")
    basis = {"kind": deployment.access.kind, "reference": deployment.access.reference}
    lines.append(f"  access: {_flow(basis)}")
    if login:
        lines.append(f"  login: {login}")
    elif deployment.login is not None:
        lines.append(f"  login: {_flow(_login(deployment.login))}")
    if deployment.read_posts:
        lines.append(f"  read_posts: {_value(deployment.read_posts)}")
    lines.append(f"  pages: [{page}]")
    return "\n".join(lines) + "\n"


def save_page_entry(
    path: Path,
    deployment: Deployment,
    page: PageSpec,
    entry: str,
    *,
    new: str = "",
    replace_page: bool = False,
    more: Mapping[str, object] = MappingProxyType({}),
) -> Estate:
    """Write the entry, and the deployment or its mention of the page, into the targets file; the rest stays as it is.

    `entry`: empty where the file has the page and the deployment only comes to use it. `new`: the entry of a new
    deployment, where there is none yet; `more`: keys to set in the entry of one that is there. Raises `ConfigError`,
    the file untouched, where the result would not be valid.
    """
    raw = path.read_bytes().decode("utf-8")
    mark = "\ufeff" if raw.startswith("\ufeff") else ""
    text = raw.removeprefix(mark)
    if not entry:
        pass
    elif replace_page:
        text = editing.replace_entry(text, "pages", page.id, entry)
    else:
        text = editing.insert_entry(text, "pages", entry)
    if new:
        text = editing.insert_entry(text, "deployments", new)
    else:
        text = _with_page(text, deployment, page.id)
        for key, value in more.items():
            text = insertion.set_key(text, ("deployments", deployment.id), key, value)
    return editing.write_targets(path, mark + text)


def _with_page(text: str, deployment: Deployment, page: str) -> str:
    """The text with the page on the deployment's list, which is made where there is none."""
    if page in deployment.pages:
        return text
    if deployment.pages or "pages" in editing.keys_of(text, "deployments", deployment.id):
        return editing.append_list_item(text, "deployments", deployment.id, "pages", page)
    return insertion.set_key(text, ("deployments", deployment.id), "pages", [page])


def login_value(login: Login, login_id: str | None) -> object:
    """What stands under `login:` of a deployment: the id of a login of the file, or the login itself."""
    return login_id or _login(login)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _flow(values: Mapping[str, object]) -> str:
    return "{" + ", ".join(f"{key}: {_value(value)}" for key, value in values.items()) + "}"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return _flow(value)
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return str(value).lower() if isinstance(value, bool) else _text(str(value))


def _given(value: Condition) -> dict[str, object]:
    names = ("text", "selector", "url_contains", "no_text")
    return {name: found for name in names if (found := getattr(value, name)) is not None}


def _step(step: Step) -> dict[str, object]:
    names = ("action", "selector", "text", "value", "url", "why")
    said: dict[str, object] = {name: found for name in names if (found := getattr(step, name)) is not None}
    if step.value_from:
        said |= secret_place("value", step.value_from)
    return {**said, "optional": True} if step.optional else said


def _spec(spec: FieldSpec) -> dict[str, object]:
    said: dict[str, object] = {}
    if spec.labels:
        said["labels"] = spec.labels
    for name in ("context", "selector", "pattern", "pointer", "metric"):
        if getattr(spec, name) is not None:
            said[name] = getattr(spec, name)
    if spec.role and spec.id != spec.role:
        said["role"] = spec.role
    if spec.kind == "date" and not spec.id.endswith("_on"):
        said["kind"] = "date"
    return said


def _list(listing: ListingSpec) -> dict[str, object]:
    said: dict[str, object] = {"metric": listing.metric} if listing.metric else {}
    for name in ("table", "next_selector", "pointer"):
        if getattr(listing, name) is not None:
            said[name] = getattr(listing, name)
    return {**said, "columns": dict(listing.columns)}


def _login(login: Login) -> dict[str, object]:
    said: dict[str, object] = {"path": login.path}
    if login.by_person:
        said["by"] = "person"
    else:
        said |= secret_place("username", login.username) | secret_place("password", login.password)
    if login.totp:
        said["totp_from"] = login.totp if ":" in login.totp else f"env:{login.totp}"
    names = ("username_selector", "password_selector", "submit_selector", "code_selector")
    said |= {name: found for name in names if (found := getattr(login, name)) is not None}
    if login.steps:
        said["steps"] = [_step(step) for step in login.steps]
    if login.logged_in != Condition():
        said["logged_in"] = _given(login.logged_in)
    return said


def secret_place(key: str, reference: str) -> dict[str, object]:
    """The key and value that say where a secret is kept: `…_env` for a variable, else `…_from`."""
    return {f"{key}_from" if ":" in reference else f"{key}_env": reference}


def listing_row(number: int, seen: SurveyedList) -> tuple[str, str, str]:
    """Number, headers and size of a list, for a table on the terminal."""
    total = f" of {seen.stated_total} stated" if seen.stated_total is not None else ""
    more = ", has a next page" if seen.has_next else ""
    return f"L{number}", " | ".join(seen.headers[:8]), f"{seen.rows} rows{total}{more}"
