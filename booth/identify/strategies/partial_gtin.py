"""The strategy of codes in part: some digits of a GTIN, or a whole one with a digit wrong."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from booth.domain.product import Candidate
from booth.identify.gtin import GTIN_DIGITS, as_gtin13, check_digit, expand_upce
from booth.ports.finding import CatalogueIndex, Query, Sources

NAME = "partial_gtin"

FEWEST_TYPED = 4
MOST_ENUMERATED = 3
"""Unknown digits up to which every code that fits is made and looked up, which is quicker than a search: the
check digit leaves a hundred."""
MOST_SEARCHES = 6
"""Masks that are searched for, the surest; each reads the whole column of GTINs."""
TYPED = 0.9
ONE_WRONG, SWAPPED, TWO_WRONG = 0.5, 0.4, 0.1
"""Of the score of a code as it stands: with one digit replaced, with two neighbours swapped (the two errors
people and readers make most: Verhoeff, Error Detecting Decimal Codes, 1969), with two digits replaced."""
_SEPARATORS = re.compile(r"[\s\-]+")
_DIGITS = re.compile(r"[0-9]+")


class PartialGtin:
    """Proposes known products whose GTIN fits; the score is how sure the digits are, times how many fit."""

    def __init__(self, index: CatalogueIndex) -> None:
        self._index = index

    @property
    def name(self) -> str:
        """`partial_gtin`."""
        return NAME

    def propose(self, query: Query, limit: int) -> Sequence[Candidate]:
        """Products that fit a partial code, digits typed, or a code that no product has. Any thread."""
        if limit < 1:
            return []
        scores: dict[str, float] = {}
        masks = _unique((*_partial(query), *_typed(query.typed_text)))
        for gtin, score in (*self._searched(masks, limit), *self._repaired(query, masks)):
            scores[gtin] = max(scores.get(gtin, 0.0), score)
        ranked = sorted(scores.items(), key=lambda pair: -pair[1])[:limit]
        return [Candidate(gtin, score, NAME) for gtin, score in ranked]

    def _searched(self, masks: Sequence[tuple[str, float]], limit: int) -> Iterator[tuple[str, float]]:
        searches = 0
        for mask, quality in masks:
            unknown = mask.count("?")
            score = quality * (GTIN_DIGITS - unknown) / GTIN_DIGITS
            if unknown <= MOST_ENUMERATED:
                yield from ((gtin, score) for gtin in self._known(_fitting(mask)))
            elif searches < MOST_SEARCHES:
                searches += 1
                yield from ((hit.gtin, score) for hit in self._index.by_gtin_mask(mask, limit))

    def _repaired(self, query: Query, masks: Sequence[tuple[str, float]]) -> Iterator[tuple[str, float]]:
        """What codes may be that are no product as they stand."""
        whole = [(mask, quality) for mask, quality in masks if "?" not in mask]
        whole += [(read.gtin, read.quality) for read in query.barcodes if read.gtin]
        for code, quality in _unique(whole)[:MOST_SEARCHES]:
            if self._index.by_gtin(code) is None:
                for share, nearby in (
                    (ONE_WRONG, _replaced),
                    (SWAPPED, _swapped),
                    (TWO_WRONG, _twice_replaced),
                ):
                    yield from ((gtin, share * quality) for gtin in self._known(nearby(code)))

    def _known(self, gtins: Iterator[str]) -> list[str]:
        return [product.gtin for product in self._index.get(list(dict.fromkeys(gtins)))]


def strategy(sources: Sources) -> PartialGtin:
    """Entry point of group `booth.strategies`."""
    return PartialGtin(sources.index)


def _partial(query: Query) -> Iterator[tuple[str, float]]:
    for code in query.partial_codes:
        if len(code.mask) == GTIN_DIGITS and _DIGITS.fullmatch(code.mask.replace("?", "0")):
            yield code.mask, code.quality


def _typed(text: str) -> Iterator[tuple[str, float]]:
    """Where the digits that were typed may stand in a GTIN-13; nothing where more than digits was typed."""
    digits = _SEPARATORS.sub("", text[:100])
    if not _DIGITS.fullmatch(digits) or not FEWEST_TYPED <= len(digits) <= GTIN_DIGITS + 1:
        return
    if whole := as_gtin13(digits) or expand_upce(digits):
        yield whole, TYPED
        return
    if len(digits) > GTIN_DIGITS:
        digits = digits[1:]
    free = "?" * (GTIN_DIGITS - len(digits))
    yield digits + free, TYPED
    if free:
        yield free + digits, TYPED
        yield f"0{digits}{free[1:]}", TYPED
    if len(free) > 1:
        yield f"00{digits}{free[2:]}", TYPED
    if len(digits) == 8:
        yield f"00000{digits}", TYPED


def _unique(masks: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """Each mask once, the surest first."""
    best: dict[str, float] = {}
    for mask, quality in masks:
        best[mask] = max(best.get(mask, 0.0), quality)
    return sorted(best.items(), key=lambda pair: -pair[1])


def _fitting(mask: str) -> Iterator[str]:
    """Every GTIN with the right check digit that fits a mask."""
    places = [place for place, digit in enumerate(mask) if digit == "?"]
    if not places:
        yield mask
        return
    for digits in itertools.product("0123456789", repeat=len(places)):
        code = list(mask)
        for place, digit in zip(places, digits, strict=True):
            code[place] = digit
        if _is_right(made := "".join(code)):
            yield made


def _replaced(code: str) -> Iterator[str]:
    """The code with one digit replaced so that the check digit is right."""
    for place in range(GTIN_DIGITS):
        yield from _fitting(f"{code[:place]}?{code[place + 1 :]}")


def _swapped(code: str) -> Iterator[str]:
    for place in range(GTIN_DIGITS - 1):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        if swapped != code and _is_right(swapped):
            yield swapped


def _twice_replaced(code: str) -> Iterator[str]:
    """The code with two digits replaced; of these errors every tenth leaves the check digit right."""
    for first, second in itertools.combinations(range(GTIN_DIGITS), 2):
        yield from _fitting(f"{code[:first]}?{code[first + 1 : second]}?{code[second + 1 :]}")


def _is_right(code: str) -> bool:
    return check_digit(code[:-1]) == code[-1]
