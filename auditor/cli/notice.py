"""`auditor notice`: a letter to a host drafted, held against the law, approved, sent by a person, and what follows."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path

import click

from auditor.cli.options import json_option, lang_option, parse_day, sandbox_option, sharing_terms, workspace_of
from auditor.cli.output import print_json, result_console
from auditor.errors import ConfigError
from auditor.workflow import (
    ElsewhereDelivery,
    approve_notice,
    as_lang,
    check_notice,
    checkup_json,
    checkup_lines,
    confirm_reply,
    draft_notice,
    notice_records_of,
    open_instruments,
    pdf_printer,
    receive_reply,
    record_delivery,
    record_json,
    record_lines,
    send_notice,
    withdraw_notice,
    write_record_papers,
)

NOT_QUALIFIED, NOT_CHECKED = 3, 5
"""Exit codes of a check."""
HOW = ("email", "form", "ems", "post", "fax", "hand")


@click.group()
def notice_command() -> None:
    """Write to a host: a draft from sealed captures, held against the law, approved by its digest, sent once.

    What is written about stands under `hosts:` and `notices:` of targets.yaml. Nothing is sent but by `send`, at a
    terminal, by a person who types the notice's id.
    """


@notice_command.command()
@click.argument("notice")
@click.option("--pdf/--no-pdf", default=True, help="Print the papers as PDF too (needs Chromium).")
@sandbox_option
@click.pass_context
def draft(ctx: click.Context, notice: str, pdf: bool, no_sandbox: bool) -> None:
    """Write a draft from sealed captures, in Chinese and English, and seal it. Blanks are left for a person."""
    from auditor.clock import now

    with (
        open_instruments(
            workspace_of(ctx), sandbox=False if no_sandbox else None, terms=sharing_terms("notice draft", "notices")
        ) as instruments,
        ExitStack() as stack,
    ):
        printer = stack.enter_context(pdf_printer(instruments.estate.browser, now)) if pdf else None
        made = draft_notice(instruments, notice, print_paper=printer).draft
    assert made is not None  # noqa: S101 (made just now)
    say = result_console()
    say.print(f"drafted {made.id}: {made.path}", soft_wrap=True)
    say.print(f"{made.approvable} sha256 {made.sha256}", soft_wrap=True)


@notice_command.command()
@click.argument("notice")
@lang_option
@json_option
@click.pass_context
def check(ctx: click.Context, notice: str, lang: str, as_json: bool) -> None:
    """Hold the newest draft against its laws, under the lenient and the strict reading, and against fresh captures.

    Exits with 0 where it is qualified under all of them, 3 where not, 5 where something could not be checked.
    """
    with open_instruments(workspace_of(ctx), terms=sharing_terms("notice check", "notices")) as instruments:
        found = check_notice(instruments, notice)
    if as_json:
        print_json({"format": "auditor.notice-check/1", **checkup_json(found, as_lang(lang))})
    else:
        say = result_console()
        for line in checkup_lines(found, as_lang(lang)):
            say.print(line, soft_wrap=True)
    if found.failed:
        ctx.exit(NOT_QUALIFIED)
    if found.unchecked:
        ctx.exit(NOT_CHECKED)


@notice_command.command()
@click.argument("notice")
@click.option("--by", required=True, help="Name of the person who approves.")
@click.option("--why", required=True, help="Why, in one sentence.")
@click.pass_context
def approve(ctx: click.Context, notice: str, by: str, why: str) -> None:
    """Record a person's approval of exactly the bytes of the newest draft. Another draft needs another approval."""
    with open_instruments(
        workspace_of(ctx), terms=sharing_terms("notice approve", "notices", "decisions")
    ) as instruments:
        made, enough = approve_notice(instruments, notice, by=by, why=why)
    told = "" if enough else "; a second person must approve"
    result_console().print(f"recorded {made.id}: sha256 {made.text} approved by {made.by}{told}", soft_wrap=True)


@notice_command.command()
@click.argument("notice")
@click.option("--record", "papers", multiple=True, type=click.Path(path_type=Path, dir_okay=False),
              help="Keep a paper of what a person did elsewhere (repeatable); nothing is sent.")  # fmt: skip
