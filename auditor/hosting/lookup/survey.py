"""A whole look-up of one address: what is asked, in which order, and under which names it is staged.

Each answer is staged before the next question is put: an interruption loses no more than the question under way, and
what was staged then ends as a gap. The order is that of the ladder: registries, data sets, lists, names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from auditor.clock import Clock, monotonic
from auditor.hosting.answers.addresses import address_use
from auditor.hosting.answers.data_lines import pick_delegated_lines, pick_origin_lines
from auditor.hosting.answers.lookup_record import NAME, encode_lookup
from auditor.hosting.answers.reading import READER, READING, encode_reading, read_lookup
from auditor.hosting.answers.registries.bootstrap import read_bootstrap
from auditor.hosting.answers.registries.whois import find_referral
from auditor.hosting.lookup.answer_log import AnswerLog, LookupPlan
from auditor.hosting.lookup.bounds import WireAnswer, why_not_followed, why_not_led
from auditor.hosting.lookup.http import fetch
from auditor.hosting.lookup.name_survey import NameSurvey
from auditor.hosting.lookup.whois_socket import ask_whois
from auditor.model.captures import Stage
from auditor.model.hosting import HostingReading, Lookup, Question
from auditor.model.targets.estate import DataSetFile, RangeList

Wait = Callable[[float], None]


def look_up(plan: LookupPlan, stage: Stage, clock: Clock, wait: Wait) -> tuple[Lookup, HostingReading]:
    """Ask everything, stage every answer, and read the whole from the staged bytes.

    `wait`: sleeps so many seconds, for politeness. Raises `VaultError` where nothing can be stored; a server that is
    away, slow or wrong raises nothing.
    """
    survey = _Survey(plan, stage, clock, wait)
    survey.registries()
    survey.data_sets()
    survey.ranges()
    NameSurvey(plan, survey.log).ask()
    lookup = Lookup(plan.address, tuple(survey.log.asked), plan.names, plan.deployments)
    survey.log.put(NAME, encode_lookup(lookup), "application/json")
    reading = read_lookup(survey.log.kept)
    survey.log.put(READING, encode_reading(reading), "application/json", made_by=READER)
    return lookup, reading


class _Survey:
    """One look-up under way."""

    def __init__(self, plan: LookupPlan, stage: Stage, clock: Clock, wait: Wait) -> None:
        self.plan, self._wait = plan, wait
        self.log = AnswerLog(stage, clock)
        self.address = ip_address(plan.address)
        self._last: dict[str, float] = {}

    def _be_polite(self, server: str) -> None:
        """Wait until the pause since the last question to this server has passed."""
        last = self._last.get(server)
        if last is not None and (left := last + self.plan.sources.pause_seconds - monotonic()) > 0:
            self._wait(left)
        self._last[server] = monotonic()

    def registries(self) -> None:
        """The bootstrap file, the RDAP server that it names, and WHOIS."""
        name = f"ipv{self.address.version}.json"
        url = urljoin(self.plan.sources.rdap_bootstrap, name)
        answer = self._http("bootstrap", url, f"bootstrap/{name}", self.plan.bounds.body)
        served = read_bootstrap(answer.data, self.address)
        if served.servers:
            self._rdap(served.servers)
        if self.plan.sources.whois and (served.servers or address_use(self.address) == "public"):
            self._whois(self.plan.sources.whois, self.plan.sources.whois_port)

    def _http(self, about: Question, url: str, path: str, most: int, **facts: str) -> WireAnswer:
        """One request, kept as `path` with `path.head`."""
        self._be_polite(urlsplit(url).netloc)
        answer = fetch(url, self.plan.bounds, most)
        kept: dict[str, str] = {}
        if answer.head:
            kept["head"] = self.log.put(f"{path}.head", answer.head, "text/plain")
        if answer.head and answer.ended in ("answered", "cut"):
            kept["body"] = self.log.put(path, answer.data, "application/octet-stream")
        self.log.note(about, url, f"GET {url}", answer.ended, answer.detail, files=kept, facts=facts)
        return answer

    def _rdap(self, servers: tuple[str, ...]) -> None:
        """The first server that can be reached, and on along its redirects; each hop is kept."""
        for server in servers[:2]:
            first = urljoin(server, f"ip/{self.address}")
            if self._rdap_chain(first):
                return

    def _rdap_chain(self, first: str) -> bool:
        """Whether the server could be reached at all."""
        url, seen, patient = first, {first}, True
        for _ in range(self.plan.bounds.hops + 1):
            answer = self._http("rdap", url, f"{self.log.number('rdap')}.body", self.plan.bounds.body)
            if answer.ended != "answered":
                return answer.ended != "unreachable"
            if answer.status == 429 and patient and (seconds := _short(answer.retry_after, self.plan.bounds.patience)):
                patient = False
                self._wait(seconds)
                continue
            if answer.status not in (301, 302, 303, 307, 308) or not answer.location:
                return True
            url = urljoin(url, answer.location)
            why = "asked before: led round in a circle" if url in seen else why_not_followed(first, url)
            if why:
                self.log.note("rdap", url, f"GET {url}", "refused", why)
                return True
            seen.add(url)
        self.log.note("rdap", url, f"GET {url}", "refused", f"more than {self.plan.bounds.hops} redirects")
        return True

    def _whois(self, host: str, port: int) -> None:
        """The first server, and on along its referrals; each answer is kept."""
        first, seen = host, {(host, port)}
        for _ in range(self.plan.bounds.hops):
            self._be_polite(f"{host}:{port}")
            answer = ask_whois(host, port, str(self.address), self.plan.bounds)
            kept = {}
            if answer.data:
                kept["body"] = self.log.put(f"{self.log.number('whois')}.raw", answer.data, "application/octet-stream")
            self.log.note("whois", f"{host}:{port}", str(self.address), answer.ended, answer.detail, files=kept)
            led = find_referral(answer.data) if answer.data else None
            if led is None or led == (host, port):
                return
            why = "asked before: led round in a circle" if led in seen else why_not_led(first, led[0])
            host, port = led
            if why:
                self.log.note("whois", f"{host}:{port}", str(self.address), "refused", why)
                return
            seen.add(led)
        self.log.note(
            "whois", f"{host}:{port}", str(self.address), "refused", f"more than {self.plan.bounds.hops} referrals"
        )

    def data_sets(self) -> None:
        """The lines of dated files that concern the address, with the digest of the whole file."""
        origins = self.plan.sources.origins
        if origins is not None:
            self._lines("origin", origins, "origin/lines", lambda rows: pick_origin_lines(rows, self.address))
        for name, one in self.plan.sources.delegated.items():
            self._lines(
                "delegated", one, f"delegated/{name}.lines", lambda rows: pick_delegated_lines(rows, self.address)
            )

    def _lines(
        self, about: Question, source: DataSetFile, path: str, pick: Callable[[Iterator[bytes]], Iterator[bytes]]
    ) -> None:
        digest, size = hashlib.sha256(), 0

        def rows(handle: Iterator[bytes]) -> Iterator[bytes]:
            nonlocal size
            for row in handle:
                digest.update(row)
                size += len(row)
                yield row

        name = source.name or source.id or source.file
        try:
            with (self.plan.base / source.file).open("rb") as handle:
                found = b"".join(line if line.endswith(b"\n") else line + b"\n" for line in pick(rows(iter(handle))))
        except OSError as error:
            asked, why = f"lines with {self.address}", error.strerror or ""
            self.log.note(about, source.file, asked, "unreachable", why, facts={"name": name})
            return
        facts = {
            "name": name, "dated": source.dated.isoformat(), "sha256": digest.hexdigest(), "bytes": str(size),
        }  # fmt: skip
        kept = {"body": self.log.put(path, found, "text/plain")}
        self.log.note(about, source.file, f"lines with {self.address}", "answered", files=kept, facts=facts)

    def ranges(self) -> None:
        """Providers' published lists, whole."""
        for provider, source in self.plan.sources.ranges.items():
            path = f"ranges/{_safe(provider)}"
            if source.url:
                self._http("ranges", source.url, path, self.plan.bounds.ranges, name=provider)
            else:
                self._range_file(provider, source, path)

    def _range_file(self, provider: str, source: RangeList, path: str) -> None:
        asked, facts = f"ranges with {self.address}", {"name": provider}
        try:
            with (self.plan.base / source.file).open("rb") as handle:
                data = handle.read(self.plan.bounds.ranges + 1)
        except OSError as error:
            self.log.note("ranges", source.file, asked, "unreachable", error.strerror or "", facts=facts)
            return
        if len(data) > self.plan.bounds.ranges:
            self.log.note(
                "ranges", source.file, asked, "too_large", f"more than {self.plan.bounds.ranges} bytes", facts=facts
            )
            return
        kept = {"body": self.log.put(path, data, "application/octet-stream")}
        self.log.note("ranges", source.file, asked, "answered", files=kept, facts=facts)


def _short(retry_after: str, most: float) -> float:
    """Seconds that a server asks for, where they are few enough to wait; else 0. A date is never waited for."""
    text = retry_after.strip()
    seconds = float(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0.0
    return seconds if 0 < seconds <= most else 0.0


def _safe(name: str) -> str:
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-" for letter in name)[:60]
