"""The log of queries as what counterfactual estimates are made of, and the searches that it can run again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from booth.domain.product import Identification
from booth.identify.bandit.arms import ARMS, LEVELS, STAGE_0
from booth.identify.bandit.context import SIZE, can_run
from booth.identify.bandit.counterfactual import ABSENT, NOT_RUN, Log
from booth.identify.bandit.experience import Told, Tryout
from booth.identify.embedding_log import unlogged
from booth.identify.learning import query_of
from booth.store.query_log import LoggedQuery


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """What of the log can be used.

    Attributes:
        entries: one for each item of `log`.
        left_out: entries whose context or probabilities are not of this booth's making.
    """

    log: Log
    entries: Sequence[LoggedQuery]
    left_out: int


def read(entries: Iterable[LoggedQuery]) -> Read:
    """The log of these entries; those without an answer are in it, as missing."""
    given = list(entries)
    used = [entry for entry in given if _is_usable(entry.identification)]
    rows = [_row(entry) for entry in used]
    return Read(
        Log(
            contexts=np.array([row.context for row in rows], np.float32).reshape(-1, SIZE),
            places=np.array([row.places for row in rows], np.int64).reshape(-1, len(ARMS)),
            exists=np.array([row.exists for row in rows], bool).reshape(-1, len(ARMS)),
            propensities=np.array([row.propensity for row in rows], float),
            answered=np.array([entry.gtin is not None for entry in used], bool),
            at_once=np.array([row.at_once for row in rows], bool),
            ranks=np.array([row.ranks for row in rows], np.int64).reshape(-1, len(ARMS)),
        ),
        used,
        len(given) - len(used),
    )


def replayed(found: Read, tryout: Tryout, told: Told = lambda done, total: None) -> Read:
    """The answered items, with the ranks of every arm that could have run; those that did not are run now.

    An item is left out where its pictures would have to be searched and their embeddings were not logged.

    Raises:
        StoreError: the catalogue cannot be read.
    """
    log, ranks, kept = found.log, found.log.ranks.copy(), []
    for item in np.flatnonzero(log.answered).tolist():
        arms = [arm for arm, name in enumerate(ARMS) if _is_owed(log, item, arm, name, tryout)]
        again = _again(found.entries[item], tryout, [ARMS[arm] for arm in arms])
        if again is not None:
            ranks[item, arms] = again
            kept.append(item)
        told(item + 1, len(log))
    chosen = np.array(kept, int)
    names = ("contexts", "places", "exists", "propensities", "answered", "at_once")
    rest = {name: getattr(log, name)[chosen] for name in names}
    entries = [found.entries[item] for item in kept]
    return Read(Log(**rest, ranks=ranks[chosen]), entries, int(log.answered.sum()) - len(kept))


@dataclass(frozen=True, slots=True)
class _Row:
    context: Sequence[float]
    places: Sequence[int]
    exists: Sequence[bool]
    propensity: float
    at_once: bool
    ranks: Sequence[int]


def _is_usable(found: Identification) -> bool:
    shares = [found.propensities.get(name) for name in ARMS if name in found.strategies]
    return (
        len(found.context) == SIZE
        and bool(np.isfinite(found.context).all())
        and bool(shares)
        and all(share is not None and 0.0 < share <= 1.0 for share in shares)
        and all(found.strategies.get(name, 0) in LEVELS for name in ARMS)
    )


def _row(entry: LoggedQuery) -> _Row:
    """An arm that could not run has level 0 with probability 1; every other has less."""
    found, gtin = entry.identification, entry.gtin
    shares = [found.propensities.get(name, 1.0) for name in ARMS]
    return _Row(
        context=found.context,
        places=[LEVELS.index(found.strategies.get(name, 0)) for name in ARMS],
        exists=[share < 1.0 for share in shares],
        propensity=float(np.prod(shares)),
        at_once=gtin is not None and any(gtin in found.retrieved.get(name, ()) for name in STAGE_0),
        ranks=[_rank(found, name, gtin) for name in ARMS],
    )


def _rank(found: Identification, name: str, gtin: str | None) -> int:
    if gtin is None or not found.strategies.get(name, 0):
        return NOT_RUN
    given = found.retrieved.get(name, ())
    return given.index(gtin) if gtin in given else ABSENT


def _is_owed(log: Log, item: int, arm: int, name: str, tryout: Tryout) -> bool:
    owed = log.exists[item, arm] and log.ranks[item, arm] == NOT_RUN
    return bool(owed and name in tryout.names and can_run(log.contexts[item], name))


def _again(entry: LoggedQuery, tryout: Tryout, arms: Sequence[str]) -> list[int] | None:
    """The ranks in these arms, run now; None where the log does not hold what they search with."""
    embeddings = unlogged(entry.identification.embeddings)
    if entry.gtin is None or ("image" in arms and embeddings is None):
        return None
    query = replace(query_of(entry.identification), embeddings=embeddings)
    ranks = [tryout.rank(query, entry.gtin, arm) for arm in arms]
    return [ABSENT if rank is None else rank for rank in ranks]
