"""No password, session cookie or CSRF token of the practice world stands in any byte that may be disclosed."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable
from pathlib import Path

from auditor.demo import DEMO_PASSWORD, DemoEnvironment
from tests.story.conftest import Workspace
from tests.story.unpacking import forms, unpacked


def test_nothing_that_the_world_handed_out_is_stored_in_the_clear(
    world: DemoEnvironment, make_workspace: Callable[..., Workspace]
) -> None:
    workspace = make_workspace()
    workspace.run()
    workspace.auditor("report", "-o", "report.html")
    issued = world.secrets()
    assert DEMO_PASSWORD in issued and len(issued) > 8, "logins gave out cookies and tokens"
    needles = {form for secret in issued for form in forms(secret)}
    looked, inner = 0, 0
    for path in sorted(path for path in workspace.root.rglob("*") if path.is_file()):
        if path.is_relative_to(workspace.root / "keys"):
            continue
        for data in unpacked(path.read_bytes()):
            inner += 1
            assert not [needle for needle in needles if needle in data], path
        looked += 1
    assert looked > 100 and inner > 2 * looked, "compressed files and their parts were opened"


def test_the_search_finds_what_is_hidden_in_every_kind_of_file(tmp_path: Path) -> None:
    secret = "5A8FE2C6D1B34709A8FE2C6D1B347095"
    mime = b"MIME-Version: 1.0\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    body = gzip.compress(secret.encode())
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    block = head + body
    warc = (
        b"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
        b"WARC-Target-URI: http://a.example/\r\nWARC-Date: 2021-11-10T00:00:00Z\r\n"
        b"Content-Type: application/http; msgtype=response\r\n"
        + f"Content-Length: {len(block)}\r\n\r\n".encode() + block + b"\r\n\r\n"
    )  # fmt: skip
    for hidden in (
        gzip.compress(b"x" + secret.encode()),
        mime + base64.b64encode(b"<p>" + secret.encode()),
        warc,
        gzip.compress(warc),
        base64.b64encode(b"id=" + secret.encode() + b";"),
    ):
        assert any(needle in data for data in unpacked(hidden) for needle in forms(secret))
