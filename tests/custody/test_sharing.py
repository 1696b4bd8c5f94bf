"""One workspace, several processes: one holds it, the others work through it; whoever is killed, nothing is lost."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sqlite3
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from auditor import custody
from auditor.custody import Custody, Journal, SharingTerms
from auditor.custody.files import lock
from auditor.custody.files.claims import ClaimBook
from auditor.custody.sharing import wire
from auditor.errors import AuditorError, HolderGoneError, OutcomeUnknownError, VaultError
from auditor.formats import canonical_json
from auditor.formats.tiles import WIDTH
from auditor.model.events import RunOpened
from tests.custody import practice_authorities as practice
from tests.custody.forks import Ends, Fork, die_at, die_opening, forked

SERVING = SharingTerms("a test", claims=(), serves=True, patience=30.0)


def wrong(root: Path) -> list[str]:
    """What does not hold; no package of these tests is timestamped."""
    found = custody.verify_workspace(root).checks
    return [f"{one.name} {one.subject} {one.detail}" for one in found if one.verdict == "failed"]


def until_alone(held: Custody) -> None:
    """Until what guests left is recovered."""
    assert held.custodian is not None
    deadline = time.monotonic() + 60
    while held.custodian.guests:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def keeps(root: Path, name: str, ends: Ends, *, serves: bool = False, waits: bool = False, dies_at: int = 0) -> None:
    """A command that keeps a capture and signs the journal."""
    with custody.open_workspace(root, terms=SharingTerms(name, (), serves=serves)) as held:
        ends.say("guest" if held.link else "holder")
        if waits:
            ends.wait()
        count = die_at(dies_at)
        practice.keep(held, name, authorities=[])
        custody.sign_checkpoint(held.journal, custody.Sealer(held.vault, [], 1), name)
        ends.say(count())


def journals(root: Path, name: str, ends: Ends, *, lines: int = 1) -> None:
    """A command that journals gaps."""
    with custody.open_workspace(root, terms=SharingTerms(name, ())) as held:
        ends.say("guest" if held.link else "holder")
        for _ in range(lines):
            held.gap("网站 down", run="r", deployment=name)


@contextlib.contextmanager
def a_holder_and_its_guest(root: Path) -> Iterator[tuple[Fork, Fork]]:
    """Two that wait before they keep a capture; the second begins when the first has the workspace."""
    with forked(partial(keeps, root, "holder", serves=True, waits=True)) as holder:
        assert holder.line() == "holder"
        with forked(partial(keeps, root, "guest", waits=True)) as guest:
            assert guest.line() == "guest"
            yield holder, guest


def test_commands_work_through_the_process_that_holds_the_workspace(tmp_path: Path) -> None:
    root = tmp_path / ("a folder whose path is longer than a socket's may be, " + "x" * 70)
    root.mkdir()
    practice.begin(root)
    with custody.open_workspace(root, terms=SERVING) as held:
        assert (root / wire.NAME).stat().st_mode & 0o777 == 0o600
        with forked(partial(keeps, root, "c1")) as one, forked(partial(journals, root, "d", lines=300)) as two:
            for number in range(50):
                held.gap("beside them", run="r", deployment=f"own-{number}")
            assert [one.line(), two.line()] == ["guest", "guest"]
            assert [one.end(), two.end()] == [0, 0]
        until_alone(held)
        assert not any((root / "evidence" / ".staging").iterdir())
        lines = [entry.body.get("deployment") for entry in held.journal.entries(kinds=("gap",))]
        assert [lines.count(name) for name in ("d", "own-0", "own-49")] == [300, 1, 1]
    assert not (root / wire.NAME).exists()
    assert wrong(root) == []


def begun(root: Path) -> None:
    """A workspace whose first segment is nearly full: it is sealed in the middle of what follows."""
    practice.begin(root)
    with custody.open_workspace(root) as held:
        while held.journal.size < WIDTH - 40:
            held.gap("before", run="r", deployment="d")


def _killed_guests(root: Path, points: int) -> None:
    begun(root)
    with custody.open_workspace(root, terms=SERVING) as held:
        with forked(partial(keeps, root, "counted")) as whole:
            assert whole.line() == "guest"
            total = int(whole.line())
        killed = 0
        for number in range(points):
            point = max(1, total * (2 * number + 1) // (2 * points))
            with forked(partial(keeps, root, f"c{number}", dies_at=point)) as guest:
                killed += guest.end() == -signal.SIGKILL
            until_alone(held)
            assert not any((root / "evidence" / ".staging").iterdir()), f"killed at {point} of {total}"
            assert held.journal.ledger.open_intents() == []
            held.gap("the holder goes on", run="r", deployment="d")
        practice.keep(held, "own", authorities=[])
        assert killed >= points * 9 // 10
    assert wrong(root) == []


def test_a_command_that_is_killed_anywhere_leaves_no_hole_in_the_workspace_of_others(tmp_path: Path) -> None:
    _killed_guests(tmp_path, 16)


@pytest.mark.long
def test_commands_killed_at_200_points_leave_no_hole(tmp_path: Path) -> None:
    _killed_guests(tmp_path, 200)


def _killed_holders(root: Path, points: int) -> None:
    """The holder is killed while it works itself and a guest works through it; the next command recovers both."""
    begun(root)
    with forked(partial(keeps, root, "counted", serves=True)) as whole:
        assert whole.line() == "holder"
        total = int(whole.line())
    for number in range(points):
        point = max(1, total * (2 * number + 1) // (2 * points))
        with forked(partial(keeps, root, f"h{number}", serves=True, waits=True, dies_at=point)) as holder:
            assert holder.line() == "holder"
            with forked(partial(keeps, root, f"g{number}")) as guest:
                assert guest.line() == "guest"
                holder.go()
                assert holder.end() == -signal.SIGKILL, f"at {point} of {total}"
                assert guest.end() in {0, HolderGoneError.exit_code, OutcomeUnknownError.exit_code}, guest.line()
        with custody.open_workspace(root) as held:
            assert held.link is None
            assert not any((root / "evidence" / ".staging").iterdir()), f"killed at {point} of {total}"
            assert held.journal.ledger.open_intents() == []
    assert wrong(root) == []


def test_a_holder_that_is_killed_anywhere_leaves_no_hole_of_its_own_or_of_its_guests(tmp_path: Path) -> None:
    _killed_holders(tmp_path, 12)


@pytest.mark.long
def test_holders_killed_at_200_points_leave_no_hole(tmp_path: Path) -> None:
    _killed_holders(tmp_path, 200)


def test_when_the_holder_is_killed_its_guests_stop_and_the_next_command_works_directly(tmp_path: Path) -> None:
    practice.begin(tmp_path)
    with a_holder_and_its_guest(tmp_path) as (holder, guest):
        holder.kill()
        assert (tmp_path / wire.NAME).exists(), "what a killed process leaves"
        with forked(partial(keeps, tmp_path, "c1")) as later:
            assert later.line() == "holder"
            assert later.end() == 0
        guest.go()
        assert guest.line().startswith("HolderGoneError")
        assert guest.end() == HolderGoneError.exit_code
    assert wrong(tmp_path) == []
    assert [record.capture for record in Journal.open(tmp_path).ledger.packages()] == ["c1"]


def test_a_guest_that_may_still_write_keeps_the_workspace_from_others(tmp_path: Path) -> None:
    """One that is stopped in the middle of its work knows nothing of the holder's end."""
    practice.begin(tmp_path)
    with a_holder_and_its_guest(tmp_path) as (holder, guest):
        os.kill(guest.pid, signal.SIGSTOP)
        os.waitpid(guest.pid, os.WUNTRACED)
        holder.kill()
        assert lock.try_lock(tmp_path) is None, "the stopped guest has the lock"
        os.kill(guest.pid, signal.SIGCONT)
        with custody.open_workspace(tmp_path) as held:
            assert held.link is None


