"""The parts that keep a bundle's memory flat do what the standard ones do: zip, tree, tables on the disk."""

from __future__ import annotations

import hashlib
import io
import stat
import struct
import zipfile
import zlib
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.bundle.bag.disk_tables import DiskDict, DiskList
from auditor.bundle.bag.reader import FolderBag, ZipBag
from auditor.bundle.bag.tables import csv_lines, safe_csv
from auditor.bundle.bag.zip_archive import BLOCK, write_zip, zip_bag
from auditor.errors import IntegrityError, VaultError
from auditor.formats.fixed_zip import DATE
from auditor.formats.merkle import MerkleTree, leaf_hash, node_hash, prefix_roots


def standard_zip(folder: Path, target: Path) -> bytes:
    """The same zip by the standard library."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in names:
            entry = zipfile.ZipInfo(f"{folder.name}/{name}", DATE)
            entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            with archive.open(entry, "w") as out:
                out.write((folder / name).read_bytes())
    return target.read_bytes()


def test_the_zip_is_the_one_that_the_standard_library_writes(tmp_path: Path) -> None:
    folder = tmp_path / "EB-x"
    contents = {"a/b.txt": b"one", "a-b/c": b"", "a/b/": b"", "big.bin": bytes(range(256)) * (BLOCK // 200), "z": b"\0"}
    for name, data in contents.items():
        if not name.endswith("/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    digest = zip_bag(folder, tmp_path / "ours.zip")
    ours = (tmp_path / "ours.zip").read_bytes()
    assert ours == standard_zip(folder, tmp_path / "theirs.zip")
    assert digest == hashlib.sha256(ours).hexdigest()
    assert not list(tmp_path.glob("*.partial"))


def test_more_files_than_the_first_zip_format_counts(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"1")
    with (tmp_path / "many.zip").open("xb") as out:
        write_zip(((f"{number:06d}", tmp_path / "one") for number in range(66_000)), out)
    with zipfile.ZipFile(tmp_path / "many.zip") as archive:
        assert len(archive.namelist()) == 66_000
        assert archive.read("065999") == b"1"


def test_a_zip_is_written_once_and_a_full_disk_is_said(tmp_path: Path) -> None:
    (tmp_path / "bag").mkdir()
    (tmp_path / "bag" / "x").write_bytes(b"x")
    with pytest.raises(VaultError, match="cannot be written"):
        zip_bag(tmp_path / "bag", tmp_path / "no folder" / "x.zip")


def root_of(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, as it is written there."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(root_of(leaves[:half]), root_of(leaves[half:]))


@given(st.integers(1, 70))
@settings(max_examples=40, deadline=None)
def test_the_tree_is_that_of_the_standard(size: int) -> None:
    leaves = [leaf_hash(b"%d" % number) for number in range(size)]
    tree = MerkleTree(leaves)
    assert (tree.size, tree.root) == (size, root_of(leaves))
    assert list(tree.leaves()) == leaves and tree.leaf(size) == b""
    assert list(prefix_roots(leaves))[-1] == tree.root
    for index in (0, size // 2, size - 1):
        found, place, last = leaves[index], index, size - 1
        for step in tree.path(index):  # RFC 9162 §2.1.3.2
            if place & 1 or place == last:
                found = node_hash(step, found)
                while not place & 1 and place:
                    place, last = place >> 1, last >> 1
            else:
                found = node_hash(found, step)
            place, last = place >> 1, last >> 1
        assert found == tree.root


def test_a_leaf_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="a leaf hash of 3 bytes"):
        MerkleTree([b"abc"])


def test_a_shelf_holds_each_key_once_and_in_order() -> None:
    with closing(DiskDict[str, str]()) as shelf:
        assert [shelf.add(key, key.upper()) for key in ("b/2", "a", "b/1", "a", "分/馆", "b0")] == [
            True, True, True, False, True, True,
        ]  # fmt: skip
        assert list(shelf) == ["a", "b/1", "b/2", "b0", "分/馆"] == sorted(shelf)
        assert list(shelf.items("b/")) == [("b/1", "B/1"), ("b/2", "B/2")]
        assert (len(shelf), "a" in shelf, "c" in shelf, shelf["a"], shelf.get("c")) == (5, True, False, "A", None)
        with pytest.raises(KeyError):
            shelf["c"]


def test_numbers_sort_as_numbers() -> None:
    with closing(DiskDict[int, bytes]()) as shelf:
        for number in (10, 9, 100):
            shelf.add(number, b"%d\0" % number)
        assert list(shelf.values()) == [b"9\0", b"10\0", b"100\0"]


def test_a_spool_is_read_as_often_as_wanted() -> None:
    with closing(DiskList(tuple[int, str])) as spool:
        for number in range(5):
            spool.append((number, "line\nwith an end, 分馆"))
        pairs = [(one[0], other[0]) for one, other in zip(spool, spool, strict=True)]
        assert pairs == [(number, number) for number in range(5)]
        assert spool.first(2) == [(0, "line\nwith an end, 分馆"), (1, "line\nwith an end, 分馆")]
        spool.append((9, ""))
        assert (len(spool), list(spool)[-1]) == (6, (9, ""))


def test_cells_of_others_are_no_formulas() -> None:
    lines = b"".join(safe_csv(("a", "b"), [("=1+1", "@x"), ("-2", " +3"), (None, "a\nb"), (-4, "x,y")])).decode()
    assert lines == "a,b\n'=1+1,'@x\n'-2,'+3\n,a b\n'-4,\"x,y\"\n"
    assert b"".join(csv_lines(("only",), [])) == b"only\n"


def test_a_zip_with_a_byte_that_its_directory_does_not_list_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(name.encode())
    stream = io.BytesIO()
    write_zip(((f"top/{name}", tmp_path / name) for name in ("a", "b")), stream)
    good = stream.getvalue()
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        assert list(ZipBag(archive).paths()) == ["a", "b"]
        start = archive.start_dir
    hidden = io.BytesIO()
    (tmp_path / "c").write_bytes(b"forged")
    write_zip([("top/c", tmp_path / "c")], hidden)
    entry = hidden.getvalue()[: 30 + len("top/c") + len(b"forged")]
    moved = good[start:-6] + struct.pack("<LH", start + len(entry), 0)
    for altered in (good[:start] + entry + moved, entry + good, good + bytes(30), good[:18] + b"\2" + good[19:]):
        with pytest.raises((IntegrityError, zipfile.BadZipFile)), zipfile.ZipFile(io.BytesIO(altered)) as archive:
            ZipBag(archive)


@pytest.mark.parametrize("field", ["a second name", "a comment"])
def test_a_zip_whose_directory_says_more_of_an_entry_is_refused(tmp_path: Path, field: str) -> None:
    """`unzip` takes the name of the field 0x7075 of the directory for that of the file."""
    (tmp_path / "a").write_bytes(b"a")
    stream = io.BytesIO()
    write_zip([("top/a", tmp_path / "a")], stream)
    good = stream.getvalue()
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        start = archive.start_dir
    entry, end = good[start:-22], good[-22:]
    second = struct.pack("<HHBL", 0x7075, 10, 1, zlib.crc32(b"top/a")) + b"top/x"
    place, more = (30, second) if field == "a second name" else (32, b"note")
    longer = entry[:place] + struct.pack("<H", len(more)) + entry[place + 2 :] + more
    altered = good[:start] + longer + end[:12] + struct.pack("<L", len(longer)) + end[16:]
    with (
        zipfile.ZipFile(io.BytesIO(altered)) as archive,
        pytest.raises(IntegrityError, match="says more of it than where it stands"),
    ):
        ZipBag(archive)


def test_a_folder_of_a_bag_without_a_file_is_refused(tmp_path: Path) -> None:
    """As the entry of a zip for it is: no manifest tells of it."""
    (tmp_path / "bag" / "data").mkdir(parents=True)
    (tmp_path / "bag" / "data" / "a").write_bytes(b"a")
    assert list(FolderBag(tmp_path / "bag").paths()) == ["data/a"]
    (tmp_path / "bag" / "data" / "55-x").mkdir()
    with pytest.raises(IntegrityError, match="data/55-x/: a folder without a file"):
        list(FolderBag(tmp_path / "bag").paths())
