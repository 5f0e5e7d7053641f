"""One question to the full text: which products fit the slots, and how well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from booth.domain.evidence import Understood
from booth.ports.finding import Hit
from booth.store.catalogue.folding import words_of
from booth.store.catalogue.text_documents import EXACT, MARKS, PER_COLUMN, exact, mark_of, unpacked
from booth.store.catalogue.text_meaning import Slot
from booth.store.catalogue.text_spelling import Spelling

REACH = 10_000
"""The rarest slots, of which a product must fit one, are taken until they fit so many products."""
UNTYPED, UNTYPED_BRAND = 0.5, 0.5
"""What a word of a title that was not typed costs, and a brand of which a word was not."""
POPULARITY = 0.15
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
        self._slots = sorted(slots, key=lambda slot: slot.reach)
        self._told = [(self._having(each), each.probability) for each in understood]

    def all_whole(self, limit: int) -> list[tuple[float, Any]]:
        """(score, address) of products that fit every slot with a word as it was typed or begun."""
        if not all(slot.whole for slot in self._slots):
            return []
        return self._found([self._must(self._any_of(slot.whole)) for slot in self._slots], limit)

    def some(self, limit: int) -> list[tuple[float, Any]]:
        """(score, address) of products that fit at least one of the rarest slots."""
        rarest: set[int] = set()
        reach = 0.0
        for slot in self._slots:
            if rarest and reach + slot.reach > REACH:
                break
            rarest.update(slot.weights)
            reach += slot.reach
        return self._found([self._must(self._any_of(rarest))], limit)

    def weighed(self, found: Sequence[tuple[float, Any]]) -> list[Hit]:
        """The products found, best first."""
        if not found:
            return []
        addresses = [address for _, address in found]
        column = self._state.searcher.fast_field_values
        marks = unpacked([column(name, addresses) for name in MARKS])
        typed = [
            mark_of(self._state.spelling.words[number]) for slot in self._slots for number in slot.weights
        ]
        untyped = (marks != 0) & ~_known(typed)[marks]
        scores = np.array([score for score, _ in found])
        scores -= UNTYPED * untyped[:, PER_COLUMN:].sum(axis=1)
        scores -= UNTYPED_BRAND * untyped[:, :PER_COLUMN].any(axis=1)
        scores += POPULARITY * np.array(column("favour", addresses))
        numbers = column("gtin", addresses)
        order = np.argsort(-scores, kind="stable")
        return [Hit(f"{numbers[place]:013}", float(scores[place])) for place in order.tolist()]

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


def _known(marks: Sequence[int]) -> Any:
    """(65536,) bool: which marks are among these."""
    known = np.zeros(1 << 16, bool)
    known[list(marks)] = True
    return known
