"""What a page states about who runs it: filing numbers of Chinese sites, from stored text. Pure.

A number on a page is the page's own statement. Whether the register has it, a person looks up.
"""

from __future__ import annotations

import re

_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_FILING = re.compile(
    rf"([{_PROVINCE}])\s?ICP\s?([备证])\s?(\d{{6,10}})\s?号(?:\s?-\s?(\d{{1,3}}))?", re.IGNORECASE | re.ASCII
)
_SECURITY = re.compile(r"([一-龥])公网安备\s?(\d{14})\s?号", re.ASCII)


def filing_numbers(text: str) -> tuple[str, ...]:
    """ICP filings and licences, and public-security filings, as the page writes them but for spaces; each once."""
    found = [
        f"{match[1]}ICP{match[2]}{match[3]}号{f'-{match[4]}' if match[4] else ''}" for match in _FILING.finditer(text)
    ]
    found += [f"{match[1]}公网安备{match[2]}号" for match in _SECURITY.finditer(text)]
    return tuple(dict.fromkeys(found))
