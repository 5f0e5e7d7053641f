"""What each typed word may mean: words of the catalogue, weighed by how likely they came out as typed.

A noisy channel (Kernighan, Church and Gale, A spelling correction program, COLING 1990) in a language model
of each product (Zhai and Lafferty, A study of smoothing methods, SIGIR 2001): a product that has word w of
the catalogue scores log(1 + μ P(typed | w) / P(typed)), where P(typed) sums over all words by how common they
are. So a rare word tells more than a common one, and a correction less the more there are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from booth.store.catalogue.text_spelling import MIN_LETTERS, MIN_LETTERS_FOR_TWO, Spelling

SMOOTHING = 0.3
"""μ: how much more a product's own words are used in a query for it than any other word."""
AS_IS, ONE_ERROR, TWO_ERRORS, WITHOUT_VOWELS = 0.85, 0.004, 2e-5, 0.012
CUT_SHORT, UNFINISHED, BEGUN = 0.003, 0.02, 1e-5
"""P(typed | word): as it is; with errors; without vowels; an abbreviation; the last word; any beginning."""
ABBREVIATED = range(3, 6)
MAX_MEANINGS = 24
LEAST_WEIGHT = 1.0
"""What adds less is left out, beside the best: it would cost as much as the rest."""
MAX_COMPLETIONS = 64
MAX_WORDS = 16
MIN_LAST = 2
"""A shorter last word is not taken for the beginning of any other."""
JUNK = 0.4 * ONE_ERROR
"""A long word that nothing explains so well may be two words run together."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One typed word.

    Attributes:
        weights: word of the catalogue, by number, to what it adds to the score of a product that has it.
        whole: those that are the word as typed, or begin so.
        reach: how many products have any of them, at most.
        most: the greatest weight.
    """

    weights: Mapping[int, float]
    whole: frozenset[int]
    reach: float
    most: float


def slots_of(words: Sequence[str], spelling: Spelling, count: int) -> list[Slot]:
    """What the words may mean; two words that are written as one, and one as two, are found out."""
    known = _joined(list(dict.fromkeys(words))[:MAX_WORDS], spelling)
    slots: list[Slot] = []
    for place, word in enumerate(known):
        chances = _chances(word, place == len(known) - 1, spelling)
        is_junk = max(chances.values(), default=0.0) < JUNK
        halves = _halves(word, spelling) or _nearly_halves(word, spelling) if is_junk else ()
        if halves:
            slots += [_slot(half, _chances(half, False, spelling), spelling, count) for half in halves]
        else:
            slots.append(_slot(word, chances, spelling, count, place == len(known) - 1))
    return slots


def _slot(
    word: str, chances: Mapping[int, float], spelling: Spelling, count: int, is_last: bool = False
) -> Slot:
    counts = spelling.counts
    typed = sum(chance * counts[number] for number, chance in chances.items()) / max(1, count)
    weights = {number: math.log1p(SMOOTHING * chance / typed) for number, chance in chances.items()}
    best = sorted(weights, key=lambda number: -weights[number])[:MAX_MEANINGS]
    best = [number for number in best if weights[number] >= LEAST_WEIGHT] or best[:1]
    kept = {number: weights[number] for number in best}
    reach = float(sum(counts[number] for number in kept))
    return Slot(kept, _whole(word, is_last, chances, spelling), reach, max(kept.values(), default=0.0))


def _whole(word: str, is_last: bool, chances: Mapping[int, float], spelling: Spelling) -> frozenset[int]:
    """The word itself, and where enough of it was typed the words that begin so."""
    if len(word) < (MIN_LAST if is_last else MIN_LETTERS):
        own = spelling.number.get(word)
        return frozenset() if own is None else frozenset({own})
    return frozenset(number for number in chances if spelling.words[number].startswith(word))


def _chances(word: str, is_last: bool, spelling: Spelling) -> dict[int, float]:
    """P(typed | word) of every word of the catalogue that may be meant."""
    own = spelling.number.get(word)
    chances: dict[int, float] = {} if own is None else {own: AS_IS}
    for number in spelling.completions(word, MAX_COMPLETIONS):
        chances[number] = _begun(word, spelling.words[number], is_last)
    if len(word) < MIN_LETTERS:
        return chances
    for number in spelling.skeletons(word):
        chances[number] = max(chances.get(number, 0.0), WITHOUT_VOWELS)
    two = own is None and len(word) >= MIN_LETTERS_FOR_TWO and not word[0].isdigit()
    for number, errors in spelling.near(word, 2 if two else 1):
        chances[number] = max(chances.get(number, 0.0), ONE_ERROR if errors == 1 else TWO_ERRORS)
    return chances


def _begun(typed: str, word: str, is_last: bool) -> float:
    chance = CUT_SHORT if len(typed) in ABBREVIATED and len(word) >= MIN_LETTERS_FOR_TWO else BEGUN
    return chance + UNFINISHED / max(1, len(word) - 3) if is_last else chance


def _joined(words: Sequence[str], spelling: Spelling) -> list[str]:
    """`tooth paste` as `toothpaste`, where only that is a word of the catalogue."""
    joined: list[str] = []
    for word in words:
        apart = bool(joined) and joined[-1] in spelling.number and word in spelling.number
        if joined and not apart and joined[-1] + word in spelling.number:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def _halves(word: str, spelling: Spelling) -> tuple[str, ...]:
    """The two commonest words that give this one when run together, or with a wrong key for the space."""
    best, found = -math.inf, ("", "")
    for place in range(2, len(word) - 1):
        for skipped in (0, 1):
            first, second = word[:place], word[place + skipped :]
            if len(second) >= 2 and first in spelling.number and second in spelling.number:
                chance = _log_count(first, spelling) + _log_count(second, spelling) - 2.0 * skipped
                if chance > best:
                    best, found = chance, (first, second)
    return found if found[0] else ()


def _nearly_halves(word: str, spelling: Spelling) -> tuple[str, ...]:
    """The same where one of the two is mistyped besides: the two with the longest known one."""
    for length in range(len(word) - MIN_LETTERS, MIN_LETTERS, -1):
        for skipped in (1, 0):
            pairs = (
                (word[:length], word[length + skipped :]),
                (word[-length:], word[: len(word) - length - skipped]),
            )
            for known, other in pairs:
                if known in spelling.number and len(other) > MIN_LETTERS and spelling.near(other, 1):
                    return (known, other) if word.startswith(known) else (other, known)
    return ()


def _log_count(word: str, spelling: Spelling) -> float:
    return math.log(1.0 + spelling.counts[spelling.number[word]])
