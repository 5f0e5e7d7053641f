"""Connections to one PostgreSQL: few, reused, never waited for without an end, lost with one clear line."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus

from booth.errors import ConfigError, StoreError

MAX_CONNECTIONS = 8
WRITE_TIMEOUT_S = 3_600.0
"""A first import of a million products with their vectors builds its indexes in minutes, not seconds."""
EF_SEARCH = 400
"""How many neighbours the graph keeps in sight; its default of 40 is too few for 100 candidates."""
_GRACE_S = 1.0
"""The server ends a statement that takes too long; so much later the client stops listening to a dead one."""
_SETTINGS = """
SELECT set_config('hnsw.ef_search', %s, false), set_config('hnsw.iterative_scan', 'strict_order', false),
    set_config('search_path', concat_ws(', ', quote_ident(%s), 'public', (
        SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
        WHERE e.extname = 'vector')), false)
"""
_ALLOW = "SELECT set_config('statement_timeout', %s, false)"
_LOST = ("08", "57P")
"""How the SQLSTATE of a lost connection begins: connection exceptions and a shutdown
(https://www.postgresql.org/docs/current/errcodes-appendix.html)."""
_SAID = (
    ("password authentication failed", "refuses the user or the password"),
    ("no password supplied", "wants a password"),
    ("no pg_hba.conf entry", "lets this machine or user not in"),
    ("does not exist", "knows no such user or database"),
    ("timeout expired", "does not answer in time"),
    ("resolve host", "has a host name that nobody knows"),
    ("starting up", "is starting up"),
    ("too many", "has too many connections"),
)
"""What a refused connection is told as: the server's own words may repeat a part of a misspelt password."""


class _Connection(psycopg.Connection[Any]):
    """A connection on which nothing is waited for longer than `patience_s`."""

    patience_s: float = 5.0
    allowed_s: float = 0.0
    """What the server was told."""

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        return super().wait(gen, interval, self.patience_s if timeout is None else timeout)


class Connections:
    """Lends connections to any thread, at most MAX_CONNECTIONS at once; each is one thread's while lent."""

    def __init__(self, dsn: str, timeout_s: float, schema: str) -> None:
        """Connects to nothing yet. Raises: ConfigError: the address cannot be read."""
        try:
            self._settings = conninfo_to_dict(dsn)
        except psycopg.Error:
            raise ConfigError(
                "identify.options.dsn is no PostgreSQL address; write postgresql://user@host:5432/database "
                "(a password with special signs must be percent-encoded)"
            ) from None
        self._timeout_s = timeout_s
        self._schema = schema
        self._idle: list[_Connection] = []
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._closed = False

    @property
    def place(self) -> str:
        """Where it is, without user and password."""
        host = str(self._settings.get("host") or "this machine").rsplit("@", 1)[-1]
        return f"{host}:{self._settings.get('port') or 5432}"

    @contextmanager
    def lent(self, longest_s: float = 0.0) -> Iterator[psycopg.Connection[Any]]:
        """A connection in autocommit mode, whose statements may take `longest_s` where that is given.

        Raises:
            StoreError: the server is gone, refuses, or does not answer in time; what comes next reconnects.
        """
        if not self._free.acquire(timeout=self._timeout_s):
            raise StoreError(f"PostgreSQL at {self.place} has no connection free within {self._timeout_s} s")
        try:
            connection = self._take()
            try:
                with self._translated(connection):
                    self._allow(connection, longest_s or self._timeout_s)
                    yield connection
            finally:
                self._give_back(connection)
        finally:
            self._free.release()

    def close(self) -> None:
        """Let go of every connection."""
        with self._lock:
            self._closed = True
        self._forget_idle()

    def _take(self) -> _Connection:
        with self._lock:
            if self._closed:
                raise StoreError(f"the catalogue in PostgreSQL at {self.place} was closed")
            if self._idle:
                return self._idle.pop()
        return self._connect()

    def _give_back(self, connection: _Connection) -> None:
        with self._lock:
            idle = connection.info.transaction_status == TransactionStatus.IDLE
            if idle and not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _forget_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _connect(self) -> _Connection:
        seconds = max(2, math.ceil(self._timeout_s))  # libpq takes 1 for 2
        given: dict[str, Any] = {
            "connect_timeout": seconds,
            "tcp_user_timeout": seconds * 1_000,
            "keepalives_idle": seconds,
            "application_name": "booth",
            **self._settings,
        }
        try:
            connection = _Connection.connect(autocommit=True, prepare_threshold=None, **given)
        except psycopg.Error as error:
            raise StoreError(f"PostgreSQL at {self.place} {_told(error)}") from None
        connection.patience_s = self._timeout_s + _GRACE_S
        with self._translated(connection):
            connection.execute(_SETTINGS, (str(EF_SEARCH), self._schema))
        return connection

    def _allow(self, connection: _Connection, longest_s: float) -> None:
        """Statements may take so long; the server is told only where it changes."""
        if connection.allowed_s != longest_s:
            connection.patience_s = longest_s + _GRACE_S
            connection.execute(_ALLOW, (f"{int(1_000 * longest_s)}ms",))
            connection.allowed_s = longest_s

    @contextmanager
    def _translated(self, connection: _Connection) -> Iterator[None]:
        try:
            yield
        except psycopg.errors.QueryCanceled as error:
            raise StoreError(f"PostgreSQL at {self.place} took too long for an answer") from error
        except psycopg.Error as error:
            if _is_lost(error):
                connection.close()
                self._forget_idle()
                raise StoreError(f"PostgreSQL at {self.place} is gone: the connection was lost") from error
            said = error.diag.message_primary or type(error).__name__
            raise StoreError(f"PostgreSQL at {self.place} refuses: {said}") from error


def _is_lost(error: psycopg.Error) -> bool:
    if not isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    state = error.sqlstate or ""
    return not state or state.startswith(_LOST)


def _told(error: psycopg.Error) -> str:
    said = str(error)
    return next((told for sign, told in _SAID if sign in said), "cannot be reached")
