"""How far a fleet's ledger was read or signed in a folder, kept beside the index: it outlives the replica, which may be
removed.

What the database holds later must continue that, for whoever reads and for whoever signs. A machine that has read
nothing yet knows the number of lines that the file `MOVED` names.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass

from auditor import owner_only_file
from auditor.custody import KnownLedger
from auditor.errors import ConfigError
from auditor.formats import evidence_layout as layout
from auditor.workflow.replica.place import MovedPlace
from auditor.workflow.replica.turns import my_turn
from auditor.workspace import Workspace

FORMAT, FILE, LOCK = "auditor.followed/1", "followed.json", ".followed"
MOST_BYTES = 1 << 12
WAIT_SECONDS = 5.0
"""That another process is waited for, which is writing the file."""


@dataclass(frozen=True, slots=True)
class FollowedLedger:
    """The `LedgerMemory` of a folder."""

    workspace: Workspace
    place: MovedPlace | None
    """None where the ledger was begun in the database."""

    def known(self) -> list[KnownLedger]:
        """What is known of the ledger; `ConfigError` where what was kept cannot be read."""
        moved = [] if self.place is None else [KnownLedger(layout.MOVED, self.place.size)]
        return [*moved, *self._kept()]

    def keep(self, size: int, root: bytes) -> None:
        """From here on the ledger is to continue this. `OSError` where the disk refuses."""
        said = {"format": FORMAT, "root": root.hex(), "size": size}
        file = self.workspace.db.with_name(FILE)
        with my_turn(file.with_name(LOCK), WAIT_SECONDS) as mine:
            if not mine:
                raise TimeoutError(f"{file}: another process goes on writing it")
            with suppress(ConfigError):
                if any(one.size >= size for one in self._kept()):  # of another process, which is further
                    return
            owner_only_file.write(file, (json.dumps(said, indent=2, sort_keys=True) + "\n").encode())

    def _kept(self) -> list[KnownLedger]:
        file = self.workspace.db.with_name(FILE)
        if not file.exists():
            return []
        try:
            said = json.loads(owner_only_file.read(file, MOST_BYTES) or b"")
            if said["format"] != FORMAT:
                raise ValueError(said["format"])
            return [KnownLedger(str(file), int(said["size"]), bytes.fromhex(said["root"]))]
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(
                f"{file}: cannot be read ({error}): whether the ledger was set back is not known. Run `auditor verify"
                " --trust` with a checkpoint from elsewhere, and remove this file"
            ) from None
