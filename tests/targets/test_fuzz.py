"""Random edits of valid files: no exception but `ConfigError`, and every refusal has its line."""

from __future__ import annotations

import random
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from auditor.errors import ConfigError
from auditor.targets import load_estate
from tests.targets.worked_example_edits import EXAMPLE, written

LINE = re.compile(r"\S*targets\.yaml:[1-9]\d*:[1-9]\d*: error\[[A-Z]\d\d\] \S.*")
DEMO = (Path(__file__).parents[2] / "targets.yaml").read_text(encoding="utf-8")
PIECES = (
    *(" ", "\n", "\t", ":", "{", "}", "[", "]", "-", "&a ", "*a", "!", "|", ">", "'", '"', "#", "%", "? ", "~", ", "),
    *(
        "on",
        "null",
        "NO",
        "-1",
        "034",
        "9999",
        ".inf",
        "1e9",
        "2015-02-30",
        "0000-00-00",
        "9999-12-31",
        "unlimited",
        "P1Y",
    ),
    *(
        "P999Y",
        "😀",
        "\u2028",
        "\x7f",
        "１２",
        "id: x",
        "<<: *a",
        "\n---\n",
        "\n...\n",
        "https://[",
        "http://a:b/",
        "(",
        "\\",
    ),
)


def mutated(text: str, seed: int, edits: int) -> str:
    """The text with pieces inserted, removed, doubled, moved or replaced at random; the same for the same seed."""
    draw = random.Random(seed)
    for _ in range(edits):
        start = draw.randrange(len(text))
        end = min(len(text), start + draw.choice((1, 1, 2, 5, 20, 80)))
        match draw.randrange(5):
            case 0:
                text = text[:start] + draw.choice(PIECES) + text[start:]
            case 1:
                text = text[:start] + text[end:]
            case 2:
                text = text[:start] + draw.choice(PIECES) + text[end:]
            case 3:
                text = text[:end] + text[start:]
            case _:
                tokens = re.findall(r"[^\s,:{}\[\]]+", text)
                text = text.replace(draw.choice(tokens), draw.choice((*PIECES, draw.choice(tokens))), 1)
        if not text:
            return " "
    return text


def loads_or_refuses(text: str) -> None:
    with TemporaryDirectory() as folder:
        path = written(Path(folder), text)
        try:
            load_estate(path)
        except ConfigError as error:
            assert error.problems, "a refusal says why"
            for line in error.problems:
                assert LINE.fullmatch(line), line


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32), edits=st.integers(1, 6), demo=st.booleans())
@example(seed=0, edits=1, demo=True)
def test_edited_files(seed: int, edits: int, demo: bool) -> None:
    loads_or_refuses(mutated(DEMO if demo else EXAMPLE, seed, edits))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300).filter(lambda text: not any("\ud800" <= char <= "\udfff" for char in text)))
def test_any_text(text: str) -> None:
    loads_or_refuses(text)


SCALARS = [match.span() for match in re.finditer(r'(?<=: )("[^"\n]*"|[^\s,{}\[\]#"]+)', EXAMPLE)]


@settings(max_examples=100, deadline=None)
@given(
    place=st.sampled_from(SCALARS),
    value=st.sampled_from([*PIECES, "x" * 5000, "{}", "[]", "[[]]", "{a: {b: c}}", '""']),
)
def test_any_value_replaced(place: tuple[int, int], value: str) -> None:
    loads_or_refuses(EXAMPLE[: place[0]] + value + EXAMPLE[place[1] :])
