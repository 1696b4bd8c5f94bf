"""Files that are no targets file: unreadable, not YAML, too deep, too many aliases. Each refusal has its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.targets import find_problems
from auditor.targets.yaml.nodes import MAX_DEPTH
from tests.targets.worked_example_edits import EXAMPLE, written

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 10)}]\n" for i in range(9)
)

BROKEN = (
    ("format: [1,\n", "S17", 2),
    ("format: 1\n\tcurrency: CNY\n", "S17", 2),
    ("format: 1\nparties: {vendor: {name: 'x}}\n", "S17", 3),
    ("format: 1\nnotice: a\x01b\n", "S17", 2),
    ("%YAML 1.1\n---\nformat: 1\n", "S19", 1),
    ("format: 1\n---\nformat: 1\n", "S19", 2),
    ("format: !!int 1\n", "S19", 1),
    ("format: 1\nparties: !!python/object:os.system {a: b}\n", "S19", 2),
    ("format: 1\n? [a, b]\n: 1\n", "S19", 2),
    ("format: 1\nnotice: *nowhere\n", "S19", 2),
    ("format: 1\nparties: " + "[" * (MAX_DEPTH + 1) + "\n", "S18", 2),
    (LAUGHS, "S18", 5),
    ("", "S12", 1),
    ("# nothing\n", "S12", 1),
    ("- a\n- b\n", "S12", 1),
    ("just text\n", "S12", 1),
)


@pytest.mark.parametrize(("text", "code", "line"), BROKEN, ids=[f"{i} {case[1]}" for i, case in enumerate(BROKEN)])
def test_broken(text: str, code: str, line: int, tmp_path: Path) -> None:
    found = find_problems(written(tmp_path, text))
    assert [(p.code, p.line) for p in found if p.code == code][:1] == [(code, line)], [str(p) for p in found]
    assert all("\n" not in str(problem) for problem in found)


def test_not_utf8_is_told_with_its_place(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    path.write_bytes(b"format: 1\nnotice: " + "合肥".encode("gbk") + b"\n")
    (problem,) = find_problems(path)
    assert (problem.code, problem.line, problem.col) == ("S17", 2, 9)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    (problem,) = find_problems(tmp_path / "targets.yaml")
    assert str(problem) == (
        f"{tmp_path / 'targets.yaml'}:1:1: error[S21] the file cannot be read: No such file or directory. "
        "Write one with `auditor init`, or name its folder with --workspace."
    )


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    path.write_bytes(b"\xef\xbb\xbf" + EXAMPLE.replace("\n", "\r\n").encode())
    assert {problem.code for problem in find_problems(path)} == {"K03", "T07"}


def test_an_alias_is_read_as_what_it_stands_for(tmp_path: Path) -> None:
    text = EXAMPLE.replace("access: {kind: contract_clause", "access: &own {kind: contract_clause", 1)
    text = text.replace('access: {kind: contract_clause, reference: "AG-2015-007 §6.2"}', "access: *own")
    assert {problem.code for problem in find_problems(written(tmp_path, text))} == {"K03", "T07"}


def test_merge_keys_are_refused(tmp_path: Path) -> None:
    found = find_problems(
        written(tmp_path, EXAMPLE.replace("{licensee: wuhu-lib,", "{<<: {place: CN-AH}, licensee: wuhu-lib,"))
    )
    assert any(problem.code == "S01" and "merge keys" in problem.message for problem in found)


def test_no_secret_is_repeated_in_a_message(tmp_path: Path) -> None:
    login = 'logins:\n  a: {path: /, username_env: "me@example", password_env: "hunter2!", token: hunter2!}\n'
    login += "  b: {path: /, username_env: U, password_env: P, steps: [{action: fill, text: 密码, value: hunter2!}]}\n"
    text = EXAMPLE.replace("https://lib.wuhu", "https://me:hunter2!@lib.wuhu") + "\n" + login
    found = find_problems(written(tmp_path, text))
    assert len([problem for problem in found if problem.code in ("D05", "D06")]) == 5
    assert "hunter2" not in "".join(map(str, found))


def test_control_characters_cannot_forge_a_line(tmp_path: Path) -> None:
    text = EXAMPLE.replace("edition: flagship, from", 'edition: "x\\u001b[2J\\ny", from', 1)
    found = [str(problem) for problem in find_problems(written(tmp_path, text))]
    assert any("is not an edition" in line for line in found)
    assert all(line.isprintable() for line in found)
