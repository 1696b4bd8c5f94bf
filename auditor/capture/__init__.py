"""The room that sees: visits a deployment and brings back what it showed, as evidence.

Protocol of a capture method: `capture(deployment, pages, …) -> Capture`. It never raises for a bad page: every page
ends as a `View` with an `Outcome` and one sentence why, and everything the server sent is on the stage. Before the
originals are taken no script of ours runs in the page.

===========  =================  ==================================================================================
method       in                 means
===========  =================  ==================================================================================
`browser`    `methods/browser`  Chromium, driven by protocol commands and real input
`http`       `methods/http`     one GET per page by requests, for pages and JSON that need no browser
===========  =================  ==================================================================================

`capture_deployment` takes pages of both methods and gives one `Capture`.

Circumstances (清洁性检查) are examined before a visit: `examine_machine` once per run, `examine_target` per visit; a
failed check fails the capture (`unclean`) before any page is loaded.

Artefacts of a view: `<view>/screenshot.png` (a page taller than 16,000 px: tiles `screenshot-2.png` …, each 8,000 px
further down), `dom.html` and `dom-frame-n.html`, `domsnapshot.json.gz`, `page.mhtml`; of a visit: `traffic.warc.gz`,
`circumstances.json`, `dns.json`, `tls-chain.pem`. Texts are stored without secrets; where one was masked, the whole
original is stored beside it, sealed.

Files:

==============  =====================================================================================================
`capture`       the boundary of the room: one deployment in, one `Capture` out, whatever its pages do
`sign_in`       a person's own sign-in, watched in a window until it is done
`recorder`      one attempt at a deployment, whatever the method: what is gathered, how it ends, and the `Capture` it
                becomes
`artefacts/`    from what a page showed to artefacts on the stage: originals taken, secrets masked, traffic archived
`base/`         what every capture method shares: what a visit may do, how it can end, and the record of its steps
`browser/`      Chromium: its process, contexts and pages, driven from outside; no script of ours runs in a page
`environment/`  the circumstances of a visit (清洁性检查): what is found on this machine, and the checks over it
`interaction/`  acting in a page as a person would: steps, login, waiting until the values are there; what is never
                pressed
`methods/`      capture methods. Each visits the pages of one deployment and never raises for a bad page
==============  =====================================================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.capture.base.client_key import certificate_end
    from auditor.capture.base.entry import token_end
    from auditor.capture.base.one_time_codes import parse_code_secret
    from auditor.capture.base.scope import WRITE_REFUSED
    from auditor.capture.browser.pdf import print_to_pdf
    from auditor.capture.browser.process import Browser, negotiate_switches
    from auditor.capture.browser.screenshot import TILE_HEIGHT
    from auditor.capture.capture import capture_deployment
    from auditor.capture.environment.checks import CIRCUMSTANCE_CHECKS, MAX_CLOCK_OFFSET_SECONDS, examine_target
    from auditor.capture.environment.egress import observe_egress
    from auditor.capture.environment.machine import TIME_SERVERS, Machine, ask_time_servers, examine_machine
    from auditor.capture.environment.trial import BrowserTrial, try_browser
    from auditor.capture.sign_in import watch_sign_in
else:
    from auditor.lazy_door import open_lazily

    __getattr__ = open_lazily(
        __name__,
        {
            "Browser": "browser.process",
            "BrowserTrial": "environment.trial",
            "CIRCUMSTANCE_CHECKS": "environment.checks",
            "MAX_CLOCK_OFFSET_SECONDS": "environment.checks",
            "Machine": "environment.machine",
            "TILE_HEIGHT": "browser.screenshot",
            "TIME_SERVERS": "environment.machine",
            "WRITE_REFUSED": "base.scope",
            "ask_time_servers": "environment.machine",
            "capture_deployment": "capture",
            "certificate_end": "base.client_key",
            "examine_machine": "environment.machine",
            "examine_target": "environment.checks",
            "negotiate_switches": "browser.process",
            "observe_egress": "environment.egress",
            "parse_code_secret": "base.one_time_codes",
            "print_to_pdf": "browser.pdf",
            "token_end": "base.entry",
            "try_browser": "environment.trial",
            "watch_sign_in": "sign_in",
        },
    )


__all__ = [
    "CIRCUMSTANCE_CHECKS",
    "MAX_CLOCK_OFFSET_SECONDS",
    "TILE_HEIGHT",
    "TIME_SERVERS",
    "WRITE_REFUSED",
    "Browser",
    "BrowserTrial",
    "Machine",
    "ask_time_servers",
    "capture_deployment",
    "certificate_end",
    "examine_machine",
    "examine_target",
    "negotiate_switches",
    "observe_egress",
    "parse_code_secret",
    "print_to_pdf",
    "token_end",
    "try_browser",
    "watch_sign_in",
]
