"""The nightly refit: what the log teaches goes into force only where it does no worse on items held out.

Each kind of state is fitted on the older confirmations and compared, on the last of them, with the newest
version of an earlier night that has not seen those either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice

import numpy as np

from booth.domain.terms import now
from booth.errors import BoothError
from booth.identify.bandit.cold_start import ITEMS as BANDIT_ITEMS
from booth.identify.bandit.cold_start import cold_start as cold_bandit
from booth.identify.bandit.policy import Bandit
from booth.identify.corruption import Vectors
from booth.identify.held_out import bandit_figures, memory_figures, ranker_figures
from booth.identify.learning import (
    Confirmed,
    confirmed_of,
    example_of,
    remembering,
    taught,
)
from booth.identify.memory import Memory
from booth.identify.ranker.cold_start import POOL, world_of
from booth.identify.ranker.cold_start import cold_start as cold_ranker
from booth.identify.ranker.fit import Example, fit, measured
from booth.identify.ranker.simulate import examples
from booth.identify.sampling import sampled
from booth.ports.finding import CatalogueIndex, Strategy, Understand
from booth.store.learning import Learning

MADE_BY, MADE_COLD = "booth learn", "booth learn --cold"
KINDS = BANDIT, MEMORY, RANKER = ("bandit", "memory", "ranker")
LEAST = 200
"""So many confirmed searches are the least to fit on and to compare with."""
MOST = 4_000
"""So many of the last confirmed searches are fitted on, which bounds the time and memory of a night."""
MOST_REMEMBERED = 50_000
"""So many of the last ones memory is made of."""
KEPT_DAYS = 400
"""Logged queries that are older are forgotten: to memory they count less than a twentieth by then."""
HELD_OUT = 0.25
SIMULATED = 1_500
"""Simulated items that the ranker is fitted on besides: the log has few of what is seldom."""
SIMULATED_WEIGHT = 0.25
TOLERANCE = {"mrr": 0.0, "brier": 0.002}
"""By how much a figure may be worse; on a few hundred items a Brier score moves so by chance."""
Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Searching:
    """What a search of this booth is made of.

    Attributes:
        vectors: the embeddings that the index has of a product; None where they cannot be had.
    """

    index: CatalogueIndex
    strategies: Sequence[Strategy]
    understand: Understand | None = None
    vectors: Vectors | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one kind of state.

    Attributes:
        version: the new version, or empty where none was made.
        before: figures of the version it was compared with, on the same items; empty where there was none.
    """

    kind: str
    version: str
    in_force: bool
    reason: str
    figures: Mapping[str, float] = field(default_factory=dict)
    before: Mapping[str, float] = field(default_factory=dict)


def learn_cold(
    learning: Learning, searching: Searching, rng: np.random.Generator, items: int, told: Told
) -> list[Outcome]:
    """Start anew from simulated items: ranker and bandit; memory only where there is none.

    Raises:
        InputError: the catalogue is empty.
        StoreError: catalogue or learning state cannot be used.
    """
    fitted = cold_ranker(
        searching.index, searching.strategies, rng, items,
        understand=searching.understand, vectors=searching.vectors,
        told=lambda done, total: told("Simulating items for the ranker", done, total),
    )  # fmt: skip
    bandit = cold_bandit(
        searching.index, searching.strategies, sampled(searching.index, rng, POOL), rng,
        understand=searching.understand, vectors=searching.vectors, items=min(items, BANDIT_ITEMS),
        told=lambda done, total: told("Simulating items for the bandit", done, total),
    )  # fmt: skip
    kept = [
        _kept_cold(learning, RANKER, fitted.ranker.to_bytes(), searching, fitted.figures),
        _kept_cold(learning, BANDIT, bandit.to_bytes(), searching, {}),
    ]
    if _is_missing(learning, MEMORY):
        kept.append(_kept_cold(learning, MEMORY, Memory().to_bytes(), searching, {}))
    return kept


def learn_nightly(
    learning: Learning, searching: Searching, rng: np.random.Generator, told: Told
) -> list[Outcome]:
    """Refit memory, bandit and ranker from the log.

    Raises:
        StoreError: catalogue or learning state cannot be used.
    """
    night = _night(learning)
    if len(night.held_out) + len(night.older) < LEAST:
        return [_too_few(kind, len(night.held_out) + len(night.older)) for kind in KINDS]
    outcomes = [
        _relearn_bandit(learning, night),
        _relearn_memory(learning, searching, night),
        _relearn_ranker(learning, searching, night, rng, told),
    ]
    learning.prune(now() - timedelta(days=KEPT_DAYS))
    return outcomes


@dataclass(frozen=True, slots=True)
class _Night:
    """The last confirmed searches, in the order of their confirmation.

    Attributes:
        first_held_out: number of the first confirmation that is held out.
        upto: number of the last one.
    """

    older: Sequence[Confirmed]
    held_out: Sequence[Confirmed]
    first_held_out: int
    upto: int


def _night(learning: Learning) -> _Night:
    _, known = learning.counts()
    entries = list(islice(learning.entries(after=0), max(0, known - MOST), None))
    split = len(entries) - round(len(entries) * HELD_OUT)
    confirmed = [each for entry in entries if (each := confirmed_of(entry))]
    first = entries[split].confirmation if entries[split:] else 0
    return _Night(confirmed[:split], confirmed[split:], first, entries[-1].confirmation if entries else 0)


