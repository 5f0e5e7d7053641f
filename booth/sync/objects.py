"""Central object storage through obstore: a folder or an S3 bucket behind the port Remote."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, InvalidPathError, PreconditionError
from obstore.store import LocalStore, ObjectStore, S3Store

from booth.domain.central import MAX_OBJECT_BYTES
from booth.errors import SyncError
from booth.ports.outside import Remote
from booth.ports.service import Options
from booth.store.place import BucketPlace, FolderPlace, place_of
from booth.sync.folder import create_file

if TYPE_CHECKING:  # obstore has these types in its stubs alone
    from obstore.store import ClientConfig, RetryConfig, S3Config

log = logging.getLogger(__name__)

TIMEOUT_S = 60
CONNECT_TIMEOUT_S = 10
RETRIES = 3

SAFE_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")

Create = Callable[[str, bytes], bool]


def remote(address: str, options: Options) -> Remote:
    """Central storage at `file:///path` or `s3://bucket/prefix`.

    Raises:
        ConfigError: the address or an option is wrong.
        SyncError: the folder is not there; only its last level is created.
    """
    place = place_of(address, options)
    match place:
        case FolderPlace(root):
            return ObjectRemote(_folder(place), place.address, partial(create_file, root))
        case BucketPlace():
            store = _bucket(place)
            return ObjectRemote(store, place.address, partial(_create, store), place.secret_access_key)


class ObjectRemote:
    """A Remote over an obstore store; any thread may call it."""

    def __init__(self, store: ObjectStore, address: str, create: Create, secret: str = "") -> None:
        self._store = store
        self._address = address
        self._create = create
        self._secret = secret

    @property
    def address(self) -> str:
        """Where it is, without secrets."""
        return self._address

    def put_new(self, key: str, data: bytes) -> bool:
        """Create, never overwrite; False when the key exists already.

        After a lost answer the client asks again and may then be told that its own object exists: False does
        not say whose bytes they are.

        Raises:
            SyncError: the storage refuses or cannot be reached.
        """
        try:
            return self._create(_checked(key), data)
        except (BaseError, OSError, ValueError) as error:
            raise self._trouble(f"{key} cannot be written", error) from error

    def get(self, key: str) -> bytes | None:
        """The object, or None. Raises: SyncError."""
        try:
            found = obstore.get(self._store, _checked(key))
            if found.meta["size"] > MAX_OBJECT_BYTES:
                raise SyncError(f"{self._address}: {key} has {found.meta['size']} bytes, which is too large")
            return bytes(found.bytes())
        except FileNotFoundError:
            return None
        except (BaseError, OSError, ValueError) as error:
            raise self._trouble(f"{key} cannot be read", error) from error

    def exists(self, key: str) -> bool:
        """Raises: SyncError."""
        try:
            obstore.head(self._store, _checked(key))
        except FileNotFoundError:
            return False
        except (BaseError, OSError, ValueError) as error:
            raise self._trouble(f"{key} cannot be looked up", error) from error
        return True

    def keys(self, prefix: str) -> Iterator[str]:
        """Every key under `prefix`, which is empty or ends in a slash.

        A name that is no key, such as one with an empty part, fails a listing as a whole. The folder below
        `prefix` that has one is given by its own name, ending in a slash, in place of what lies in it.

        Raises:
            SyncError: the storage cannot be reached, or such a name lies right under `prefix`.
        """
        try:
            yield from self._found(prefix)
        except InvalidPathError as error:
            raise self._trouble(
                f"{prefix} cannot be listed until a person removes what no booth wrote there", error
            ) from error
        except (BaseError, OSError, ValueError) as error:
            raise self._trouble(f"{prefix} cannot be listed", error) from error

    def _found(self, prefix: str) -> list[str]:
        try:
            return self._all_under(prefix)
        except InvalidPathError:
            level = obstore.list_with_delimiter(self._store, prefix or None)
            objects = [entry["path"] for entry in level["objects"]]
            return [*objects, *chain.from_iterable(map(self._of_folder, level["common_prefixes"]))]

    def _of_folder(self, folder: str) -> list[str]:
        try:
            return self._all_under(f"{folder}/")
        except InvalidPathError as error:
            log.warning("%s: %s/ cannot be listed: %s", self._address, folder, str(error).splitlines()[0])
            return [f"{folder}/"]

    def _all_under(self, prefix: str) -> list[str]:
        return [entry["path"] for chunk in obstore.list(self._store, prefix or None) for entry in chunk]

    def _trouble(self, what: str, error: Exception) -> SyncError:
        line = next(iter(str(error).splitlines()), type(error).__name__)
        if self._secret:
            line = line.replace(self._secret, "…")
        return SyncError(f"{self._address}: {what}: {line[:300]}")


def _folder(place: FolderPlace) -> LocalStore:
    try:
        place.root.mkdir(exist_ok=True)
        return LocalStore(place.root)
    except (BaseError, OSError, ValueError) as error:
        raise SyncError(f"{place.address} cannot be used: create or mount the folder above it") from error


def _bucket(place: BucketPlace) -> S3Store:
    config: S3Config = {
        "region": place.region,
        "access_key_id": place.access_key_id,
        "secret_access_key": place.secret_access_key,
        "virtual_hosted_style_request": False,
        "conditional_put": "etag",
    }
    if place.endpoint:
        config["endpoint"] = place.endpoint
    client: ClientConfig = {
        "allow_http": place.allow_http,
        "timeout": timedelta(seconds=TIMEOUT_S),
        "connect_timeout": timedelta(seconds=CONNECT_TIMEOUT_S),
    }
    retries: RetryConfig = {"max_retries": RETRIES, "retry_timeout": timedelta(seconds=TIMEOUT_S)}
    prefix = place.prefix or None
    return S3Store(place.bucket, prefix=prefix, config=config, client_options=client, retry_config=retries)


def _create(store: S3Store, key: str, data: bytes) -> bool:
    try:
        # One PUT, never multipart: Ceph's gateway ignores If-None-Match when a multipart upload completes.
        obstore.put(store, key, data, mode="create", use_multipart=False)
    except (AlreadyExistsError, PreconditionError):
        return False
    return True


def _checked(key: str) -> str:
    if not SAFE_KEY.fullmatch(key):
        raise SyncError(f"{key[:80]!r} is no key: parts of letters, digits, dots, - and _ between slashes")
    return key
