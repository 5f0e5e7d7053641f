"""The gateway that packaging/ceph/with-rgw.sh starts, as its variables describe it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from booth.domain.terms import new_id

PREFIX = "BOOTH_TEST_S3_"


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running Ceph RADOS Gateway; `control` is a script that takes `kill` or `start`."""

    endpoint: str
    bucket: str
    access_key_id: str
    secret_access_key: str
    control: str

    def new_address(self) -> str:
        """A prefix that nobody has used."""
        return f"s3://{self.bucket}/{new_id('test')}"

    def kill(self) -> None:
        """SIGKILL it."""
        subprocess.run([self.control, "kill"], check=True, timeout=60)

    def start(self) -> None:
        """Start it and wait until it answers."""
        subprocess.run([self.control, "start"], check=True, timeout=90)


def gateway() -> Gateway:
    """The gateway; skips where there is none."""
    names = ("ENDPOINT", "BUCKET", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "GATEWAY")
    values = [os.environ.get(PREFIX + name, "") for name in names]
    if not all(values):
        pytest.skip("no S3 server: run `make test-s3`, which installs and starts Ceph's gateway on loopback")
    return Gateway(*values)


def options(tmp_path: Path) -> dict[str, Any]:
    """The remote's options for it."""
    server = gateway()
    file = tmp_path / "s3-secret"
    file.write_text(server.secret_access_key)
    return {
        "endpoint": server.endpoint,
        "allow_http": True,
        "access_key_id": server.access_key_id,
        "secret_access_key_file": str(file),
    }
