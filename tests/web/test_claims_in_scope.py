"""Claims for people who see a part: those of their own contracts, with figures in which nobody else is counted."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.model.people import AccessScope
from auditor.workflow import COMMAND_LINE, Accounts, NewPerson, read_targets, rebuild_index
from auditor.workspace import Workspace
from tests.cli.small_workspace import commit_capture
from tests.web.served_workspace import OTHER, TWO_CUSTOMERS, Served, make_two_customers, served

FORM = 'action="/claims"'


def compared(page: str) -> dict[str, tuple[str, ...]]:
    """What the page says side by side: by scenario, its figures and assumptions."""
    table = page.partition("<thead>")[2].partition("</table>")[0]
    cells = [[re.sub("<[^>]*>", "", one) for one in re.findall("<t[hd].*?</t[hd]>", row)] for row in table.split("<tr")]
    (_, *names), *rows = [row for row in cells if row]
    return {name: tuple(row[place] for row in rows) for place, name in enumerate(names, start=1)}


def claims(site: Served, person: str, query: str = "") -> str:
    answer = site.browser(person).get(f"{site.origin}/claims{query}", timeout=60)
    assert answer.status_code == 200
    return answer.text


def test_a_scope_compares_its_own_claims_with_the_figures_that_everybody_sees(pictured: Served) -> None:
    whole, own = compared(claims(pictured, "manager")), claims(pictured, "analyst")
    assert list(whole) == ["all", "zqxall", "twice"]
    assert list(compared(own)) == ["all", "twice"]
    assert all(compared(own)[name] == whole[name] for name in ("all", "twice"))
    assert OTHER not in own.lower()
    assert "what you may see alone" in own
    tried = claims(pictured, "analyst", "?scenario=all&set=deployments%3Dzqxlib")
    refused = claims(pictured, "analyst", "?scenario=all&set=deployments%3Dnowhere")
    assert tried.replace("zqxlib", "nowhere") == refused, "another customer's and an unknown name are answered alike"
    sheet = pictured.browser("own_manager").post(f"{pictured.origin}/claims/worksheet", timeout=60)
    with zipfile.ZipFile(io.BytesIO(sheet.content)) as packed:
        assert OTHER.encode() not in b"".join(packed.read(name) for name in packed.namelist()).lower()


def test_counsel_reads_the_claims_of_a_contract_that_is_granted_whole(pictured: Served) -> None:
    accounts = Accounts(pictured.office.store, pictured.office.sessions, pictured.office.journal)
    scope = AccessScope(contracts=frozenset({"AG-7"}), case="AG-7")
    pictured.people["of_contract"] = accounts.add(NewPerson("Cora", "cora", ("counsel",), scope), COMMAND_LINE)
    seen = claims(pictured, "of_contract", "?scenario=all&set=multiplier%3D5")
    assert list(compared(seen)) == ["all", "twice"], "counsel computes nothing else"
    assert FORM not in seen and FORM in claims(pictured, "analyst")
    part = claims(pictured, "counsel")  # one deployment of the contract: its claims count others too
    assert "No scenario is on record" in part and "90,000" not in part


SUSPECT = """  zqxbad:
    legal_status: suspect
    product: libsys
    contract: ZQX-9
    address: "https://zqxbad.example/"
    access: {kind: public_page, reference: its own page}
    pages: [status]
"""
UNNAMED = """claims:
  legal_model: china
  product: libsys
  edition: flagship
  contract: AG-7
  claim: {amount: "90000.00", includes_expenses: true}
  scenarios:
    every: {title: every suspect, count_basis: displayed, price_basis: list, expenses: none}
    own: {title: one, deployments: [suspect], count_basis: displayed, price_basis: list, expenses: none}
    said: {title: said, stated: {suspect: 5}, stated_source: {document: main}, count_basis: stated, price_basis: list}
    zqxsaid: {title: said, stated: {zqxbad: 5}, stated_source: {document: main}, count_basis: stated, price_basis: list}
"""


@pytest.fixture(params=["another customer's too", "its own alone"])
def suspects(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Served, bool]]:
    """Pages over a file whose claims name no deployment; whether the only suspect one is the scope's own."""
    own = request.param == "its own alone"
    text = TWO_CUSTOMERS if own else TWO_CUSTOMERS.replace("  covered:\n", f"{SUSPECT}  covered:\n")
    told = UNNAMED if not own else "\n".join(one for one in UNNAMED.splitlines() if "zqxbad" not in one)

    def make(root: Path) -> dict[str, str]:
        captures = make_two_customers(root, text + told)
        if not own:
            captures["zqxbad"] = commit_capture(root, "zqxbad", 4, "不限")
            rebuild_index(Workspace(root), read_targets(Workspace(root))[0], lambda _done, _total, _name: None)
        return captures

    with served(tmp_path, make=make) as found:
        yield found, own


def test_a_claim_that_counts_every_suspect_is_told_where_all_of_them_lie_in_the_scope(
    suspects: tuple[Served, bool],
) -> None:
    site, own = suspects
    whole = compared(claims(site, "manager"))
    mine = compared(claims(site, "analyst"))
    assert {"every", "own", "said"} <= whole.keys()
    assert list(mine) == (["every", "own", "said"] if own else ["own", "said"])
    assert all(mine[name] == whole[name] for name in mine)
