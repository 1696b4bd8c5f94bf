"""A bucket of an S3-compatible store: objects made once and read back, ranges read, keys listed.

What the store says is not believed where bytes can tell. A transient conflict is answered by some libraries and servers
as "exists already" although nothing landed, and an error may hide a success: after every write the object is read again
and its digest compared.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from auditor.custody import os_errors_as_vault_error
from auditor.errors import AwayError, ConfigError, IntegrityError, VaultError
from auditor.fleet.store.address import CONNECT_SECONDS, READ_SECONDS, StoreAddress
from auditor.fleet.store.object_lock import SignedBucket
from auditor.model.events import is_version_id

if TYPE_CHECKING:
    from obstore import GetOptions, GetResult, ObjectMeta

REQUEST_SECONDS, RETRY_SECONDS = 600, 20
WRITE_TRIES = 4
REFUSED = 400
"""What some stores answer to a version id that is not of their making."""
BLOCK = 1 << 20
MOST_BYTES = 5 << 30
"""Of one object that is written in one request."""
NAME_TAKEN = (FileExistsError, NotADirectoryError, IsADirectoryError)
"""What a disk answers where another file or folder has the name."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as it was read back."""

    key: str
    size: int
    sha256: str
    version: str
    """Its version id; empty where the bucket keeps no versions."""


@dataclass(frozen=True, slots=True)
class ObjectRead:
    """Which version of an object is read, where a line names one."""

    version: str
    """Of what is read; empty where the bucket keeps no versions."""
    named: str = ""
    """The one that a line names, where another is the current one, or none is; else empty."""
    current: str = ""
    """Then the current one; empty where the object is hidden."""

    @property
    def shadowed(self) -> bool:
        """Whether what is read is not what whoever asks for the object gets."""
        return bool(self.named) and self.version == self.named

    @property
    def renamed(self) -> bool:
        """Whether the version that a line names is gone, and the current one is read."""
        return bool(self.named) and self.version != self.named


