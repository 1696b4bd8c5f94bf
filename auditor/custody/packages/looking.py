"""Whether packages are where their lines say: the manifest of each is read and held against its digest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from auditor.custody.journal.ledger.records import PackageRecord
from auditor.errors import IntegrityError
from auditor.formats import canonical_json, manifest
from auditor.model.ports import EvidenceStore

AT_ONCE = 16


def look_for_packages(store: EvidenceStore, records: Iterable[PackageRecord]) -> Iterator[tuple[PackageRecord, str]]:
    """Each with why it cannot be read, in one sentence; empty where its manifest is the one of its line. Sixteen at
    once; the other files of a package are not looked at.

    `VaultError` where the store, or a disk, does not answer: nothing is known then.
    """
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="look") as pool:
        yield from pool.map(partial(_look, store), records)


def _look(store: EvidenceStore, record: PackageRecord) -> tuple[PackageRecord, str]:
    try:
        data = store.read(record.manifest, manifest.MAX_MANIFEST, record.version)
    except IntegrityError as error:
        return record, str(error)
    same = canonical_json.sha256(data) == record.manifest_sha256
    return record, "" if same else f"{record.manifest}: not the bytes that the journal names"
