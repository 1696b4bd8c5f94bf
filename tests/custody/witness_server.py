"""A witness on a free port, as C2SP tlog-witness describes it: remembers one size and root, cosigns what continues."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auditor import custody
from auditor.clock import now
from auditor.custody.transparency import checkpoints
from auditor.custody.transparency.checkpoints import Checkpoint
from auditor.custody.transparency.witnesses import CheckpointWitness
from auditor.demo.http_server import HttpRequest, HttpResponse, LoopbackServer
from auditor.formats import merkle, signed_note
from auditor.formats.signed_note import VerifierKey


class WitnessServer:
    """Remembers and cosigns; `lie` makes it sign another text, `status` makes it answer that and nothing else."""

    def __init__(self, name: str = "witness.example/w1") -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
        self.vkey = VerifierKey(name, signed_note.COSIGNATURE, self.key.public_key().public_bytes_raw())
        self.size, self.root = 0, hashlib.sha256(b"").digest()
        self.lie = False
        self.status = 200

    def answer(self, request: HttpRequest) -> HttpResponse:
        if self.status != 200:
            return HttpResponse(b"\x1b[2Jno\n", self.status, "text/plain")
        head, _, rest = request.body.partition(b"\n\n")
        lines = head.decode().split("\n")
        at = checkpoints.parse_checkpoint(rest, "submitted")
        if int(lines[0].removeprefix("old ")) != self.size:
            return HttpResponse(f"{self.size}\n".encode(), 409, "text/x.tlog.size")
        proof = [signed_note.unb64(step, "step") for step in lines[1:]]
        if not merkle.verify_consistency(self.size, self.root, at.size, at.root, proof):
            return HttpResponse(b"inconsistent\n", 422, "text/plain")
        self.size, self.root = at.size, at.root
        return HttpResponse(self.cosigned(at), 200, "text/plain")

    def cosigned(self, at: Checkpoint) -> bytes:
        """The signature line over a checkpoint."""
        moment = int(now().timestamp())
        text = "another text\n" if self.lie else at.note.text
        signature = moment.to_bytes(8, "big") + self.key.sign(signed_note.cosigned_message(text, moment))
        return f"— {self.vkey.name} {signed_note.b64(self.vkey.id + signature)}\n".encode()


@contextmanager
def witness() -> Iterator[tuple[WitnessServer, CheckpointWitness]]:
    """The server, and how custody names it."""
    server = WitnessServer()
    http = LoopbackServer(server, name="witness", port=0)
    http.start()
    try:
        yield server, custody.parse_witness(str(server.vkey), http.url)
    finally:
        http.stop()