class Bucket:
    """The objects below the prefix of an address. Safe from several threads."""

    def __init__(self, address: StoreAddress) -> None:
        """Nothing is asked of the store yet."""
        self.address = address
        config = {"endpoint": address.endpoint} if address.endpoint else {}
        self._store = S3Store(
            address.bucket,
            checksum_algorithm="sha256",
            client_options={
                "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                "read_timeout": timedelta(seconds=READ_SECONDS),
                "timeout": timedelta(seconds=REQUEST_SECONDS),
                "allow_http": address.endpoint.startswith("http://"),
            },
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=RETRY_SECONDS)},
            **config,  # type: ignore[arg-type]
        )

    @contextlib.contextmanager
    def _told(self, key: str, *, write: bool = False) -> Iterator[None]:
        """Errors of the store in one line that says what to do."""
        where = f"{self.address.url}/{key}"
        try:
            yield
        except (PermissionDeniedError, UnauthenticatedError) as error:
            answer = _ANSWER.search(str(error))
            if answer is not None and answer["code"] == _SKEWED:
                raise ConfigError(
                    f"{where}: the store refuses what is dated by this machine's clock: it is too far from its own; set"
                    " the clock, and run again"
                ) from error
            raise ConfigError(
                f"{where}: the store refuses these credentials; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and"
                f" what they may do in the bucket {self.address.bucket}"
            ) from error
        except FileNotFoundError as error:
            if write:
                raise ConfigError(
                    f"{self.address.url}: there is no bucket {self.address.bucket}; make it first"
                ) from error
            raise IntegrityError(f"{where}: not in the store") from error
        except BaseError as error:
            raise AwayError(
                f"{where}: the store does not answer as it should: {_one_line(error)}; nothing was"
                " lost; check AWS_ENDPOINT_URL and the store, and run again"
            ) from error

    def _path(self, key: str) -> str:
        return f"{self.address.prefix}{key}"

    def create(self, key: str, data: bytes | Path, sha256: str) -> StoredObject:
        """Make an object that was not there, or find the same bytes under its key.

        `VaultError` where other bytes are there, or the store does not keep it: then nothing is to rely on it.
        """
        size = data.stat().st_size if isinstance(data, Path) else len(data)
        if size > MOST_BYTES:
            raise VaultError(f"{key}: {size} bytes, more than {MOST_BYTES} that one object may have")
        refused: BaseError | None = None
        for attempt in range(WRITE_TRIES):
            if attempt:
                time.sleep(0.2 * 4**attempt)
            refused = self._put(key, data)
            found = self.look(key)
            if found is None:
                continue
            if (found.size, found.sha256) == (size, sha256):
                return found
            raise VaultError(
                f"{self.address.url}/{key}: exists already with other bytes; evidence is written once"
                if isinstance(refused, AlreadyExistsError)
                else f"{self.address.url}/{key}: other bytes came back than were written; check the store"
            )
        with self._told(key, write=True):
            raise refused or BaseError("it took the object and does not have it")
        raise AssertionError  # the line before raises

    def _put(self, key: str, data: bytes | Path) -> BaseError | None:
        try:
            with self._told(key, write=True):
                try:
                    obstore.put(self._store, self._path(key), data, mode="create", use_multipart=False)
                except AlreadyExistsError as error:
                    return error
                except (PermissionDeniedError, UnauthenticatedError):
                    raise
                except BaseError as error:
                    return error
        except ConfigError:
            if self.look(key) is None:
                raise
        return None

    def try_to_create(self, key: str, data: bytes) -> bool:
        """Ask once for an object to be made: whether the store says that it did. For trials alone."""
        with self._told(key, write=True):
            try:
                obstore.put(self._store, self._path(key), data, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
        return True

    def look(self, key: str) -> StoredObject | None:
        """An object by all of its bytes, hashed as they come; None where there is none."""
        digest, size = hashlib.sha256(), 0
        with self._told(key):
            try:
                found = obstore.get(self._store, self._path(key))
                version = _version_of(found.meta)
                for block in found.stream(min_chunk_size=BLOCK):
                    digest.update(block)
                    size += len(block)
            except FileNotFoundError:
                return None
        return StoredObject(key, size, digest.hexdigest(), version)

    def size(self, key: str) -> int | None:
        """How many bytes an object has; None where there is none."""
        with self._told(key):
            try:
                return int(obstore.head(self._store, self._path(key))["size"])
            except FileNotFoundError:
                return None

    def examine(self, key: str, version: str) -> tuple[int, ObjectRead] | None:
        """How many bytes an object has, and which version that is; as `save` reads it. None where there is none."""
        with self._told(key):
            try:
                found, read = self._named(key, version, {"head": True})
            except FileNotFoundError:
                return None
        return int(found.meta["size"]), read

    def _named(self, key: str, version: str, options: GetOptions) -> tuple[GetResult, ObjectRead]:
        """The version that a line names: the current one, or, where that is another or the object is hidden, by its
        id. Where it is gone, or no line names one, the current one."""
        found, current, path = None, "", self._path(key)
        try:
            found = obstore.get(self._store, path, options=options)
            current = _version_of(found.meta)
            if version in ("", current) or found.meta["version"] is None:  # None: the bucket keeps no versions
                return found, ObjectRead(current, "" if current == version else version, current)
        except FileNotFoundError:
            if not version:
                raise
        try:
            named = obstore.get(self._store, path, options={**options, "version": version})
        except (PermissionDeniedError, UnauthenticatedError):
            raise IntegrityError(
                f"{self.address.url}/{key}: is not the version that the journal names ({version}), and these"
                " credentials may not read that one; allow s3:GetObjectVersion"
            ) from None
        except (FileNotFoundError, BaseError) as error:
            if not isinstance(error, FileNotFoundError) and SignedBucket(self.address).status(key, version) != REFUSED:
                raise
            if found is None:
                raise FileNotFoundError from error
            return found, ObjectRead(current, version, current)
        return named, ObjectRead(version, version, current)

    def read(self, key: str, limit: int) -> bytes:
        """`IntegrityError` where there is no object, or one of more than `limit` bytes."""
        with self._told(key):
            return self._bytes(key, obstore.get(self._store, self._path(key)), limit)

    def read_range(self, key: str, start: int, end: int, version: str = "") -> bytes:
        """The bytes from `start` up to `end`, of that version or of the current one. `IntegrityError` where fewer or
        more come."""
        with self._told(key):
            options: GetOptions = {"range": (start, end)}
            if version:
                options["version"] = version
            found = obstore.get(self._store, self._path(key), options=options)
            data = self._bytes(key, found, end - start)
        if len(data) != end - start:
            raise IntegrityError(f"{self.address.url}/{key}: {len(data)} bytes where {end - start} were asked for")
        return data

    def _bytes(self, key: str, found: GetResult, limit: int) -> bytes:
        parts, size = list[bytes](), 0
        for block in found.stream(min_chunk_size=BLOCK):
            size += len(block)
            if size > limit:
                raise IntegrityError(f"{self.address.url}/{key}: more than {limit} bytes; not read")
            parts.append(bytes(block))
        return b"".join(parts)

    def save(self, key: str, target: Path, limit: int = MOST_BYTES, version: str = "") -> ObjectRead:
        """Write an object's bytes into a new file, a block in memory: of the version that a line names, where it is
        there, else of the current one.

        `IntegrityError` where there is no object, or one of more than `limit` bytes; `VaultError` where this disk does
        not take them. A name that is taken is told by the `OSError` itself.
        """
        size = 0
        with self._told(key):
            found, read = self._named(key, version, {})
        with self._told(key), disk_told(target), target.open("xb") as out:
            for block in found.stream(min_chunk_size=BLOCK):
                size += len(block)
                if size > limit:
                    raise IntegrityError(f"{self.address.url}/{key}: more than {limit} bytes; not read")
                out.write(block)
        return read

    def keys(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Keys that begin with `prefix`, a folder that ends in `/`, with their sizes; in the order of the store."""
        with self._told(prefix):
            for portion in obstore.list(self._store, self._path(prefix), chunk_size=1000):
                for one in portion:
                    yield one["path"].removeprefix(self.address.prefix), int(one["size"])

    def folder(self, prefix: str) -> tuple[list[str], list[str]]:
        """What lies directly below a folder: names of objects and names of folders, sorted."""
        at = self._path(prefix)
        with self._told(prefix):
            found = obstore.list_with_delimiter(self._store, at)
        objects = sorted(one["path"].removeprefix(at) for one in found["objects"])
        return objects, sorted(one.rstrip("/").removeprefix(at) for one in found["common_prefixes"])

    def remove(self, key: str) -> None:
        """Take an object away; that it is gone already is no error. Where the bucket keeps versions, it is hidden."""
        with self._told(key), contextlib.suppress(FileNotFoundError):
            obstore.delete(self._store, self._path(key))

    def take_away(self, key: str) -> tuple[str, ...]:
        """Take an object away with all of its versions; what the store keeps of it, and why, a sentence each.

        The versions go first: what an interruption leaves is still listed then. `ConfigError` or `AwayError` where the
        store does not hide it, and no lock is why.
        """
        where, found = f"{self.address.url}/{key}", self.examine(key, "")
        if found is None or not (version := found[1].version):
            self.remove(key)
            return ()
        signed, kept = SignedBucket(self.address), list[str]()
        versions = signed.versions(key)
        if version not in versions and not isinstance(versions, str):
            versions = "the list of them lacks the current one"
        if isinstance(versions, str):
            kept.append(
                f"{where}: hidden; its versions stay in the store, and may be read there by their ids: {versions}"
            )
        else:
            for one in versions:
                why = signed.remove(key, one)
                if why or why is None:
                    kept.append(f"{where}: version {one} stays in the store: {why or 'it did not answer'}")
        if kept:
            try:
                self.remove(key)
            except (ConfigError, AwayError):
                if not signed.held(key, version):
                    raise
        return tuple(kept)


@contextlib.contextmanager
def disk_told(path: Path) -> Iterator[None]:
    """A refusal of this machine's disk, told as that; where a name is taken, the caller judges by whom."""
    try:
        with os_errors_as_vault_error(path):
            yield
    except VaultError as error:
        if isinstance(error.__cause__, NAME_TAKEN):
            raise error.__cause__ from None
        raise


@contextlib.contextmanager
def name_told(what: str, name: str) -> Iterator[None]:
    """A name that is taken on this disk, told as what the store holds twice: a file and another one, or a folder."""
    try:
        yield
    except NAME_TAKEN:
        raise IntegrityError(
            f"{what}: the store holds {name!r:.120} twice, in a package and beside it, or as a file and a folder; no"
            " package is written so: take out of the store the one that is not the workspace's"
        ) from None


_ANSWER = re.compile(
    r"status code: (?P<status>[^<]*?):? *<.*?<Code>(?P<code>[^<]*)</Code>(?:\s*<Message>(?P<message>[^<]*)</Message>)?",
    re.DOTALL,
)
"""What a store answers to a request that it does not meet, in what the library says of it."""

_SKEWED = "RequestTimeTooSkewed"
"""The code for a request whose date is not about now."""


def _version_of(meta: ObjectMeta) -> str:
    found = meta["version"]
    return found if is_version_id(found) else ""


def _one_line(error: BaseError) -> str:
    """Status, code and message of the store's answer, where there was one."""
    said = str(error)
    if answer := _ANSWER.search(said):
        said = ": ".join(part for part in answer.groups() if part)
    return " ".join(said.split())[:240]
