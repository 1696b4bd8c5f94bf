"""Where a workspace went on that moved: the database and the store that its file `MOVED` names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from auditor.custody import moved_text
from auditor.errors import ConfigError

FORMAT = "auditor.moved/1"


@dataclass(frozen=True, slots=True)
class MovedPlace:
    """The addresses, without any password."""

    database: str
    store: str
    size: int
    """Lines that were moved, the last of which announces it."""

    def text(self) -> str:
        """What the file says."""
        said = {"format": FORMAT, "database": self.database, "store": self.store, "size": self.size}
        return json.dumps(said, indent=2, sort_keys=True) + "\n"


def moved_place(root: Path) -> MovedPlace | None:
    """Where the workspace went on; None where its log goes on in its own folder."""
    text = moved_text(root)
    if not text:
        return None
    try:
        said = json.loads(text)
        if said["format"] != FORMAT:
            raise ValueError(said["format"])
        return MovedPlace(str(said["database"]), str(said["store"]), int(said["size"]))
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{root}: its file MOVED cannot be read ({error}); restore it from a copy") from None
