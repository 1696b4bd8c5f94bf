"""What the bucket's library has no call for: Object Lock asked for, the versions of a key listed and taken away.

Plain requests, signed with the credentials of the environment (AWS Signature Version 4). Where they come from
elsewhere, as from an instance's profile, nothing is asked: *not checked* is never *no*.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote
from xml.etree import ElementTree

import requests
from requests_aws4auth import AWS4Auth

from auditor.fleet.store.address import CONNECT_SECONDS, READ_SECONDS, StoreAddress
from auditor.model.events import is_version_id
from auditor.model.evidence import LockMode

MOST_BYTES, MOST_DAYS = 1 << 20, 36_500
"""Of an answer; of a retention."""
NO_CREDENTIALS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not in the environment"
MODES: Mapping[str, LockMode] = {"COMPLIANCE": "COMPLIANCE", "GOVERNANCE": "GOVERNANCE"}
_CODE = re.compile(r"[A-Za-z0-9.]{1,80}").fullmatch
_UNTIL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z").fullmatch


@dataclass(frozen=True, slots=True)
class BucketLock:
    """What a bucket says of Object Lock."""

    mode: LockMode
    days: int = 0
    """For which whatever is written is kept by default; 0 where there is no such default."""
    why: str = ""
    """Why it was not checked."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: dict[str, str]
    root: ElementTree.Element | None
    """Of its XML; None where it is none, or is larger than an answer is."""
    why: str = ""
    """Why there is no answer; its status is 0 then."""

    @property
    def code(self) -> str:
        """The store's word for an error."""
        found = _text(self.root, "{*}Code")
        return found if _CODE(found) else ""

    @property
    def told(self) -> str:
        return self.why or f"the store answered {self.status} {self.code}".rstrip()


class SignedBucket:
    """A bucket, asked by signed requests."""

    def __init__(self, address: StoreAddress) -> None:
        """Nothing is asked yet."""
        key, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        token = os.environ.get("AWS_SESSION_TOKEN") or None
        self._auth = AWS4Auth(key, secret, region, "s3", session_token=token) if key and secret else None
        self._prefix, self.base = address.prefix, _base(address, region)

    def lock(self) -> BucketLock:
        """Whether the bucket locks what is written, and for how long by default."""
        answer = self._ask("GET", "", "object-lock")
        if answer.status == 404 and answer.code == "ObjectLockConfigurationNotFoundError":
            return BucketLock("none")
        if answer.status != 200:
            return BucketLock("unchecked", why=answer.told)
        if _text(answer.root, "{*}ObjectLockEnabled") != "Enabled":
            return BucketLock("unchecked", why="its answer does not say whether Object Lock is on")
        retention = answer.root.find("{*}Rule/{*}DefaultRetention") if answer.root is not None else None
        if retention is None:
            return BucketLock("enabled")
        days = _number(_text(retention, "{*}Days")) or 365 * _number(_text(retention, "{*}Years"))
        mode = MODES.get(_text(retention, "{*}Mode"))
        if mode is None or not days:
            return BucketLock("unchecked", why="its answer names no mode or no time of its default retention")
        return BucketLock(mode, days)

    def versions(self, key: str) -> list[str] | str:
        """The ids of all versions of a key; why they could not be listed, where they could not."""
        answer = self._ask("GET", "", f"prefix={quote(self._prefix + key, safe='')}&versions")
        if answer.status != 200 or answer.root is None:
            return answer.told
        if _text(answer.root, "{*}IsTruncated") == "true":
            return "it has more than the store lists at once"
        named = [_text(one, "{*}VersionId") for one in answer.root.findall("{*}Version") if self._is_of(one, key)]
        return [one for one in named if is_version_id(one) or one == "null"]

    def _is_of(self, version: ElementTree.Element, key: str) -> bool:
        return _text(version, "{*}Key") == self._prefix + key

    def remove(self, key: str, version: str) -> str | None:
        """Take one version away; why it stays, where it does. None where the store did not answer."""
        answer = self._ask("DELETE", key, f"versionId={quote(version, safe='')}")
        if answer.status in {200, 204, 404}:
            return ""
        return (self.held(key, version) or answer.told) if answer.status else None

    def status(self, key: str, version: str) -> int:
        """What a version is answered with; 0 where nothing is."""
        return self._ask("HEAD", key, f"versionId={quote(version, safe='')}").status

    def held(self, key: str, version: str) -> str:
        """What keeps a version from being taken away, as the store says; empty where it says nothing."""
        headers = self._ask("HEAD", key, f"versionId={quote(version, safe='')}").headers
        until = headers.get("x-amz-object-lock-retain-until-date", "")
        if _UNTIL(until):
            return f"kept by the store's lock until {until}"
        return "kept by a legal hold of the store" if headers.get("x-amz-object-lock-legal-hold") == "ON" else ""

    def _ask(self, method: str, key: str, query: str) -> _Answer:
        if self._auth is None:
            return _Answer(0, {}, None, NO_CREDENTIALS)
        path = quote(self._prefix + key, safe="/-_.~") if key else ""
        try:
            with requests.request(
                method, f"{self.base}/{path}?{query}", auth=self._auth, stream=True, allow_redirects=False,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
            ) as answer:  # fmt: skip
                data = b""
                for block in answer.iter_content(1 << 16):
                    data += block
                    if len(data) > MOST_BYTES:
                        break
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return _Answer(answer.status_code, headers, _parsed(data))
        except requests.RequestException as error:
            return _Answer(0, {}, None, f"the store did not answer ({type(error).__name__})")


def _base(address: StoreAddress, region: str) -> str:
    """Where the bucket is: below an endpoint, or a host of its own at AWS."""
    if address.endpoint:
        return f"{address.endpoint.rstrip('/')}/{address.bucket}"
    if "." in address.bucket:  # no certificate is for such a host
        return f"https://s3.{region}.amazonaws.com/{address.bucket}"
    return f"https://{address.bucket}.s3.{region}.amazonaws.com"


def _parsed(data: bytes) -> ElementTree.Element | None:
    """XML without any declaration of types or entities, which no answer has."""
    try:
        text = data.decode("utf-8")
        if len(data) > MOST_BYTES or "<!" in text:
            return None
        return ElementTree.fromstring(text)  # noqa: S314 (no entities, bounded)
    except (UnicodeDecodeError, ElementTree.ParseError, ValueError):
        return None


def _text(root: ElementTree.Element | None, path: str) -> str:
    return ((root.findtext(path) if root is not None else None) or "").strip()


def _number(text: str) -> int:
    """0 for what is no number of days or years as they are."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 and int(text) <= MOST_DAYS else 0
