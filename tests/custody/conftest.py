"""Shared authorities and one sealed workspace; a test that alters it works on a copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.custody import practice_authorities as practice
from tests.custody.practice_authorities import Authorities


@pytest.fixture(scope="session")
def _servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authorities]:
    with practice.authorities(tmp_path_factory.mktemp("authorities")) as found:
        yield found


@pytest.fixture
def stamps(_servers: Authorities) -> Iterator[Authorities]:
    """Two honest authorities; a test may make the first misbehave."""
    yield _servers
    _servers.behave("honest")


@pytest.fixture(scope="session")
def sealed(_servers: Authorities, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed workspace: only to be read."""
    root = tmp_path_factory.mktemp("sealed")
    practice.run(root, _servers)
    return root


@pytest.fixture
def workspace(sealed: Path, tmp_path: Path) -> Path:
    """A copy of the sealed workspace, to alter."""
    return Path(shutil.copytree(sealed, tmp_path / "workspace", symlinks=True))


@pytest.fixture(scope="session")
def grown_workspace(_servers: Authorities, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sealed workspace whose journal has two sealed segments and an open one: only to be read."""
    root = tmp_path_factory.mktemp("grown")
    practice.run(root, _servers, before=515)
    return root


@pytest.fixture
def grown(grown_workspace: Path, tmp_path: Path) -> Path:
    """A copy of it, to alter."""
    return Path(shutil.copytree(grown_workspace, tmp_path / "grown", symlinks=True))
