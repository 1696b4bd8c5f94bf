"""Where a bucket is, and how long whoever asks there waits."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from auditor.errors import ConfigError

CONNECT_SECONDS, READ_SECONDS = 5, 30


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """Where the bucket is: `s3://bucket/prefix`. Endpoint, region and credentials come from the environment (AWS_*)."""

    url: str

    def __post_init__(self) -> None:
        """`ConfigError` for anything else than such an address."""
        parts = urlsplit(self.url)
        if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc or parts.query:
            raise ConfigError(
                f"{self.url.split('@')[-1]}: no address of a store; give s3://bucket or s3://bucket/prefix"
            )

    @property
    def bucket(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def prefix(self) -> str:
        path = urlsplit(self.url).path.strip("/")
        return f"{path}/" if path else ""

    @property
    def endpoint(self) -> str:
        """What the environment says; empty for that of AWS."""
        return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
