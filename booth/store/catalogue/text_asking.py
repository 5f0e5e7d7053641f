"""One question to the full text: which products fit the slots, and how well."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from booth.domain.evidence import Understood
from booth.ports.finding import Hit
from booth.store.catalogue.folding import words_of
from booth.store.catalogue.text_documents import (
    EXACT,
    MARK_BITS,
    MARKS,
    OF_BRAND,
    OF_SIZE,
    OF_TITLE,
    exact,
    mark_of,
    unpacked,
)
from booth.store.catalogue.text_meaning import Slot
from booth.store.catalogue.text_spelling import Spelling

REACH, MOST_REACH = 10_000, 60_000
"""The rarest slots, of which a product must fit one, are taken until they fit so many products; at most."""
ENOUGH = 10
"""So many products must be better than any that can still be found."""
UNTYPED, UNTYPED_BRAND, UNTYPED_SIZE = 0.5, 0.5, 0.5
"""What a word of a title costs that was not typed, a brand or a typed size of which a word was not."""
IN_ORDER = 0.7
"""What two words add that stand in the title in the order in which they were typed, next to each other or
nearly (Metzler and Croft, A Markov random field model for term dependencies, SIGIR 2005)."""
NEAR_BY = 3
POPULARITY = 0.1
"""What the logarithm of the popularity adds."""
UNDERSTOOD = 3.0
"""What a value that was understood adds to the products that have it, times its probability."""
SURE = 0.95


@dataclass(frozen=True, slots=True)
class State:
    """One commit, as searches see it."""

    schema: Any
    searcher: Any
    spelling: Spelling
    count: int
    revision: str


class Asking:
    """What is asked, and the ways to ask it."""

    def __init__(self, state: State, slots: Sequence[Slot], understood: Sequence[Understood]) -> None:
        """Make ready to ask; `slots` is not empty."""
        import tantivy

        self._make, self._occur = tantivy.Query, tantivy.Occur
        self._state = state
        self._slots = slots
        self._told = [(self._having(each), each.probability) for each in understood]

    def all_whole(self, limit: int) -> list[tuple[float, Any]]:
        """(score, address) of products that fit every slot with a word as it was typed or begun."""
        if not all(slot.whole for slot in self._slots):
            return []
        return self._found([self._must(self._any_of(slot.whole)) for slot in self._slots], limit)

    def some(self, limit: int) -> list[tuple[float, Any]]:
        """(score, address) of products that fit at least one of the rarest slots, the best first.

        Slots are left out when all that fit none but those could not be among the best (Turtle and Flood,
        Query evaluation: strategies and optimizations, 1995).
        """
        rest = sorted(self._slots, key=lambda slot: slot.reach)
        found: list[tuple[float, Any]] = []
        seen: set[int] = set()
        reach = 0.0
        while rest and reach < MOST_REACH:
            words, step = _first_of(rest)
            reach += step
            needed = [self._must(self._any_of(words))]
            if seen:
                needed.append((self._occur.MustNot, self._any_of(seen)))
            found = heapq.nlargest(limit, found + self._found(needed, limit), key=lambda each: each[0])
            seen |= words
            if len(found) >= ENOUGH and found[ENOUGH - 1][0] >= sum(slot.most for slot in rest):
                break
        return found

    def weighed(self, found: Sequence[tuple[float, Any]]) -> list[Hit]:
        """The products found, best first."""
        if not found:
            return []
        addresses = [address for _, address in found]
        column = self._state.searcher.fast_field_values
        marks = unpacked([column(name, addresses) for name in MARKS])
        scores = np.array([score for score, _ in found])
        scores += self._fit(marks)
        scores += POPULARITY * np.array(column("favour", addresses))
        numbers = column("gtin", addresses)
        order = np.argsort(-scores, kind="stable")
        return [Hit(f"{numbers[place]:013}", float(scores[place])) for place in order.tolist()]

    def _fit(self, marks: npt.NDArray[np.uint16]) -> npt.NDArray[np.float64]:
        """What the words of products that were not typed cost, and what the order of those that were adds.

        Args:
            marks: (N, 20) of N products.
        """
        words = self._state.spelling.words
        fits = [_among(marks, [mark_of(words[number]) for number in slot.weights]) for slot in self._slots]
        untyped = (marks != 0) & ~np.logical_or.reduce(fits)
        sized = np.logical_or.reduce([fit[:, OF_SIZE].any(axis=1) for fit in fits])
        score: npt.NDArray[np.float64] = -UNTYPED * untyped[:, OF_TITLE].sum(axis=1)
        score -= UNTYPED_BRAND * untyped[:, OF_BRAND].any(axis=1)
        score -= UNTYPED_SIZE * (sized & untyped[:, OF_SIZE].any(axis=1))
        for before, after in pairwise(fits):
            apart = after.argmax(axis=1) - before.argmax(axis=1)
            both = before.any(axis=1) & after.any(axis=1)
            score += IN_ORDER * (both & (apart > 0) & (apart <= NEAR_BY))
        return score

    def _found(self, needed: Sequence[Any], limit: int) -> list[tuple[float, Any]]:
        rest = [(self._occur.Should, self._scored(slot)) for slot in self._slots]
        for having, probability in self._told:
            if probability > SURE:
                rest.append(self._must(having))
            scored = self._make.const_score_query(having, UNDERSTOOD * probability)
            rest.append((self._occur.Should, scored))
        query = self._make.boolean_query([*needed, *rest])
        hits: list[tuple[float, Any]] = self._state.searcher.search(query, limit, count=False).hits
        return hits

    def _must(self, query: Any) -> Any:
        return (self._occur.Must, self._make.const_score_query(query, 0.0))

    def _scored(self, slot: Slot) -> Any:
        each = [
            self._make.const_score_query(self._term(number), weight)
            for number, weight in slot.weights.items()
        ]
        return each[0] if len(each) == 1 else self._make.disjunction_max_query(each)

    def _any_of(self, numbers: Iterable[int]) -> Any:
        each = [(self._occur.Should, self._term(number)) for number in numbers]
        return each[0][1] if len(each) == 1 else self._make.boolean_query(each)

    def _term(self, number: int) -> Any:
        return self._make.term_query(self._state.schema, "words", self._state.spelling.words[number])

    def _having(self, understood: Understood) -> Any:
        """Products with that value; a part of a title is words like any other."""
        schema = self._state.schema
        if understood.field in EXACT:
            return self._make.term_query(schema, understood.field, exact(understood.value))
        words = [
            self._must(self._make.term_query(schema, "words", word)) for word in words_of(understood.value)
        ]
        return self._make.boolean_query(words)


def _first_of(rest: list[Slot]) -> tuple[set[int], float]:
    """Take the first slots, at least one, as far as REACH goes: their words, and how many products fit."""
    words: set[int] = set()
    reach = 0.0
    while rest and (not words or reach + rest[0].reach <= REACH):
        slot = rest.pop(0)
        words.update(slot.weights)
        reach += slot.reach
    return words, reach


def _among(marks: npt.NDArray[np.uint16], some: Sequence[int]) -> npt.NDArray[np.bool_]:
    known = np.zeros(1 << MARK_BITS, bool)
    known[some] = True
    among: npt.NDArray[np.bool_] = known[marks]
    return among
