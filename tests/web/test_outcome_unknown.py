"""A process that holds the workspace and dies before it answers: whether an act was recorded is told to be unknown."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from auditor import custody
from auditor.custody import SharingTerms
from tests.custody.forks import Ends, die_opening, forked
from tests.web.served_workspace import make_two_customers, served


def _dies_when_told(root: Path, ends: Ends) -> None:
    with custody.open_workspace(root, terms=SharingTerms("holder", (), serves=True)):
        ends.say("holder")
        ends.wait()
        die_opening("head", 1)
        ends.say("armed")
        ends.wait()


SAID = {"subject": "covered", "text": "looked at"}


@pytest.mark.parametrize(("path", "more"), [("/api/v1/remarks", {"json": SAID}), ("/comments", {"data": SAID})])
def test_an_outcome_that_is_not_known_is_told_as_such(tmp_path: Path, path: str, more: dict[str, Any]) -> None:
    captures = make_two_customers(tmp_path)
    with forked(partial(_dies_when_told, tmp_path)) as holder:
        assert holder.line() == "holder"
        with served(tmp_path, make=lambda _: captures) as site:
            who = site.browser("manager")
            assert who.get(f"{site.origin}/api/v1/me", timeout=60).status_code == 200
            holder.go()
            assert holder.line() == "armed"
            answer = who.post(site.origin + path, timeout=60, **more)
    assert answer.status_code == 504, answer.text
    assert "or a later one" in answer.text
    assert "Nothing was recorded" not in answer.text
