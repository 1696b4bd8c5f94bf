"""The first `targets.yaml` of a workspace, made of the answers to a few questions."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.targets import QUESTIONS, Question, starter_text
from auditor.workspace import Workspace

__all__ = ["QUESTIONS", "Question", "write_starter_file"]


def write_starter_file(workspace: Workspace, answers: Mapping[str, str]) -> None:
    """Write a commented `targets.yaml`; `answers`: by id of the question. The folder is made where there is none."""
    workspace.root.mkdir(parents=True, exist_ok=True)
    workspace.targets.write_text(starter_text(answers), encoding="utf-8")
