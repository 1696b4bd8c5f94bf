"""While `auditor schedule` lives it holds its workspace; others work through it, and it waits for them at its end."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

from auditor import custody
from auditor.cli import confirm, keys, schedule, verify
from auditor.custody import Journal, SharingTerms
from tests.custody.forks import Ends, command_line, forked
from tests.scheduler.loopback_estate import SANDBOX, Place, targets

LOADED = (confirm, keys, schedule, verify)
"""Commands that are forked here: loaded once, by the parent."""
YEARLY = "schedules: {yearly: {cron: '0 3 1 1 *'}}\n"


def _lingers(root: Path, ends: Ends) -> None:
    with custody.open_workspace(root, terms=SharingTerms("a test", ())) as held:
        ends.say("guest" if held.link else "holder")
        ends.wait()
        held.gap("at last", run="r", deployment="d0")
        ends.say("done")


def test_decisions_and_new_keys_go_through_the_scheduler_which_waits_at_its_end(tmp_path: Path) -> None:
    place = Place.make(tmp_path / "w", targets("http://127.0.0.1:1/", 1, YEARLY))
    workspace = ("--workspace", place.root)

    def ended(*arguments: str) -> tuple[int, str, str]:
        with command_line(tmp_path, *workspace, *arguments) as command:
            return command.end()

    with command_line(tmp_path, *workspace, "schedule", *SANDBOX) as scheduler:
        while not (place.root / ".auditor.sock").exists() or custody.is_at_work(place.root):
            pass
        decided = ended("confirm", "event", "n1", "notice", "2026-01-05", "--what", "sent")
        assert (decided[0], decided[1].split()[0]) == (0, "recorded"), decided
        assert ended("keys", "rotate", "--why", "a year has passed")[0] == 0
        assert ended("confirm", "event", "n2", "notice", "2026-01-06", "--what", "sent")[0] == 0
        whole = ended("verify")
        assert "IN USE" not in whole[1] + whole[2], "it rests"
        with forked(partial(_lingers, place.root)) as guest:
            assert guest.line() == "guest"
            os.kill(scheduler.process.pid, signal.SIGTERM)
            while (place.root / ".auditor.sock").exists():
                pass
            guest.go()
            assert guest.line() == "done"
            assert guest.end() == 0
        code, out, err = scheduler.end()
        assert code == 0, out + err
    kinds = [(entry.kind, str(entry.body.get("action", ""))) for entry in Journal.open(place.root).entries()]
    assert kinds[-2:] == [("gap", ""), ("schedule", "stopped")], "its last line follows those of whom it waited for"
    assert ended("confirm", "event", "n3", "notice", "2026-01-07", "--what", "sent")[0] == 0
