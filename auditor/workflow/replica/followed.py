"""How far a fleet's ledger was read in a folder, kept beside the index: it outlives the replica, which may be removed.

What the database holds later must continue that. A machine that has read nothing yet knows the number of lines that the
file `MOVED` names.
"""

from __future__ import annotations

import json

from auditor import owner_only_file
from auditor.custody import JournalExtension, KnownLedger
from auditor.errors import ConfigError
from auditor.formats import evidence_layout as layout
from auditor.workflow.replica.place import MovedPlace
from auditor.workspace import Workspace

FORMAT, FILE = "auditor.followed/1", "followed.json"
MOST_BYTES = 1 << 12


def known_ledger(workspace: Workspace, place: MovedPlace) -> list[KnownLedger]:
    """What is known of the ledger; `ConfigError` where what was kept cannot be read."""
    found, file = [KnownLedger(layout.MOVED, place.size)], workspace.db.with_name(FILE)
    if file.exists():
        try:
            said = json.loads(owner_only_file.read(file, MOST_BYTES) or b"")
            if said["format"] != FORMAT:
                raise ValueError(said["format"])
            found.append(KnownLedger(str(file), int(said["size"]), bytes.fromhex(said["root"])))
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(
                f"{file}: cannot be read ({error}): whether the ledger was set back is not known. Run `auditor verify"
                " --trust` with a checkpoint from elsewhere, and remove this file"
            ) from None
    return found


def keep_followed(workspace: Workspace, now: JournalExtension) -> None:
    """From here on the ledger is to continue this. `OSError` where the disk refuses."""
    said = {"format": FORMAT, "root": now.root.hex(), "size": now.after}
    text, file = (json.dumps(said, indent=2, sort_keys=True) + "\n").encode(), workspace.db.with_name(FILE)
    if owner_only_file.read(file, MOST_BYTES) != text:
        owner_only_file.write(file, text)
