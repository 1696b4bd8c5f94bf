"""The first `targets.yaml` of a workspace, made of the answers to a few questions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from auditor.errors import ConfigError
from auditor.targets import QUESTIONS, Question, insertion, starter_text
from auditor.workspace import Workspace

__all__ = ["QUESTIONS", "Question", "read_answers", "write_starter_file"]

MAX_ANSWERS_BYTES = 1 << 20


def read_answers(path: Path) -> Mapping[str, str]:
    """Answers from a file: a YAML (or JSON) mapping from the ids of questions to texts.

    `ConfigError` for a file that cannot be read so, and for a key that is no question.
    """
    try:
        if path.stat().st_size > MAX_ANSWERS_BYTES:
            raise ConfigError(f"{path}: larger than {MAX_ANSWERS_BYTES >> 20} MB; expected a few answers")
        found = insertion.read_flat_mapping(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text ({error})") from error
    known = {question.id for question in QUESTIONS}
    unknown = [key for key in found if key not in known]
    if unknown:
        raise ConfigError(f"{path}: {unknown[0]} is no question; expected {', '.join(sorted(known))}")
    return found


def write_starter_file(workspace: Workspace, answers: Mapping[str, str]) -> None:
    """Write a commented `targets.yaml`; `answers`: by id of the question. The folder is made where there is none."""
    text = starter_text(answers)
    workspace.root.mkdir(parents=True, exist_ok=True)
    workspace.targets.write_text(text, encoding="utf-8")
