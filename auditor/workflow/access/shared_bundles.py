"""Bundles that leave by a link: made, taken back and taken, each journalled before it is answered."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from auditor.clock import Clock
from auditor.errors import ConfigError, LinkEndedError, NotShownError
from auditor.model.events import AccessRefused, BundleShared, EvidenceHandedOut, SharingEnded
from auditor.people import BundleLink, BundleLinks, PeopleStore, TryLimits
from auditor.workflow.access.act_journal import ActJournal
from auditor.workflow.access.outgoing import OutgoingFile, open_outgoing

__all__ = ["BundleLink", "SharedBundles"]
MOST_DAYS = 90
LONGEST_RECIPIENT = 120


class SharedBundles:
    """The links of a workspace. `folder`: where zips of bundles lie; `tries`: by network, of secrets nobody has."""

    def __init__(self, folder: Path, store: PeopleStore, journal: ActJournal, clock: Clock, tries: TryLimits) -> None:
        self._folder, self._journal, self._clock, self._tries = folder, journal, clock, tries
        self.links = BundleLinks(store.database)

    def share(self, bundle: tuple[str, str], recipient: str, days: str, by: str) -> tuple[BundleLink, str]:
        """The link and its secret, which is shown once. `bundle`: its name, and the digest of its zip."""
        name = recipient.strip()
        if not name or len(name) > LONGEST_RECIPIENT or not name.isprintable():
            raise ConfigError(f"a link is for somebody: a name of 1 to {LONGEST_RECIPIENT} characters")
        if not days.isascii() or not days.isdecimal() or len(days) > 3 or not 1 <= int(days) <= MOST_DAYS:
            raise ConfigError(f"a link ends after 1 to {MOST_DAYS} days")
        now = self._clock()
        with self.links.database.transaction():
            made, secret = self.links.make(bundle, name, by, now, now + timedelta(days=int(days)))
            self._journal.record(
                BundleShared(
                    share=made.id, bundle=made.bundle, zip_sha256=made.sha256, recipient=name, by=by,
                    expires_at=made.expires_at,
                )
            )  # fmt: skip
        return made, secret

    def end(self, name: str, by: str) -> None:
        """Take a link back; `NotShownError` where there is none that stands."""
        found = self.links.named(name)
        if found is None or found.ended_at is not None:
            raise NotShownError("there is no such link here")
        with self.links.database.transaction():
            self._journal.record(SharingEnded(share=name, by=by))
            self.links.end(name, self._clock())

    def look(self, secret: str, network: str) -> BundleLink:
        """The link of a secret. `NotShownError` for one that nobody has, `LinkEndedError` for one that ran out or was
        taken back; both are journalled."""
        now = self._clock()
        found = self.links.find(secret)
        if found is not None and found.open(now):
            return found
        self._tries.take(network, now)
        what = "unknown link" if found is None else found.id
        self._journal.record(AccessRefused(person="", why="sign_in", what=what, network=network))
        if found is None:
            raise NotShownError("there is no such link here")
        raise LinkEndedError("this link has ended")

    def take(self, secret: str, network: str) -> tuple[BundleLink, OutgoingFile]:
        """The bundle of a link, open; as `look`, and `NotShownError` where the zip is not the one that was shared."""
        found = self.look(secret, network)
        file = open_outgoing(self._folder / f"{Path(found.bundle).name}.zip")
        try:
            if file.sha256 != found.sha256:
                raise NotShownError("this file is not kept here any more")
            self._journal.record(
                EvidenceHandedOut(person=found.id, what="bundle", name=found.bundle, form="zip", sha256=file.sha256)
            )
            self.links.count(found.id)
        except BaseException:
            file.stream.close()
            raise
        return found, file
