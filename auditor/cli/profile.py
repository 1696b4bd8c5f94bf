"""`auditor profile`: describing the pages of a product."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click
from rich.table import Table

from auditor.cli.options import json_option, sandbox_option, workspace_of
from auditor.cli.output import print_json, result_console
from auditor.cli.streams import echo
from auditor.clock import now
from auditor.errors import ConfigError
from auditor.formats.foreign_text import visible_lines, visible_text
from auditor.model.deployments import AccessBasis, Condition, Login, PageSpec, Step
from auditor.model.estate import Estate
from auditor.wording import english
from auditor.workflow import FieldChoice, PagePreview, SurveyedPair, hints, page_entry, preview, read_targets
from auditor.workspace import Workspace

BASES = ("contract_clause", "public_page", "own_account", "consent", "court_order")
PROMPTED_FIELDS = ("used", "cap", "remaining", "edition", "version", "licensee")
MAX_VALUES_SHOWN = 4
"""Readings of one label that the table shows."""


@click.command()
@click.argument("url")
@click.option("--deployment", help="Id of the deployment; a new one is written with --access and --reference.")
@click.option("--page", "page_id", default="", help="Id of the page (default: from its address).")
@click.option("--used", help="Label, or number in the table, of the count in use.")
@click.option("--cap", help="Label of the licensed maximum.")
@click.option(
    "--field", "fields", multiple=True, metavar="ID=LABEL", help="A further field: edition=Plan (repeatable)."
)
@click.option("--selector", "selectors", multiple=True, metavar="ID=CSS", help="A field by selector (repeatable).")
@click.option("--pattern", "patterns", multiple=True, metavar="ID=REGEX", help="A field by pattern (repeatable).")
@click.option("--list", "list_", help="Count this list: its number, caption or one of its headers.")
@click.option("--column", "columns", multiple=True, metavar="ID=HEADER", help="A column of the list: login=User.")
@click.option("--next", "onward", metavar="CSS", help="The control to the list's next page, where none was found.")
@click.option("--metric", default="", help="What is counted (default: the product's first metric).")
@click.option("--locale", help="How the page writes numbers: en, de, zh-CN …")
@click.option("--method", type=click.Choice(["browser", "http"]), default="browser", help="How the page is visited.")
@click.option(
    "--step",
    "steps",
    multiple=True,
    metavar="ACTION=TARGET",
    help="Before looking: click=TEXT or dismiss=#css, wait_for=TEXT, goto=URL; dismiss?=… may be absent (repeatable).",
)
@click.option("--ready", help="Text that stands on the page once it is complete.")
@click.option("--login", "login_id", help="A login of targets.yaml.")
@click.option("--login-path", help="Path of the login page, for a login written with the deployment.")
@click.option("--username-env", default="AUDITOR_USER", help="Variable with the user name.", show_default=True)
@click.option("--password-env", default="AUDITOR_PASSWORD", help="Variable with the password.", show_default=True)
@click.option("--logged-in", help="Text that shows that the login succeeded.")
@click.option(
    "--read-posts",
    multiple=True,
    metavar="PATH",
    help="Path prefix that the page's scripts ask by POST only to read, or to renew the session (repeatable).",
)
@click.option("--access", type=click.Choice(BASES), help="Why a new deployment may be visited.")
@click.option("--reference", default="", help="The clause, page, owner of the account, consent or order.")
@click.option("--product", help="Product of a new deployment, where the file has several.")
@click.option("--replace", "replace_page", is_flag=True, help="Replace the page's entry where there is one.")
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="Where the marked screenshot goes.")
@click.option("--dry-run", is_flag=True, help="Show what the page offers and write nothing.")
@sandbox_option
@json_option
@click.pass_context
def profile_command(ctx: click.Context, /, url: str, dry_run: bool, as_json: bool, **options: object) -> None:
    """Open a page as a target would, show what can be read on it, and write its entry into targets.yaml.

    Nothing is kept: a profile is no evidence. Without --used, --cap, --field and --list it asks, on a terminal.
    """
    workspace = workspace_of(ctx)
    asked = _ProfileOptions(url, options)
    estate, _ = read_targets(workspace)
    if asked.flag("no_sandbox"):
        estate = replace(estate, browser=replace(estate.browser, sandbox=False))
    deployment, new = page_entry.deployment_for(
        estate, url, asked.text("deployment"), asked.access(), asked.login(estate), asked.text("product")
    )
    deployment = page_entry.allow_read_posts(deployment, asked.several("read_posts"), new=new)
    page = asked.page()
    if page.id in estate.pages and not asked.flag("replace_page") and not dry_run:
        raise ConfigError(f"pages.{page.id}: is in targets.yaml already; give another --page, or --replace")
    look = asyncio.run(preview.preview_page(estate, deployment, page, now))
    picture = _picture(workspace, look, asked)
    if not as_json:
        _show(ctx, look, picture)
    if look.view.outcome not in ("observed", "tls_invalid"):
        raise ConfigError(f"{url}: {look.view.outcome}: {look.view.why}")
    if dry_run:
        if as_json:
            print_json(_offer(look, picture))
        return
    described = _described(asked, look, page, ask=not as_json)
    reading = look.read(described)
    hints.require_stated_fields(reading)
    said = page_entry.reading_lines(reading)
    entry = page_entry.page_block(described, now().date(), said)
    written = ""
    if new:
        several = len(estate.products) > 1
        written = page_entry.deployment_block(deployment, page.id, several, asked.text("login_id"))
    page_entry.save_page_entry(
        workspace.targets, deployment, described, entry, new=written, replace_page=page.id in estate.pages
    )
    if as_json:
        print_json({**_offer(look, picture), "reads": list(said), "entry": entry, "deployment_entry": written})
        return
    echo(f"{workspace.targets}: written pages.{page.id}" + (f" and deployments.{deployment.id}" if new else ""))
    echo(written + entry + "".join(f"reads {line}\n" for line in said) + "Next: auditor run")


class _ProfileOptions:
    """The options of one `auditor profile`, as values."""

    def __init__(self, url: str, options: dict[str, object]) -> None:
        self.url = url
        self._options = options

    def text(self, name: str) -> str | None:
        value = self._options[name]
        return str(value) if value else None

    def flag(self, name: str) -> bool:
        return bool(self._options[name])

    def several(self, name: str) -> tuple[str, ...]:
        found = self._options[name]
        return tuple(map(str, found)) if isinstance(found, tuple) else ()

    def pairs(self, name: str) -> list[tuple[str, str]]:
        """Options of the form ID=VALUE."""
        made = []
        for item in self.several(name):
            key, sign, value = item.partition("=")
            if not sign or not key.strip() or not value.strip():
                raise ConfigError(f"{item!r}: expected NAME=VALUE, such as edition=Plan")
            made.append((key.strip(), value.strip()))
        return made

    def access(self) -> AccessBasis | None:
        kind, reference = self.text("access"), self.text("reference")
        if kind and not reference:
            raise ConfigError(
                "--access: name the clause, page, owner of the account, consent or order with --reference"
            )
        return AccessBasis(kind, reference or "") if kind else None  # type: ignore[arg-type]

    def login(self, estate: Estate) -> Login | None:
        """The login to use, where another than the deployment's own is asked for."""
        if (name := self.text("login_id")) is not None:
            found = estate.logins.get(name)
            if found is None:
                known = ", ".join(estate.logins) or "none"
                raise ConfigError(f"--login {name}: no such login in targets.yaml; it has {known}")
            return found
        path = self.text("login_path")
        if path is None:
            return None
        logged_in = self.text("logged_in")
        condition = Condition(text=logged_in) if logged_in else Condition()
        user, password = str(self.text("username_env")), str(self.text("password_env"))
        return Login(path, user, password, logged_in=condition)

    def page(self) -> PageSpec:
        path = page_entry.page_path(self.url)
        words = "".join(letter if letter.isalnum() else "-" for letter in path.lower()).strip("-")
        named = self.text("page_id") or "-".join(part for part in words.split("-") if part)[-40:].strip("-") or "page"
        ready = self.text("ready")
        return PageSpec(
            named,
            path,
            method="http" if self.text("method") == "http" else "browser",
            locale=self.text("locale"),
            steps=tuple(_step(action, target) for action, target in self.pairs("steps")),
            ready=Condition(text=ready) if ready else None,
        )

    def choices(self) -> list[FieldChoice]:
        """What the options say each text is."""
        chosen = [FieldChoice(role, where) for role in ("used", "cap") if (where := self.text(role))]
        chosen += [FieldChoice(id_, where) for id_, where in self.pairs("fields")]
        chosen += [FieldChoice(id_, where, "selector") for id_, where in self.pairs("selectors")]
        return chosen + [FieldChoice(id_, where, "pattern") for id_, where in self.pairs("patterns")]