def _relearn_bandit(learning: Learning, night: _Night) -> Outcome:
    """The last cold start, taught all that the log has."""
    cold = _newest(learning, BANDIT, (MADE_COLD,), night.first_held_out)
    if cold is None:
        return Outcome(BANDIT, "", False, "there is no cold start to go on from: run 'booth learn --cold'")
    bandit = taught(Bandit.from_bytes(cold[1]), night.older)
    before = _unseen(learning, BANDIT, night)
    was = bandit_figures(Bandit.from_bytes(before[1]), night.held_out) if before else {}
    document = taught(bandit, night.held_out).to_bytes()
    return _kept(learning, BANDIT, document, cold[0], bandit_figures(bandit, night.held_out), was, night)


def _relearn_memory(learning: Learning, searching: Searching, night: _Night) -> Outcome:
    """The log's confirmations, anew, each item's once; what was corrected later counts as corrected."""
    memory = remembering(Memory(), _remembered(learning, night.first_held_out), searching.index)
    before = _unseen(learning, MEMORY, night)
    was = memory_figures(Memory.from_bytes(before[1]), night.held_out) if before else {}
    document = remembering(memory, night.held_out, searching.index).to_bytes()
    return _kept(learning, MEMORY, document, "log", memory_figures(memory, night.held_out), was, night)


def _remembered(learning: Learning, before: int) -> Iterator[Confirmed]:
    _, known = learning.counts()
    for entry in islice(learning.entries(after=0), max(0, known - MOST_REMEMBERED), None):
        confirmed = confirmed_of(entry)
        if confirmed and entry.confirmation < before:
            yield confirmed


def _relearn_ranker(
    learning: Learning, searching: Searching, night: _Night, rng: np.random.Generator, told: Told
) -> Outcome:
    older, held_out = (_examples(part, searching.index) for part in (night.older, night.held_out))
    if len(older) + len(held_out) < LEAST:
        return _too_few(RANKER, len(older) + len(held_out))
    made = list(_simulated(searching, rng, told))
    mixed = [*older, *made]
    ranker = fit([mixed[place] for place in rng.permutation(len(mixed))]).ranker
    before = _unseen(learning, RANKER, night)
    was = ranker_figures(before[1], held_out) if before else {}
    return _kept(learning, RANKER, ranker.to_bytes(), "log", measured(ranker, held_out), was, night)


def _simulated(searching: Searching, rng: np.random.Generator, told: Told) -> Iterator[Example]:
    world = world_of(
        searching.index, searching.strategies, rng,
        understand=searching.understand, vectors=searching.vectors,
    )  # fmt: skip
    for done, each in enumerate(examples(world, rng, SIMULATED), start=1):
        told("Simulating items for the ranker", done, SIMULATED)
        yield Example(each.table, each.truth, each.state, each.weight * SIMULATED_WEIGHT)


def _examples(confirmed: Sequence[Confirmed], index: CatalogueIndex) -> list[Example]:
    made = (example_of(each, index) for each in confirmed)
    return [example for example in made if example is not None and example.table.gtins]


def _unseen(learning: Learning, kind: str, night: _Night) -> tuple[str, bytes] | None:
    """The newest version that has not learnt from what is held out."""
    return _newest(learning, kind, (MADE_BY, MADE_COLD), night.first_held_out)


def _newest(
    learning: Learning, kind: str, made_by: Sequence[str], first_held_out: int
) -> tuple[str, bytes] | None:
    """The newest sound version that these made from confirmations before that one."""
    for each in learning.versions(kind):
        if each.made_by in made_by and each.upto < first_held_out:
            try:
                return each.version, learning.state(kind, each.version).document
            except BoothError:
                continue
    return None


def _kept(
    learning: Learning,
    kind: str,
    document: bytes,
    based_on: str,
    figures: Mapping[str, float],
    before: Mapping[str, float],
    night: _Night,
) -> Outcome:
    worse = [
        name for name, slack in TOLERANCE.items()
        if name in before and (before[name] - figures[name]) * (1 if name == "mrr" else -1) > slack
    ]  # fmt: skip
    version = learning.keep(kind, document, MADE_BY, based_on, figures, upto=night.upto, in_force=not worse)
    reason = f"worse than before by {' and '.join(worse)}" if worse else "no worse than before"
    return Outcome(kind, version, not worse, reason if before else "the first", figures, before)


def _kept_cold(
    learning: Learning, kind: str, document: bytes, searching: Searching, figures: Mapping[str, float]
) -> Outcome:
    based_on = f"catalogue {searching.index.snapshot}"
    version = learning.keep(kind, document, MADE_COLD, based_on, figures, in_force=True)
    return Outcome(kind, version, True, "a new start", figures)


def _is_missing(learning: Learning, kind: str) -> bool:
    try:
        return learning.in_force(kind) is None
    except BoothError:
        return True


def _too_few(kind: str, count: int) -> Outcome:
    return Outcome(kind, "", False, f"{count} confirmed searches are logged; {LEAST - count} more are needed")
