"""Records by which a registry says that another one keeps a range: they name no holder. Pure."""

from __future__ import annotations

import re

_STUB = re.compile(
    r"NON-RIPE-NCC-MANAGED|NOT-?MANAGED|ERX-NETBLOCK|EARLY-REGISTRATION|TRANSFERRED|^STUB-|-STUB$"
    r"|^(?:APNIC|RIPE|ARIN|LACNIC|AFRINIC)(?:-\d{1,3}|-ERX.*|-AP|-CIDR.*)?$",
    re.IGNORECASE,
)


def is_stub_name(name: str) -> bool:
    """Whether a network's name says that the range belongs to another registry."""
    return bool(_STUB.search(name))
