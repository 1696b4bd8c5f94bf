"""A host's mail server on loopback: SMTP with STARTTLS (RFC 5321, RFC 3207), and an automatic reply to what it takes.

It takes one message at a time, keeps it in memory, and writes its automatic reply (RFC 3834) into a folder, where a
person would find it in a mailbox.
"""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import IO

from auditor.clock import now
from auditor.demo.authority_keys import EC, run_openssl
from auditor.demo.http_server import LOOPBACK

MAX_LINE, MAX_BYTES = 4096, 64 << 20
CERTIFICATE, KEY = "mail.pem", "mail.key"


def _make_certificate(folder: Path) -> None:
    """A self-signed certificate of 127.0.0.1, once."""
    if not (folder / CERTIFICATE).exists():
        subject = ("-subj", "/CN=practice mail", "-addext", f"subjectAltName=IP:{LOOPBACK}")
        run_openssl("req", "-x509", "-newkey", *EC, "-nodes", "-days", "365", *subject,
                    "-keyout", folder / KEY, "-out", folder / CERTIFICATE)  # fmt: skip


class _Handler(socketserver.BaseRequestHandler):
    server: PracticeMailServer

    def handle(self) -> None:
        client: socket.socket = self.request
        client.settimeout(30)
        lines = client.makefile("rb")
        try:
            self._say(client, "220 mail.practice.example ESMTP practice")
            secure = False
            while line := lines.readline(MAX_LINE):
                word = line.split()[0].upper() if line.split() else b""
                if word == b"STARTTLS" and not secure:
                    self._say(client, "220 ready")
                    client = self.server.tls.wrap_socket(client, server_side=True)
                    lines, secure = client.makefile("rb"), True
                elif word == b"DATA":
                    self._say(client, "354 end with a dot")
                    self._say(client, self.server.take(_content(lines)))
                elif word == b"QUIT":
                    self._say(client, "221 bye")
                    return
                elif word in (b"EHLO", b"HELO"):
                    more = "" if secure else "250-STARTTLS\r\n"
                    self._say(client, f"250-mail.practice.example\r\n{more}250 SIZE {MAX_BYTES}")
                else:
                    self._say(client, "250 ok" if secure else "530 STARTTLS first")
        except (OSError, ValueError):
            return
        finally:
            lines.close()
            client.close()

    @staticmethod
    def _say(client: socket.socket, words: str) -> None:
        client.sendall(f"{words}\r\n".encode("ascii"))


def _content(lines: IO[bytes]) -> bytes:
    """Up to the dot that stands alone, without the dots that protect others."""
    kept, size = [], 0
    while (line := lines.readline(MAX_BYTES)) not in (b".\r\n", b""):
        size += len(line)
        if size > MAX_BYTES:
            raise ValueError("larger than is taken")
        kept.append(line.removeprefix(b".") if line.startswith(b"..") else line)
    return b"".join(kept)


class PracticeMailServer(socketserver.ThreadingTCPServer):
    """Takes mail and answers automatically; a context manager."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, state_dir: Path, *, port: int = 0) -> None:
        """`state_dir`: where its certificate and its replies lie."""
        self._folder = state_dir
        state_dir.mkdir(parents=True, exist_ok=True)
        _make_certificate(state_dir)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(state_dir / CERTIFICATE, state_dir / KEY)
        self.taken: list[bytes] = []
        self.replies: list[Path] = []
        super().__init__((LOOPBACK, port), _Handler)
        self.port = int(self.server_address[1])
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,))

    def take(self, data: bytes) -> str:
        """Keep a message and write the automatic reply to it; the answer of the server."""
        self.taken.append(data)
        message, reply = message_from_bytes(data), EmailMessage(policy=SMTP)
        reply["From"] = "IPR desk <ipr@cloud.practice.example>"
        reply["To"] = "legal@vendor.practice.example"
        reply["Subject"] = f"Auto: ticket {len(self.taken):04d}"
        reply["Date"] = format_datetime(now())
        reply["Message-ID"] = make_msgid(domain="cloud.practice.example")
        reply["In-Reply-To"] = " ".join(str(message.get("Message-ID", "")).split())
        reply["Auto-Submitted"] = "auto-replied"
        reply.set_content("Your mail was received. It is processed in order. 来信已收到，将按顺序处理。\n")
        path = self._folder / f"automatic-reply-{len(self.taken):04d}.eml"
        path.write_bytes(reply.as_bytes())
        self.replies.append(path)
        return f"250 2.0.0 ok: queued as PRACTICE-{len(self.taken):04d}"

    def __enter__(self) -> PracticeMailServer:
        self._thread.start()
        return self

    def __exit__(self, *why: object) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()
