"""What was confirmed before for evidence like this: decayed counts over a prior, changed by confirmations.

For a key q of the evidence and a product e the score is (n_qe + κ · prior(e|q)) / (n_q + κ): the posterior
mean under a Dirichlet prior (MacKay and Peto, 1995). Counts are weighted by 1 / P(shown), so that what is
shown often does not look confirmed often (Horvitz and Thompson, 1952), and halve with time.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

from booth.domain.product import NO_PRODUCT
from booth.errors import StoreError
from booth.identify.memory_keys import Priors, Seen, keys_of, kinds_of
from booth.ports.finding import Hit, Query

FORMAT = 1
HALF_LIFE_DAYS = 90.0
"""Packs are redesigned and codes reused over seasons."""
KAPPA = 2.0
"""The prior weighs as much as two confirmations."""
MAX_KEYS = 50_000
MAX_PRODUCTS = 8
"""Products that one key remembers; those confirmed least go."""
MAX_WEIGHT = 10.0
"""1 / P(shown) is clipped here: a rare product may count for ten."""
MAX_BYTES = 64 * 2**20
DAY_S = 86_400.0


class Tally(NamedTuple):
    """How often a product was confirmed for a key, decayed to the key's instant, and its prior for it."""

    times: float
    prior: float


@dataclass(frozen=True, slots=True)
class Remembered:
    """What one key remembers; `at_s` is the instant of its last confirmation, in seconds since 1970."""

    at_s: float
    tallies: Mapping[str, Tally]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One confirmed query.

    Attributes:
        shown: 0..1, how probable it was that the product was shown.
        priors: by key and product, see `booth/identify/memory_priors.py`.
    """

    seen: Seen
    gtin: str
    at: datetime
    shown: float = 1.0
    priors: Priors = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Memory:
    """A Memory that never changes; each confirmation gives a new one. Any thread may recall.

    Attributes:
        keys: by key, in the order of their last confirmation, the oldest first.
        version: the learning state it was read from.
    """

    keys: dict[str, Remembered] = field(default_factory=dict)
    half_life_days: float = HALF_LIFE_DAYS
    kappa: float = KAPPA
    version: str = ""

    def recall(self, query: Query, limit: int) -> Sequence[Hit]:
        """Products confirmed for the same evidence, the most probable first.

        Keys of one kind see the same thing and are averaged; kinds err apart and are joined by noisy-or.
        """
        missed: dict[str, float] = {}
        for keys in kinds_of(keys_of(query)).values():
            for gtin, score in self._averaged(keys).items():
                missed[gtin] = missed.get(gtin, 1.0) * (1.0 - score)
        ranked = sorted(missed.items(), key=lambda each: (each[1], each[0]))
        return [Hit(gtin, 1.0 - miss) for gtin, miss in ranked[: max(0, limit)]]

    def confirmed(
        self, seen: Seen, gtin: str, at: datetime, shown: float = 1.0, priors: Priors | None = None
    ) -> Memory:
        """The memory after one more confirmation; the same memory where no product was named."""
        return self.learnt([Confirmation(seen, gtin, at, shown, priors or {})])

    def learnt(self, confirmations: Iterable[Confirmation]) -> Memory:
        """The memory after many more confirmations."""
        keys = dict(self.keys)
        for each in confirmations:
            if each.gtin == NO_PRODUCT:
                continue
            for key in keys_of(each.seen):
                keys[key] = self._counted(keys.pop(key, None), key, each)
            while len(keys) > MAX_KEYS:
                del keys[next(iter(keys))]
        return replace(self, keys=keys)

    def to_bytes(self) -> bytes:
        """As UTF-8 JSON, the same for the same memory."""
        rows = [
            [key, known.at_s, [[gtin, *tally] for gtin, tally in known.tallies.items()]]
            for key, known in self.keys.items()
        ]
        head = {"format": FORMAT, "half_life_days": self.half_life_days, "kappa": self.kappa}
        return json.dumps({**head, "keys": rows}, ensure_ascii=False, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes, version: str = "") -> Memory:
        """The memory of a document. Raises: StoreError (one line; whatever is wrong with it)."""
        try:
            return _read(data, version)
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError, AttributeError) as error:
            raise StoreError(f"the memory's state cannot be read: {str(error)[:120]}") from error

    def _averaged(self, keys: Sequence[str]) -> dict[str, float]:
        known = [remembered for key in keys if (remembered := self.keys.get(key))]
        sums: dict[str, float] = {}
        for remembered in known:
            for gtin, score in self._scores(remembered).items():
                sums[gtin] = sums.get(gtin, 0.0) + score / len(known)
        return sums

    def _scores(self, remembered: Remembered) -> dict[str, float]:
        fade = self._fade(self._latest_s() - remembered.at_s)
        total = sum(tally.times for tally in remembered.tallies.values()) * fade
        return {
            gtin: (tally.times * fade + self.kappa * tally.prior) / (total + self.kappa)
            for gtin, tally in remembered.tallies.items()
        }

    def _latest_s(self) -> float:
        """The instant of the last confirmation of all: age is counted from it, so that no clock is asked."""
        return self.keys[next(reversed(self.keys))].at_s if self.keys else 0.0

    def _counted(self, known: Remembered | None, key: str, each: Confirmation) -> Remembered:
        at_s = max(each.at.astimezone(UTC).timestamp(), known.at_s if known else -math.inf)
        fade = self._fade(at_s - known.at_s) if known else 1.0
        late = self._fade(at_s - each.at.astimezone(UTC).timestamp())
        weight = late / min(1.0, max(1.0 / MAX_WEIGHT, each.shown))
        tallies = {gtin: Tally(0.0, prior) for gtin, prior in each.priors.get(key, {}).items()}
        for gtin, tally in (known.tallies if known else {}).items():
            tallies[gtin] = Tally(tally.times * fade, max(tally.prior, tallies.get(gtin, Tally(0, 0)).prior))
        own = tallies.get(each.gtin, Tally(0.0, 0.0))
        tallies[each.gtin] = Tally(own.times + weight, own.prior)
        ranked = sorted(tallies.items(), key=lambda pair: -(pair[1].times + self.kappa * pair[1].prior))
        return Remembered(at_s, dict(ranked[:MAX_PRODUCTS]))

    def _fade(self, age_s: float) -> float:
        return float(0.5 ** (max(0.0, age_s) / DAY_S / self.half_life_days))


def _read(data: bytes, version: str) -> Memory:
    if len(data) > MAX_BYTES:
        raise ValueError(f"it has {len(data)} bytes; {MAX_BYTES} fit")
    document = json.loads(data)
    if document["format"] != FORMAT:
        raise ValueError(f"format {document['format']!r} is unknown")
    rows = document["keys"]
    if not isinstance(rows, list) or len(rows) > MAX_KEYS:
        raise ValueError("its keys are no list, or too many")
    keys = {_text(key): Remembered(_number(at_s), _tallies(tallies)) for key, at_s, tallies in rows}
    half_life, kappa = _number(document["half_life_days"]), _number(document["kappa"])
    if half_life <= 0 or kappa <= 0:
        raise ValueError("half-life and kappa must be above 0")
    return Memory(keys, half_life, kappa, version)


def _tallies(rows: Any) -> dict[str, Tally]:
    if len(rows) > MAX_PRODUCTS:
        raise ValueError("a key remembers too many products")
    return {_text(gtin): Tally(_number(count, 0.0), _number(prior, 0.0)) for gtin, count, prior in rows}


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 200:
        raise ValueError(f"{str(value)[:40]!r} is no name")
    return value


def _number(value: Any, least: float = -math.inf) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{str(value)[:40]!r} is no number")
    if value < least:
        raise ValueError(f"{value} is below {least}")
    return float(value)
