"""Scripts by fingerprints: what is alike is told, what is not is not, and what cannot be read is never different."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pytest

from auditor.comparison.code.scripts import LEAST_TOKENS, decode_script
from tests.bundle.no_network import require_no_network, run
from tests.comparison.sample_systems import known_libraries
from tests.comparison.scripts import alike, known_share, literals_alike, read, stored

TOP = Path(__file__).parents[2]
LICENSED, COPY = "compared_licensed", "compared_copy"
OTHERS = ("compared_other", "compared_crm", "compared_plain")


def test_c05_a_script_is_whole_against_itself_with_and_without_filtration() -> None:
    """C5: identical files were 69 % alike (JPlag#1192, #2340)."""
    one, again = read(stored(LICENSED)), read(stored(LICENSED))
    assert alike(one, again) == 1
    assert alike(one, again, known_libraries()) == 1
    assert literals_alike(one, again) == 1


def test_c06_changed_base_code_is_filtered_in_every_form() -> None:
    """C6: edited or not normalised base code counted as match (JPlag#222, #55, PR#1827)."""
    known = known_libraries().tokens
    published = read(stored("jquery-3.7.1.min"))
    edited = read(stored("jquery-3.7.1.min").replace(b'"3.7.1"', b'"3.7.1-school"'))
    assert known_share(edited, known) >= 0.999
    for name, least in (("jq_mangled", 0.99), ("jq_hard", 0.96), ("jq_soft", 0.999)):
        assert known_share(read(stored(name)), known) >= least, name
    # With the published file alone a mangled source would have been taken for somebody's own code.
    assert known_share(read(stored("jq_mangled")), published.tokens) < 0.5


def test_c07_few_lines_are_too_short_to_be_compared() -> None:
    """C7: a few lines were more than 90 % alike (SSID#188)."""
    few = read(b"function open(id) { $('#' + id).show(); return false; }")
    assert few.why_not is not None
    assert few.why_not.code == "comparison.code_too_short"
    assert int(few.why_not.text("tokens")) < LEAST_TOKENS


def test_c08_a_repeated_function_hardly_changes_a_figure() -> None:
    """C8: repeats distorted the figure (dolos#1163, copydetect#19)."""
    licensed, copy = stored(LICENSED), stored(COPY)
    function = b"\nfunction again(a, b) { var sum = a.first + b.second; return sum > 10 ? a.left : b.right; }"
    before = alike(read(licensed), read(copy))
    after = alike(read(licensed), read(copy + function * 500))
    once = alike(read(licensed), read(copy + function))
    assert abs(after - once) < 0.01
    assert abs(after - before) < 0.05


def test_c09_own_code_of_strangers_is_not_alike() -> None:
    """C9: a tool that folds names and literals called unrelated code 74 % alike."""
    for one in (LICENSED, *OTHERS):
        for other in OTHERS:
            if one != other:
                assert alike(read(stored(one)), read(stored(other))) < 0.02, (one, other)


def test_c10_nothing_is_fetched_when_scripts_are_read(tmp_path: Path) -> None:
    """C10: grammars were fetched at run time. Read in a process that has no network, and no cache of its user."""
    require_no_network()
    told = "from auditor.comparison.code.tokens import tokenise; print(len(tokenise('var a = {b: 1};' * 50)))"
    assert int(run("env", f"HOME={tmp_path}", sys.executable, "-c", told, cwd=TOP)) > 100
    assert not list(tmp_path.iterdir())


def test_bundles_are_alike_by_their_libraries_until_these_are_left_out() -> None:
    """A17: two strangers that bundle the same libraries, and a copy, in which one function more was changed."""
    libraries = stored("jquery-3.7.1.min") + b"\n;" + stored("layui") + b"\n;"
    changed = re.sub(rb"  LibNet\.acceptBarcode = .*?\n  };\n", b"", stored(COPY), flags=re.DOTALL)
    licensed, copy, stranger = (read(libraries + own) for own in (stored(LICENSED), changed, stored("compared_crm")))
    assert alike(licensed, stranger) > 0.99  # raw, and shown beside
    assert alike(licensed, stranger, known_libraries()) <= 0.01
    assert alike(licensed, copy, known_libraries()) == pytest.approx(0.80, abs=0.02)


@pytest.mark.long
def test_versions_and_builds_of_one_library_and_another_library() -> None:
    """A18: echarts 6.1.0 built again, 5.6.0, and three 0.160."""
    begun = time.process_time()
    first = read(stored("echarts-6.1.0.min"))
    again, older, other = (
        read(stored(name)) for name in ("echarts-6.1.0.again", "echarts-5.6.0.min", "three-0.160.min")
    )
    assert alike(first, again) >= 0.95
    assert 0.70 <= alike(first, older) <= 0.85
    assert alike(first, other) <= 0.005
    assert time.process_time() - begun < 40  # four scripts of 0.7 to 1.1 MB; bench/compare.py has the ratios


def test_a_minified_copy_is_told_by_its_names_and_texts() -> None:
    source, minified = read(stored(LICENSED)), read(stored("licensed.min"))
    assert alike(source, minified) < 0.5
    assert literals_alike(source, minified) > 0.8


def test_obfuscated_code_is_not_comparable_and_has_no_figure() -> None:
    """A19."""
    hidden = read(stored("copy.obfuscated"))
    assert hidden.why_not is not None
    assert hidden.why_not.code == "comparison.code_obfuscated"
    assert len(hidden.tokens) == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\x00asm\x01\x00\x00\x00", "comparison.code_wasm"),
        (b"eval(function(p,a,c,k,e,d){return p}('0 1',2,2,'a|b'.split('|'),0,{}))", "comparison.code_packed"),
        (b"eval(atob('" + b"QUJD" * 900 + b"'))", "comparison.code_packed"),
        (b"[][(![]+[])[+[]]]+" * 80, "comparison.code_packed"),
        (b"x" * (21 << 20), "comparison.code_too_large"),
        (b"", "comparison.code_too_short"),
    ],
)
def test_what_cannot_be_compared_has_a_named_answer(body: bytes, code: str) -> None:
    found = read(body)
    assert found.why_not is not None
    assert found.why_not.code == code


