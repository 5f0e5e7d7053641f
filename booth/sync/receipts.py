"""Collects receipts, checks their signatures, and evicts what central storage has signed for."""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from booth.domain import central
from booth.domain.central import Receipt
from booth.errors import ConfigError, InputError, StoreError, SyncError
from booth.ports.outside import Remote
from booth.store.durable import sha256_of
from booth.store.records import SampleState
from booth.store.samples import Store
from booth.sync.upload import manifest_bytes

log = logging.getLogger(__name__)

PAGE = 500


@dataclass(frozen=True, slots=True)
class ReceiptReport:
    """What one run collected.

    Attributes:
        received: samples whose receipt is good.
        refused: sample id to what is wrong with its receipt, which is ignored.
        waiting: how many uploaded samples have no receipt yet.
    """

    received: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    waiting: int = 0


def read_public_keys(text: str) -> tuple[Ed25519PublicKey, ...]:
    """The keys of `sync.receipt_public_key`, parted by spaces or commas.

    Central storage has one; while it changes, the former stands beside it, as receipts are never signed anew.

    Raises:
        ConfigError: one is no key.
    """
    return tuple(read_public_key(part) for part in text.replace(",", " ").split() or [text])


def read_public_key(text: str) -> Ed25519PublicKey:
    """One public key: 32 bytes in base64. Raises: ConfigError."""
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except ValueError as error:
        raise ConfigError("sync.receipt_public_key is not an Ed25519 public key in base64") from error


def collect(store: Store, remote: Remote, *keys: Ed25519PublicKey) -> ReceiptReport:
    """Look for the receipt of every uploaded sample, and note those that one of `keys` has signed.

    Raises:
        SyncError: central storage cannot be reached.
        StoreError: the store cannot note a receipt.
    """
    received, refused, waiting = [], {}, 0
    for sample_id in store.unreceipted():
        try:
            data = _fetch(store, remote, sample_id, keys)
        except (InputError, InvalidSignature, StoreError) as error:
            reason = str(error) or "no key of sync.receipt_public_key has signed it"
            log.warning("%s: the receipt is ignored: %s", sample_id, reason)
            refused[sample_id] = reason
            continue
        if data is None:
            waiting += 1
        else:
            store.receipted(sample_id, data)
            received.append(sample_id)
    return ReceiptReport(tuple(received), refused, waiting)


def evict(store: Store, older_than_days: int, now: datetime) -> tuple[str, ...]:
    """Remove the files of samples that have a receipt and were kept that long ago; gives their ids.

    Raises:
        StoreError: the store cannot remove one.
    """
    before = now - timedelta(days=older_than_days)
    chosen = []
    offset = 0
    while rows := store.rows(PAGE, offset, SampleState.RECEIPTED):
        chosen += [row.sample_id for row in rows if row.kept_at <= before]
        offset += PAGE
    for sample_id in chosen:
        store.evict(sample_id)
        log.info("%s is evicted", sample_id)
    return tuple(chosen)


def _fetch(store: Store, remote: Remote, sample_id: str, keys: Sequence[Ed25519PublicKey]) -> bytes | None:
    """A receipt that is good, or None when there is none yet."""
    manifest = store.manifest(sample_id)
    booth_id = manifest["sample"]["booth_id"]
    data = _get(remote, central.receipt_key(booth_id, sample_id))
    if data is None:
        return None
    receipt, signature = central.read_receipt(data)
    _verify(receipt, signature, keys)
    if (receipt.booth_id, receipt.sample_id) != (booth_id, sample_id):
        raise InputError("it is another sample's receipt")
    if receipt.manifest_sha256 != sha256_of(manifest_bytes(manifest)):
        raise InputError("it is for a manifest that this booth did not write")
    return data


def _verify(receipt: Receipt, signature: bytes, keys: Sequence[Ed25519PublicKey]) -> None:
    """Raises: InvalidSignature when none of the keys made it."""
    for key in keys:
        with suppress(InvalidSignature):
            key.verify(signature, receipt.signed_part())
            return
    raise InvalidSignature


def _get(remote: Remote, name: str) -> bytes | None:
    """The object; one that cannot be read where its neighbours can is bad input, not an outage."""
    try:
        return remote.get(name)
    except SyncError as error:
        if remote.exists(name):
            raise InputError(str(error)) from error
        raise
