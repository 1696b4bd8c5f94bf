"""What `check` accepts, a run can keep: ids that would name evidence are refused where evidence refuses them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.custody import open_workspace
from auditor.custody.packages.vault import Vault
from auditor.errors import VaultError
from auditor.targets import find_problems
from auditor.workflow.wiring import initialise_workspace
from auditor.workspace import Workspace
from tests.workflow.http_estate import targets

PEM = "timestamping:\n  quorum: 1\n  authorities: {%s: {url: 'http://127.0.0.1:9/', owner: A, roots: a.pem}}\n"


def refused(folder: Path, text: str) -> list[str]:
    path = folder / "targets.yaml"
    path.write_text(text, encoding="utf-8")
    return [str(one) for one in find_problems(path) if one.severity == "error"]


def estate(deployment: str = "d0", page: str = "status", authority: str = "alpha") -> str:
    text = targets("http://127.0.0.1:9/", 1).replace("  d0:", f"  {deployment}:")
    return text.replace("[status]", f"[{page}]").replace("  status:\n", f"  {page}:\n") + PEM % authority


@pytest.mark.parametrize("name", ["合肥", "nul", "con", "COM1", "trust", "journal", "Journal", "ends.", "é"])
def test_a_deployment_s_id_that_names_no_folder_of_evidence_is_refused(tmp_path: Path, name: str) -> None:
    (told,) = refused(tmp_path, estate(deployment=name))
    assert f"error[S22] deployments.{name}: " in told


@pytest.mark.parametrize("name", ["注册", "manifest.x", "aux", "dns.json", "traffic.warc.gz"])
def test_a_page_s_id_that_names_no_folder_of_evidence_is_refused(tmp_path: Path, name: str) -> None:
    (told,) = refused(tmp_path, estate(page=name))
    assert f"error[S22] pages.{name}: " in told


@pytest.mark.parametrize("name", ["国家授时中心", "refused-1", "a.refused-2", "a.again-2", "nul"])
def test_an_authority_s_id_that_names_no_file_of_evidence_is_refused(tmp_path: Path, name: str) -> None:
    (told,) = refused(tmp_path, estate(authority=name))
    assert f"error[S22] timestamping.authorities.{name}: " in told


def test_ids_that_differ_by_case_alone_or_fall_on_one_folder_are_refused(tmp_path: Path) -> None:
    two = targets("http://127.0.0.1:9/", 2)
    assert refused(tmp_path, two) == []
    (told,) = refused(tmp_path, two.replace("  d1:", "  D0:"))
    assert "D0: differs from d0 by its case alone." in told
    paged = two.replace("[status]", "[status, status-1]").replace(
        "  status:\n", "  status-1: {path: x, fields: {used: {labels: [Used]}}}\n  status:\n"
    )
    assert refused(tmp_path, paged) == [], "status is no list: its view is status"
    listed = paged.replace("    path: status.json\n", "    path: status.json\n    listing: {columns: {name: Name}}\n")
    told_listed = refused(tmp_path, listed)
    assert any("would have folders of one name" in one for one in told_listed), told_listed


def test_what_is_never_visited_may_have_any_id(tmp_path: Path) -> None:
    assert refused(tmp_path, estate(deployment="合肥").replace(", pages: [status]", "")) == []


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    root = tmp_path_factory.mktemp("vault")
    initialise_workspace(Workspace(root), origin="test.example/ids")
    with open_workspace(root) as custody:
        yield custody.vault


@given(
    st.text(st.sampled_from("aZ0.-_合é"), min_size=1, max_size=6)
    | st.sampled_from(["nul", "con.x", "trust", "README.md", "manifest.json", "dns.json", "refused-1", "x" * 80])
)
def test_whatever_check_accepts_can_be_staged(
    vault: Vault, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    if not refused(folder, estate(deployment=f"'{name}'")):
        staged = vault.stage(name, "c1", vault.journal.clock())
        staged.discard()
    if not refused(folder, estate(page=f"'{name}'")):
        staged = vault.stage("d", "c1", vault.journal.clock())
        try:
            for path in ("circumstances.json", "dns.json", "traffic.warc.gz", f"{name}/dom.html", f"{name}-1/dom.html"):
                staged.put(path, b"x", media_type="text/plain", made_by="test")
        except VaultError as error:  # pragma: no cover (the message is what a failure is to show)
            raise AssertionError(f"{name!r} was accepted: {error}") from error
        finally:
            staged.discard()
