"""Whether `targets.yaml`, or a file that it includes, says something else by now."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from auditor.errors import ConfigError
from auditor.workflow.wiring import read_targets
from auditor.workspace import Workspace


class TargetsWatch:
    """Looks at the files' times; reads them only where one has changed."""

    def __init__(self, workspace: Workspace, sources: Mapping[str, str], told: Callable[[str], None]) -> None:
        """`sources`: the digests of the files as they were read; `told`: of a file that is wrong, once."""
        self._workspace, self._sources, self._told = workspace, sources, told
        self._seen = self._times()

    def changed(self) -> bool:
        """Whether they can be read and say something else; a file that is wrong changes nothing."""
        times = self._times()
        if times == self._seen:
            return False
        self._seen = times
        try:
            return dict(read_targets(self._workspace)[0].sources) != dict(self._sources)
        except ConfigError as error:
            self._told(f"targets.yaml was changed and is refused; what was read before stays: {error}")
            return False

    def _times(self) -> dict[str, int]:
        folder = self._workspace.targets.parent
        found = {}
        for name in self._sources:
            try:
                found[name] = (folder / name).stat().st_mtime_ns
            except OSError:
                found[name] = 0
        return found
