"""The signing key: made once, readable by its owner alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from booth.errors import ConfigError
from booth.lake.keys import make_key, public_text, read_key
from booth.sync.receipts import read_public_key


def test_a_new_key_is_read_back_and_its_public_part_verifies(tmp_path: Path) -> None:
    file = tmp_path / "lake.key"
    public = make_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    key = read_key(file)
    assert public_text(key) == public
    read_public_key(public).verify(key.sign(b"word"), b"word")


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "lake.key"
    make_key(file)
    before = file.read_bytes()
    with pytest.raises(ConfigError, match="exists already"):
        make_key(file)
    assert file.read_bytes() == before


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "lake.key"
    make_key(file)
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_key(file)


def _other_kind() -> bytes:
    return generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@pytest.mark.parametrize("content", [b"", b"text", b"\0" * 1_000, _other_kind()])
def test_a_file_that_holds_no_such_key_names_its_setting(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "lake.key"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(ConfigError, match=r"lake\.signing_key"):
        read_key(file)


def test_a_missing_key_names_its_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"lake\.signing_key"):
        read_key(tmp_path / "none")
