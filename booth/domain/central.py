"""How things are called in central storage, and the receipt that lets a booth evict.

blobs/sha256/<first two digits>/<hash>             a file of a sample, by its content
manifests/<booth>/<sample>.json                    written last: the sample is whole
amendments/<booth>/<sample>/<amendment>.json       a later word
batches/<n>.json                                   what the n-th append to the tables is made of
receipts/<booth>/<sample>.json                     signed: the sample is in the table
table/                                             the Delta tables
"""

from __future__ import annotations

import base64
import json
import math
import re
from dataclasses import asdict, dataclass
from typing import Any

from booth.errors import InputError

BLOBS = "blobs/sha256/"
MANIFESTS = "manifests/"
AMENDMENTS = "amendments/"
BATCHES = "batches/"
RECEIPTS = "receipts/"
TABLE = "table/"

FORMAT = 1
"""The version of amendment, batch and receipt documents."""

MAX_DOCUMENT_BYTES = 8_000_000
"""No manifest, amendment or receipt is larger."""

MAX_OBJECT_BYTES = 256_000_000
"""Larger objects are not read: nothing that a booth sends comes near."""

SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
SHA256 = re.compile(r"[0-9a-f]{64}")
_PART = SAFE_NAME.pattern
_DOCUMENT_KEY = re.compile(rf"(manifests|amendments/{_PART})/{_PART}/{_PART}\.json")

_SIGNED_PREFIX = b"booth receipt 1\n"
"""Keeps a signature on a receipt from ever being one on something else."""


def blob_key(sha256: str) -> str:
    """Where the file of this content lies. Raises: InputError."""
    if not SHA256.fullmatch(sha256):
        raise InputError(f"{sha256[:80]!r} is no SHA-256")
    return f"{BLOBS}{sha256[:2]}/{sha256}"


def manifest_key(booth_id: str, sample_id: str) -> str:
    """Where the manifest lies. Raises: InputError."""
    return f"{MANIFESTS}{_name(booth_id)}/{_name(sample_id)}.json"


def amendment_key(booth_id: str, sample_id: str, amendment_id: str) -> str:
    """Where the amendment lies. Raises: InputError."""
    return f"{AMENDMENTS}{_name(booth_id)}/{_name(sample_id)}/{_name(amendment_id)}.json"


def is_document_key(key: str) -> bool:
    """Whether a manifest or an amendment could lie there."""
    return bool(_DOCUMENT_KEY.fullmatch(key))


def receipt_key(booth_id: str, sample_id: str) -> str:
    """Where the receipt lies. Raises: InputError."""
    return f"{RECEIPTS}{_name(booth_id)}/{_name(sample_id)}.json"


def batch_key(number: int) -> str:
    """Where the n-th batch lies."""
    return f"{BATCHES}{number}.json"


def canonical(document: object) -> bytes:
    """JSON as UTF-8 with sorted keys: the same bytes for the same data."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Receipt:
    """Central storage's word that a sample is in the table.

    Attributes:
        manifest_sha256: of the manifest's bytes as they were ingested.
        batch: the batch that named it.
        table_version: a version of the Delta table that holds it.
        signed_at: ISO 8601, UTC.
    """

    booth_id: str
    sample_id: str
    manifest_sha256: str
    batch: int
    table_version: int
    signed_at: str

    def signed_part(self) -> bytes:
        """The bytes that the Ed25519 signature covers."""
        return _SIGNED_PREFIX + canonical(asdict(self))

    def to_bytes(self, signature: bytes) -> bytes:
        """The receipt's document."""
        signed = {"format": FORMAT, "signature": base64.b64encode(signature).decode()}
        return canonical({**asdict(self), **signed})


def read_receipt(data: bytes) -> tuple[Receipt, bytes]:
    """A receipt and its signature, not yet checked against each other. Raises: InputError."""
    document = parse(data)
    kinds = {**Receipt.__annotations__, "format": "int", "signature": "str"}
    if not isinstance(document, dict) or document.keys() != kinds.keys():
        raise InputError("it has not the fields of a receipt")
    for name, kind in kinds.items():
        if type(document[name]).__name__ != kind:
            raise InputError(f"{name} is not of type {kind}")
    if document.pop("format") != FORMAT:
        raise InputError("it has a format that this version does not know")
    try:
        signature = base64.b64decode(document.pop("signature"), validate=True)
    except ValueError as error:
        raise InputError("its signature is not base64") from error
    return Receipt(**document), signature


def parse(data: bytes) -> Any:
    """The data of a document from outside: JSON, not too large. Raises: InputError."""
    if len(data) > MAX_DOCUMENT_BYTES:
        raise InputError(f"{len(data)} bytes are too many; {MAX_DOCUMENT_BYTES} are allowed")
    try:
        return json.loads(data.decode(), parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise InputError(f"it is not JSON: {str(error)[:120]}") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    """`1e999` would be read as infinity, and written as something that is no JSON."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


def _name(text: str) -> str:
    if not SAFE_NAME.fullmatch(text):
        raise InputError(f"{text[:80]!r} cannot be part of a key: letters, digits, - and _, at most 100")
    return text
