"""The first file: what `auditor init` asks and writes."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import ConfigError
from auditor.targets import EXAMPLE_ANSWERS, QUESTIONS, find_problems, load_estate, starter_text
from auditor.workspace import Workspace
from tests.targets.worked_example_edits import written

BY_ID = {question.id: question for question in QUESTIONS}


def test_the_starter_is_accepted_and_says_what_was_answered(tmp_path: Path) -> None:
    path = written(tmp_path, starter_text(EXAMPLE_ANSWERS))
    assert [problem.code for problem in find_problems(path)] == ["K03"], "only the missing timestamp authorities"
    estate = load_estate(path)
    price = estate.products["product"].editions[0].list_prices[0]
    assert (price.base.amount, price.includes, price.per_extra.amount) == (Decimal("100000.00"), 20, Decimal("5000.00"))
    assert estate.deployments["main"].address == "https://lib.hefei.example/"
    assert estate.deployments["main"].access.kind == "contract_clause"
    assert list(estate.contracts) == ["AG-2015-007"]


def test_the_commented_lines_can_be_used(tmp_path: Path) -> None:
    """Every commented block that is switched on is read without a complaint about its form."""
    text = starter_text(EXAMPLE_ANSWERS)
    for on in ("counts:", "excludes:", "kinds:", "territory:", "place:", "renewal:", "through:", "after_end:"):
        assert f"# {on}" in text
        text = text.replace(f"# {on}", on)
    for block in ("# timestamping:", "# schedules:", "# logins:"):
        start = text.index(block)
        end = text.find("\n\n", start) if "\n\n" in text[start:] else len(text)
        text = text[:start] + text[start:end].replace("# ", "", 1).replace("\n# ", "\n") + text[end:]
    found = find_problems(written(tmp_path, text))
    assert {problem.code for problem in found} == {"T07", "K02"}, [str(problem) for problem in found]


@settings(max_examples=25, deadline=None)
@given(name=st.text(min_size=1, max_size=40), product=st.text(min_size=1, max_size=40))
def test_any_name_is_written_so_that_it_reads_back(name: str, product: str) -> None:
    from tempfile import TemporaryDirectory

    answers = {**EXAMPLE_ANSWERS, "customer": name, "product": product}
    refused = [BY_ID[key].refusal(answers[key]) for key in ("customer", "product")]
    if any(refused):
        with pytest.raises(ConfigError):
            starter_text(answers)
        return
    with TemporaryDirectory() as folder:
        estate = load_estate(written(Path(folder), starter_text(answers)))
        assert (estate.parties["customer"].name, estate.products["product"].name) == (name.strip(), product.strip())


@pytest.mark.parametrize(
    ("question", "answer", "says"),
    [
        ("starts", "2015/2/10", '"2015/2/10" is not a date. Write 2015-02-10.'),
        ("included", "-1", "If this edition is unlimited write included: unlimited."),
        ("included", "9999", "looks like a stand-in for unlimited"),
        ("price", "100,000", 'Write "100000".'),
        ("address", "lib.example", "is not an http or https address"),
        ("access", "public", "is not one of contract_clause"),
        ("currency", "RMB", "Use CNY."),
        ("vendor", "", "an answer is needed"),
    ],
)
def test_an_answer_that_cannot_be_taken_is_refused_at_once(question: str, answer: str, says: str) -> None:
    assert says in BY_ID[question].refusal(answer)
    with pytest.raises(ConfigError) as caught:
        starter_text({**EXAMPLE_ANSWERS, question: answer})
    assert len(caught.value.problems) == 1


def test_an_empty_answer_takes_the_default() -> None:
    assert BY_ID["currency"].refusal("") == ""
    assert 'currency: "CNY"' in starter_text({**EXAMPLE_ANSWERS, "currency": " "})


def test_the_workspace_knows_its_places(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    found = {
        name: getattr(workspace, name).relative_to(tmp_path).as_posix()
        for name in ("targets", "evidence", "journal", "trust", "keys", "db")
    }
    assert found == {
        "targets": "targets.yaml",
        "evidence": "evidence",
        "journal": "evidence/journal",
        "trust": "evidence/trust",
        "keys": "keys",
        "db": "db/auditor.db",
    }
