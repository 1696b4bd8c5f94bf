"""The commands of docs/notices.md do what the page says, in its order."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from auditor.clock import now
from auditor.custody import offline_verification_script, verify_workspace
from auditor.workflow import notice_records_of
from tests.notices.estates import NOTICE, NoticeEstate
from tests.notices.mail_servers import MailPost
from tests.notices.test_command import at_a_terminal, auditor
from tests.notices.test_receiving import answering
from tests.notices.test_replies import letter

TOP = Path(__file__).parents[2]


def test_the_commands_of_the_page(estate: NoticeEstate, post: MailPost, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (TOP / "docs" / "notices.md").read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    assert len(lines) == 12
    root = estate.workspace.root
    monkeypatch.chdir(root)
    (root / "slip.png").write_bytes(b"\x89PNG")
    said: list[str] = []
    for line in lines:
        command, _, expected = line.partition(" || test $? -eq ")
        if "receive reply.eml" in line:
            answering(estate.workspace, letter(more="Auto-Submitted: auto-replied\r\n"), root)
        replies = notice_records_of(estate.workspace, "", None)[0].replies
        command = command.replace("$REPLY", replies[-1].id if replies else "").replace("2026-11-20", f"{now().date()}")
        name, *words = shlex.split(command)
        assert name == "auditor"
        if words[:2] == ["notice", "send"] and "--record" not in words:
            code, told = at_a_terminal(estate, NOTICE, *words)
        else:
            done = auditor(estate, *words)
            code, told = done.code, done.out + done.error
        assert code == int(expected or 0), f"{line}\n{told}"
        said.append(told)
    assert len(post.taken) == 1
    (record,) = notice_records_of(estate.workspace, NOTICE, None)
    assert [one.outcome for one in record.deliveries] == ["accepted", "accepted"]
    assert (record.replies[0].kind, record.replies[0].by, record.stage) == ("automatic", "A. Clerk", "received")
    assert "REVERSED 2019-06-20" in said[1] and "收件人自己的服务器已接收" in said[8]
    assert [one for one in verify_workspace(root).checks if one.verdict == "failed"] == []
    steps = ["sh", "-c", offline_verification_script(root)]
    printed = subprocess.run(steps, capture_output=True, text=True, check=False)
    assert printed.returncode == 0, printed.stdout + printed.stderr
    path = root / record.drafts[-1].path / "message.eml"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b" ")
    assert subprocess.run(steps, capture_output=True, check=False).returncode != 0


def test_the_page_names_every_finding_and_every_law() -> None:
    page = (TOP / "docs" / "notices.md").read_text(encoding="utf-8")
    assert all(f"N{number}" in page for number in range(101, 116))
    for law in ("民法典 1195", "保护条例 14", "电子商务法 42", "512(c)(3)", "Digital Services Act art. 16"):
        assert law in page