def test_a_script_with_syntax_errors_says_so_and_is_compared() -> None:
    broken = read(stored(LICENSED).replace(b"return found.join", b"return ) found..join(("))
    assert broken.remark is not None
    assert broken.remark.code == "comparison.code_damaged"
    assert 0.8 < alike(broken, read(stored(LICENSED))) < 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gb18030"])
def test_an_encoding_is_no_difference(encoding: str) -> None:
    text = stored(LICENSED).decode()
    other = read(text.encode(encoding))
    assert decode_script(text.encode(encoding)) == text
    assert alike(read(stored(LICENSED)), other) == 1


def test_a_builder_that_cuts_files_otherwise_is_no_difference() -> None:
    """Chunks: functions are compared as a set, not file by file."""
    from auditor.comparison.code.scripts import joined_prints

    text = stored(LICENSED).decode()
    middle = text.index("  LibNet.preorderTotal")
    halves = text[:middle] + "\n})(jQuery, window);", "(function ($, window) {\n" + text[middle:]
    whole = joined_prints([read(stored(LICENSED))])[0]
    parts = joined_prints([read(one.encode()) for one in reversed(halves)])[0]
    shared = len(set(whole.tolist()) & set(parts.tolist()))
    assert shared / len(whole) > 0.97


def test_very_deep_scripts_are_read_without_recursion() -> None:
    deep = read(("(" * 5000 + "a.first" + ")" * 5000 + ";" + "b.second(1);" * 200).encode())
    assert deep.count >= 200 or deep.why_not is not None
