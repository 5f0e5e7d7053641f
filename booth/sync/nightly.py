"""One night's sync, in its order: race the store, upload, collect receipts, evict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from booth.domain.terms import now
from booth.ports.outside import Remote
from booth.store.samples import Store
from booth.sync.probe import probe
from booth.sync.receipts import ReceiptReport, collect, evict, read_public_keys
from booth.sync.upload import Progress, UploadReport, quiet, upload


@dataclass(frozen=True, slots=True)
class Terms:
    """What a booth and central storage have agreed on.

    Attributes:
        receipt_public_key: Ed25519, base64; several parted by spaces while central storage changes its key;
            empty means that no receipt is believed and nothing evicted.
        evict_after_days: how long ago a sample must have been kept before its files may go.
    """

    receipt_public_key: str = ""
    evict_after_days: int = 30


@dataclass(frozen=True, slots=True)
class NightReport:
    """What one night did."""

    upload: UploadReport
    receipts: ReceiptReport
    evicted: tuple[str, ...] = ()


def sync_night(
    store: Store, remote: Remote, terms: Terms, progress: Progress = quiet, at: datetime | None = None
) -> NightReport:
    """Send what is closed, note what is signed for, remove what is old; harmless to run again.

    Args:
        at: the present, for the age of samples; now by default.

    Raises:
        ConfigError: a public key is none.
        SyncError: central storage cannot be reached, or does not keep its promises.
        StoreError: the store cannot note what happened.
    """
    keys = read_public_keys(terms.receipt_public_key) if terms.receipt_public_key else ()
    probe(remote)
    sent = upload(store, remote, progress)
    if not keys:
        return NightReport(sent, ReceiptReport(waiting=len(store.unreceipted())))
    receipts = collect(store, remote, *keys)
    return NightReport(sent, receipts, evict(store, terms.evict_after_days, at or now()))
