"""The connection to one Qdrant: a server by its address, or the client's own local mode in a folder."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from urllib.parse import urlsplit

import httpx
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from booth.errors import ConfigError, StoreError

MEMORY = ":memory:"
_KEY_REFUSED = (401, 403)
_FAILURES = (ApiException, httpx.HTTPError, OSError, ValueError, RuntimeError, KeyError, AssertionError)
"""What the client raises: its own errors for a server, plain ones of Python in local mode."""


class Connection:
    """One client, lent to any thread; local mode, which is not made for threads, to one at a time."""

    def __init__(self, url: str, path: str, api_key: str | None, timeout_s: float) -> None:
        """Connect. Raises: StoreError: the folder is in use or damaged."""
        self.is_local = not url
        self.place = _place_of(url) if url else (path if path == MEMORY else f"folder {path}")
        self._one_at_a_time = threading.RLock() if self.is_local else nullcontext()
        self._closed = False
        with self._translated():
            if url:
                self._client = QdrantClient(
                    url=url, api_key=api_key, timeout=math.ceil(timeout_s), check_compatibility=False
                )
            elif path == MEMORY:
                self._client = QdrantClient(location=MEMORY)
            else:
                self._client = QdrantClient(path=path, force_disable_check_same_thread=True)

    @contextmanager
    def lent(self) -> Iterator[QdrantClient]:
        """The client. Raises: StoreError: the server is gone, refuses, or does not answer in time."""
        with self._one_at_a_time, self._translated():
            if self._closed:
                raise StoreError(f"the catalogue in Qdrant at {self.place} was closed")
            yield self._client

    def close(self) -> None:
        """Let go of the server or the folder."""
        with self._one_at_a_time:
            if not self._closed:
                self._closed = True
                self._client.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except UnexpectedResponse as error:
            if error.status_code in _KEY_REFUSED:
                raise StoreError(f"Qdrant at {self.place} refuses the api_key") from None
            raise StoreError(f"Qdrant at {self.place} refuses: status {error.status_code}") from error
        except ResponseHandlingException as error:
            raise StoreError(f"Qdrant at {self.place} is gone or does not answer in time") from error
        except _FAILURES as error:
            raise StoreError(f"Qdrant at {self.place} refuses: {type(error).__name__}: {error}") from error


def check_url(url: str) -> None:
    """Raises: ConfigError: it is no web address, or has a password in it, which would be shown."""
    try:
        parts = urlsplit(url)
        wrong = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
    except ValueError:
        wrong, parts = True, urlsplit("")
    if wrong:
        raise ConfigError("identify.options.url must be an address such as https://qdrant.site:6333")
    if parts.username or parts.password:
        raise ConfigError("identify.options.url must not hold a password; Qdrant takes an api_key")


def _place_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 6333}"
