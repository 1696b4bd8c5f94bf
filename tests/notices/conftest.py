"""One pair of practice authorities, one mail server and one approved notice for the tests of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.workflow import approve_notice, draft_notice
from auditor.workspace import Workspace
from tests.custody import practice_authorities as practice
from tests.custody.practice_authorities import Authorities
from tests.notices.estates import NOTICE, NoticeEstate, held, notice_estate, visit
from tests.notices.mail_servers import MailPost, mail_post


@pytest.fixture(scope="session")
def stamps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authorities]:
    with practice.authorities(tmp_path_factory.mktemp("authorities")) as made:
        yield made


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailPost]:
    with mail_post(tmp_path_factory.mktemp("mail")) as made:
        yield made


@pytest.fixture
def post(server: MailPost) -> MailPost:
    """The server without a fault, and with nothing taken."""
    server.rcpt, server.data, server.wait = "", "250 2.0.0 Ok: queued as 4ABC", 0.0
    server.taken.clear()
    server.accounts.clear()
    server.reached.clear()
    return server


@pytest.fixture(scope="session")
def approved(tmp_path_factory: pytest.TempPathFactory, server: MailPost, stamps: Authorities) -> Iterator[NoticeEstate]:
    """A workspace whose deployment was visited, whose notice was drafted (no PDF) and approved; never to be changed."""
    with notice_estate(tmp_path_factory.mktemp("approved") / "w", server, stamps) as made:
        with held(made.workspace) as instruments:
            visit(instruments, "r1")
            draft_notice(instruments, NOTICE)
            approve_notice(instruments, NOTICE, by="B. Counsel", why="checked against the file")
        yield made


@pytest.fixture
def estate(approved: NoticeEstate, tmp_path: Path) -> NoticeEstate:
    """A copy of it that a test may change; its site is the shared one, put back to its first state."""
    approved.site.used, approved.site.gone = 18, False
    copied = Path(shutil.copytree(approved.workspace.root, tmp_path / "w"))
    return NoticeEstate(Workspace(copied), approved.site, approved.text)
