"""`timestamping.witnesses`: keys as C2SP writes them, reached by address or by folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.errors import ConfigError
from auditor.model.targets.estate import Witness
from auditor.targets import find_problems, load_estate
from tests.targets.worked_example_edits import EXAMPLE

KEY = "witness.example/w1+e5cb9f86+BCqXUWw1S2iEjNvY9UoiagpVsh7ROOIHrWxcu5wAqlrq"
HEAD = "format: 1\n"


def written(tmp_path: Path, witness: str) -> Path:
    """The example estate with one authority and this witness."""
    text = (
        "timestamping: {quorum: 1, authorities: {a: {url: 'https://t.example/', owner: A, roots: a.pem}},"
        f" witnesses: {{w1: {witness}}}}}\n"
    )
    path = tmp_path / "targets.yaml"
    path.write_text(EXAMPLE.replace(HEAD, HEAD + text, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("written_as", "expected"),
    [
        (f"{{key: {KEY}, url: 'https://w.example/log'}}", Witness("w1", KEY, "https://w.example/log")),
        (f"{{key: {KEY}, folder: carried}}", Witness("w1", KEY, "", "carried")),
    ],
)
def test_a_witness_is_read(tmp_path: Path, written_as: str, expected: Witness) -> None:
    path = written(tmp_path, written_as)
    errors = [one for one in find_problems(path) if one.severity == "error" and "timestamping" in one.where]
    assert errors == []
    try:
        estate = load_estate(path)
    except ConfigError as error:  # documents of the example are not in this folder
        assert not [line for line in error.problems if "timestamping" in line]
    else:
        assert estate.timestamping.witnesses == (expected,)


@pytest.mark.parametrize(
    ("written_as", "code", "said"),
    [
        (f"{{key: {KEY}}}", "S16", "exactly one of url and folder"),
        (f"{{key: {KEY}, url: 'https://w.example/', folder: x}}", "S23", "exactly one of url and folder"),
        ("{url: 'https://w.example/'}", "S16", '"key" is missing'),
        (f"{{key: '{KEY[:-4]}AAAA', url: 'https://w.example/'}}", "K04", "is not a witness key"),
        (f"{{key: '{KEY.replace('+B', '+A')}', url: 'https://w.example/'}}", "K04", "is not a witness key"),
        ("{key: plain, url: 'https://w.example/'}", "K04", "is not a witness key"),
    ],
)
def test_a_wrong_witness_is_refused(tmp_path: Path, written_as: str, code: str, said: str) -> None:
    path = written(tmp_path, written_as)
    found = [one for one in find_problems(path) if one.code == code and "witnesses.w1" in one.where]
    assert found and said in found[0].message, [str(one) for one in find_problems(path)]
