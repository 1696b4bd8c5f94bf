"""Claims for people who see a part: those of their own contracts, with figures in which nobody else is counted."""

from __future__ import annotations

import io
import re
import zipfile

from auditor.model.people import AccessScope
from auditor.workflow import COMMAND_LINE, Accounts, NewPerson
from tests.web.served_workspace import OTHER, Served

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
