"""What evidence is remembered by: the code as read, a partial code, the typed text, and the words printed."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np

from booth.domain.evidence import PartialCode, PrintedWord
from booth.domain.product import NO_PRODUCT, BarcodeRead, Identification

CODE, MASK, TYPED, WORDS = KINDS = ("code", "mask", "typed", "words")
"""The kinds of keys; a key is its kind, a colon and what was seen."""
MIN_MASK_DIGITS = 7
"""A mask with fewer digits fits too many products to be worth remembering."""
MAX_TEXT = 80
MIN_WORDS = 3
"""Fewer printed words than these are no signature."""
MIN_WORD_CONFIDENCE = 0.5
BANDS, ROWS = 8, 2
"""MinHash bands of so many rows (Broder, 1997; Leskovec et al., Mining of Massive Datasets, 3.4): two looks
that share half of their words meet in one of the bands with probability 0.9, those that share a tenth with
0.08."""
MAX_SEEN = 64
"""So many codes, masks and words are looked at, at most."""
_BETWEEN = re.compile(r"[\W_]+")
_WORD = re.compile(r"[^\W_]{3,}")
_MULTIPLIERS = np.random.default_rng(1997).integers(1, 2**63, BANDS * ROWS, dtype=np.uint64) | np.uint64(1)


class Seen(Protocol):
    """What keys are made of: a Query has it, and the Identification that was logged for it."""

    @property
    def barcodes(self) -> tuple[BarcodeRead, ...]: ...
    @property
    def partial_codes(self) -> tuple[PartialCode, ...]: ...
    @property
    def typed_text(self) -> str: ...
    @property
    def words(self) -> tuple[PrintedWord, ...]: ...


def keys_of(seen: Seen) -> tuple[str, ...]:
    """Every key of what was seen, each once; at most a few dozen, of bounded length."""
    codes = (f"{CODE}:{_short(code.gtin or code.text)}" for code in seen.barcodes[:MAX_SEEN])
    masks = (f"{MASK}:{part.mask[:13]}" for part in seen.partial_codes[:MAX_SEEN] if _is_telling(part.mask))
    typed = folded(seen.typed_text[: 4 * MAX_TEXT])
    texts = [f"{TYPED}:{_short(typed)}"] if typed else []
    return tuple(dict.fromkeys([*codes, *masks, *texts, *_signature(seen.words)]))


def folded(text: str) -> str:
    """Small letters without accents, digits and single spaces."""
    plain = text.casefold()
    if not plain.isascii():
        letters = unicodedata.normalize("NFKD", plain.encode("utf-8", "ignore").decode())
        plain = "".join(letter for letter in letters.casefold() if not unicodedata.combining(letter))
    return _BETWEEN.sub(" ", plain).strip()


def shown_probability(identification: Identification, gtin: str) -> float:
    """How probable it was that a product was shown at all: over the strategies whose candidates it was among.

    Stage 0 always runs, and what a person found by himself does not depend on what was shown: both give 1.
    """
    missed, among = 1.0, False
    for name, level in identification.strategies.items():
        if gtin in identification.retrieved.get(name, ())[:level]:
            among = True
            missed *= 1.0 - identification.propensities.get(name, 1.0)
    return 1.0 - missed if among and gtin != NO_PRODUCT else 1.0


def _signature(words: Sequence[PrintedWord]) -> list[str]:
    """MinHash bands of the words that were read with some confidence."""
    sure = (word.text for word in words[:MAX_SEEN] if word.confidence >= MIN_WORD_CONFIDENCE)
    tokens = {token for text in sure for token in _WORD.findall(folded(text[:MAX_TEXT]))}
    if len(tokens) < MIN_WORDS:
        return []
    hashes = np.array([_hash(token) for token in sorted(tokens)], dtype=np.uint64)
    least = (hashes[:, None] * _MULTIPLIERS[None, :]).min(axis=0).reshape(BANDS, ROWS)
    return [f"{WORDS}:{band}{hashlib.blake2b(row.tobytes(), digest_size=8).hexdigest()}"
            for band, row in enumerate(least)]  # fmt: skip


def _hash(token: str) -> int:
    return int.from_bytes(hashlib.blake2b(token.encode(), digest_size=8).digest())


def _is_telling(mask: str) -> bool:
    return sum(letter.isdigit() for letter in mask) >= MIN_MASK_DIGITS


def _short(text: str) -> str:
    """A text of any length as one of bounded length, different for different texts."""
    clean = text.encode("utf-8", "ignore").decode()
    if len(clean) <= MAX_TEXT:
        return clean
    return hashlib.blake2b(clean.encode(), digest_size=16).hexdigest()


Priors = Mapping[str, Mapping[str, float]]
"""By key: how probable each product was for it before anything was confirmed."""


def kinds_of(keys: Iterable[str]) -> dict[str, list[str]]:
    """The keys by kind."""
    sorted_out: dict[str, list[str]] = {}
    for key in keys:
        sorted_out.setdefault(key.partition(":")[0], []).append(key)
    return sorted_out
