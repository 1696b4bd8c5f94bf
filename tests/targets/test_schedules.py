"""Schedules, politeness and alerts: what is understood, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from auditor.errors import ConfigError
from auditor.model.targets.estate import Estate, HostRule
from auditor.targets import load_estate
from tests.targets.worked_example_edits import EXAMPLE, SAMPLES


def loaded(folder: Path, block: str) -> Estate:
    copytree(SAMPLES / "docs", folder / "docs")
    (folder / "targets.yaml").write_text(EXAMPLE.replace("format: 1\n", f"format: 1\n{block}\n", 1), encoding="utf-8")
    return load_estate(folder / "targets.yaml")


def test_everything_said_arrives(tmp_path: Path) -> None:
    estate = loaded(
        tmp_path,
        "schedules: {weekly: {cron: '0 3 * * 1', timezone: Asia/Shanghai, jitter_seconds: 60, missed: skip, "
        "groups: [north], blackout: ['22:00-06:00'], grace_seconds: 60}}\n"
        "politeness: {visits_at_once: 1, seconds_between: 0, hosts: {Lib.Example: {visits_at_once: 4}}}\n"
        "alerts: {webhooks: {ops: {url_env: HOOK, secret_env: HOOK_KEY}}, least_severity: high, "
        "mail: {server: mail.example, sender: a@b.example, recipients: [c@d.example], security: tls, port: 465}}",
    )
    schedule = estate.schedules["weekly"]
    assert (schedule.missed, schedule.blackout, schedule.grace_seconds) == ("skip", ("22:00-06:00",), 60)
    assert estate.politeness.rule("lib.example") == HostRule(4, 0.25)
    assert estate.politeness.rule("other.example") == HostRule(1, 0.0)
    assert [(hook.id, hook.url_env, hook.secret_env) for hook in estate.alerts.webhooks] == [
        ("ops", "HOOK", "HOOK_KEY")
    ]
    assert estate.alerts.mail is not None
    assert estate.alerts.mail.recipients == ("c@d.example",)


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("schedules: {w: {cron: '61 3 * * 1'}}", "leaves 0 to 59"),
        ("schedules: {w: {cron: '0 3 * * 1', blackout: ['25:00-26:00']}}", "blackout window"),
        ("schedules: {w: {groups: [north]}}", '"cron" is missing'),
        ("schedules: {w: {cron: '0 3 * * 1', missed: ignore}}", "ignore"),
        ("politeness: {visits_at_once: 0}", "outside 1 to 64"),
        ("alerts: {webhooks: {ops: {secret_env: HOOK}}}", "exactly one"),
        ("alerts: {webhooks: {ops: {url: 'https://user:pass@hook.example/'}}}", "user name or password"),
        ("alerts: {mail: {server: mail.example, sender: nobody, recipients: [a@b.example]}}", "mail address"),
        (
            "alerts: {mail: {server: mail.example, sender: a@b.example, recipients: [c@d.example], password: x}}",
            "secret",
        ),
    ],
)
def test_what_is_wrong_is_refused_in_one_line(tmp_path: Path, block: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        loaded(tmp_path, block)
    (line,) = [problem for problem in refused.value.problems if said in problem]
    assert "targets.yaml:4:" in line