def _dies(root: Path, name: str, time: int, ends: Ends) -> None:
    with custody.open_workspace(root, terms=SharingTerms("holder", (), serves=True)):
        die_opening(name, time)
        ends.say("holder")
        ends.wait()


@pytest.mark.parametrize(("at", "time"), [("head", 1), ("tail.jsonl", 2)])
def test_a_holder_that_dies_before_it_answers_leaves_an_outcome_that_is_told_to_be_unknown(
    tmp_path: Path, at: str, time: int
) -> None:
    """At the head nothing is done yet; the open segment is flushed first, and written when the head brings the line."""
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path) as held:
        held.gap("before", run="r", deployment="d")
        size = held.journal.size
    with forked(partial(_dies, tmp_path, at, time)) as holder:
        assert holder.line() == "holder"
        with forked(partial(journals, tmp_path, "d")) as guest:
            assert guest.line() == "guest"
            told = guest.line()
            assert guest.end() == OutcomeUnknownError.exit_code == 6
        assert holder.end() == -signal.SIGKILL
    assert told.startswith("OutcomeUnknownError")
    assert f"line {size} or a later one" in told
    with custody.open_workspace(tmp_path) as held:
        gaps = [entry.number for entry in held.journal.entries(kinds=("gap",))]
    assert gaps[1:] == ([size] if at == "tail.jsonl" else []), "where the message says that it is seen"
    assert wrong(tmp_path) == []


