"""One LIBNET report for the whole room: its pictures are taken once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reporting import sample_report as samples


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return samples.screenshots(Path(tmp_path_factory.mktemp("visits")))


@pytest.fixture(scope="session")
def libnet(pictures: dict[str, bytes]) -> samples.Sample:
    return samples.sample(pictures)
