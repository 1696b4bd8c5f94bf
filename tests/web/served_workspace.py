"""Pages that are served for real: a workspace with two customers, a person of each role, uvicorn on a free port."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

from auditor import custody
from auditor.model.people import EVERYBODY, NOBODY, AccessScope, Person
from auditor.people import OidcSettings
from auditor.web import DoorSettings, bind_address, door_settings, page_server
from auditor.web.app import cookie_name
from auditor.workflow import COMMAND_LINE, Accounts, NewPerson, Office, OfficeRules, read_targets, rebuild_index
from auditor.workspace import Workspace
from tests.cli.small_workspace import TARGETS, commit_capture

OTHER = "zqx"
"""Stands in every name, address and id of the customer whom counsel may not see."""
PASSWORD = "correct horse battery staple"
TWO_CUSTOMERS = (
    TARGETS.replace(
        "  reader: {name: 合肥市图书馆, role: licensee}\n",
        "  reader: {name: 合肥市图书馆, role: licensee}\n  zqxparty: {name: ZQX 图书馆, role: licensee}\n",
    )
    .replace(
        "deployments:\n  covered:",
        """  - id: ZQX-9
    kind: end_user
    title: ZQX contract
    licensor: vendor
    counterparty: zqxparty
    product: libsys
    documents:
      - {id: zqxmain, signed_on: "2016-02-10"}
    term: {from: "2016-02-10"}
    price: {net: {percent_of_list: "30"}}
    overage: {permitted: false, priced_at: net}
    authorised:
      - {deployment: zqxlib, edition: flagship, from: "2016-02-10"}
deployments:
  zqxlib:
    licensee: zqxparty
    name: ZQX deployment
    address: "https://zqxlib.example/"
    access: {kind: contract_clause, reference: ZQX-9}
    pages: [status]
  covered:""",
    )
    .partition("claims:\n")[0]
)
CASE = AccessScope(deployments=frozenset({"covered"}), case="Hefei")


@dataclass
class Served:
    """The pages over one workspace, and who may use them."""

    workspace: Workspace
    office: Office
    settings: DoorSettings
    people: dict[str, Person]
    captures: dict[str, str]
    """Newest capture of each deployment."""
    sessions: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return self.settings.origin

    def session(self, person: str) -> str:
        """The secret of a fresh session of a person, begun as signing in begins one."""
        secret, _ = self.office.sessions.begin(
            self.people[person].id, "passkey", self.office.clock(), full=True, network="127.0.0.0/24", agent="tests"
        )
        return secret

    def browser(self, person: str = "") -> requests.Session:
        """Requests as a browser makes them from our own pages; signed in where a person is named."""
        found = requests.Session()
        found.trust_env = False
        found.headers["Sec-Fetch-Site"] = "same-origin"
        if person:
            found.headers["Cookie"] = f"{cookie_name(self.office, self.settings)}={self.session(person)}"
        return found

    def journalled(self) -> list[tuple[str, dict[str, object]]]:
        """Kind and body of every journal line."""
        journal = custody.Journal.open(self.workspace.root)
        try:
            return [(entry.kind, dict(entry.body)) for entry in journal.entries()]
        finally:
            journal.close()


def make_two_customers(root: Path, targets: str = TWO_CUSTOMERS) -> dict[str, str]:
    """A workspace with two customers, both over; the newest capture of each deployment."""
    (root / "targets.yaml").write_text(targets, encoding="utf-8")
    custody.create_workspace(root, origin="tests.example/web", software="auditor tests")
    captures = {
        name: commit_capture(root, name, used, cap)
        for name, used, cap in (("covered", 18, 20), ("covered", 22, 20), ("suspect", 9, 9), ("zqxlib", 31, "不限"))
    }
    workspace = Workspace(root)
    rebuild_index(workspace, read_targets(workspace)[0], lambda _done, _total, _name: None)
    return captures


def add_people(office: Office) -> dict[str, Person]:
    """One account of each role; counsel sees one deployment of one customer."""
    accounts = Accounts(office.store, office.sessions, office.journal)
    new = {
        "administrator": NewPerson("Ada Admin", "ada", ("administrator",), NOBODY),
        "manager": NewPerson("Mai Manager", "mai", ("manager",), EVERYBODY),
        "own_manager": NewPerson("Otto Own", "otto", ("manager",), AccessScope(contracts=frozenset({"AG-7"}))),
        "analyst": NewPerson("Ann Analyst", "ann", ("analyst",), AccessScope(contracts=frozenset({"AG-7"}))),
        "counsel": NewPerson("Carl Counsel", "carl", ("counsel",), CASE),
    }
    return {name: accounts.add(one, COMMAND_LINE) for name, one in new.items()}


@contextmanager
def served(
    root: Path,
    *,
    four_eyes: bool = False,
    oidc: OidcSettings | None = None,
    make: Callable[[Path], dict[str, str]] = make_two_customers,
    opened: Callable[[Path], Workspace] = Workspace,
) -> Iterator[Served]:
    """Pages over a new workspace with two customers, on a free port, until the block ends.

    `make`: what fills it; `opened`: as what its folder is served.
    """
    captures = make(root)
    workspace, listening = opened(root), bind_address("localhost", 0)
    settings = door_settings("localhost", listening.getsockname()[1], "", frozenset(), frozenset())
    office = Office(workspace, OfficeRules(settings.origin, four_eyes, oidc))
    known: dict[str, Person] = {role: one for one in office.store.people() if one.scope.everybody for role in one.roles}
    people, listens = known or add_people(office), threading.Event()
    server = page_server(office, settings, listens.set)
    thread = threading.Thread(target=server.run, args=([listening],), name="pages")
    thread.start()
    try:
        assert listens.wait(20)
        yield Served(workspace, office, settings, people, captures)
    finally:
        server.should_exit = True
        thread.join()
        office.close()
        listening.close()