def _step(action: str, target: str) -> Step:
    """`click=Sign in`, `dismiss?=#banner button`: a target that looks like CSS is a selector, else a visible text."""
    optional, name = action.endswith("?"), action.rstrip("?")
    if name not in ("click", "dismiss", "wait_for", "goto", "scroll"):
        raise ConfigError(f"--step {action}: expected click, dismiss, wait_for, goto or scroll")
    if name == "goto":
        return Step("goto", url=target, optional=optional)
    css = target[:1] in "#.[" or " > " in target
    chosen = {"selector": target} if css else {"text": target}
    return Step(name, optional=optional, **chosen)  # type: ignore[arg-type]


def _described(asked: _ProfileOptions, look: PagePreview, page: PageSpec, *, ask: bool) -> PageSpec:
    choices, list_ = asked.choices(), asked.text("list_")
    if not choices and not list_ and ask and sys.stdin.isatty():
        choices, list_ = _ask(look)
    if not choices and not list_:
        raise ConfigError("nothing was chosen: say which text is what with --used, --cap, --field or --list")
    metric = asked.text("metric") or ""
    columns, onward = dict(asked.pairs("columns")), asked.text("onward")
    listing = page_entry.find_listing(look, list_, metric, columns, onward) if list_ else None
    described = page_entry.describe_page(page, look, choices, listing)
    if not metric:
        return described
    fields = tuple(replace(one, metric=metric) if one.kind == "count" else one for one in described.fields)
    return replace(described, fields=fields)


