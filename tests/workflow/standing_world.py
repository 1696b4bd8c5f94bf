"""A small workspace to which anything may happen: captures, decisions, edits, midnights, and kills at any moment."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from auditor.custody import Custody, Journal, open_workspace
from auditor.index import Index, IndexedCapture
from auditor.model.events import DecisionMade, GapRecorded, JournalEvent, KeyDateRecorded, RunClosed, RunOpened
from auditor.model.evidence import Seal, TokenVerdict
from auditor.model.findings import Decision, DecisionKind, KeyDate, Unobserved
from auditor.model.notes import quote_text
from auditor.model.reading.observations import Basis, Observation
from auditor.model.reports import EvidenceRow
from auditor.workflow.standing.comparing import StandingComparison
from auditor.workflow.standing.standing import StandingWorkspace
from auditor.workflow.wiring import initialise_workspace
from auditor.workspace import Workspace

START = datetime(2021, 11, 1, 2, 0, tzinfo=UTC)
NAMES = ("d0", "d1", "d2", "d3", "d4", "d5", "d6")
DIGEST = "0123456789abcdef" * 4
HEAD = """format: 1
currency: CNY
parties:
  vendor: {name: 甲方软件有限公司, role: licensor}
  buyer: {name: 安徽某某科技有限公司, role: reseller}
  other: {name: 江苏某某科技有限公司, role: licensee}
pages:
  registration:
    path: /registration
    fields: {used: {labels: [已注册分馆数]}, cap: {labels: [最大分馆数]}}
