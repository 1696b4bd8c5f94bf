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
from auditor.cli.page_options import PageOptions
from auditor.cli.streams import echo
from auditor.clock import now
from auditor.errors import ConfigError
from auditor.formats.foreign_text import visible_lines, visible_text
from auditor.model.targets.deployments import Deployment, Login, PageSpec, Step
from auditor.model.targets.estate import Estate
from auditor.wording import english
from auditor.workflow import (
    FieldChoice,
    PagePreview,
    SurveyedPair,
    hints,
    keep_numbers,
    page_entry,
    preview,
    read_targets,
)
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
@click.option(
    "--username-env",
    default="AUDITOR_USER",
    help="Variable with the user name, or another place of a secret (file:PATH …).",
    show_default=True,
)
@click.option(
    "--password-env",
    default="AUDITOR_PASSWORD",
    help="Variable with the password, or another place of a secret.",
    show_default=True,
)
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
@click.option("--force", is_flag=True, help="Write the entry although a field gives no value or seems exchanged.")
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
    asked = PageOptions(url, options)
    estate, _ = read_targets(workspace)
    if asked.flag("no_sandbox"):
        estate = replace(estate, browser=replace(estate.browser, sandbox=False))
    deployment, new = page_entry.deployment_for(
        estate, url, asked.text("deployment"), asked.access(), asked.login(estate), asked.text("product")
    )
    before = deployment
    deployment = page_entry.allow_read_posts(deployment, asked.several("read_posts"))
    hints.require_usable(dict(asked.pairs("patterns")), asked.css())
    page = asked.page()
    reused = page.id in estate.pages and not asked.flag("replace_page") and not dry_run
    if reused:
        page = _reused(asked, estate, page)
    look, picture = _looked(workspace, estate, deployment, page, asked, as_json=as_json)
    if not (as_json or dry_run or page.steps) and (steps := _asked_to_dismiss(look)):
        page = replace(page, steps=steps)
        look, picture = _looked(workspace, estate, deployment, page, asked, as_json=as_json)
    if look.view.outcome not in ("observed", "tls_invalid"):
        raise ConfigError(f"{url}: {look.view.outcome}: {look.view.why}")
    if deployment.login is None:
        hints.require_no_login_page(look, url)
    if dry_run:
        if as_json:
            print_json(_offer(look, picture))
        return
    described = page if reused else _described(asked, look, page, ask=not as_json)
    reading = look.read(described)
    hints.require_stated_fields(reading, force=asked.flag("force"))
    said = page_entry.reading_lines(reading)
    entry = "" if reused else page_entry.page_block(described, now().date(), said)
    written = ""
    more: dict[str, object] = {}
    if not new and deployment.login is not None and deployment.login != before_login(estate, before):
        more["login"] = page_entry.login_value(deployment.login, asked.text("login_id"))
    if not new and deployment.read_posts != before.read_posts:
        more["read_posts"] = list(deployment.read_posts)
    if new:
        several = len(estate.products) > 1
        written = page_entry.deployment_block(deployment, page.id, several, asked.text("login_id"))
    page_entry.save_page_entry(
        workspace.targets, deployment, described, entry, new=written, replace_page=page.id in estate.pages, more=more
    )
    if as_json:
        print_json({**_offer(look, picture), "reads": list(said), "entry": entry, "deployment_entry": written})
        return
    parts = [f"pages.{page.id}"] if entry else []
    parts += [f"deployments.{deployment.id}"] if new or reused or more else []
    echo(f"{workspace.targets}: written {' and '.join(parts)}")
    echo(written + entry + "".join(f"reads {line}\n" for line in said) + "Next: auditor run")


def _looked(
    workspace: Workspace, estate: Estate, deployment: Deployment, page: PageSpec, asked: PageOptions, *, as_json: bool
) -> tuple[PagePreview, Path | None]:
    """A look at the page, shown, and its marked picture."""
    look = asyncio.run(preview.preview_page(workspace, estate, deployment, page, now))
    look = replace(look, numbers=keep_numbers(workspace.root / "profiles" / f"{page.id}.json", look.survey.pairs))
    picture = _picture(workspace, look, asked)
    if not as_json:
        _show(look, picture)
    return look, picture


def _asked_to_dismiss(look: PagePreview) -> tuple[Step, ...]:
    """On a terminal, the steps that close the dialogs over a page: each by the button that a person names."""
    steps = []
    for dialog in look.remarks.dialogs if sys.stdin.isatty() else ():
        if dialog.buttons:
            question = f"dialog: button to press, {' / '.join(dialog.buttons)} (empty: leave it)"
            if button := str(click.prompt(question, default="", show_default=False)).strip():
                steps.append(Step("dismiss", text=button, optional=True))
    return tuple(steps)


