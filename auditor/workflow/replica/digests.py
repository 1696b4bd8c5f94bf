"""Digests of small files of the store, which are not in the replica: sixteen come at once, and none stays."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

from auditor.fleet import Bucket, StoreAddress
from auditor.formats import evidence_layout as layout
from auditor.workflow.replica.place import MovedPlace

AHEAD = 16
MOST_FILE = 64 << 20
"""Bytes of the largest file beside the packages."""


def digests_in_store(place: MovedPlace, names: Iterable[str], algorithm: str) -> Iterator[str]:
    """Hexadecimal digests of files below `evidence/`, in their order. Memory does not grow with their number.

    `IntegrityError` where the store has no such file, `AwayError` where it does not answer.
    """
    bucket, rest, coming = Bucket(StoreAddress(place.store)), iter(names), deque[Future[str]]()

    def digest(name: str) -> str:
        return hashlib.new(algorithm, bucket.read(layout.in_evidence(name), MOST_FILE)).hexdigest()

    with ThreadPoolExecutor(AHEAD, thread_name_prefix="digests") as pool:
        try:
            while True:
                coming.extend(pool.submit(digest, name) for name in islice(rest, AHEAD - len(coming)))
                if not coming:
                    return
                yield coming.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
