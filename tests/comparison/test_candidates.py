"""Which of many addresses run the product: fingerprints, front pages, and addresses out of other people's lists."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest
from openpyxl import Workbook

from auditor.comparison import CapturedScreen, CapturedSystem, SystemFeatures, front_address, make_fingerprint
from auditor.comparison.product.addresses import read_candidates
from auditor.comparison.product.front_page import match_front_page
from auditor.demo.compared.designs import DESIGNS, LICENSED, MARKER
from auditor.demo.compared.fronts import FrontPage, front_pages
from auditor.demo.compared.system import ComparedSystem
from auditor.demo.http_server import Application, HttpRequest, HttpResponse
from auditor.document.page import page_from_body
from auditor.document.web_archive import ArchivedResponse
from auditor.errors import ConfigError
from auditor.model.candidates import ProductFingerprint
from auditor.model.comparisons import SystemRecord
from auditor.model.notes import Note, make_note
from auditor.workflow.candidates.product_fingerprint import encode_fingerprint, read_fingerprint
from tests.comparison.sample_systems import known_libraries

_LOADED = re.compile(rb'(?:src|href)="(/[^"]+)"')


def served(name: str, application: Application) -> tuple[SystemFeatures, Note | None]:
    """What a visitor of a front page is served: the page, and what it loads; a note where it is an error."""
    responses: list[ArchivedResponse] = []

    def ask(path: str) -> HttpResponse:
        answer = application.answer(HttpRequest("GET", path, {}, {}, "", b""))
        headers = {key.lower(): value for key, value in (*answer.headers, ("Content-Type", answer.media_type))}
        responses.append(ArchivedResponse(f"https://{name}.example{path}", answer.status, headers, answer.body))
        return answer

    page = ask("/")
    if page.status == 302:
        page = ask(dict(page.headers)["Location"])
    for path in dict.fromkeys(_LOADED.findall(page.body)):
        if b"/assets/" in path or b"favicon" in path:
            ask(path.decode())
    record = SystemRecord(name, "suspect", f"c-{name}", f"evidence/{name}", "", None, None)
    screen = CapturedScreen("front", page_from_body(page.body), f"https://{name}.example/")
    system = CapturedSystem(record, MappingProxyType({"front": screen}), tuple(responses))
    unseen = make_note("candidate.not_observed") if page.status >= 400 else None
    return SystemFeatures(system, known_libraries()), unseen


@pytest.fixture(scope="module")
def product() -> ProductFingerprint:
    """A fingerprint from one licensed deployment, with two controls on the same framework."""
    licensed = served("licensed", ComparedSystem(LICENSED))[0]
    controls = [served(name, ComparedSystem(DESIGNS[name]))[0] for name in ("other-library", "crm")]
    changes = [text for name in ("licensed", "copy") for text in (DESIGNS[name].product, DESIGNS[name].company)]
    return make_fingerprint("libnet", [licensed], controls, changes=changes, markers=[MARKER])


def test_twelve_of_forty_front_pages_are_the_product_and_none_else(product: ProductFingerprint) -> None:
    """Read from what a server answers, without a browser; the story looks at ten of them in one."""
    pages = front_pages()
    answers = {one.name: match_front_page(*_swapped(one, product)) for one in pages}
    assert (len(pages), sum(one.is_product for one in pages)) == (40, 12)
    assert {name for name, found in answers.items() if found.answer == "same"} == {
        one.name for one in pages if one.is_product
    }
    assert {one.name: answers[one.name].version for one in pages if one.is_product} == {
        one.name: one.version for one in pages if one.is_product
    }
    framed = [one.name for one in pages if one.name.startswith(("trade-", "other-library", "crm"))]
    assert len(framed) == 8
    assert {answers[name].answer for name in framed} == {"another"}
    for name in ("blank", "canvas", "not-found", "broken"):
        assert answers[name].answer == "not_told", name
    assert all(found.why.code.startswith("candidate.") for found in answers.values())


def _swapped(one: FrontPage, product: ProductFingerprint) -> tuple[SystemFeatures, ProductFingerprint, Note | None]:
    features, unseen = served(one.name, one.application)
    return features, product, unseen


def test_a_fingerprint_of_one_kind_is_refused_before_anything_is_looked_at(
    product: ProductFingerprint, tmp_path: Path
) -> None:
    """No sign of none was an answer: *another product*, whatever the page."""
    one = replace(product, files=(), code=(), identifiers=(), cookies=(), headers=(), markers=())
    for made, kinds in ((one, 1), (replace(one, labels=()), 0)):
        path = tmp_path / f"{kinds}.json"
        path.write_bytes(encode_fingerprint(made))
        with pytest.raises(ConfigError, match=f"signs of {kinds} kinds; at least 2"):
            read_fingerprint(path)


def test_an_article_about_the_product_is_not_the_product(product: ProductFingerprint) -> None:
    article = next(one for one in front_pages() if one.name == "article-0")
    assert match_front_page(*_swapped(article, product)).answer != "same"


def test_one_kind_of_sign_alone_tells_nothing(product: ProductFingerprint) -> None:
    only = replace(product, files=(), code=(), identifiers=(), cookies=(), headers=(), markers=())
    licensed = next(one for one in front_pages() if one.is_product)
    found = match_front_page(*_swapped(licensed, only))
    assert (found.answer, found.why.code) == ("not_told", "candidate.one_kind")


def test_what_controls_and_libraries_show_is_no_part_of_a_fingerprint(product: ProductFingerprint) -> None:
    crm = served("crm", ComparedSystem(DESIGNS["crm"]))[0]
    assert not set(product.files) & set(crm.assets)
    assert not set(product.files) & set(known_libraries().digests)
    assert not set(product.labels) & crm.label_forms
    assert all(name not in " ".join(product.labels) for name in ("城市之光", "安徽某"))
    with pytest.raises(ConfigError, match="nothing is left"):
        make_fingerprint("crm", [crm], [crm])


def _workbook(*rows: tuple[str, ...]) -> bytes:
    book, stream = Workbook(), io.BytesIO()
    for row in rows:
        assert book.active is not None
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


WANTED = ["http://203.0.113.7:8080/", "https://lib.school.edu.cn/", "http://libmsc.example/opac"]
TEXT = "school at 203.0.113.7:8080, lib.school.edu.cn and http://libmsc.example/opac?sid=secret."


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("tickets.txt", TEXT.encode()),
        ("tickets.txt", TEXT.encode("utf-16")),
        ("list.csv", b"id;place\r\n1;203.0.113.7:8080\r\n2;lib.school.edu.cn\r\n3;http://libmsc.example/opac?a=b\r\n"),
        ("ct.json", json.dumps([{"ip": "203.0.113.7:8080"}, ["lib.school.edu.cn", {"u": "http://libmsc.example/opac"}]]).encode()),
        ("list.xlsx", _workbook(("address",), ("203.0.113.7:8080",), ("lib.school.edu.cn",), ("http://libmsc.example/opac",))),
    ],
)  # fmt: skip
def test_addresses_come_from_text_csv_json_and_workbooks(name: str, data: bytes) -> None:
    found, refused = read_candidates(data, name, "0" * 64, private=True)
    public = [one for one in found if "203.0.113" not in one.address]
    assert [one.address for one in found] == WANTED
    assert len(public) == 2
    assert refused == ()
    assert all(one.place and one.source == name for one in found)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ("198.51.100.0/24", "candidate.range"),
        ("*.school.edu.cn", "candidate.wildcard"),
        ("http://admin:123456@lib.example/", "candidate.credentials"),
        ("http://127.0.0.1:8801/", "candidate.private"),
        ("10.1.2.3:9000", "candidate.private"),
        ("http://printer.local/", "candidate.private"),
        ("http://999.999.1.1/", "candidate.no_address"),
        ("http://lib.example:99999/", "candidate.no_address"),
    ],
)
def test_what_is_no_public_front_page_is_refused_by_name(entry: str, code: str) -> None:
    address, why = front_address(entry)
    assert address == ""
    assert why is not None
    assert why.code == code


def test_mail_addresses_and_file_names_are_no_addresses() -> None:
    found, refused = read_candidates(b"ask wang@school.edu.cn about report.pdf and index.html", "mail.txt", "0" * 64)
    assert (found, refused) == ((), ())


def test_a_secret_in_a_query_is_not_kept() -> None:
    assert front_address("https://lib.example/login?token=abc#x")[0] == "https://lib.example/login"


@pytest.mark.parametrize(
    ("name", "data"), [("bad.xlsx", b"PK\x03\x04 no zip"), ("deep.json", b"[" * 200_000), ("bad.csv", b'"a\0b";"')]
)
def test_a_file_that_cannot_be_read_ends_in_a_named_answer(name: str, data: bytes) -> None:
    try:
        found, _ = read_candidates(data, name, "0" * 64)
    except ConfigError as error:
        assert name in str(error)
    else:
        assert found == ()


def _altered(part: str, alter: Callable[[bytes], bytes]) -> bytes:
    """A workbook with one of its parts altered."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_workbook(("lib.example.org",)))) as whole, zipfile.ZipFile(made, "w") as packed:
        for name in whole.namelist():
            data = whole.read(name)
            packed.writestr(name, alter(data) if name.endswith(part) else data)
    return made.getvalue()


def _undone() -> bytes:
    """A workbook whose compressed bytes are none."""
    data = bytearray(_workbook(("lib.example.org",)))
    at = data.index(b"xl/worksheets/sheet1.xml") + 30
    data[at : at + 30] = b"\xff" * 30
    return bytes(data)


@pytest.mark.parametrize(
    "data",
    [_altered("sheet1.xml", lambda one: one[:200]), _altered("workbook.xml", lambda one: one[:200]), _undone()],
    ids=["sheet cut", "workbook cut", "not deflate"],
)
def test_a_damaged_workbook_ends_in_a_named_answer(data: bytes) -> None:
    with pytest.raises(ConfigError, match=r"list\.xlsx: not an XLSX workbook"):
        read_candidates(data, "list.xlsx", "0" * 64)


def test_a_place_is_the_row_of_its_sheet() -> None:
    book, stream = Workbook(), io.BytesIO()
    assert book.active is not None
    book.active["A5"] = "lib.example.org"
    book.create_sheet("more")["A3"] = "opac.example.org"
    book.save(stream)
    found, _ = read_candidates(stream.getvalue(), "list.xlsx", "0" * 64)
    assert [one.place for one in found] == ["Sheet, row 5", "more, row 3"]
