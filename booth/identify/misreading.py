"""How a product's words come out when they are read off a pack or typed in a hurry: by chance, by seed."""

from __future__ import annotations

import numpy as np

from booth.domain.product import Product

Generator = np.random.Generator

WORD_LOST = 0.3
"""Of each word of the pack: on a side that no camera sees, curved, too small or in a logo's script."""
LETTER_MISREAD = 0.03
"""Of each letter; readers report 1 to 5 % on packs."""
GARBLED = 0.08
"""Of each word: glare or a fold, several letters go at once."""
BESIDE = 0.06
"""How often words of a neighbouring item are in the picture."""
MAX_PRINTED = 40
SMALL_PRINT = (
    "ingredients", "net", "weight", "best", "before", "keep", "dry", "made", "in", "store", "cool", "place",
    "new", "original", "quality", "www", "recycle", "contains", "shake", "well", "warning", "children",
    "batch", "lot", "exp", "imported", "by", "ltd", "gmbh", "product", "of", "serving", "energy", "kcal",
)  # fmt: skip
"""What stands on packs and tells no product."""
LOOK_ALIKES = {
    "0": "O", "o": "0", "O": "0", "1": "l", "l": "1", "i": "l", "I": "l", "5": "S", "s": "5", "S": "5",
    "8": "B", "b": "6", "B": "8", "g": "9", "z": "2", "Z": "2", "e": "c", "c": "e", "u": "v", "v": "u",
    "n": "m", "m": "n", "h": "b", "a": "o", "t": "f", "f": "t", "q": "g", "d": "cl", "w": "vv",
}  # fmt: skip
"""Letters that readers confuse, by shape."""
TYPED_WORD_LOST = 0.35
TYPING_ERROR = 0.08
"""Of each word: Damerau's four errors; in typed queries about one word in ten."""


def printed_words(product: Product, beside: Product | None, rng: Generator) -> list[str]:
    """The words of the pack that a camera sees, in any order, with small print and at times a neighbour's."""
    own = [word for word in _words_of(product) if rng.random() >= WORD_LOST]
    small = [SMALL_PRINT[place] for place in rng.integers(0, len(SMALL_PRINT), int(rng.poisson(4.0)))]
    foreign = _words_of(beside)[:4] if beside is not None and rng.random() < BESIDE else []
    return [*own, *small, *foreign][:MAX_PRINTED]


def misread(word: str, rng: Generator) -> tuple[str, float]:
    """The word as a reader gives it, and the reader's confidence, which knows a little of its errors."""
    garbled = rng.random() < GARBLED
    bad = rng.random(len(word)) < (0.4 if garbled else LETTER_MISREAD)
    read = "".join(
        _look_alike(letter, rng) if wrong else letter for letter, wrong in zip(word, bad, strict=True)
    )
    confidence = (
        rng.beta(4.0, 3.0) if garbled else rng.beta(18.0, 2.0) if not bad.any() else rng.beta(8.0, 2.5)
    )
    return read, float(confidence)


def mistyped(product: Product, rng: Generator) -> str:
    """What an associate types: a few of the words, not all of them right."""
    words = _words_of(product)[:12]
    kept = [word for word in words if rng.random() >= TYPED_WORD_LOST] or words[:1]
    if len(kept) > 1 and rng.random() < 0.2:
        first = int(rng.integers(len(kept) - 1))
        kept[first], kept[first + 1] = kept[first + 1], kept[first]
    return " ".join(_slip(word, rng) if rng.random() < TYPING_ERROR else word for word in kept).lower()


def _words_of(product: Product) -> list[str]:
    """The words of a pack, each once, the brand first."""
    return list(dict.fromkeys(f"{product.brand} {product.title} {product.size}".split()))


def _look_alike(letter: str, rng: Generator) -> str:
    """Another letter for this one; one in five is lost altogether."""
    return "" if rng.random() < 0.2 else LOOK_ALIKES.get(letter, "x")


def _slip(word: str, rng: Generator) -> str:
    """One of Damerau's four errors (CACM, 1964): a letter left out, put in, changed, or two swapped."""
    if len(word) < 3:
        return word
    place = int(rng.integers(len(word) - 1))
    letter = "etaoinshrdlu"[int(rng.integers(12))]
    match int(rng.integers(4)):
        case 0:
            return word[:place] + word[place + 1 :]
        case 1:
            return word[:place] + letter + word[place:]
        case 2:
            return word[:place] + letter + word[place + 1 :]
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
