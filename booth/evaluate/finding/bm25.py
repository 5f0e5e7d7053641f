"""What the booth's search is measured beside: BM25 of tantivy with fuzzy terms, tuned as well as it can be.

It gets the booth's own folding and sizes in one unit each. BM25: Robertson and Zaragoza, The probabilistic
relevance framework, 2009; tantivy sets k1 1.2 and b 0.75.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from booth.domain.product import Product
from booth.store.catalogue.folding import words_of

FIELDS = ("brand", "title", "size", "category")
MIN_FUZZY = 4
"""Shorter words must be typed right."""
HEAP_BYTES = 128_000_000


@dataclass(frozen=True, slots=True)
class Setting:
    """How BM25 asks.

    Attributes:
        together: search one field of all words instead of the four; then `boosts` does not matter.
        boosts: of FIELDS; a field with 0 is not searched.
        fuzzy: what a term one error away adds, times its field's boost; 0 asks for exact terms alone.
        popular: multiply the score by the logarithm of the popularity.
    """

    together: bool = False
    boosts: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 0.3)
    fuzzy: float = 4.0
    popular: bool = False


CHOICES: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("together", (False, True)),
    ("fuzzy", (0.0, 1.0, 2.0, 4.0, 6.0, 8.0, 12.0)),
    (
        "boosts",
        (
            (1.0, 1.0, 1.0, 0.3),
            (2.0, 1.0, 1.0, 0.3),
            (1.0, 1.0, 2.0, 0.3),
            (1.0, 1.0, 1.0, 0.0),
            (0.5, 1.0, 0.5, 0.1),
            (1.5, 1.0, 0.5, 0.1),
        ),
    ),
    ("popular", (False, True)),
    ("fuzzy", (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0)),
)
"""What is tried, one after the other, the best so far kept."""


class Bm25:
    """A plain full-text index in one folder."""

    def __init__(self, folder: Path, products: Iterable[Product]) -> None:
        """Index the products."""
        import tantivy

        self._query, self._should = tantivy.Query, tantivy.Occur.Should
        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("gtin", fast=True)
        builder.add_float_field("popularity", fast=True)
        for name in (*FIELDS, "all"):
            builder.add_text_field(name, tokenizer_name="spaced", index_option="freq")
        self._schema = builder.build()
        index = tantivy.Index(self._schema, path=str(folder))
        spaced = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        index.register_tokenizer("spaced", spaced)
        writer = index.writer(heap_size=HEAP_BYTES, num_threads=1)
        for product in products:
            writer.add_document(tantivy.Document.from_dict(_document(product), self._schema))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()

    def search(self, text: str, limit: int, setting: Setting) -> list[str]:
        """GTINs, best first."""
        terms = [term for word in dict.fromkeys(words_of(text)) for term in self._terms(word, setting)]
        if not terms:
            return []
        query = self._query.boolean_query([(self._should, term) for term in terms])
        weighing = "popularity" if setting.popular else None
        hits = self._searcher.search(query, limit, count=False, weight_by_field=weighing).hits
        numbers = self._searcher.fast_field_values("gtin", [address for _, address in hits])
        return [f"{number:013}" for number in numbers]

    def _terms(self, word: str, setting: Setting) -> list[Any]:
        fields = {"all": 1.0} if setting.together else dict(zip(FIELDS, setting.boosts, strict=True))
        made: list[Any] = []
        for name, boost in fields.items():
            if boost <= 0.0:
                continue
            term = self._query.term_query(self._schema, name, word)
            made.append(self._query.boost_query(term, boost))
            if setting.fuzzy > 0.0 and len(word) >= MIN_FUZZY and word.isalpha():
                fuzzy = self._query.fuzzy_term_query(self._schema, name, word, distance=1)
                made.append(self._query.boost_query(fuzzy, boost * setting.fuzzy))
        return made


def tuned(score: Callable[[Setting], float], told: Callable[[int, int], None]) -> Setting:
    """The setting that scores best, found one choice at a time; `told` is given (done, total)."""
    tried: dict[Setting, float] = {}
    best, done = Setting(), 0
    total = sum(len(values) for _, values in CHOICES)
    for name, values in CHOICES:
        for value in values:
            setting = replace(best, **{name: value})  # type: ignore[arg-type]  # each value fits its name
            if setting not in tried:
                tried[setting] = score(setting)
            done += 1
            told(done, total)
        best = max(tried, key=lambda setting: tried[setting])
    return best


def _document(product: Product) -> dict[str, Any]:
    texts = {name: " ".join(words_of(getattr(product, name))) for name in FIELDS}
    together = " ".join(dict.fromkeys(" ".join(texts.values()).split()))
    return {
        "gtin": int(product.gtin), "popularity": product.popularity, "all": together, **texts,
    }  # fmt: skip