def _ask(look: PagePreview) -> tuple[list[FieldChoice], str]:
    """Ask which of the numbered texts is what; an empty answer means that the page does not state it."""

    def known(answer: str) -> str:
        if answer.strip():
            pair = page_entry.find_pair(look.survey.pairs, answer.strip())
            if not pair.proposed:
                raise ConfigError(f"{pair.label!r}: {_reads(pair)}; look at the page, and name it with an option")
        return answer.strip()

    def counted(answer: str) -> str:
        if answer.strip():
            page_entry.find_listing(look, answer.strip(), "", {})
        return answer.strip()

    answers = ((field, _answer(f"{field}: number or label (empty: not here)", known)) for field in PROMPTED_FIELDS)
    chosen = [FieldChoice(field, answer) for field, answer in answers if answer]
    return chosen, _answer("list to count: L1, L2 … (empty: none)", counted) if look.survey.lists else ""


def _answer(question: str, check: Callable[[str], str]) -> str:
    """An answer that can be used; one that cannot is told and asked for again."""

    def checked(answer: str) -> str:
        try:
            return check(answer)
        except ConfigError as problem:
            raise click.UsageError(visible_lines(str(problem))) from problem

    return str(click.prompt(question, default="", show_default=False, value_proc=checked))


def _picture(workspace: Workspace, look: PagePreview, asked: _ProfileOptions) -> Path | None:
    """The screenshot with numbered places, beside the evidence and never in it."""
    if not look.picture:
        return None
    given = asked.text("picture")
    path = Path(given) if given else workspace.root / "profiles" / f"{look.page.id}.png"
    if workspace.evidence.resolve() in path.resolve().parents:
        raise ConfigError(f"--picture {path}: lies in the evidence; derived pictures go elsewhere")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(preview.marked_picture(look))
    return path


def _show(ctx: click.Context, look: PagePreview, picture: Path | None) -> None:
    say = result_console(ctx)
    told = f"{look.view.final_url or look.view.url}: {look.view.outcome}. {visible_text(look.view.title)}"
    say.print(visible_text(told.rstrip(), 2_000))
    for line in filter(None, (*look.capture.warnings, hints.refused_request_hint(look.capture.warning_notes))):
        say.print(visible_text(line, 2_000))
    table = Table("#", "label", "value", "seen", "reads as", show_edge=False)
    for number, pair in enumerate(look.survey.pairs, start=1):
        cells = (str(number), pair.label, pair.value[:60], _seen(pair), _reads(pair))
        table.add_row(*(visible_text(cell, 200) for cell in cells))
    for number, seen in enumerate(look.survey.lists, start=1):
        name, headers, size = page_entry.listing_row(number, seen)
        table.add_row(name, visible_text(headers, 200), size, "", "list")
    say.print(table)
    if picture:
        say.print(f"marked screenshot: {picture}", soft_wrap=True)


def _seen(pair: SurveyedPair) -> str:
    """What the picture says at the value's place; empty where it was not asked."""
    return "" if pair.drawn is None else (pair.seen.text if pair.seen else "")[:60].strip() or "nothing"


def _reads(pair: SurveyedPair) -> str:
    notes = ["stands there with several values"] if pair.ambiguous else []
    notes += [] if pair.shown else ["not shown in the picture"]
    if pair.drawn is not None and not pair.drawn.holds:
        notes.append(f"not proposed: {english(pair.drawn.why)}")
    if pair.kind == "count":
        parts = [f"{one.role} {one.kind if one.value is None else one.value}" for one in pair.quantities]
        more = f" and {len(parts) - MAX_VALUES_SHOWN} more" if len(parts) > MAX_VALUES_SHOWN else ""
        notes.insert(0, "count: " + ", ".join(parts[:MAX_VALUES_SHOWN]) + more)
    else:
        notes.insert(0, pair.kind)
    return "; ".join(notes)


def _offer(look: PagePreview, picture: Path | None) -> dict[str, object]:
    return {
        "format": "auditor.profile/1",
        "url": look.view.final_url or look.view.url,
        "outcome": look.view.outcome,
        "picture": str(picture) if picture else None,
        "pairs": [
            {
                "number": n,
                "label": one.label,
                "value": one.value,
                "kind": one.kind,
                "reads": _reads(one),
                "seen": one.seen.text if one.seen else None,
                "agree": one.seen.agree if one.seen else None,
                "proposed": one.proposed,
            }
            for n, one in enumerate(look.survey.pairs, start=1)
        ],
        "lists": [
            {
                "number": n,
                "headers": list(one.headers),
                "columns": dict(one.columns),
                "rows": one.rows,
                "stated_total": one.stated_total,
                "has_next": one.has_next,
            }
            for n, one in enumerate(look.survey.lists, start=1)
        ],
    }