"""


@dataclass
class Targets:
    """What may be edited in `targets.yaml`."""

    zone: str = "Asia/Shanghai"
    order: tuple[int, ...] = tuple(range(len(NAMES)))
    gone: frozenset[int] = frozenset()
    second: bool = True
    """Whether there is the second contract, which shares a quantity."""
    pool: int = 60
    product_price: int = 5000
    includes: int = 20
    reference: bool = True
    licensee: str = "buyer"
    name: str = ""
    added: int = 0
    dates: bool = False

    def text(self) -> str:
        """The file."""
        here = [number for number in self.order if number not in self.gone]
        first = [one for one in (0, 1, 2) if one in here]
        second = [one for one in (2, 3) if one in here]
        found = f"timezone: {self.zone}\n".join(("", HEAD))
        found += (
            "products:\n  libsys:\n    name: 图书馆集群管理系统\n    metric: {id: branch, label: 分馆}\n    editions:\n"
            f'      flagship: {{list_prices: [{{from: "2015-01-01", base: "100000.00", includes: {self.includes},'
            f' per_extra: "{self.product_price}.00", source: "2015"}}]}}\n'
        )
        found += "contracts:\n" + _contract("C-1", "buyer", "America/New_York", first, self.added)
        if self.second and second:
            found += _contract(
                "C-2", "other", "Asia/Shanghai", second, 0, f"    adds_to: C-1\n    pools: {{branch: {self.pool}}}\n"
            )
        if self.dates:
            found += 'key_dates:\n  - {id: k1, kind: notice, date: "2021-11-05", contract: C-1, what: notice}\n'
        return found + "deployments:\n" + "".join(self._deployment(number) for number in here)

    def _deployment(self, number: int) -> str:
        status = {4: ", legal_status: suspect"}.get(number, "")
        if number == 5:
            status = ", legal_status: reference" if self.reference else ", legal_status: suspect"
        name = f", name: {self.name}" if self.name and number == 1 else ""
        return (
            f"  d{number}: {{product: libsys, licensee: {self.licensee if number == 0 else 'buyer'}, place: CN-AH,"
            f' pages: [registration], address: "https://lib{number}.example/"{name}{status},'
            ' access: {kind: contract_clause, reference: "§6.2"}}\n'
        )


def _contract(name: str, party: str, zone: str, listed: Sequence[int], added: int, more: str = "") -> str:
    orders = "".join(
        f'      - {{deployment: d{one}, edition: flagship, from: "2015-03-01", order: PO-{one}}}\n' for one in listed
    )
    units = (
        f"    amendments:\n      - {{id: A-1, deployment: d{listed[0]}, kind: add_units, units: {added},"
        ' signed_on: "2019-01-01", effective: {date: "2019-01-01"}}\n'
        if added and listed
        else ""
    )
    return (
        f"  - id: {name}\n    kind: reseller\n    licensor: vendor\n    counterparty: {party}\n    product: libsys\n"
        f'    timezone: {zone}\n    term: {{from: "2015-02-10", through: "2021-11-20"}}\n'
        f'    price: {{net: {{percent_of_list: "30"}}}}\n{more}    authorised:\n{orders or "      []"}{units}'
    )


@dataclass
class StandingWorld:
    """A workspace, its clock, and what happened in it so far."""

    root: Path
    custody: Custody
    targets: Targets = field(default_factory=Targets)
    now: datetime = START
    captures: list[str] = field(default_factory=list)
    unsealed: list[str] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    runs: int = 0

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root)

    @property
    def journal(self) -> Journal:
        return self.custody.journal

    def clock(self) -> datetime:
        return self.now

    def write_targets(self) -> None:
        self.workspace.targets.write_text(self.targets.text(), encoding="utf-8")

    def record(self, event: JournalEvent) -> None:
        self.journal.record(event)

    def capture(self, number: int, shown: int | None, looks: int) -> IndexedCapture:
        """A capture of a deployment: what it shows, and what it has in common with others."""
        name = f"c{len(self.captures)}"
        self.captures.append(name)
        deployment, at = NAMES[number], self.now
        sealed = looks % 3 != 0
        if not sealed:
            self.unsealed.append(name)
        row = EvidenceRow(
            name, deployment, f"evidence/{deployment}/{name}", "complete", at, DIGEST, seal(at, sealed), ()
        )
        if shown is None:
            missed = Unobserved(deployment, "registration", "http_error", quote_text("500"), at, name)
            return IndexedCapture("r", row, None, (), (missed,))
        fields = {"edition": "flagship", "licensee": "安徽某某科技有限公司"}
        fields |= {"serial": f"S-{looks % 2}"} if looks % 4 < 2 else {}
        fields |= {"instance_id": f"I-{looks % 3}"} if looks % 5 == 0 else {}
        listed = tuple({"code": f"B{one}", "name": f"{one}"} for one in range(looks % 2, 6)) if looks % 7 < 3 else ()
        basis = Basis(name, "registration/dom.html", DIGEST, "html/body", str(shown), None)
        seen = Observation(
            deployment, "branch", name, at, sealed=False, displayed=shown, displayed_raw=str(shown), cap=20 + looks % 2,
            cap_raw="20", listed=len(listed) or None, listed_complete=bool(listed), rows=listed,
            basis={"displayed": basis}, fields=fields,
        )  # fmt: skip
        return IndexedCapture("r", row, None, (seen,), ())

    @contextmanager
    def opened(self) -> Iterator[StandingWorkspace]:
        """The standing index, as another process would open it."""
        with Index.open(self.workspace.db) as index:
            yield StandingWorkspace(self.workspace, index, self.clock)

    def compared(self) -> StandingComparison:
        """What is kept, held against everything judged at once."""
        with self.opened() as standing:
            return standing.compare()


def seal(at: datetime, sealed: bool) -> Seal:
    verdict = TokenVerdict("a", "A", "verified", "openssl", at + timedelta(seconds=5))
    return Seal(DIGEST, (verdict,) if sealed else (), 1)


@contextmanager
def standing_world(root: Path) -> Iterator[StandingWorld]:
    """A new workspace, held as a run holds it."""
    initialise_workspace(Workspace(root), origin="world.example/standing", clock=lambda: START)
    holder: list[StandingWorld] = []
    with open_workspace(root, at=lambda: holder[0].now if holder else START) as custody:
        world = StandingWorld(root, custody)
        holder.append(world)
        world.write_targets()
        yield world


def killed_at(statement: int, work: Callable[[Callable[[Index], None]], None]) -> bool:
    """Do the work in a process of its own that is killed as it sends its n-th statement; whether it came to that.

    `work` is given what hooks an index that it opened: SQLite tells of every statement, and the process ends itself by
    a signal that nothing can catch.
    """
    child = os.fork()
    if child == 0:
        try:
            work(lambda index: _fatal(index, statement))
        except BaseException:  # noqa: BLE001 - the last line of a process
            traceback.print_exc()
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _fatal(index: Index, statement: int) -> None:
    left = [statement]

    def told(_: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    index.standing.watch(told)


def decided(world: StandingWorld, kind: DecisionKind, subject: str, **more: object) -> Decision:
    made = Decision(
        id=f"d-{len(world.decisions)}", kind=kind, at=world.now, by="A. Person", reason="looked", subject=subject,
        **more,  # type: ignore[arg-type]
    )  # fmt: skip
    world.decisions.append(made)
    world.record(DecisionMade(decision=made))
    return made


def gap(world: StandingWorld, *numbers: int) -> None:
    names = tuple(NAMES[one] for one in numbers)
    several = names if len(names) > 1 else None
    world.record(
        GapRecorded(
            run="", deployment="" if several else names[0], slot="", intent="", why="the host was down",
            deployments=several,
        )
    )  # fmt: skip


def key_date(world: StandingWorld, contract: str, deployment: str | None, *, ambiguous: bool) -> None:
    day = world.now.date()
    on, candidates = (None, (day, day - timedelta(days=30))) if ambiguous else (day, ())
    world.record(
        KeyDateRecorded(
            event=KeyDate(f"e-{contract}-{ambiguous}", "notice", on, candidates, str(day), "notice", "doc", contract,
                          deployment)
        )
    )  # fmt: skip


def run_closed(world: StandingWorld) -> None:
    world.runs += 1
    world.record(RunOpened(run=f"r-{world.runs}"))
    world.record(RunClosed(run=f"r-{world.runs}"))
