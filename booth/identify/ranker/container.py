"""The ranker's document: a line of JSON, then its trees as ONNX bytes, each under its hash. No code in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from booth.errors import StoreError

MAGIC = b"BOOTH RANKER 1\n"
MAX_BYTES = 64 * 2**20
MAX_HEAD_BYTES = 2**20


def packed(head: Mapping[str, Any], parts: Mapping[str, bytes]) -> bytes:
    """One document of a JSON-ready head and named parts."""
    listed = [{"name": name, "bytes": len(part), "sha256": _hash(part)} for name, part in parts.items()]
    line = json.dumps({**head, "parts": listed}, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return MAGIC + line.encode() + b"\n" + b"".join(parts.values())


def unpacked(document: bytes) -> tuple[Mapping[str, Any], Mapping[str, bytes]]:
    """Head and parts of a document. Raises: StoreError (it is none, is cut short, or was changed)."""
    if not document.startswith(MAGIC) or len(document) > MAX_BYTES:
        raise StoreError("the ranker's state is no ranker of this version; 'booth learn --cold' makes one")
    end = document.find(b"\n", len(MAGIC), len(MAGIC) + MAX_HEAD_BYTES)
    try:
        head = json.loads(document[len(MAGIC) : end])
        return head, _parts(head["parts"], document[end + 1 :])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError(f"the ranker's state cannot be read: {str(error)[:120]}") from error


def _parts(listed: Any, data: bytes) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    start = 0
    for each in listed:
        part = data[start : start + int(each["bytes"])]
        if int(each["bytes"]) < 0 or _hash(part) != each["sha256"]:
            raise ValueError(f"its part {str(each['name'])[:20]} is cut short or was changed")
        parts[str(each["name"])] = part
        start += len(part)
    if start != len(data):
        raise ValueError("something follows its last part")
    return parts


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
