"""What holds of every template and static file by reading it: no script or style inside, no other host, all words."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

import auditor.web
from auditor.web.page_filters import linked, part, share, size_text
from auditor.wording import page_word_table

WEB = Path(auditor.web.__file__).parent
TEMPLATES = sorted((WEB / "templates").glob("*.html"))
VENDOR = WEB / "static" / "vendor"


@pytest.mark.parametrize("path", TEMPLATES, ids=[path.stem for path in TEMPLATES])
def test_a_template_holds_no_script_no_style_and_no_other_host(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=|javascript:", text)
    assert not re.search(r"\bhx-on|\|\s*safe\b|autoescape", text)
    named = set(re.findall(r"https?://[^\s\"'<]*", text))
    assert named <= {"https://…"}  # an example of what to type


@pytest.mark.parametrize("path", TEMPLATES, ids=[path.stem for path in TEMPLATES])
def test_a_template_says_nothing_that_has_no_words(path: Path) -> None:
    text, known = path.read_text("utf-8"), page_word_table()
    for key, more in re.findall(r"""\bsay\(["']([a-z_]+\.[a-z_]*)["'](\s*~)?""", text):
        assert any(name.startswith(key) for name in known) if more else key in known, key


def test_vendored_files_are_those_of_the_lock() -> None:
    lines = (VENDOR / "vendor.lock").read_text("utf-8").splitlines()
    locked = {line.split()[0]: line.split()[3] for line in lines if not line.startswith("#")}
    files = {path.relative_to(VENDOR).as_posix(): path for path in VENDOR.rglob("*") if path.is_file()}
    assert set(files) - {"vendor.lock", "README.md"} == set(locked)
    for name, digest in locked.items():
        assert hashlib.sha256(files[name].read_bytes()).hexdigest() == digest


def test_links_keep_the_state_of_a_list_and_begin_it_anew() -> None:
    query = {"status": "over", "after": "xyz", "q": "合肥 & co"}
    assert linked("/", query, sort="name") == "/?status=over&q=%E5%90%88%E8%82%A5+%26+co&sort=name"
    assert linked("/", query, status=None, q="") == "/"
    assert part("a/../b?c") == "a%2F..%2Fb%3Fc"
    assert (share(5, 10, 100), share(20, 10, 100), share(1, 0, 100)) == (50.0, 100.0, 0.0)
    assert (size_text(999), size_text(1_500), size_text(2_500_000)) == ("999 B", "1.5 kB", "2.5 MB")
