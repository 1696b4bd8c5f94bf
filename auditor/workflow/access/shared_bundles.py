"""Bundles that leave by a link: made, taken back and taken, each journalled before it is answered."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from auditor.errors import ConfigError, LinkEndedError, NotAllowedError, NotShownError, TooManyTriesError
from auditor.model.events import AccessRefused, BundleShared, EvidenceHandedOut, SharingEnded
from auditor.model.people import Person
from auditor.people import BundleLink, BundleLinks, PeopleStore, PlaceLimits, TryLimits
from auditor.workflow.access.act_journal import ActJournal
from auditor.workflow.access.outgoing import OutgoingFile, open_outgoing

__all__ = ["BundleLink", "SharedBundles"]
MOST_DAYS = 90
LONGEST_RECIPIENT = 120
TAKEN_SECONDS = 10
"""After which a link that is being taken is tried again: a zip of some GB is read by then."""


class SharedBundles:
    """The links of a workspace.

    `folder`: where zips of bundles lie; `tries`: of each link from each network, and of secrets nobody has from each.
    They are no tries to sign in: neither locks the other out.
    """

    def __init__(self, folder: Path, store: PeopleStore, journal: ActJournal, tries: TryLimits) -> None:
        self._folder, self._store, self._journal, self._tries = folder, store, journal, tries
        self._taken = PlaceLimits(1)
        self.links = BundleLinks(store.database)

    def share(self, bundle: tuple[str, str], recipient: str, days: str, by: Person) -> tuple[BundleLink, str]:
        """The link and its secret, which is shown once. `bundle`: its name, and the digest of its zip; `by`: as the
        account was when it was looked at whether it may."""
        name = recipient.strip()
        if not name or len(name) > LONGEST_RECIPIENT or not name.isprintable():
            raise ConfigError(f"a link is for somebody: a name of 1 to {LONGEST_RECIPIENT} characters")
        if not days.isascii() or not days.isdecimal() or len(days) > 3 or not 1 <= int(days) <= MOST_DAYS:
            raise ConfigError(f"a link ends after 1 to {MOST_DAYS} days")
        now = self._journal.clock()
        with self._store.transaction():
            if self._store.person(by.id) != by:
                raise NotAllowedError("what this account may do was changed meanwhile; open the page again")
            made, secret = self.links.make(bundle, name, by.id, now, now + timedelta(days=int(days)))
            self._journal.record(
                BundleShared(
                    share=made.id, bundle=made.bundle, zip_sha256=made.sha256, recipient=name, by=by.id,
                    expires_at=made.expires_at,
                )
            )  # fmt: skip
        return made, secret

    def end(self, name: str, by: str) -> None:
        """Take a link back; `NotShownError` where there is none that stands."""
        with self._store.transaction():
            found = self.links.named(name)
            if found is None or found.ended_at is not None:
                raise NotShownError("there is no such link here")
            self._journal.record(SharingEnded(share=name, by=by))
            self.links.end(name, self._journal.clock())

    def look(self, secret: str, network: str) -> BundleLink:
        """The link of a secret. `NotShownError` for one that nobody has, `LinkEndedError` for one that ran out or was
        taken back; both are journalled. `TooManyTriesError` before either."""
        known = self.links.find(secret)
        self._tries.take(network if known is None else f"{known.id} {network}", self._journal.clock())
        return self._standing(secret, network)

    def take(self, secret: str, network: str) -> tuple[BundleLink, OutgoingFile]:
        """The bundle of a link, open; as `look`, and `NotShownError`, journalled, where the zip is not the one that was
        shared. `TooManyTriesError` while the zip is read for somebody else who takes the same link."""
        found = self.look(secret, network)
        with self._taken.place(found.id) as free:
            if not free:
                raise TooManyTriesError("this link is being taken already; wait a little", TAKEN_SECONDS)
            return self._open(found, secret, network)

    def _open(self, found: BundleLink, secret: str, network: str) -> tuple[BundleLink, OutgoingFile]:
        try:
            file = open_outgoing(self._folder / f"{Path(found.bundle).name}.zip")
        except NotShownError:
            self._refused(found.id, network)
            raise
        try:
            if file.sha256 != found.sha256:
                self._refused(found.id, network)
                raise NotShownError("this file is not kept here any more")
            with self._store.transaction():  # a long file was read since: nobody ends the link before the line
                found = self._standing(secret, network)
                self._journal.record(
                    EvidenceHandedOut(person=found.id, what="bundle", name=found.bundle, form="zip", sha256=file.sha256)
                )
                self.links.count(found.id)
        except BaseException:
            file.stream.close()
            raise
        return found, file

    def _standing(self, secret: str, network: str) -> BundleLink:
        found = self.links.find(secret)
        if found is None:
            self._refused("unknown link", network)
            raise NotShownError("there is no such link here")
        if not found.open(self._journal.clock()):
            self._refused(found.id, network)
            raise LinkEndedError("this link has ended")
        return found

    def _refused(self, what: str, network: str) -> None:
        self._journal.record(AccessRefused(person="", why="sign_in", what=what, network=network))
