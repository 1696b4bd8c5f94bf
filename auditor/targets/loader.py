"""The porch's main flow: read the files and their sections, join them, apply the rules; or say all that is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from auditor.errors import TargetsError
from auditor.gc_pause import collection_paused
from auditor.model.targets.estate import Estate
from auditor.targets.assembly import EstateDraft, assemble_estate, check_references, written_ids
from auditor.targets.problems import Problem, ProblemCollector
from auditor.targets.rules import apply_rules, named_files
from auditor.targets.sections.registry import read_head, read_sections
from auditor.targets.values.types import LoadContext
from auditor.targets.yaml.files import Unwritten, include_patterns, read_sources


def load_estate(path: Path) -> Estate:
    """The estate that a targets file describes.

    Raises `TargetsError` with one line per error, in file order, where anything is wrong; warnings pass.
    """
    return load_with_warnings(path)[0]


def load_with_warnings(path: Path) -> tuple[Estate, tuple[Problem, ...]]:
    """As `load_estate`, with the warnings."""
    with collection_paused():
        return read_estate(path).settled()


def find_problems(path: Path) -> tuple[Problem, ...]:
    """All errors and warnings of a targets file and its includes, in file order; empty where nothing is wrong."""
    with collection_paused():
        return read_estate(path).problems


@dataclass(frozen=True, slots=True)
class LoadResult:
    """An estate as read, and what it was read from beside its sources."""

    estate: Estate | None
    problems: tuple[Problem, ...]
    patterns: tuple[str, ...] = ()
    """Of `include:`, as written."""
    named: tuple[tuple[str, bool, str | None], ...] = ()
    """Documents and certificates that were looked at: path, whether its digest matters, and what was there (see
    `rules.documents.digest_of`)."""

    def settled(self) -> tuple[Estate, tuple[Problem, ...]]:
        """The estate and the warnings; `TargetsError` where there are errors."""
        errors = [str(problem) for problem in self.problems if problem.severity == "error"]
        if errors or self.estate is None:
            raise TargetsError(*errors)
        return self.estate, self.problems


def load_unwritten(path: Path, unwritten: Unwritten) -> Estate:
    """The estate as it would be with some files as they are given. `TargetsError` as `load_estate`."""
    with collection_paused():
        return read_estate(path, unwritten).settled()[0]


def read_estate(path: Path, unwritten: Unwritten = MappingProxyType({})) -> LoadResult:
    """Everything that the files say, right or wrong."""
    notes = ProblemCollector()
    # 1. the files, as nodes with their places
    sources = read_sources(Path(path), notes, unwritten)
    if not sources:
        return LoadResult(None, notes.in_order())
    # 2. their sections, as values
    context = LoadContext(sources[0].label, notes)
    head = read_head(sources[0], notes)
    sections = read_sections(sources, head, context)
    folder = sources[0].path.parent
    digests = {source.path.relative_to(folder).as_posix(): source.sha256 for source in sources}
    draft = EstateDraft(head, sections, context, written_ids(sources), digests, sources[0].root)
    # 3. joined
    check_references(draft)
    estate = assemble_estate(draft)
    # 4. what the values must say together
    folders = {source.label: source.path.parent for source in sources}
    named = named_files(draft, estate, folders)
    apply_rules(draft, estate, folders)
    return LoadResult(estate, notes.in_order(), include_patterns(sources[0]), named)
