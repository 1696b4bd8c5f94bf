"""Timestamps over filings: the same authorities, the same quorum, the same outbox."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from auditor.custody.packages.filings import waiting_filings
from auditor.custody.timestamps.sealer import Sealer
from auditor.errors import IntegrityError, VaultError
from auditor.formats import evidence_layout as layout
from auditor.formats import filing_manifest, manifest
from auditor.model.events import FilingStamped
from auditor.model.filings import FiledPackage


def seal_filing(sealer: Sealer, package: FiledPackage) -> FiledPackage:
    """Ask for what a filing still lacks; the filing with its seal, sealed or waiting."""
    subject = f"{layout.from_evidence(package.path)}/{manifest.NAME}"
    data = sealer.vault.store.read(subject, filing_manifest.MAX_FILING)
    finished = filing_manifest.decode_filing(data).filing.ended_at
    made = partial(FilingStamped, filing=package.filing)
    return replace(package, seal=sealer.stamp(made, subject, data, package.seal, finished))


def seal_waiting_filings(sealer: Sealer) -> list[FiledPackage]:
    """Try every filing that waits for its quorum; the filings that could be read, with their seals now."""
    found = []
    for one in waiting_filings(sealer.vault.journal):
        try:
            found.append(seal_filing(sealer, one))
        except (IntegrityError, VaultError) as error:
            sealer.pass_over(f"filing not sealed: filing={one.filing}", error)
    return found
