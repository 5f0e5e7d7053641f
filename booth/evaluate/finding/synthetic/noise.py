"""How people type what they read on an item: the rates of every kind of noise, and nothing else.

The rates were set before any search was written and no search was ever tuned by changing them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Noise:
    """Rates of noise; each is a probability, 0..1.

    Attributes:
        key: that a character, the space too, is typed wrong and stays so: 2.3 %, measured on 37,370 people
            (Palin et al., How do People Type on Mobile Devices?, MobileHCI 2019). A booth has no autocorrect.
        substitution, deletion, insertion, transposition: shares of the wrong keys. One of these four makes
            over 80 % of misspellings (Damerau, A technique for computer detection and correction of spelling
            errors, CACM 1964); on a touchscreen most are a neighbouring key that was hit.
        neighbour: share of substitutions and insertions that are a neighbouring key; others are any letter.
        brand_missing: that the brand is left out. The associate holds the item and copies what is large on
            it, mostly the brand. Who leaves it out tells the rest: then no other word is missing, but the
            size may be.
        word_missing: that another word of the title is left out, each. A title has about six beside brand and
            size, a typed product search three or four in all: but the associate seeks this very item.
        size_missing: that the size is left out: it is small print, and seems needless.
        swapped: that two neighbouring words change places: packs have no reading order.
        abbreviated: that a word of six letters or more is shortened: `choc`, `strwbrry`; as on till receipts.
        unfinished: that the last word is broken off, three letters or more, as one does when results show.
        unit_variant: that the size is written in another way than the catalogue's: `0,5 kg` for `500g`.
        lower, upper: that all is typed in small or in capital letters; else it is as printed.
        plain: that accents are left out of the whole text: the touch keyboard hides them.
        accent: that a vowel gets an accent that it has not, in a text, once.
        ampersand: that `&` is left out; half of the others become `and`.
    """

    key: float = 0.023
    substitution: float = 0.5
    deletion: float = 0.22
    insertion: float = 0.18
    transposition: float = 0.1
    neighbour: float = 0.9
    brand_missing: float = 0.15
    word_missing: float = 0.2
    size_missing: float = 0.35
    swapped: float = 0.15
    abbreviated: float = 0.05
    unfinished: float = 0.05
    unit_variant: float = 0.4
    lower: float = 0.8
    upper: float = 0.05
    plain: float = 0.7
    accent: float = 0.01
    ampersand: float = 0.5


MIN_WORDS = 2
"""So many words are always left, where there are so many."""
TYPED = Noise()
"""The noise of every query that is scored."""
