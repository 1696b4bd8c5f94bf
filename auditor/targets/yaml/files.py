"""Reads `targets.yaml` and the files it includes, and merges their sections. The only part that touches the disk."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from auditor.targets.problems import ProblemCollector
from auditor.targets.yaml.nodes import MappingNode, ScalarNode, SequenceNode, YamlNode, compose, find_node

MAX_FILES = 200_000
INCLUDABLE = frozenset(
    {
        "format",
        "parties",
        "hosts",
        "products",
        "contracts",
        "deployments",
        "pages",
        "logins",
        "schedules",
        "key_dates",
        "comparisons",
        "vantages",
    }
)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of an estate."""

    label: str
    """As the user names it: the path given, and for an included file the path beside it."""
    path: Path
    root: MappingNode
    sha256: str
    main: bool


Unwritten = Mapping[Path, bytes]
"""Files as they would be, by their paths as `include:` gives them: read in place of what is on the disk."""


def read_sources(
    path: Path, notes: ProblemCollector, unwritten: Unwritten = MappingProxyType({})
) -> tuple[SourceFile, ...]:
    """The main file and its includes, in the order their problems are told."""
    main = _read(path, str(path), notes, True, unwritten)
    if main is None:
        return ()
    sources = [main]
    seen = {path.resolve()}
    resolve = folder_resolver()
    for label, included in _included(main, notes, unwritten):
        resolved = resolve(included)
        if resolved in seen:
            continue
        seen.add(resolved)
        if len(sources) > MAX_FILES:
            notes.add("S18", (main.label, 0), "include", f"more than {MAX_FILES} files. Narrow the patterns.")
            break
        source = _read(included, label, notes, False, unwritten)
        if source is not None:
            sources.append(source)
    _refuse_duplicates(sources, notes)
    return tuple(sources)


def folder_resolver() -> Callable[[Path], Path]:
    """`Path.resolve` that follows each folder once: an estate has thousands of files in one."""
    folders: dict[Path, Path] = {}

    def resolve(path: Path) -> Path:
        if path.is_symlink():
            return path.resolve()
        folder = path.parent
        if folder not in folders:
            folders[folder] = folder.resolve()
        return folders[folder] / path.name

    return resolve


def _read(path: Path, label: str, notes: ProblemCollector, main: bool, unwritten: Unwritten) -> SourceFile | None:
    notes.opened(label)
    try:
        raw = unwritten[path] if path in unwritten else path.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        advice = "Write one with `auditor init`, or name its folder with --workspace." if main else "Correct include:."
        notes.add("S21", (label, 0), "", f"the file cannot be read: {why}. {advice}")
        return None
    before = len(notes)
    root = compose(raw, label, notes)
    if isinstance(root, MappingNode):
        return SourceFile(label, path, root, hashlib.sha256(raw).hexdigest(), main)
    if len(notes) == before:
        shape = (
            "is empty"
            if root is None or (isinstance(root, ScalarNode) and not root.text)
            else "is not a mapping of sections"
        )
        at = 0 if root is None else root.at
        notes.add("S12", (label, at), "", f"the file {shape}. Begin with format: 1 and sections such as deployments:.")
    return None


def include_matches(folder: Path, pattern: str, unwritten: Unwritten = MappingProxyType({})) -> list[Path]:
    """The files that a pattern of `include:` names now, in the order of their names.

    Raises `ValueError`, `NotImplementedError`, `OSError` or `IndexError` where it is no pattern of paths.
    """
    found = {item for item in folder.glob(pattern) if item.is_file()}
    below = {item: item.relative_to(folder) for item in unwritten if item.is_relative_to(folder)}
    found |= {item for item, place in below.items() if would_include(pattern, place)}
    return sorted(found, key=lambda item: item.parts)


def would_include(pattern: str, place: Path) -> bool:
    """Whether a pattern of `include:` names a file at that place, which need not be there."""
    return place.match(pattern) and ("**" in pattern or len(place.parts) == len(Path(pattern).parts))


def include_patterns(main: SourceFile) -> tuple[str, ...]:
    """The patterns of `include:` as written."""
    return tuple(pattern.text for _, pattern in _patterns(main))


def _patterns(main: SourceFile) -> Iterable[tuple[int, ScalarNode]]:
    node = main.root.get("include")
    nodes: list[YamlNode] = (
        node.items if isinstance(node, SequenceNode) else [node] if isinstance(node, ScalarNode) else []
    )
    return ((index, one) for index, one in enumerate(nodes) if isinstance(one, ScalarNode) and one.text)


def _included(main: SourceFile, notes: ProblemCollector, unwritten: Unwritten) -> Iterable[tuple[str, Path]]:
    for index, pattern in _patterns(main):
        text = pattern.text
        where = f"include[{index}]"
        if text.startswith("/") or ".." in Path(text).parts or "\0" in text:
            message = f'"{text[:200]}" leaves the folder of this file. Write a pattern below it, as customers/*.yaml.'
            notes.add("S21", (main.label, pattern.at), where, message)
            continue
        try:
            found = include_matches(main.path.parent, text, unwritten)
        except (ValueError, NotImplementedError, OSError, IndexError) as error:
            message = f'"{text[:200]}" is not a pattern of paths ({error}). Write it as customers/*.yaml.'
            notes.add("S21", (main.label, pattern.at), where, message)
            continue
        if not found:
            message = f'"{text[:200]}" matches no file. Correct the pattern or add the files.'
            notes.add("S21", (main.label, pattern.at), where, message)
        base, folder = Path(main.label).parent, main.path.parent
        for item in found:
            yield str(item if base == folder else base / item.relative_to(folder)), item


def _refuse_duplicates(sources: list[SourceFile], notes: ProblemCollector) -> None:
    """One id, one definition: over all files, and within the list of contracts."""
    owners: dict[tuple[str, str], tuple[str, int]] = {}
    for source in sources:
        for section in source.root.items:
            for id_, at in ids_of(source.root, section):
                first = owners.setdefault((section, id_), (source.label, at))
                if first == (source.label, at):
                    continue
                message = (
                    f"is also defined in {first[0]}:{(first[1] >> 16) + 1}. Keep one of {first[0]} and {source.label}."
                )
                if first[0] == source.label:
                    message = f"is also defined in line {(first[1] >> 16) + 1}. Keep one."
                notes.add("S20", (source.label, at), f"{section}.{id_}", message)


def ids_of(root: MappingNode, section: str) -> Iterable[tuple[str, int]]:
    node = root.get(section)
    if isinstance(node, SequenceNode) and section in ("contracts", "key_dates"):
        for item in node.items:
            id_ = find_node(item, "id")
            if isinstance(id_, ScalarNode):
                yield id_.text, id_.at
    elif isinstance(node, MappingNode) and section in INCLUDABLE:
        for key, (at, _) in node.items.items():
            yield key, at
