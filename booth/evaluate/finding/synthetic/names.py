"""Names of brands and of their lines: common words, surnames, places, several words, and invented ones."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from booth.evaluate.finding.synthetic.vocabulary import Vocabulary

INVENTED, COMMON, TWO_WORDS, SURNAME = 0.5, 0.12, 0.25, 0.13
"""How brands are named, as shares: `Calineo`, `Anchor`, `Green Valley`, `Müller & Sohn`-like surnames."""
_TRIES = 8


class BrandNames:
    """Gives names, each once; the same ones for the same random numbers."""

    def __init__(self, words: Vocabulary) -> None:
        self._words = words
        self._given: set[str] = set()

    def next(self, rng: Random) -> str:
        """A name that no brand has yet, in lower case. Common words run out: then names have two words."""
        make = rng.choices(
            (self._invented, self._common, self._two_words, self._surname),
            (INVENTED, COMMON, TWO_WORDS, SURNAME),
        )[0]
        for attempt in range(_TRIES):
            name = make(rng) if attempt < _TRIES // 2 else self._longer(rng, make)
            if name not in self._given:
                break
        else:
            name = f"{name} {len(self._given)}"
        self._given.add(name)
        return name

    def _invented(self, rng: Random) -> str:
        return invented(self._words, rng)

    def _common(self, rng: Random) -> str:
        return rng.choice(self._words.common)

    def _two_words(self, rng: Random) -> str:
        return f"{rng.choice(self._words.common)} {rng.choice(self._words.seconds)}"

    def _surname(self, rng: Random) -> str:
        surname = rng.choice(self._words.surnames)
        return f"{surname} {rng.choice(self._words.seconds)}" if rng.random() < 0.5 else surname

    def _longer(self, rng: Random, make: Callable[[Random], str]) -> str:
        name = make(rng)
        if rng.random() < 0.5:
            return f"{name} {rng.choice(self._words.seconds)}"
        return f"{rng.choice(self._words.common)} {name}"


def invented(words: Vocabulary, rng: Random) -> str:
    """A word of two or three syllables; many of them differ by one or two letters."""
    middle = rng.choice(words.middles) if rng.random() < 0.7 else ""
    return rng.choice(words.firsts) + middle + rng.choice(words.lasts)


def line_name(words: Vocabulary, own: tuple[str, ...], rng: Random) -> str:
    """The name of a line of products: a common one, one of its kind's own, both, an invented one, or none."""
    drawn = rng.random()
    if drawn < 0.08:
        return ""
    if drawn < 0.22:
        return invented(words, rng)
    if drawn < 0.45 and own:
        return rng.choice(own)
    if drawn < 0.6 and own:
        return f"{rng.choice(words.lines)} {rng.choice(own)}"
    return rng.choice(words.lines)
