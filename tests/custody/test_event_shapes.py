"""A line that is chained and signed and says what no event says: told by name, and never written by ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor import custody
from auditor.errors import VaultError
from auditor.model.evidence import EventKind
from tests.custody.golden_workspace import Scene
from tests.custody.practice_authorities import Authorities

WRONG: list[tuple[EventKind, dict[str, object]]] = [
    ("recovery", {"what": "the clerk did something", "colour": "red"}),
    ("schedule", {"action": "invented"}),
    ("decision", {"decision": {"id": "d-1"}}),
    ("seal", {"capture": "c1"}),
]


@pytest.mark.parametrize(("kind", "body"), WRONG, ids=[kind for kind, _ in WRONG])
def test_a_line_of_another_shape_does_not_verify(
    workspace: Path, stamps: Authorities, kind: EventKind, body: dict[str, object]
) -> None:
    scene = Scene(workspace, stamps)
    scene.rechain(lambda events: [*events, {**events[-1], "kind": kind, "body": body}])
    failed = [check for check in custody.verify_workspace(workspace).checks if check.verdict == "failed"]
    assert failed[0].name == "journal.line"
    assert f"({kind}): " in failed[0].detail and "\n" not in failed[0].detail


@pytest.mark.parametrize(("kind", "body"), WRONG, ids=[kind for kind, _ in WRONG])
def test_it_is_not_written(workspace: Path, kind: EventKind, body: dict[str, object]) -> None:
    with custody.open_workspace(workspace) as held:
        size = held.journal.size
        with pytest.raises(VaultError, match="event refused: journal line") as told:
            held.journal.append(kind, body)
        assert "\n" not in str(told.value) and held.journal.size == size
