"""The key that signs receipts: Ed25519, in a file that only its owner can read."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from booth.errors import ConfigError
from booth.store.durable import sync_folder


def make_key(path: Path) -> str:
    """Create a key (PKCS 8, PEM, mode 0600); gives the public key for `sync.receipt_public_key`.

    Raises:
        ConfigError: the file exists, or cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)
    except FileExistsError as error:
        raise ConfigError(f"{path} exists already: a key is never overwritten") from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}") from error
    return public_text(key)


def read_key(path: Path) -> Ed25519PrivateKey:
    """The key in a file that `make_key` wrote. Raises: ConfigError."""
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"lake.signing_key: {path} can be read by others; chmod 600 it")
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise ConfigError(f"lake.signing_key: {path} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ConfigError(f"lake.signing_key: {path} is no private key in PEM") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"lake.signing_key: {path} is no Ed25519 key")
    return key


def public_text(key: Ed25519PrivateKey) -> str:
    """The public key: 32 bytes in base64."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()
