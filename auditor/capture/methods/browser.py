"""One visit with Chromium: log in, open each page, wait for its values, take the originals, record the outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from auditor.capture.artefacts.page_originals import PageOriginals, take_originals, take_originals_if_ready
from auditor.capture.base.entry import NO_ENTRY
from auditor.capture.base.exchange import Exchange
from auditor.capture.base.outcomes import VisitEnded, ending_for_network_error
from auditor.capture.base.session_state import renewed
from auditor.capture.browser.network_log import short_origin
from auditor.capture.browser.page import CdpPage
from auditor.capture.interaction.readiness import SettleResult, readiness_check, wait_until_settled
from auditor.capture.interaction.step_runner import StepRunner, click, describe_step
from auditor.capture.methods.browser_login import BrowserLogin, status_of
from auditor.capture.methods.context import VisitContext
from auditor.formats.web_origins import is_web, origin_of
from auditor.model.captures import Outcome, View
from auditor.model.notes import make_note
from auditor.model.targets.deployments import PageSpec

ERROR_PAGE_SECONDS = 2.0
"""How long an error page may take to come to rest; no value is expected on it."""
STORAGE_SECONDS = 3.0
MAX_PAGES = 500
"""Pages of one list, whatever is declared."""


class BrowserVisit:
    """The `CaptureMethod` of a real browser: `visit` fills the recorder, `report` adds what went on beside pages."""

    means = "cdp:Network"

    def __init__(self, context: VisitContext) -> None:
        self._context = context
        self._attempt = context.recorder
        self._browser = context.browser
        self._deployment = context.recorder.deployment
        self._log = context.recorder.log
        self._scope = context.scope
        self._eyes = context.eyes
        self._seconds = context.browser.settings.settle_seconds
        self._pages: list[CdpPage] = []
        self._tls_error = ""
        if not context.browser.settings.sandbox:
            self._log.warn(make_note("capture.sandbox_off"))

    async def visit(self, pages: Sequence[PageSpec]) -> None:
        """Visit every page. A certificate that does not hold is recorded; the page is then kept without login."""
        try:
            await self._in_context(pages, ignore_tls=False)
        except VisitEnded as ended:
            if ended.outcome != "tls_invalid":
                raise
            self._tls_error = ended.why
            self._attempt.views.clear()
            try:
                await self._in_context(pages, ignore_tls=True)
            finally:
                kept = any(view.artefacts for view in self._attempt.views)
                said = "The pages were kept without logging in." if kept else "No page could be kept."
                self._log.warn(f"{ended.why} {said}")

    def report(self) -> None:
        """Hand over the traffic, and say what was refused, dismissed or lost."""
        for page in self._pages:
            if self._attempt.hop is not None:
                for item in page.traffic.exchanges:
                    item.address, item.port = "", 0  # the gate's on this machine; the far one is known to the proxy
            self._attempt.exchanges += page.traffic.exchanges
            self._attempt.sockets += page.traffic.sockets
            for address in page.worker_addresses:
                self._attempt.secrets.url(address)
            for incident in page.incidents:
                self._log.warn(incident)
            for refused in page.guard.refused:
                self._log.warn(refused)
            if page.traffic.dropped:
                self._log.warn(f"{page.traffic.dropped} requests beyond the recorder's bound are not in its record.")

    async def _in_context(self, specs: Sequence[PageSpec], *, ignore_tls: bool) -> None:
        kept = self._attempt.sign_in
        state = kept.state if kept is not None and not ignore_tls else None
        async with self._browser.blank(ignore_https_errors=ignore_tls, hop=self._attempt.hop, state=state) as blank:
            entry = NO_ENTRY if ignore_tls else self._attempt.entry
            page = await CdpPage.open(blank, self._scope, entry)
            self._pages.append(page)
            try:
                if self._deployment.login is not None and not ignore_tls:
                    await BrowserLogin(self._context, page, self._cookies).go_in(specs)
                for spec in specs:
                    await self._page(page, spec)
            finally:
                await self._part(page)

    async def _part(self, page: CdpPage) -> None:
        """Collect what is available only while the page is open: late cookies, late bodies, certificates."""
        try:
            async with asyncio.timeout(5):
                await page.guard.shut()
                await self._cookies(page)
                await self._renew(page)
                await page.traffic.drain(3)
                origins = {
                    origin_of(item.url) for item in page.traffic.exchanges if item.tls and item.status is not None
                }
                for origin in sorted(origins)[:20]:
                    self._attempt.chains.setdefault(origin, await page.certificate(short_origin(origin)))
        except Exception as error:  # noqa: BLE001 - the capture boundary: a page that is gone gives no more
            self._log.warn(f"After the visit the page gave no more ({type(error).__name__}).")

    async def _cookies(self, page: CdpPage) -> None:
        """Learn the values to mask: a script may have set cookies that no response header showed."""
        every = await page.cookies()
        for cookie in every:
            self._attempt.secrets.token(str(cookie.get("value", "")), f"cookie {cookie.get('name', '')}")
        if self._deployment.login is not None:
            await self._storage(page)
        sent = await page.cookies(self._deployment.address) if every else []
        self._context.cookies = "; ".join(f"{cookie.get('name', '')}={cookie.get('value', '')}" for cookie in sent)

    async def _storage(self, page: CdpPage) -> None:
        """The same of what the page keeps. A page that is gone, or does not answer, takes no view with it: what is kept
        of it is then disclosed without any text, since nobody knows which of that is a secret."""
        try:
            async with asyncio.timeout(STORAGE_SECONDS):
                values = await page.stored()
        except (VisitEnded, TimeoutError):
            self._attempt.keeper.looked(False)
            told = "its files are disclosed without any text and the traffic not at all; whole they are under seal"
            self._log.warn(f"The page's storage could not be looked at: {told}.")
            return
        self._attempt.keeper.looked(True)
        for value in values:
            self._attempt.secrets.stored(value)

    async def _renew(self, page: CdpPage) -> None:
        """Keep what became of a person's sign-in: applications renew the cookies of whoever comes."""
        kept = self._attempt.sign_in
        if kept is not None and not self._tls_error and any(view.outcome == "observed" for view in self._attempt.views):
            self._attempt.renewed = renewed(kept, await page.cookies(), self._scope)

    async def _page(self, page: CdpPage, spec: PageSpec) -> None:
        """One page, and where it is a list, the pages that follow it."""
        blank = self._attempt.first_view(spec)
        try:
            with self._log.step(f"open {spec.id}") as act:
                view, originals = await self._open(page, spec, blank)
                act.ok, act.detail = view.outcome == "observed", view.why
        except VisitEnded as ended:
            if ended.outcome == "tls_invalid" and not self._tls_error:
                raise
            self._gone(spec, blank, ended)
            if ended.outcome == "crashed":
                raise
            return
        self._attempt.views.append(view)
        if spec.listing is not None and view.outcome == "observed" and originals is not None:
            await self._follow(page, spec, view, originals)

    def _gone(self, spec: PageSpec, blank: View, ended: VisitEnded) -> None:
        outcome: Outcome = "tls_invalid" if self._tls_error else ended.outcome
        document = self._pages[-1].traffic.document(blank.url) if self._pages else None
        status = document.status if document is not None else None
        why = ended.why
        if outcome == "timed_out" and document is not None and document.failed:
            # What came of a document that could not be read (ERR_CONTENT_DECODING_FAILED) may never be drawn.
            cut = ending_for_network_error(document.failed, blank.url)
            outcome, why = cut.outcome, cut.why
        if outcome in ("http_error", "error") and (refused := self._attempt.entry.refusal(document)):
            outcome, why = "login_refused", refused
        self._attempt.views.append(replace(blank, outcome=outcome, why=why, status=status))

    async def _open(self, page: CdpPage, spec: PageSpec, blank: View) -> tuple[View, PageOriginals | None]:
        if not is_web(blank.url):
            raise VisitEnded("out_of_scope", f"{blank.url[:80]} is not an http or https address.")
        await page.navigate(blank.url, self._seconds)
        hands = StepRunner(page, self._eyes, self._scope, self._attempt.held)
        failed = status_of(page, blank.url) >= 400
        ended: VisitEnded | None = None
        for step in () if failed else spec.steps:
            try:
                with self._log.step(f"{spec.id}: {describe_step(step)}") as act:
                    act.detail = await hands.perform(step, self._seconds)
            except VisitEnded as why:
                if why.outcome == "crashed":
                    raise
                ended = why
                break
        judge = readiness_check(self._eyes, spec)
        if failed or ended:
            try:
                settled = await wait_until_settled(page, judge, seconds=ERROR_PAGE_SECONDS)
            except VisitEnded as later:
                # What the step met is why the values are missing, not that the page was then slow to look at.
                raise ended if ended is not None and later.outcome != "crashed" else later from None
        else:
            settled = await wait_until_settled(page, judge, seconds=self._seconds, early=True)
        if ended is not None:
            settled = replace(settled, outcome=ended.outcome, why=ended.why)
        return await self._keep(page, spec, blank, settled)

    async def _keep(
        self, page: CdpPage, spec: PageSpec, blank: View, settled: SettleResult
    ) -> tuple[View, PageOriginals]:
        """Take and keep the originals of a page that came to rest, whatever it shows."""
        settled, originals = await self._take(page, spec, settled)
        snapshot = originals.look.snapshot
        document = page.traffic.document(snapshot.url)
        status = (document.status if document is not None else None) or None
        outcome, why = await asyncio.to_thread(self._verdict, settled, originals, document)
        await self._cookies(page)
        if self._attempt.keeper.unknown and outcome == "observed":
            outcome, why = "error", "What the page stored could not be looked at: it is disclosed without any text."
        paths = await asyncio.to_thread(self._attempt.keeper.view, blank.id, originals)
        await asyncio.to_thread(self._learn, originals)
        if originals.remark:
            self._log.warn(f"{blank.id}: {originals.remark}")
        view = replace(
            blank,
            final_url=snapshot.url,
            outcome=outcome,
            why=why,
            status=status,
            captured_at=originals.captured_at,
            title=snapshot.title,
            artefacts=paths,
            rest=settled.rest,
        )
        return view, originals

    async def _take(self, page: CdpPage, spec: PageSpec, settled: SettleResult) -> tuple[SettleResult, PageOriginals]:
        """The originals; a page that one look found ready and that then moved settles first."""
        judge, clock = readiness_check(self._eyes, spec), self._attempt.clock
        self._browser.prepare()  # the page is waited for from here on, so the next visit's page may be opened
        if not settled.confirmed:
            if (originals := await take_originals_if_ready(page, settled, judge, clock)) is not None:
                return settled, originals
            settled = await wait_until_settled(page, judge, seconds=self._seconds)
        return settled, await take_originals(page, settled, judge, clock)

    def _verdict(
        self, settled: SettleResult, originals: PageOriginals, document: Exchange | None
    ) -> tuple[Outcome, str]:
        """The first reason why the page's values are not evidenced, or `observed`."""
        look = originals.look
        url = look.snapshot.url
        if self._tls_error:
            return "tls_invalid", self._tls_error
        if refused := self._attempt.entry.refusal(document):
            return "login_refused", refused
        if document is not None and (document.status or 0) >= 400:
            return "http_error", f"The server answered with status {document.status}."
        if document is not None and document.failed:
            # Chromium shows what had come of a transfer that was cut: 34 of 345, ten rows of fifty-seven.
            cut = ending_for_network_error(document.failed, url)
            return cut.outcome, cut.why
        if origin_of(url) and not self._scope.declares(url):
            return "out_of_scope", f"The page is on {origin_of(url)}, which the deployment does not declare."
        if originals.empty and settled.outcome in ("observed", "label_missing", "no_value"):
            return "blank", "The page is blank: it holds no text, and its picture is of one colour."
        if originals.blank and not originals.empty:
            return "blank", "The picture is blank although the page holds text; it was taken twice."
        login = self._deployment.login
        if settled.outcome != "observed" and login is not None:
            form = self._eyes.login_form(login, look.data)
            if form[1] is not None:
                return "not_logged_in", "The login form is shown where the page was expected."
        if settled.outcome == "observed" and document is None:
            return "not_settled", "What document the page shows is not in the record, nor whether it arrived whole."
        if settled.outcome == "observed" and document is not None and not document.whole:
            return "not_settled", "The document had not arrived whole; what it goes on to say is not known."
        if settled.outcome == "observed" and originals.values_moved:
            return "not_settled", "The values changed while the picture was taken."
        return settled.outcome, settled.why

    def _learn(self, originals: PageOriginals) -> None:
        for document in originals.documents:
            self._attempt.secrets.markup(document.decode("utf-8", "replace"))

    async def _follow(self, page: CdpPage, spec: PageSpec, first: View, originals: PageOriginals) -> None:
        """The further pages of a list, each kept as a view; ends on the last, a loop, or an obstacle."""
        listing = spec.listing
        if listing is None:
            return
        seen = {originals.look.readiness.fingerprint: 1}
        most = min(listing.max_pages, MAX_PAGES)
        number = 1
        while True:
            target = await asyncio.to_thread(self._eyes.next_page, listing, originals.look.data)
            if target is None:
                return
            number += 1
            blank = replace(first, id=f"{spec.id}-{number}", number=number, artefacts={}, captured_at=None)
            try:
                with self._log.step(f"open {blank.id}") as act:
                    if number > most:
                        raise VisitEnded(
                            "not_settled", f"The list goes on after {most} pages; the rest was not visited."
                        )
                    await page.traffic.drain(2)
                    await click(page, target)
                    judge = readiness_check(self._eyes, spec)
                    before = originals.look.readiness.fingerprint
                    settled = await wait_until_settled(page, judge, seconds=self._seconds, unlike=before)
                    print_ = settled.look.readiness.fingerprint
                    if settled.outcome == "observed" and print_ in seen:
                        raise VisitEnded(
                            "not_settled", f"The list came back to its page {seen[print_]} after page {number - 1}."
                        )
                    if print_ == before:
                        raise VisitEnded(
                            "not_settled", f"The control for page {number} of the list led to no other page."
                        )
                    view, originals = await self._keep(page, spec, blank, settled)
                    seen[originals.look.readiness.fingerprint] = number
                    act.ok, act.detail = view.outcome == "observed", view.why
            except VisitEnded as ended:
                self._log.warn(f"{spec.id}: {ended.why}")
                if ended.outcome == "crashed":
                    raise
                return
            self._attempt.views.append(view)
            if view.outcome != "observed":
                return
