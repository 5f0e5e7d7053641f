"""The scores of the store's own items whose state a person has confirmed; the last word counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from booth.domain.terms import Outcome
from booth.domain.verdict import Verdict
from booth.errors import StoreError
from booth.policy.policy import meaningless
from booth.policy.scores import Scored, Scores
from booth.store import documents
from booth.store.documents import Array
from booth.store.records import SampleRow, SampleState
from booth.store.samples import Store

Progress = Callable[[int, int], None]

AT_MOST = 1_000_000
UNSAID = "nobody said whether it is damaged"
GONE = "its files are in central storage only"
FLAGGED = "its files are not what was kept"
UNJUDGED = "no verdict as the product that it was"
OTHER_MODELS = "judged by other models"
MEANINGLESS = "what the models saw was no evidence"
_NO_MAP: Array = np.zeros((1, 1), np.float32)


def confirmed_scores(store: Store, models: Mapping[str, str], progress: Progress | None = None) -> Scores:
    """The items that a person called ok or damaged, with the score of the verdict as that product.

    Args:
        models: the networks in force; verdicts of others are left out, as their scores mean something else.

    Raises:
        StoreError: the database refuses.
    """
    rows = [row for row in store.rows(AT_MOST) if row.state is not SampleState.KEPT]
    left_out: Counter[str] = Counter()
    items: list[Scored] = []
    for number, row in enumerate(rows):
        found = _scored(store, row, models)
        if isinstance(found, Scored):
            items.append(found)
        else:
            left_out[found] += 1
        if progress:
            progress(number + 1, len(rows))
    return Scores(tuple(items), "items that people have confirmed", left_out)


def _scored(store: Store, row: SampleRow, models: Mapping[str, str]) -> Scored | str:
    """The item's score, or why it has none."""
    if row.state is SampleState.EVICTED or row.flagged:
        return FLAGGED if row.flagged else GONE
    try:
        told = store.description(row.sample_id)
        said = _last_words(told)
        verdict = _verdict_as(said["gtin"], told)
    except (StoreError, KeyError):
        return FLAGGED
    if said["person_outcome"] not in (Outcome.OK, Outcome.DAMAGED):
        return UNSAID
    if verdict is None:
        return UNJUDGED
    damaged = said["person_outcome"] == Outcome.DAMAGED
    return _unusable(verdict, models) or Scored(row.sample_id, said["gtin"], verdict.score, damaged)


def _unusable(verdict: Verdict, models: Mapping[str, str]) -> str:
    """Why the score of this verdict cannot be used; empty when it can."""
    if dict(verdict.models) != dict(models):
        return OTHER_MODELS
    return MEANINGLESS if meaningless(verdict) else ""


def _last_words(told: Mapping[str, Any]) -> dict[str, Any]:
    """GTIN and answer of the closing, as they were amended since."""
    said = {name: told["closing"][name] for name in ("gtin", "person_outcome")}
    for amendment in told["amendments"]:
        said |= {name: value for name, value in amendment["changes"].items() if name in said}
    return said


def _verdict_as(gtin: str, told: Mapping[str, Any]) -> Verdict | None:
    """The last verdict that judged the item as this product, without its heat maps' values."""
    made: Sequence[Any] = [*told["sample"]["verdicts"], *told["closing"].get("verdicts", ())]
    fitting = [each for each in made if each["gtin"] == gtin]
    return documents.from_json(Verdict, fitting[-1], lambda name: _NO_MAP) if fitting else None
