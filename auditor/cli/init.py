"""`auditor init`: a first `targets.yaml` after a few questions, the workspace's keys, a first page described."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import click

from auditor.cli.options import workspace_of
from auditor.cli.streams import echo
from auditor.clock import now
from auditor.errors import ConfigError
from auditor.wording import Lang
from auditor.workflow import (
    QUESTIONS,
    Question,
    initialise_workspace,
    read_answers,
    require_no_errors,
    write_starter_file,
)
from auditor.workspace import Workspace

TEXTS: Mapping[Lang, Mapping[str, str]] = {
    "en": {
        "wrote": "wrote {path}",
        "keys": "keys in {keys}, journal in {journal}.",
        "first": "Which page states the count? Its path or address (empty: describe it later)",
        "login": "Path of the login page (empty: no login)",
        "logged_in": "A text that only a logged-in page shows (e.g. Sign out)",
        "variables": "Name and password are taken from AUDITOR_USER and AUDITOR_PASSWORD; not set: {names}.",
        "next": "Next: auditor profile {address}",
        "run": "Next: auditor run",
    },
    "zh": {
        "wrote": "已写入 {path}",
        "keys": "密钥在 {keys}，日志在 {journal}。",
        "first": "哪个页面载明数量？路径或地址（留空：以后再描述）",
        "login": "登录页路径（留空：无需登录）",
        "logged_in": "只有登录后才显示的文字（如“退出”）",
        "variables": "登录名与密码取自 AUDITOR_USER 与 AUDITOR_PASSWORD；未设置：{names}。",
        "next": "下一步：auditor profile {address}",
        "run": "下一步：auditor run",
    },
}


def _answer_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """An option for every question."""
    for question in reversed(QUESTIONS):
        kind = click.Choice(question.choices) if question.choices else None
        shown = question.text + (f" (default: {question.default})" if question.default else "")
        command = click.option(question.option, question.id, type=kind, help=shown)(command)
    return command


@click.command()
@click.option("--from", "file", type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="Answers as a YAML or JSON mapping: vendor: A. Vendor Ltd.")  # fmt: skip
@_answer_options
@click.option("--page", help="Address or path of the page to describe first (asked for on a terminal).")
@click.option("--origin", default="", help="Name of this log, e.g. auditor.example/seats (default: host and folder).")
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the questions (default: the terminal's).")
@click.option("--no-sandbox", is_flag=True, help="For the page: Chromium without its own sandbox (root needs it).")
@click.pass_context
def init_command(
    ctx: click.Context,
    /,
    file: Path | None,
    page: str | None,
    origin: str,
    lang: Lang | None,
    no_sandbox: bool,
    **given: str | None,
) -> None:
    """Write a commented targets.yaml, make the workspace's keys, and describe the first page.

    What is not answered by an option or by --from is asked for; without a terminal it is read from standard input, and
    what is then still missing is named in one line.
    """
    workspace, words = workspace_of(ctx), TEXTS[lang or terminal_language()]
    if not workspace.targets.exists():
        answers = _answers(given, file, lang or terminal_language())
        write_starter_file(workspace, answers)
        echo(words["wrote"].format(path=workspace.targets))
    require_no_errors(workspace)
    initialise_workspace(workspace, origin=origin)
    echo(words["keys"].format(keys=workspace.keys, journal=workspace.journal))
    _first_page(ctx, workspace, words, page, no_sandbox)


def terminal_language() -> Lang:
    """The language that the environment asks for: Chinese or English."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def _answers(given: Mapping[str, str | None], file: Path | None, lang: Lang) -> dict[str, str]:
    """Answers from options, else from the file, else asked for; refused ones are told, and asked for on a terminal."""
    known = {**(read_answers(file) if file is not None else {}), **{key: one for key, one in given.items() if one}}
    refused = [why for one in QUESTIONS if one.id in known and (why := one.refusal(known[one.id]))]
    if refused:
        raise ConfigError(*refused)
    told = bool(known) and not sys.stdin.isatty()
    missing = [one for one in QUESTIONS if one.id not in known and not (told and _default(one))]
    if missing and told:
        raise ConfigError(f"without a terminal, these answers are missing: {', '.join(one.option for one in missing)}")
    answers = {one.id: known.get(one.id) or _default(one) for one in QUESTIONS}
    for place, question in enumerate(missing):
        try:
            answers[question.id] = _ask(question, lang)
        except click.Abort:
            if sys.stdin.isatty():
                raise
            left = ", ".join(one.option for one in missing[place:])
            raise ConfigError(f"the answers ended; these are missing: {left}") from None
    return answers


def _default(question: Question) -> str:
    return question.default


def _ask(question: Question, lang: Lang) -> str:
    """Ask until the answer is one that the file can hold."""
    while True:
        default = question.default or (f"{now():%Y-%m-%d}" if question.id == "starts" else None)
        answer = str(click.prompt(question.asked(lang), default=default))
        if not (why := question.refusal(answer)):
            return answer
        echo(why, err=True)


def _first_page(
    ctx: click.Context, workspace: Workspace, words: Mapping[str, str], page: str | None, no_sandbox: bool
) -> None:
    """The profile of the first page: with --page, or asked for on a terminal; else named as the next step."""
    from auditor.workflow import read_targets

    estate, _ = read_targets(workspace)
    described = [one for one in estate.deployments.values() if one.pages]
    bare = next((one for one in estate.deployments.values() if not one.pages), None)
    if bare is None or described:
        echo(words["run"])
        return
    asked = sys.stdin.isatty()
    if page is None and asked:
        page = str(click.prompt(words["first"], default="", show_default=False)).strip()
    if not page:
        echo(words["next"].format(address=bare.address))
        return
    more: dict[str, object] = {}
    if asked and (path := str(click.prompt(words["login"], default="", show_default=False)).strip()):
        more = {"login_path": path, "logged_in": str(click.prompt(words["logged_in"])).strip()}
        unset = [name for name in ("AUDITOR_USER", "AUDITOR_PASSWORD") if not os.environ.get(name)]
        if unset:
            raise ConfigError(words["variables"].format(names=", ".join(unset)) + f" auditor profile {bare.address}")
    from auditor.cli.profile import profile_command

    url = urljoin(bare.address, page)
    ctx.invoke(profile_command, url=url, deployment=bare.id, no_sandbox=no_sandbox, **more)