def _races(root: Path, rounds: int, ends: Ends) -> None:
    alone = refused = 0
    for number in range(rounds):
        try:
            terms = SharingTerms("racer", (), serves=number % 2 == 0)
            with custody.open_workspace(root, terms=terms) as held:
                if held.link is None:
                    mark = os.open(root / "mark", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
                    held.gap("alone", run="r", deployment="d")
                    os.close(mark)
                    (root / "mark").unlink()
                    alone += 1
                else:
                    held.gap("through another", run="r", deployment="d")
        except VaultError as error:
            assert "in use by" in str(error)
            refused += 1
    ends.say(f"{alone} {refused}")


def test_of_racing_processes_one_holds_the_workspace_at_a_time(tmp_path: Path) -> None:
    practice.begin(tmp_path)
    with ExitStack() as stack:
        racers = [stack.enter_context(forked(partial(_races, tmp_path, 8))) for _ in range(8)]
        told = [racer.line() for racer in racers]
        assert [racer.end() for racer in racers] == [0] * 8, told
    alone, refused = (sum(int(one.split()[place]) for one in told) for place in (0, 1))
    gaps = [entry.body["why"] for entry in Journal.open(tmp_path).entries(kinds=("gap",))]
    assert len(gaps) == 64 - refused
    assert gaps.count("alone") == alone > 0
    assert wrong(tmp_path) == []


def test_whoever_speaks_something_else_is_sent_away_and_disturbs_nobody(tmp_path: Path) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path, terms=SERVING) as held:
        for sent in (b"", b"GET / HTTP/1.1\r\n\r\n", struct.pack(">I", 1 << 30), struct.pack(">I", 4) + b"null",
                     struct.pack(">I", 50) + b"{"):  # fmt: skip
            connection = wire.connect(tmp_path, 5)
            assert connection is not None
            with connection, contextlib.suppress(ConnectionResetError, BrokenPipeError):
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(30)
                assert connection.recv(1) == b""
        for message in ({"protocol": "auditor.sharing/0", "command": "old"}, {"do": "lines"}):
            connection = wire.connect(tmp_path, 5)
            assert connection is not None
            wire.send(connection, message)
            answer = wire.receive(connection, 30)
            assert answer is None or "start it again" in str(answer["text"])
            connection.close()
        with custody.open_workspace(tmp_path) as guest:
            assert guest.link is not None
            wrong_asks: list[dict[str, object]] = [
                {"do": "nothing"},
                {"do": "append", "kind": "gap", "body": {"odd": 1}, "since": 0},
                {"do": "append", "kind": "workspace.created", "body": {}, "since": 0},
                {"do": "claim", "names": [1], "since": 0},
                {"do": "lines", "since": "0"},
            ]
            for asked in wrong_asks:
                with pytest.raises(AuditorError):
                    guest.link.ask(asked)
            guest.gap("a command after all that", run="r", deployment="d")
        held.gap("and the holder", run="r", deployment="d")
    assert wrong(tmp_path) == []


def _other_user(root: Path, ends: Ends) -> None:
    os.chdir(root)
    os.setuid(65534)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(wire.NAME)
        ends.say("connected")
        try:
            connection.sendall(struct.pack(">I", 2) + b"{}")
            ends.say(connection.recv(10))
        except OSError:
            ends.say(b"")


