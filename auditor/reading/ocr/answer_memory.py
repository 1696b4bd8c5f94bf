"""Answers remembered by what they were asked about, so that an unchanged number costs nothing at the next visit."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from threading import Lock
from typing import Protocol

ANSWER_FORMAT = "auditor.ocr-answer/1"
"""Changes whenever cutting, lines, gaps or the form of an answer change: old answers are then not found."""


class AnswerMemory(Protocol):
    """Keys to stored answers. It may forget; it must never give another key's answer. Safe from several threads.

    A key is a hexadecimal SHA-256 of 64 characters, an answer a canonical JSON object in UTF-8. What is found here is
    derived: it can be thrown away, and the same pixels give it again.
    """

    def get(self, key: str) -> bytes | None:
        """The answer, or None where there is none."""

    def put(self, key: str, answer: bytes) -> None:
        """Keeps an answer; a second one under a key is equal to the first."""


class RecentAnswers:
    """The most recently used answers, in memory: at most `size` of them (each about 300 bytes)."""

    def __init__(self, size: int = 4096) -> None:
        self._size = size
        self._answers: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> bytes | None:
        with self._lock:
            answer = self._answers.get(key)
            if answer is not None:
                self._answers.move_to_end(key)
            return answer

    def put(self, key: str, answer: bytes) -> None:
        with self._lock:
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while len(self._answers) > self._size:
                self._answers.popitem(last=False)

    def __len__(self) -> int:
        return len(self._answers)


def answer_key(engine: str, models: str, *question: str) -> str:
    """The key of a question to one engine with one set of models."""
    parts = (ANSWER_FORMAT, engine, models, *question)
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()
