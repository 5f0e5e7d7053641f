"""Reads the address of central storage and its options, once, for objects and tables alike."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from booth.errors import ConfigError
from booth.ports.service import Options

S3_OPTIONS = ("endpoint", "region", "access_key_id", "secret_access_key_file", "allow_http")
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
PREFIX = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """A folder, on this machine or mounted."""

    root: Path

    @property
    def address(self) -> str:
        """As it stands in booth.toml."""
        return f"file://{self.root}"


@dataclass(frozen=True, slots=True)
class BucketPlace:
    """A bucket of an S3-compatible store, and the key to it."""

    bucket: str
    prefix: str
    endpoint: str
    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    allow_http: bool

    @property
    def address(self) -> str:
        """As it stands in booth.toml."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


Place = FolderPlace | BucketPlace


def place_of(address: str, options: Options) -> Place:
    """Where `file:///path` or `s3://bucket/prefix` is.

    Args:
        options: none for a folder; for a bucket `endpoint`, `region`, `access_key_id`,
            `secret_access_key_file` and `allow_http`. Keys that are left out come from AWS_ACCESS_KEY_ID,
            AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL and AWS_REGION.

    Raises:
        ConfigError: the address or an option is wrong; the message names it and holds no secret.
    """
    kind, separator, rest = address.partition("://")
    if not separator or kind not in ("file", "s3"):
        raise ConfigError(f"sync.remote: {address!r} is neither file:///path nor s3://bucket/prefix")
    _refuse_unknown(options, S3_OPTIONS if kind == "s3" else ())
    return _folder(rest) if kind == "file" else _bucket(rest, options)


def table_place(address: str, options: Options) -> tuple[str, dict[str, str]]:
    """The address that Delta tables lie under, and the storage options to reach it. Raises: ConfigError."""
    match place_of(address, options):
        case FolderPlace(root):
            return str(root), {}
        case BucketPlace() as place:
            return place.address, _delta_options(place)


def _delta_options(place: BucketPlace) -> dict[str, str]:
    options = {
        "aws_access_key_id": place.access_key_id,
        "aws_secret_access_key": place.secret_access_key,
        "aws_region": place.region,
        "aws_conditional_put": "etag",
        "aws_allow_http": str(place.allow_http).lower(),
        "aws_virtual_hosted_style_request": "false",
        "timeout": "60s",
    }
    return options | ({"aws_endpoint_url": place.endpoint} if place.endpoint else {})


def _refuse_unknown(options: Options, known: tuple[str, ...]) -> None:
    for name in options:
        if name not in known:
            there_are = ", ".join(known) if known else "none"
            raise ConfigError(f"sync.options: there is no option {name!r}; there are: {there_are}")


def _folder(path: str) -> FolderPlace:
    if not path.startswith("/") or ".." in Path(path).parts:
        raise ConfigError(f"sync.remote: file://{path} must name a whole path, such as file:///srv/booth")
    return FolderPlace(Path(path))


def _bucket(rest: str, options: Options) -> BucketPlace:
    bucket, _, prefix = rest.partition("/")
    prefix = prefix.strip("/")
    if not BUCKET.fullmatch(bucket) or (prefix and not PREFIX.fullmatch(prefix)):
        raise ConfigError(f"sync.remote: s3://{rest} must be s3://bucket or s3://bucket/prefix")
    endpoint = _text(options, "endpoint", "AWS_ENDPOINT_URL")
    allow_http = options.get("allow_http", False)
    if not isinstance(allow_http, bool):
        raise ConfigError("sync.options.allow_http must be true or false")
    if endpoint.startswith("http://") and not allow_http:
        raise ConfigError("sync.options.endpoint is not https; set allow_http = true where that is meant")
    access_key_id = _text(options, "access_key_id", "AWS_ACCESS_KEY_ID")
    if not access_key_id:
        raise ConfigError("sync.options.access_key_id is not set, nor is AWS_ACCESS_KEY_ID")
    region = _text(options, "region", "AWS_REGION") or "us-east-1"
    return BucketPlace(bucket, prefix, endpoint, region, access_key_id, _secret(options), allow_http)


def _text(options: Mapping[str, object], name: str, variable: str) -> str:
    value = options.get(name, os.environ.get(variable, ""))
    if not isinstance(value, str):
        raise ConfigError(f"sync.options.{name} must be text")
    return value


def _secret(options: Options) -> str:
    file = options.get("secret_access_key_file")
    if file is None:
        secret = os.environ.get("AWS_SECRET_ACCESS_KEY", "")
    else:
        try:
            secret = Path(str(file)).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"sync.options.secret_access_key_file: {file} cannot be read") from error
    if not secret:
        raise ConfigError("sync.options.secret_access_key_file is not set, nor is AWS_SECRET_ACCESS_KEY")
    return secret
