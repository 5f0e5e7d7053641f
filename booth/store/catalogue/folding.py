"""Words of a text as they are compared: without case and accents, sizes in one unit, whatever the script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from types import MappingProxyType

MAX_TEXT = 2_000
"""So many characters of a text are looked at."""
MAX_WORD = 40

_UNITS = MappingProxyType(
    {
        name: (unit, factor)
        for names, unit, factor in (
            ("mg", "g", 0.001),
            ("g gr gram grams gramm", "g", 1.0),
            ("kg kilo kilos", "g", 1000.0),
            ("oz ounce ounces", "g", 28.349523125),
            ("lb lbs", "g", 453.59237),
            ("ml", "ml", 1.0),
            ("cl", "ml", 10.0),
            ("dl", "ml", 100.0),
            ("l lt ltr litre litres liter liters", "ml", 1000.0),
            ("floz", "ml", 29.5735295625),
            ("mm", "mm", 1.0),
            ("cm", "mm", 10.0),
            ("m", "mm", 1000.0),
            ("pcs pc pieces piece ct count pack packs stk st", "pcs", 1.0),
            ("w", "w", 1.0),
            ("v", "v", 1.0),
            ("mah", "mah", 1.0),
            ("mb", "mb", 1.0),
            ("gb", "gb", 1.0),
            ("tb", "gb", 1000.0),
        )
        for name in names.split()
    }
)
"""Ways to write a unit: the unit it is compared in, and how many of those it is (NIST Handbook 44, C)."""
_WHOLE = frozenset({0.001, 1.0, 10.0, 100.0, 1000.0})
_NICE = 0.006
"""Ounces are rounded on packs: 17.6 oz are 499 g, and meant are 500."""
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})
_WORD = re.compile(
    r"(?P<times>[0-9]{1,3}) ?x ?(?=[0-9])"
    r"|(?P<number>[0-9]+(?:[.,][0-9]+)?)(?: ?(?P<unit>fl\.? ?oz|[a-z]+)(?![^\W_]))?"
    r"|[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    r"|[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)


def fold(text: str) -> str:
    """The text without case, accents and the differences that Unicode calls compatible."""
    if text.isascii():
        return text.lower()
    valid = text.encode("utf-8", "ignore").decode("utf-8")
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", valid).casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(_LETTERS)


def words_of(text: str) -> list[str]:
    """The folded words of a text in their order; a size is one word: `0,5 kg` and `500g` are both `500g`.

    Letters of Chinese and Japanese are words of their own, for want of spaces between words.
    """
    return [word[:MAX_WORD] for word in _words(fold(text[:MAX_TEXT]))]


def _words(folded: str) -> Iterator[str]:
    place = 0
    while found := _WORD.search(folded, place):
        place = found.end()
        if found["times"]:
            yield f"{found['times']}x"
        elif found["number"] is None:
            yield found[0]
        else:
            unit = (found["unit"] or "").replace(" ", "").replace(".", "")
            yield from _measure(found["number"].replace(",", "."), unit, found[0])


def _measure(number: str, unit: str, written: str) -> Iterator[str]:
    """One word of a number and its unit; of a number and another word the two, or one if written as one."""
    if unit in _UNITS:
        base, factor = _UNITS[unit]
        yield f"{_rounded(float(number[:12]) * factor, factor):.6g}{base}"
    elif unit and " " in written:
        yield from (number, unit)
    else:
        yield number + unit


def _rounded(amount: float, factor: float) -> float:
    if factor in _WHOLE:
        return amount
    nice = float(f"{amount:.2g}")
    return nice if abs(nice - amount) <= _NICE * amount else float(f"{amount:.3g}")