@click.option("--how", type=click.Choice(HOW), help="With --record: by which way.")
@click.option("--by", help="With --record: name of the person who did it.")
@click.option("--on", metavar="DAY", help="With --record: the day on which it was done.")
@click.option("--says", help="With --record: what the paper shows.")
@click.option("--number", default="", help="With --record: number of the form or receipt.")
@click.option("--received-on", metavar="DAY", help="With --record: the day on the signed slip.")
@click.pass_context
def send(
    ctx: click.Context,
    notice: str,
    papers: tuple[Path, ...],
    how: str | None,
    by: str | None,
    on: str | None,
    says: str | None,
    number: str,
    received_on: str | None,
) -> None:
    """Hand the approved bytes to the mail server, once: at a terminal, the notice's id typed again.

    Exits with 0 where a server accepted them, 5 where it is unknown whether one did, 1 otherwise.
    """  # fmt: skip
    workspace = workspace_of(ctx)
    if papers:
        day = parse_day("--on", on)
        if how is None or day is None:
            raise ConfigError("--record needs --how, --by, --on and --says")
        done = ElsewhereDelivery(how, by or "", day, says or "", number, parse_day("--received-on", received_on))  # type: ignore[arg-type]
        with open_instruments(workspace, terms=sharing_terms("notice send", "notices")) as instruments:
            kept = record_delivery(instruments, notice, done, papers)
        result_console().print(f"kept {kept.id}", soft_wrap=True)
        return
    typed = _typed(notice)
    with open_instruments(workspace, terms=sharing_terms("notice send", "notices")) as instruments:
        sent = send_notice(instruments, notice, typed, os.environ.get)
    result_console().print(f"{sent.id}: {sent.outcome} {sent.answer}".rstrip(), soft_wrap=True)
    if sent.outcome != "accepted":
        ctx.exit(NOT_CHECKED if sent.outcome == "unknown" else 1)


def _typed(notice: str) -> str | None:
    """The id as a person types it; None where there is no terminal on both sides."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return None
    return str(click.prompt(f"This sends {notice}. Type its id to send it", default="", show_default=False)).strip()


@notice_command.command()
@click.argument("source", metavar="FILE|REPLY")
@click.option("--for", "notice", default="", metavar="NOTICE", help="The notice it belongs to; told from the mail.")
@click.option("--on", metavar="DAY", help="The day on which it arrived; today where not given.")
@click.option("--kind", help="What a person holds it for: bounce, delay, delivered, displayed, automatic, answer …")
@click.option("--by", default="", help="With --kind: name of the person who says so.")
@click.option("--why", default="", help="With --kind: why, in one sentence.")
@click.pass_context
def receive(ctx: click.Context, source: str, notice: str, on: str | None, kind: str | None, by: str, why: str) -> None:
    """Keep what came back byte for byte and recognise its kind; or say, with --kind, for what a reply is held."""
    say = result_console()
    with open_instruments(
        workspace_of(ctx), terms=sharing_terms("notice receive", "notices", "decisions")
    ) as instruments:
        reply = source
        if kind is None or Path(source).exists():
            kept = receive_reply(instruments, Path(source), notice=notice, arrived_on=parse_day("--on", on))
            reply = kept.id
            say.print(f"kept {kept.id}: recognised as {kept.recognised}: {kept.file}", soft_wrap=True)
        if kind is not None:
            made = confirm_reply(instruments, reply, kind, by=by, why=why)
            say.print(f"recorded {made.id}: {reply} is held for {made.text} by {made.by}", soft_wrap=True)


@notice_command.command()
@click.argument("notice", required=False)
@click.option("--as-of", metavar="DAY", help="As it stood at the end of a day.")
@lang_option
@json_option
@click.pass_context
def status(ctx: click.Context, notice: str | None, as_of: str | None, lang: str, as_json: bool) -> None:
    """Show how far each notice came: receipt and what shows it, time limits with their law, findings."""
    records = notice_records_of(workspace_of(ctx), notice or "", parse_day("--as-of", as_of))
    if as_json:
        print_json({"format": "auditor.notices/1", "notices": [record_json(one, as_lang(lang)) for one in records]})
        return
    say = result_console()
    for one in records:
        for line in record_lines(one, as_lang(lang)):
            say.print(line, soft_wrap=True)


@notice_command.command()
@click.argument("notice", required=False)
@click.option("--as-of", metavar="DAY", help="As it stood at the end of a day.")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Folder to write to.")
@click.option("--pdf/--no-pdf", default=True, help="Print the papers as PDF too (needs Chromium).")
@sandbox_option
@click.pass_context
def papers(
    ctx: click.Context, notice: str | None, as_of: str | None, output: Path, pdf: bool, no_sandbox: bool
) -> None:
    """Write the certificate of delivery (送达证明) and the timeline (时间线) of each notice, in Chinese and English.

    They say what is on record and what that does not show; who certifies it is left blank for a person.
    """
    day = parse_day("--as-of", as_of)
    for path in write_record_papers(workspace_of(ctx), notice or "", day, output, pdf=pdf, sandbox=not no_sandbox):
        result_console().print(str(path), soft_wrap=True)


@notice_command.command()
@click.argument("notice")
@click.option("--by", required=True, help="Name of the person who withdraws it.")
@click.option("--why", required=True, help="Why, in one sentence.")
@click.pass_context
def withdraw(ctx: click.Context, notice: str, by: str, why: str) -> None:
    """Record that a notice is withdrawn: no draft that exists now is sent. What was sent stays on record."""
    with open_instruments(
        workspace_of(ctx), terms=sharing_terms("notice withdraw", "notices", "decisions")
    ) as instruments:
        made = withdraw_notice(instruments, notice, by=by, why=why)
    result_console().print(f"recorded {made.id}: {notice} withdrawn by {made.by}", soft_wrap=True)