@pytest.mark.skipif(os.geteuid() != 0, reason="another user can be tried as root alone")
def test_another_user_is_not_served_and_not_believed(tmp_path: Path) -> None:
    root = Path(tempfile.mkdtemp(prefix="auditor-"))
    root.chmod(0o755)
    try:
        practice.begin(root)
        with custody.open_workspace(root, terms=SERVING) as held:
            # Whatever the modes of the files are, the kernel says who is there.
            (root / wire.NAME).chmod(0o666)
            with forked(partial(_other_user, root)) as other:
                assert [other.line(), other.line()] == ["connected", "b''"]
            assert held.custodian is not None
            assert held.custodian.guests == []
            with pytest.raises(VaultError, match="mode 0666"), custody.open_workspace(root):
                pass
            os.chown(root / wire.NAME, 65534, 65534)
            (root / wire.NAME).chmod(0o600)
            with pytest.raises(VaultError, match="of user 65534"), custody.open_workspace(root):
                pass
    finally:
        shutil.rmtree(root)


def test_keys_are_rotated_by_the_holder_while_nobody_else_is_at_work(tmp_path: Path) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path, terms=SERVING) as held:
        with custody.open_workspace(tmp_path) as guest:
            with forked(partial(keeps, tmp_path, "other", waits=True)) as other:
                assert other.line() == "guest"
                with pytest.raises(VaultError, match=r"process \d+ \(other\) is at work with the present ones"):
                    guest.rotate_keys(passphrase=None, why="a test")
                other.go()
                assert other.end() == 0
            assert held.custodian is not None
            while len(held.custodian.guests) > 1:
                time.sleep(0.01)
            new = guest.rotate_keys(passphrase=None, why="a test")
            assert guest.keys.verifier == new.verifier == held.keys.verifier
            practice.keep(guest, "c1", authorities=[])
        with held.at_work(), custody.open_workspace(tmp_path) as guest, pytest.raises(VaultError, match="at work"):
            guest.rotate_keys(passphrase=None, why="a test")
        practice.keep(held, "c2", authorities=[])
    assert wrong(tmp_path) == []


def test_a_holder_that_rests_is_no_reason_for_a_verifier_to_hold_back(tmp_path: Path) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path, terms=SERVING) as held:
        with held.at_work():
            assert custody.is_at_work(tmp_path)
        assert custody.is_locked(tmp_path)
        assert not custody.is_at_work(tmp_path)
        with custody.open_workspace(tmp_path):
            assert custody.is_at_work(tmp_path)
    assert not custody.is_locked(tmp_path)


def test_a_claim_is_had_by_one_session_at_a_time_in_the_order_of_asking() -> None:
    seconds = [0.0]
    book = ClaimBook(lambda: seconds[0])
    assert book.claim(["host a", "deployment d"], "one") == ""
    assert book.claim(["host a"], "one") == "", "a second visit of the same run"
    assert book.claim(["host a", "deployment e"], "two") == "one"
    assert book.claim(["host b"], "two") == ""
    assert book.claim(["host a"], "one") == "two", "who waits is served before the next visit of the first"
    book.release(["host a", "deployment d"], "one")
    assert book.claim(["host a"], "two") == "one", "the second visit goes on"
    book.release(["host a"], "one")
    assert book.claim(["host a"], "three") == "two"
    assert book.claim(["host a", "deployment e"], "two") == ""
    book.end_session("two")
    assert book.claim(["host a"], "three") == "one", "who asked when the second one had it"
    seconds[0] += 3
    assert book.claim(["host a"], "three") == "", "who does not ask again waits no more"
    assert book.claim(["host a"], "one") == "three"


def test_a_message_is_canonical_and_bounded() -> None:
    left, right = socket.socketpair()
    with left, right:
        with pytest.raises(VaultError, match="at most"):
            wire.send(left, {"text": "x" * wire.MAX_MESSAGE})
        left.sendall(struct.pack(">I", 9) + b'{"a": 1}x')
        with pytest.raises(wire.BrokenMessageError):
            wire.receive(right, 5)
        wire.send(left, {"b": "分馆", "a": 1})
        assert wire.receive(right, 5) == {"a": 1, "b": "分馆"}
        assert canonical_json.encode({"a": 1})


