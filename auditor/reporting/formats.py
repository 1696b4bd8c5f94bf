"""How values are written: bounded, visible text; days, moments, counts and money. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from auditor.formats.foreign_text import TEXT_LIMIT
from auditor.model.targets.contracts import Money, Unlimited
from auditor.reporting.translations import Translations

_LONGEST_LINK = 2_000
_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


def language_of(text: str) -> str:
    """`zh` where the text has Chinese characters, else `en`: for the `lang` attribute of foreign text."""
    return "zh" if _CJK.search(text, 0, TEXT_LIMIT) else "en"


def day_text(moment: datetime | None, zone: str = "UTC") -> str:
    """`2021-11-10`, the day in that zone; a dash where there is none."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d") if moment else "–"


def time_text(moment: datetime | None) -> str:
    """`2021-11-10 02:03:04 UTC`; a dash where there is none."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if moment else "–"


def count_text(value: int | Unlimited | None, words: Translations) -> str:
    """A count, the word for unlimited, or a dash: not observed is never zero."""
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else words("word.unlimited")


def money_text(value: Money) -> str:
    """`CNY 350,000` or `CNY 1,234.50`: exact, never rounded."""
    amount = value.amount
    if amount == amount.to_integral_value():
        return f"{value.currency} {amount.to_integral_value():,}"
    exponent = amount.normalize().as_tuple().exponent
    places = max(2, -exponent) if isinstance(exponent, int) else 2
    return f"{value.currency} {amount.quantize(Decimal(1).scaleb(-places)):,}"


def safe_link(address: str) -> str:
    """The address where it may be a link (http and https only), else the empty text."""
    if len(address) > _LONGEST_LINK:
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    plain = address.isprintable() and not any(char.isspace() for char in address)
    return address if parts.scheme in {"http", "https"} and parts.netloc and plain else ""


def file_link(base: str, *parts: str) -> str:
    """A relative link to a stored file, with every segment escaped so that it can never be another scheme."""
    segments = [
        quote(segment, safe="") for part in parts for segment in part.split("/") if segment not in {"", ".", ".."}
    ]
    return f"{base or './'}{'/'.join(segments)}"
