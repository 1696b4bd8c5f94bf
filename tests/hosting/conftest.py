"""One set of registers for a test file; each test sets the faults it needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosting.lookups import Registers, registers


@pytest.fixture(scope="module")
def _standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registers]:
    with registers(tmp_path_factory.mktemp("registers")) as found:
        yield found


@pytest.fixture
def place(_standing: Registers) -> Iterator[Registers]:
    """Registers without faults."""
    yield _standing
    _standing.rdap.faults.clear()
    _standing.rdap.retry_after = "120"
    _standing.names.faults.clear()
    _standing.whois.answers.clear()
    _standing.whois.otherwise = b"% No match\r\n"
    _standing.waited.clear()


@pytest.fixture
def data(place: Registers) -> Path:
    """The folder of `targets.yaml`, in which data sets lie."""
    return place.base
