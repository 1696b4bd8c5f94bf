"""Captures go to the index in batches: nothing before a batch is full, everything once it is flushed."""

from __future__ import annotations

from pathlib import Path

from auditor.workflow.audit.run_record import open_run
from auditor.workflow.index.batch import IndexBatch
from tests.workflow.http_estate import JsonSite, opened, serving
from tests.workflow.test_visit_one import Worker


def test_a_full_batch_is_written_and_the_rest_when_flushed(tmp_path: Path) -> None:
    with serving(JsonSite()) as address, opened(tmp_path / "w", address, 3) as instruments:
        worker, batch = Worker(instruments), IndexBatch(instruments.index, size=2)
        found = []
        for slot in open_run(instruments, (), None).slots:
            worker.visit(slot)
            batch.add(worker.recorded[-1])
            found.append(len(instruments.index.packages()))
        batch.flush()
        assert (found, len(instruments.index.packages())) == ([0, 2, 2], 3)
        batch.flush()
        assert len(instruments.index.packages()) == 3
