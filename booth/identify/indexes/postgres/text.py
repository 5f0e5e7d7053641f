"""Full text in PostgreSQL: a vocabulary forgives misspellings, an inverted index shortlists what may fit.

The folding of words is our own, so that neither the `unaccent` nor the `pg_trgm` extension is needed: managed
servers differ in which they allow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from booth.domain.evidence import Understood
from booth.identify.indexes.folding import spelling_keys, words_of
from booth.identify.indexes.postgres.schema import COLUMNS
from booth.identify.indexes.scoring import Typed, certain, fitting, rarity

SHORTLIST = 150
COMMON = 2_000
"""Words that so many products have are not searched for by themselves while there are rarer ones."""
MAX_SPELLINGS = 20
_EXACT_SHARE = 0.3
"""What a word that is there as it was typed counts beside one that only fits."""
_LABELS = {"title": "A", "brand": "B", "size": "C", "category": "D"}

_FITTING = f"SELECT {', '.join(COLUMNS)} FROM product WHERE words @@ %s::tsquery"
_BEGINNINGS = """
SELECT t.place, coalesce(sum(w.products), 0)::bigint AS products,
    coalesce(bool_or(w.word = t.word), false) AS known
FROM unnest(%s::int[], %s::text[], %s::text[]) AS t(place, word, last)
LEFT JOIN word w ON w.word >= t.word COLLATE "C" AND w.word < t.last COLLATE "C" GROUP BY t.place
"""
_SPELLINGS = """
SELECT DISTINCT t.place, w.word, w.products FROM unnest(%s::int[], %s::text[]) AS t(place, key)
JOIN spelling s ON s.key = t.key COLLATE "C" JOIN word w ON w.word = s.word
"""


@dataclass(frozen=True, slots=True)
class Meant:
    """What a typed word may stand for in this catalogue.

    Attributes:
        spellings: expressions of a text query, one a spelling.
        products: how many products have one of them, at most: a product may have several.
    """

    word: str
    spellings: tuple[str, ...]
    products: int

    @property
    def expression(self) -> str:
        """What fits, as a text query."""
        return f"({' | '.join(self.spellings)})"


def meant_by(connection: psycopg.Connection[Any], words: Sequence[str]) -> list[Meant]:
    """What each typed word may stand for; misspellings are thought of only where the word is not known."""
    places = list(range(len(words)))
    last = [f"{word}\U0010ffff" for word in words]
    rows = connection.execute(_BEGINNINGS, (places, list(words), last)).fetchall()
    begun = {place: products for place, products, _ in rows}
    keys = [(place, key) for place, _, known in rows if not known for key in spelling_keys(words[place])]
    near = _near(connection, keys) if keys else []
    return [
        _meant(word, begun[place], {other: products for at, other, products in near if at == place})
        for place, word in enumerate(words)
    ]


def _near(connection: psycopg.Connection[Any], keys: Sequence[tuple[int, str]]) -> list[tuple[int, str, int]]:
    asked = ([place for place, _ in keys], [key for _, key in keys])
    return connection.execute(_SPELLINGS, asked).fetchall()


def _meant(word: str, products: int, near: Mapping[str, int]) -> Meant:
    likely = [other for other in fitting(word, list(near)) if not other.startswith(word)]
    likely = sorted(likely, key=lambda other: -near[other])[:MAX_SPELLINGS]
    spellings = (f"'{word}':*", *(f"'{other}'" for other in likely))
    return Meant(word, spellings, products + sum(near[other] for other in likely))


def shortlisted(
    connection: psycopg.Connection[Any], meant: Sequence[Meant], understood: Sequence[Understood], limit: int
) -> tuple[Typed, list[tuple[Any, ...]], float]:
    """What was typed with its weights, the rows of what may fit, and the highest popularity of all."""
    row = connection.execute("SELECT products, (SELECT max(popularity) FROM product) FROM state").fetchone()
    count, top = (int(row[0]), float(row[1] or 0.0)) if row else (0, 0.0)
    known = sorted((word for word in meant if word.products), key=lambda word: word.products)
    weights = {word.word: rarity(word.products, count) for word in known}
    typed = Typed(tuple(weights), tuple(weights.values()))
    sure = [fits for part in certain(understood) if (fits := _filter(part))]
    rows: dict[str, tuple[Any, ...]] = {}
    for found in _found(connection, known, sure, weights, max(SHORTLIST, limit)):
        rows.setdefault(found[0], found)
    return typed, list(rows.values()), top


def _found(
    connection: psycopg.Connection[Any],
    known: Sequence[Meant],
    sure: Sequence[str],
    weights: Mapping[str, float],
    limit: int,
) -> Iterator[tuple[Any, ...]]:
    """What has any of the telling words, and what has all words but the rarest, should that be a wrong one.

    Where all words are common ones, what has them all, or else all but the rarest, or else the rarest.
    """
    words = [word.expression for word in known]
    telling = _telling(known)
    if telling:
        yield from _best(connection, _all_of(f"({' | '.join(telling)})", *sure), known, weights, limit)
        if len(known) > len(telling):
            yield from _most_popular(connection, _all_of(*words[1:], *sure), limit)
        return
    for wanted in (words, words[1:], words[:1]):
        rows = _most_popular(connection, _all_of(*wanted, *sure), limit) if wanted or sure else []
        yield from rows
        if rows:
            return


def _telling(known: Sequence[Meant]) -> list[str]:
    """The rarest words, as many as COMMON products have together."""
    telling, budget = [], COMMON
    for word in known:
        budget -= word.products
        if budget < 0:
            break
        telling.append(word.expression)
    return telling


def _all_of(*expressions: str) -> str:
    return " & ".join(expressions)


def _best(
    connection: psycopg.Connection[Any],
    searched: str,
    known: Sequence[Meant],
    weights: Mapping[str, float],
    limit: int,
) -> list[tuple[Any, ...]]:
    """The rows that have the most telling words, the most popular first among equals."""
    parts = ["0.0"]
    values: list[Any] = []
    for word in known:
        parts.append("%s * (words @@ %s::tsquery)::int + %s * (words @@ %s::tsquery)::int")
        weight = weights[word.word]
        values += [weight, word.expression, _EXACT_SHARE * weight, f"'{word.word}'"]
    select = f"{_FITTING} ORDER BY {' + '.join(parts)} DESC, popularity DESC, gtin LIMIT %s"
    return connection.execute(select, (searched, *values, limit)).fetchall()


def _most_popular(connection: psycopg.Connection[Any], searched: str, limit: int) -> list[tuple[Any, ...]]:
    """The most popular rows that fit: of common words the index by popularity soon has enough of them."""
    select = f"{_FITTING} ORDER BY popularity DESC, gtin LIMIT %s"
    return connection.execute(select, (searched, limit)).fetchall()


def _filter(part: Understood) -> str:
    """A text query that the products of this value fit, and others of the same words; empty without words."""
    label = _LABELS.get(part.field, "")
    words = words_of(part.value)
    return " & ".join(f"'{word}':{label}" for word in words)
