"""`pages:`: what stands on a page of the product, described once for all its deployments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from auditor.model.targets.deployments import Condition, FieldSpec, LeftOutRows, ListingSpec, PageSpec, Step
from auditor.targets.sections.products import TEXTS
from auditor.targets.values.codes import LocaleName
from auditor.targets.values.quantities import WholeNumber
from auditor.targets.values.scalars import Choice, EnvName, Pattern, SecretPlace, SectionReference, Text, TrueOrFalse
from auditor.targets.values.types import BAD, Defs, Key, ListOf, LoadContext, MapOf, RecordType, ValuePath, ValueType
from auditor.targets.yaml.nodes import MappingNode, YamlNode, position_of

ROLES = ("used", "cap", "remaining", "peak", "over", "listed")
COLUMNS = ("code", "name", "kind", "added_on", "login", "parent", "status")

CONDITION = RecordType(
    "condition",
    Condition,
    {
        "text": Key(Text(), doc="Text that stands on the page."),
        "selector": Key(Text(), doc="CSS selector of an element that is there."),
        "url_contains": Key(Text(), doc="A part of the page's address."),
        "no_text": Key(Text(), doc="Text that must not stand on the page."),
    },
    shorthand="text",
    doc="A statement about a page that stored bytes can answer; all parts given must hold.",
)


def _step(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    target = f"{values.get('selector', '')} {values.get('text', '')}".lower()
    if "value" in values and any(word in target for word in ("passw", "pwd", "密码", "口令", "token", "secret")):
        found = node.items["value"]
        message = "a secret may not be written in this file. Name an environment variable with value_env."
        context.note("D05", found[0], where, message)
    return values


STEP = RecordType(
    "step",
    Step,
    {
        "action": Key(
            Choice("click", "fill", "wait_for", "dismiss", "goto", "scroll"),
            "click, fill, wait_for, dismiss, goto or scroll",
        ),
        "selector": Key(Text(), doc="CSS selector of the element to act on."),
        "text": Key(Text(), doc="Visible text of the element to act on, where no selector is given."),
        "value_env": Key(EnvName(), doc="Environment variable whose value is typed; a secret.", into="value_from"),
        "value_from": Key(SecretPlace(), doc="Where the secret that is typed is kept, instead of value_env."),
        "value": Key(Text(), doc="Text that is typed; never a secret."),
        "url": Key(Text(), doc="Where goto goes."),
        "why": Key(Text(), doc="Why the step is needed."),
        "optional": Key(TrueOrFalse(), doc="True where the element may be absent."),
    },
    finish=_step,
    doc="One declared act in the page. Never one that accepts terms or changes a setting.",
)


class TextMeanings(ValueType):
    """From a text on the page to what it means."""

    name = "mapping of texts to `unlimited` or `none`"

    def read(self, node: YamlNode, where: ValuePath, context: LoadContext) -> Any:
        read = MapOf(Choice("unlimited", "none"), ids=False).read(node, where, context)
        return BAD if read is BAD else read

    def schema(self, defs: Defs) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": {"enum": ["unlimited", "none"]}}


def _field(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    id_ = values["id"]
    if values.get("role") is None and id_ in ROLES:
        values["role"] = id_
    if "kind" not in values:
        values["kind"] = "count" if values.get("role") else "date" if id_.endswith("_on") else "text"
    if values.get("means") and "means_source" not in values:
        first = next(iter(values["means"]))
        found = node.items["means"]
        message = (
            f'pages.{_page(where)}.fields.{id_}.means maps "{first}" to {values["means"][first]} without means_source. '
            "Name the manual page or the screen that says so."
        )
        context.note("P01", found[0], "", message)
    if not any(values.get(key) for key in ("labels", "selector", "pattern", "pointer")):
        message = "says nowhere where it stands. Give labels, or a selector, pattern or pointer."
        context.note("S16", node.at, where, message)
    return values


def _page(where: ValuePath) -> str:
    parts: list[Any] = []
    while where is not None:
        where, part = where
        parts.insert(0, part)
    return str(parts[1]) if len(parts) > 1 else "?"


FIELD = RecordType(
    "field",
    FieldSpec,
    {
        "labels": Key(TEXTS, doc="Spellings of the label, the usual one first."),
        "kind": Key(
            Choice("count", "text", "date"), doc="count where a role is known, date for ids ending in _on, else text."
        ),
        "role": Key(
            Choice(*ROLES),
            doc="For counts: what the number is. Implied by the ids used, cap, remaining, peak, over, listed.",
        ),
        "metric": Key(Text(), doc="For counts: the metric it counts; the product's first where absent."),
        "means": Key(TextMeanings(), doc='Texts with a meaning, e.g. {"0": unlimited}; then means_source too.'),
        "means_source": Key(Text(), doc="The manual page or screen that says so."),
        "context": Key(Text(), doc="Heading the label stands under, where one label occurs several times."),
        "selector": Key(Text(), doc="CSS selector of the value."),
        "pattern": Key(Pattern(), doc="Regular expression with the value as its group."),
        "pointer": Key(Text(), doc="RFC 6901 pointer, for JSON."),
        "order": Key(ListOf(Choice(*ROLES)), doc="Roles of the numbers in a pair such as 34/20."),
        "required": Key(TrueOrFalse(), doc="False where the page may lack it."),
    },
    finish=_field,
    placed=True,
    doc="One labelled value to read from a page.",
)


def _listing(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    columns = dict(values.get("columns", {}))
    for column in COLUMNS:
        if column in values:
            columns[column] = values.pop(column)
    values["columns"] = MappingProxyType(columns)
    values.setdefault("id", "listing")
    values.setdefault("metric", "")
    return values


def _left_out(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    signs = [key for key in ("name", "text", "pattern") if values.get(key)]
    if len(signs) != 1:
        found = ", ".join(signs) or "none of them"
        context.note("S24", node.at, where, f"needs one of name, text or pattern; found {found}. Keep one.")
    if values.get("text") and not values.get("column"):
        context.note("S24", node.at, where, "gives a text without the column it stands in. Name the column.")
    if any(values.get(key) and not values[key].strip() for key in ("name", "text")):
        context.note("S24", node.at, where, "gives nothing but blanks, which every empty cell holds. Write the text.")
    if values.get("pattern") and re.search(values["pattern"], ""):
        message = (
            "gives a pattern that an empty cell matches, so that it tells no row from another. Ask for a character."
        )
        context.note("S24", position_of(node, "pattern"), where, message)
    return values


LEFT_OUT = RecordType(
    "left out rows",
    LeftOutRows,
    {
        "reason": Key(
            Text(), "the reason why such rows do not count", doc="Why they do not count; shown with every row."
        ),
        "name": Key(Text(), doc="The row of exactly this name."),
        "column": Key(Choice(*COLUMNS), doc="The column that text or pattern is about."),
        "text": Key(Text(), doc="Rows whose cell in that column says exactly this."),
        "pattern": Key(Pattern(), doc="Rows with a cell (of that column) that matches this regular expression."),
    },
    finish=_left_out,
    doc="Rows of a list that do not count at covered deployments, told by one sign.",
)

LISTING = RecordType(
    "listing",
    ListingSpec,
    {
        "id": Key(Text(), doc="Its name in reports; `listing` where absent."),
        "metric": Key(Text(), doc="The metric its rows count; the product's first where absent."),
        "table": Key(Text(), doc="Caption, heading or selector of the table."),
        "columns": Key(MapOf(TEXTS), doc="From code, name, kind, added_on, login … to the column headers."),
        **{column: Key(TEXTS, doc=f"Header of the column `{column}`.") for column in COLUMNS},
        "next_text": Key(TEXTS, doc="Texts of the link to the next page."),
        "next_selector": Key(Text(), doc="CSS selector of the link to the next page."),
        "max_pages": Key(WholeNumber(least=1, most=100_000), doc="Where the list is given up."),
        "pointer": Key(Text(), doc="RFC 6901 pointer to the array of rows, for JSON."),
        "required": Key(TrueOrFalse(), doc="False where some deployments do not have the list."),
        "leave_out": Key(ListOf(LEFT_OUT), doc="Rows that do not count, by name, by the text of a cell or by pattern."),
    },
    finish=_listing,
    doc="A list whose rows are counted independently of the headline.",
)

NUMBERS = RecordType(
    "numbers",
    dict,
    {
        "locale": Key(LocaleName(), doc="Locale of the page's numbers, e.g. zh-CN."),
        "chinese_numerals": Key(TrueOrFalse(), doc="Whether 二十 may be a number here."),
    },
)


@dataclass(frozen=True, slots=True)
class PageDraft:
    """A page with the product it belongs to, which the model does not keep."""

    spec: PageSpec
    product: str | None


def _draft(product: str | None = None, **values: Any) -> PageDraft:
    return PageDraft(PageSpec(**values), product)


def _page_values(values: dict[str, Any], node: MappingNode, where: ValuePath, context: LoadContext) -> dict[str, Any]:
    values.update(values.pop("numbers", {}))
    values["fields"] = tuple(values.get("fields", {}).values())
    return values


PAGE = RecordType(
    "page",
    _draft,
    {
        "product": Key(SectionReference("products"), doc="The product it belongs to, where the file has several."),
        "path": Key(
            Text(), doc="Path on the deployment, e.g. /admin/registration; absent where urls give whole addresses."
        ),
        "method": Key(Choice("browser", "http"), doc="How it is visited."),
        "numbers": Key(NUMBERS, doc="How its numbers are written."),
        "locale": Key(LocaleName(), doc="The same as numbers.locale."),
        "chinese_numerals": Key(TrueOrFalse(), doc="The same as numbers.chinese_numerals."),
        "steps": Key(ListOf(STEP), doc="Declared acts before the page is captured."),
        "ready": Key(CONDITION, doc="When the page is complete."),
        "logged_in": Key(CONDITION, doc="What a page shows only after login."),
        "fields": Key(MapOf(FIELD), doc="The values to read, by id; never the name of a connection fact (P04)."),
        "listing": Key(LISTING, doc="The list to count."),
    },
    finish=_page_values,
    placed=True,
    doc="A page of a product and what stands on it.",
)

SECTIONS = MappingProxyType({"pages": MapOf(PAGE)})

__all__ = ["COLUMNS", "CONDITION", "PAGE", "ROLES", "SECTIONS", "STEP", "PageDraft"]