def before_login(estate: Estate, deployment: Deployment) -> Login | None:
    """The login that the file has for a deployment."""
    found = estate.deployments.get(deployment.id)
    return None if found is None else found.login


def _reused(asked: PageOptions, estate: Estate, page: PageSpec) -> PageSpec:
    """The description that the file has of this page, for a deployment that comes to use it."""
    known = estate.pages[page.id]
    if asked.choices() or asked.text("list_"):
        raise ConfigError(
            f"pages.{page.id}: is in targets.yaml already; give another --page, or --replace. Without --used, --cap,"
            " --field and --list it is used as it is described there"
        )
    if known.path and known.path != page.path:
        raise ConfigError(f"pages.{page.id}: is described at {known.path}, not at {page.path}; give another --page")
    return known


def _described(asked: PageOptions, look: PagePreview, page: PageSpec, *, ask: bool) -> PageSpec:
    choices, list_ = asked.choices(), asked.text("list_")
    if not choices and not list_ and ask and sys.stdin.isatty():
        choices, list_ = _ask(look)
    if not choices and not list_:
        raise ConfigError("nothing was chosen: say which text is what with --used, --cap, --field or --list")
    choices = [_of_sentence(one, look) for one in choices]
    labels = [(one.field, one.where) for one in choices if one.way == "label"]
    exchanged = "; ".join(hints.exchanged_roles(labels, look.numbered_pairs))
    asks = ask and sys.stdin.isatty()
    if exchanged and not asked.flag("force") and not (asks and click.confirm(f"{exchanged}. Is it so all the same?")):
        raise ConfigError(f"{exchanged}: were used and cap exchanged? If it is so, give --force")
    metric = asked.text("metric") or ""
    columns, onward = dict(asked.pairs("columns")), asked.text("onward")
    listing = page_entry.find_listing(look, list_, metric, columns, onward) if list_ else None
    described = page_entry.describe_page(page, look, choices, listing)
    if not metric:
        return described
    fields = tuple(
        replace(one, metric=metric) if one.kind == "count" and not one.metric else one for one in described.fields
    )
    return replace(described, fields=fields)


def _of_sentence(choice: FieldChoice, look: PagePreview) -> FieldChoice:
    """`S2` is the second number of the page's sentences: a field by its pattern."""
    name = choice.where.strip().upper()
    if choice.way != "label" or not (name[:1] == "S" and name[1:].isdigit()):
        return choice
    if not 1 <= int(name[1:]) <= len(look.remarks.sentences):
        raise ConfigError(f"{choice.where}: no such sentence; the page has {len(look.remarks.sentences)}")
    return replace(choice, where=look.remarks.sentences[int(name[1:]) - 1].pattern, way="pattern")


def _ask(look: PagePreview) -> tuple[list[FieldChoice], str]:
    """Ask which of the numbered texts is what; an empty answer means that the page does not state it."""

    def known(answer: str) -> str:
        if answer.strip():
            made = _of_sentence(FieldChoice("used", answer.strip()), look)
            if made.way == "label":
                page_entry.describe_page(look.page, look, [made], None)
                pair = page_entry.known_pair(look.numbered_pairs, answer.strip())
                if pair is not None and not pair.proposed:
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


def _picture(workspace: Workspace, look: PagePreview, asked: PageOptions) -> Path | None:
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


def _show(look: PagePreview, picture: Path | None) -> None:
    say = result_console()
    told = f"{look.view.final_url or look.view.url}: {look.view.outcome}. {visible_text(look.view.title)}"
    say.print(visible_text(told.rstrip(), 2_000))
    for line in filter(None, (*look.capture.warnings, hints.refused_request_hint(look.capture.warning_notes))):
        say.print(visible_text(line, 2_000))
    table = Table("#", "label", "value", "seen", "reads as", show_edge=False)
    for number, pair in look.numbered_pairs:
        cells = (str(number), pair.label, pair.value[:60], _seen(pair), _reads(pair))
        table.add_row(*(visible_text(cell, 200) for cell in cells))
    for number, seen in enumerate(look.survey.lists, start=1):
        name, headers, size = page_entry.listing_row(number, seen)
        table.add_row(name, visible_text(headers, 200), size, "", "list")
    for number, sentence in enumerate(look.remarks.sentences, start=1):
        table.add_row(f"S{number}", visible_text(sentence.text, 80), sentence.number, "", "sentence")
    say.print(table)
    for line in hints.dialog_hints(look.remarks):
        say.print(visible_text(line, 2_000))
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
            for n, one in look.numbered_pairs
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
