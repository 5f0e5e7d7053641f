"""Full text in PostgreSQL: a vocabulary forgives misspellings, an inverted index shortlists what may fit.

The folding of words is our own, so that neither the `unaccent` nor the `pg_trgm` extension is needed: managed
servers differ in which they allow.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from booth.domain.evidence import Understood
from booth.identify.indexes.folding import spelling_keys, words_of
from booth.identify.indexes.postgres.schema import COLUMNS
from booth.identify.indexes.scoring import Typed, certain, fitting, rarity

SHORTLIST = 150
COMMON = 4_000
"""Words that so many products have are not searched for by themselves while there are rarer ones."""
MAX_SPELLINGS = 20
_EXACT_SHARE = 0.3
"""What a word that is there as it was typed counts beside one that only fits."""
_LABELS = {"title": "A", "brand": "B", "size": "C", "category": "D"}

_VOCABULARY = """
WITH typed AS (SELECT * FROM jsonb_to_recordset(%s) AS t(place int, word text, last text, keys text[]))
SELECT t.place, '' AS word, coalesce(sum(w.products), 0)::bigint AS products,
    coalesce(bool_or(w.word = t.word), false) AS known
FROM typed t LEFT JOIN word w ON w.word >= t.word COLLATE "C" AND w.word < t.last COLLATE "C" GROUP BY t.place
UNION ALL
SELECT t.place, near.word, near.products, false FROM typed t CROSS JOIN LATERAL (
    SELECT w.word, w.products FROM word w WHERE w.keys && t.keys ORDER BY w.products DESC LIMIT 500) near
WHERE cardinality(t.keys) > 0
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
    asked = [
        {"place": place, "word": word, "last": f"{word}\U0010ffff", "keys": sorted(spelling_keys(word))}
        for place, word in enumerate(words)
    ]
    rows = connection.execute(_VOCABULARY, (json.dumps(asked),)).fetchall()
    return [_meant(place, word, rows) for place, word in enumerate(words)]


def _meant(place: int, word: str, rows: Sequence[tuple[int, str, int, bool]]) -> Meant:
    begins = next((row for row in rows if row[0] == place and not row[1]), (place, "", 0, False))
    near = {row[1]: row[2] for row in rows if row[0] == place and row[1]}
    likely = [] if begins[3] else [other for other in fitting(word, list(near)) if not other.startswith(word)]
    likely = sorted(likely, key=lambda other: -near[other])[:MAX_SPELLINGS]
    spellings = (f"'{word}':*", *(f"'{other}'" for other in likely))
    return Meant(word, spellings, begins[2] + sum(near[other] for other in likely))


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
    for searched in _searches(known, sure):
        for found in _best(connection, searched, known, weights, max(SHORTLIST, limit)):
            rows.setdefault(found[0], found)
    return typed, list(rows.values()), top


def _searches(known: Sequence[Meant], sure: Sequence[str]) -> list[str]:
    """Text queries: any of the telling words; and all words but the rarest, should that be a wrong one."""
    if not known:
        return [" & ".join(sure)] if sure else []
    telling, budget = [], COMMON
    for word in known:
        budget -= word.products
        if budget < 0:
            break
        telling.append(word.expression)
    everything = " & ".join(word.expression for word in known)
    wanted = [f"({' | '.join(telling)})" if telling else everything]
    if telling and len(known) > len(telling):
        wanted.append(" & ".join(word.expression for word in known[1:]))
    if not telling and len(known) > 1:
        wanted += [" & ".join(word.expression for word in known[1:]), known[0].expression]
    return [" & ".join((part, *sure)) for part in wanted]


def _best(
    connection: psycopg.Connection[Any],
    searched: str,
    known: Sequence[Meant],
    weights: dict[str, float],
    limit: int,
) -> list[tuple[Any, ...]]:
    """The rows that have the most telling words, the most popular first among equals."""
    parts = ["0.0"]
    values: list[Any] = []
    for word in known:
        parts.append("%s * (words @@ %s::tsquery)::int + %s * (words @@ %s::tsquery)::int")
        weight = weights[word.word]
        values += [weight, word.expression, _EXACT_SHARE * weight, f"'{word.word}'"]
    select = (
        f"SELECT {', '.join(COLUMNS)} FROM product WHERE words @@ %s::tsquery "
        f"ORDER BY {' + '.join(parts)} DESC, popularity DESC, gtin LIMIT %s"
    )
    return connection.execute(select, (searched, *values, limit)).fetchall()


def _filter(part: Understood) -> str:
    """A text query that the products of this value fit, and others of the same words; empty without words."""
    label = _LABELS.get(part.field, "")
    words = words_of(part.value)
    return " & ".join(f"'{word}':{label}" for word in words)
