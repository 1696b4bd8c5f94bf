"""Three letters of one case, read by two courts.

(2015)石民(知)初字第8279号, reversed 2019-06-20 by (2017)京73民终1194号.

`there`: both instances found it. `named`: the first instance found it or held that letter and papers say it; the appeal
found it not enclosed, or not there. Sources: the published text of the first instance; for the appeal, reports that
agree (its full text was not had).
"""

from __future__ import annotations

from auditor.model.notices import ElementState, NoticeElement

TICKET: dict[NoticeElement, ElementState] = {"request": "there", "channel": "there"}
"""A complaint to customer service on the host's web site, answered with a mail address."""
MAIL: dict[NoticeElement, ElementState] = {
    "identity": "there", "contact_any": "there", "contact_email": "there", "location": "there", "request": "there",
    "ownership": "named", "evidence": "named", "server_address": "named", "channel": "there",
}  # fmt: skip
"""By the appeal: the download address, the sender's name, company and mail address, and nothing else."""
LETTER: dict[NoticeElement, ElementState] = {
    "identity": "there", "location": "there", "server_address": "there", "request": "there",
    "ownership": "named", "evidence": "named",
}  # fmt: skip
"""By courier. By the appeal: no annex in it, no means of contact, no preliminary evidence."""
