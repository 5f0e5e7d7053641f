"""What one confirmed search teaches the bandit, the memory and the ranker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from booth.domain.product import Candidate, Identification
from booth.identify.bandit.context import SIZE
from booth.identify.bandit.policy import Bandit
from booth.identify.corruption import barcode_state
from booth.identify.memory import Confirmation, Memory
from booth.identify.memory_keys import shown_probability
from booth.identify.memory_priors import priors_of
from booth.identify.ranker.features import Table, table_of
from booth.identify.ranker.fit import Example
from booth.ports.finding import CatalogueIndex, Query
from booth.store.query_log import LoggedQuery

KEPT_ROWS = 100
"""Candidates of a logged search that are learnt from; those that several strategies gave first."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A search whose product is known.

    Attributes:
        last: whether it is its item's last one: that has all the evidence of those before.
    """

    identification: Identification
    gtin: str
    at: datetime
    last: bool = True


def confirmed_of(entry: LoggedQuery) -> Confirmed | None:
    """The entry as what is learnt from; None where nobody has said which product it was."""
    if entry.gtin is None or entry.confirmed_at is None:
        return None
    return Confirmed(entry.identification, entry.gtin, entry.confirmed_at, entry.last)


def taught(bandit: Bandit, confirmed: Iterable[Confirmed]) -> Bandit:
    """The bandit after these; one whose context is not of this booth's making teaches nothing."""
    for each in confirmed:
        context = np.array(each.identification.context, np.float32)
        if context.shape == (SIZE,):
            bandit = bandit.learn(context, ranks_of(each))
    return bandit


def remembering(memory: Memory, confirmed: Iterable[Confirmed], index: CatalogueIndex) -> Memory:
    """The memory after these; of an item's searches only the last counts, as they were confirmed by one word.

    Raises:
        StoreError: the catalogue cannot be read.
    """
    return memory.learnt(
        Confirmation(
            each.identification,
            each.gtin,
            each.at,
            shown_probability(each.identification, each.gtin),
            priors_of(each.identification, index),
        )
        for each in confirmed
        if each.last
    )


def ranks_of(confirmed: Confirmed) -> Mapping[str, int | None]:
    """Rank of the product, from 0, in what each strategy that ran gave; None where it was not there."""
    retrieved = confirmed.identification.retrieved
    return {
        name: gtins.index(confirmed.gtin) if confirmed.gtin in gtins else None
        for name, gtins in retrieved.items()
    }


def example_of(confirmed: Confirmed, index: CatalogueIndex) -> Example | None:
    """What the ranker learns from it; None where its scores were not logged. Raises: StoreError."""
    found = confirmed.identification
    retrieved = taken_of(found)
    if retrieved is None:
        return None
    gtins = dict.fromkeys(each.gtin for given in retrieved.values() for each in given)
    products = {product.gtin: product for product in index.get(list(gtins))}
    query = query_of(found)
    table = trimmed(table_of(query, retrieved, products), confirmed.gtin)
    return Example(table, confirmed.gtin, barcode_state(query, confirmed.gtin))


def query_of(found: Identification) -> Query:
    """The query as far as it was logged: all but the embeddings, whose scores stand for them."""
    return Query(
        barcodes=found.barcodes,
        partial_codes=found.partial_codes,
        typed_text=found.typed_text,
        words=found.words,
        size_mm=found.size_mm,
        weight_g=found.weight_g,
        shortlist=found.shortlist,
        matched=found.matched,
        understood=found.understood,
    )


def taken_of(found: Identification) -> Mapping[str, Sequence[Candidate]] | None:
    """The candidates that were ordered then; None where scores are missing."""
    taken: dict[str, Sequence[Candidate]] = {}
    for name, gtins in found.retrieved.items():
        scores = found.scores.get(name, ())
        if len(scores) != len(gtins):
            return None
        level = found.strategies.get(name, len(gtins))
        pairs = zip(gtins[:level], scores[:level], strict=True)
        taken[name] = [Candidate(gtin, score, name) for gtin, score in pairs]
    return taken


def trimmed(table: Table, truth: str) -> Table:
    """The KEPT_ROWS candidates that the strategies together rank highest, and the truth if it is one."""
    if len(table.gtins) <= KEPT_ROWS:
        return table
    best = np.argsort(-table.column("fused"), kind="stable")[:KEPT_ROWS].tolist()
    if truth in table.gtins and table.gtins.index(truth) not in best:
        best[-1] = table.gtins.index(truth)
    return replace(table, gtins=tuple(table.gtins[place] for place in best), values=table.values[best])