def test_what_the_holder_left_open_is_ended_without_touching_what_its_guests_are_at(tmp_path: Path) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path, terms=SERVING) as held:
        assert held.custodian is not None
        since = held.journal.size
        held.journal.record(RunOpened(run="own"))
        held.intent("i-own", run="own", deployment="d")
        staged = held.vault.stage("d", "i-own", held.journal.clock())
        staged.put("page.html", b"half a page", media_type="text/html", made_by="test")
        with custody.open_workspace(tmp_path) as guest:
            guest.journal.record(RunOpened(run="guest"))
            guest.intent("i-guest", run="guest", deployment="e")
            held.custodian.recover_own(since)
            assert [one.id for one in held.journal.ledger.open_intents()] == ["i-guest"]
            assert list(held.journal.ledger.standing.runs) == ["guest"]
            assert not any((tmp_path / "evidence" / ".staging").iterdir())
        until_alone(held)
        assert held.journal.ledger.open_intents() == []
        held.gap("the holder goes on", run="r", deployment="d")
    assert wrong(tmp_path) == []


def test_the_holder_does_not_rotate_keys_under_its_guests(tmp_path: Path) -> None:
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path, terms=SERVING) as held:
        with custody.open_workspace(tmp_path) as guest:
            before = guest.keys.verifier
            with pytest.raises(VaultError, match="is at work with the present ones"):
                held.rotate_keys(passphrase=None, why="a test")
            practice.keep(guest, "c1", authorities=[])
            assert held.journal.ring.active == before
        until_alone(held)
        assert held.rotate_keys(passphrase=None, why="a test").verifier == held.journal.ring.active != before
    assert wrong(tmp_path) == []


class _KeyPressedError(BaseException):
    """Somebody interrupts this command."""


def test_a_guest_that_is_interrupted_before_the_answer_asks_nothing_more(tmp_path: Path) -> None:
    """Else it would take the answer for that of its next question."""

    def interrupts(number: int, frame: object) -> None:
        raise _KeyPressedError

    practice.begin(tmp_path)
    with forked(partial(keeps, tmp_path, "holder", serves=True, waits=True)) as holder:
        assert holder.line() == "holder"
        with custody.open_workspace(tmp_path) as guest:
            assert guest.link is not None
            os.kill(holder.pid, signal.SIGSTOP)
            os.waitpid(holder.pid, os.WUNTRACED)
            before = signal.signal(signal.SIGUSR1, interrupts)
            key = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGUSR1))
            try:
                with pytest.raises(_KeyPressedError):
                    key.start()
                    guest.link.ask({"do": "claim", "names": ["host a"], "since": guest.journal.size})
            finally:
                key.join()
                signal.signal(signal.SIGUSR1, before)
                os.kill(holder.pid, signal.SIGCONT)
            with pytest.raises(HolderGoneError):
                guest.link.ask({"do": "lines", "since": guest.journal.size})


def test_a_guest_whose_tables_are_a_segment_behind_has_the_same_tree(tmp_path: Path) -> None:
    ledger, earlier = tmp_path / "db" / "ledger.db", tmp_path / "earlier.db"
    practice.begin(tmp_path)
    with custody.open_workspace(tmp_path, terms=SERVING) as held:
        while held.journal.size < WIDTH - 5:
            held.gap("before", run="r", deployment="d")
        with sqlite3.connect(ledger) as source, sqlite3.connect(earlier) as copy:
            source.backup(copy)
        while held.journal.size < WIDTH + 10:
            held.gap("before", run="r", deployment="d")
        for name in (ledger, Path(f"{ledger}-wal"), Path(f"{ledger}-shm")):
            name.rename(f"{name}.held")
        earlier.rename(ledger)
        with custody.open_workspace(tmp_path) as guest:
            assert guest.link is not None
            assert guest.journal.size == held.journal.size == WIDTH + 10
            assert guest.journal.tree().root == held.journal.tree().root
            assert guest.journal.segments == held.journal.segments == 1
