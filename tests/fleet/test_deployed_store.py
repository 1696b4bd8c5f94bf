"""The unit of a store that is shipped: its command line starts one that a fleet can rely on."""

from __future__ import annotations

import configparser
import json
import shlex
import shutil
from pathlib import Path

import pytest

from auditor.fleet import Bucket, StoreAddress, try_as_worker, try_store
from tests.fleet.servers import ACCESS_KEY, SECRET_KEY, StoreServer, as_user, free_port, scratch, weed_program

UNIT = Path(__file__).parents[2] / "deploy" / "auditor-store.service"


def test_the_store_s_command_line_starts_a_store_that_keeps_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    read = configparser.ConfigParser(interpolation=None, strict=False)
    read.read(UNIT, encoding="utf-8")
    words = shlex.split(read["Service"]["ExecStart"])
    folder = scratch("s3")
    try:
        (folder / "data").mkdir()
        credentials = [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}]
        identity = {"name": "maintenance", "credentials": credentials, "actions": ["Admin", "Read", "Write", "List"]}
        (folder / "store.json").write_text(json.dumps({"identities": [identity]}))
        port, filer = free_port(), free_port()
        ours = {
            "/usr/local/bin/weed": str(weed_program()),
            "-dir=/var/lib/auditor-store": f"-dir={folder / 'data'}",
            "-s3.port=8333": f"-s3.port={port}",
            "-s3.config=/etc/auditor/store.json": f"-s3.config={folder / 'store.json'}",
        }
        assert set(ours) <= set(words)
        # Ports beside the one that workers reach: of this machine alone, where a test may find them taken.
        inner = [f"-master.port={free_port()}", f"-volume.port={free_port()}", f"-filer.port={filer}"]
        inner += [f"-{name}.port.grpc={free_port()}" for name in ("master", "volume", "filer", "s3")]
        inner += ["-s3.port.iceberg=0", "-s3.port.lance=0", f"-logdir={folder}"]
        user = as_user("nobody", folder)
        command = [*user, ours[words[0]], *inner[-1:], *(ours.get(one, one) for one in words[1:]), *inner[:-1]]
        server = StoreServer(folder, port, filer, command)
        try:
            server.start()
            server.make_bucket("evidence")
            for name, value in server.environment.items():
                monkeypatch.setenv(name, value)
            bucket = Bucket(StoreAddress("s3://evidence"))
            try_as_worker(bucket)
            assert try_store(bucket).address.endpoint == server.endpoint
        finally:
            server.kill()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
