"""What a version of learning state does on confirmed searches that it has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from booth.errors import BoothError
from booth.identify.bandit.context import SIZE
from booth.identify.bandit.labels import labels_of
from booth.identify.bandit.policy import Bandit
from booth.identify.learning import Confirmed, ranks_of
from booth.identify.memory import Memory
from booth.identify.ranker.fit import Example, measured
from booth.identify.ranker.ranker import Ranker
from booth.ports.finding import Query


def bandit_figures(bandit: Bandit, held_out: Sequence[Confirmed]) -> dict[str, float]:
    """The Brier score of P(product in an arm's first K), over what ran."""
    errors, weighed = 0.0, 0.0
    for each in held_out:
        context = np.array(each.identification.context, np.float32)
        if context.shape != (SIZE,):  # logged by another version of the booth
            continue
        labels, weights = labels_of(ranks_of(each), bandit.settings.found_weight)
        chances = bandit.chances(context)
        errors += float((weights[:, None] * (chances - labels) ** 2).sum())
        weighed += float(weights.sum() * labels.shape[1])
    return {"n": len(held_out), "brier": errors / weighed if weighed else 0.0}


def memory_figures(memory: Memory, held_out: Sequence[Confirmed]) -> dict[str, float]:
    """How early memory alone recalls the products of later searches."""
    ranks = [_recalled(memory, each) for each in held_out]
    found = [1.0 / rank for rank in ranks if rank]
    total = max(1, len(held_out))
    return {
        "n": len(held_out), "mrr": sum(found) / total, "r@1": sum(rank == 1 for rank in ranks) / total,
    }  # fmt: skip


def ranker_figures(document: bytes, held_out: Sequence[Example]) -> Mapping[str, float]:
    """Empty for a ranker of an older booth, which sees other features."""
    try:
        return measured(Ranker.from_bytes(document), held_out)
    except BoothError:
        return {}


def _recalled(memory: Memory, confirmed: Confirmed) -> int:
    found = confirmed.identification
    query = Query(found.barcodes, found.partial_codes, found.typed_text, found.words)
    gtins = [hit.gtin for hit in memory.recall(query, 100)]
    return gtins.index(confirmed.gtin) + 1 if confirmed.gtin in gtins else 0
