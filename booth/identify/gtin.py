"""Trade item numbers: every printed form of a GTIN compared as thirteen digits.

Check digits and formats: GS1 General Specifications, sections 2.1, 5.2 (EAN/UPC) and 7.9 (check digits).
"""

from __future__ import annotations

import re

GTIN_DIGITS = 13
_SEPARATORS = re.compile(r"[\s\-]+")
_DIGITS = re.compile(r"[0-9]+")
_LENGTHS = frozenset({8, 12, 13, 14})
_ELEMENT_01 = re.compile(r"(?:\]..)?(?:\(01\)|01)([0-9]{14})")
_DIGITAL_LINK = re.compile(r"https?://[^\s?#]*/01/([0-9]{8,14})(?=[/?#]|$)")


def check_digit(body: str) -> str:
    """The check digit that follows `body`, any number of digits without their check digit."""
    return str(-(3 * sum(map(int, body[::-2])) + sum(map(int, body[-2::-2]))) % 10)


def as_gtin13(text: str) -> str | None:
    """An EAN-13, UPC-A, EAN-8 or GTIN-14 of the consumer unit as GTIN-13, or None where it is none of them.

    Spaces and hyphens are ignored. A GTIN-14 with an indicator other than 0 names a case, which is another
    trade item, and gives None; so do a wrong check digit and nothing but zeros.
    """
    digits = _SEPARATORS.sub("", text)
    if len(digits) not in _LENGTHS or not _DIGITS.fullmatch(digits) or not digits.strip("0"):
        return None
    if check_digit(digits[:-1]) != digits[-1]:
        return None
    if len(digits) == 14:
        return digits[1:] if digits[0] == "0" else None
    return digits.zfill(GTIN_DIGITS)


def expand_upce(text: str) -> str | None:
    """The eight digits printed under a UPC-E symbol as GTIN-13, or None where they are not UPC-E.

    The rules are those of GS1 General Specifications, figure 5.2.2.4.2-1.
    """
    digits = _SEPARATORS.sub("", text)
    if len(digits) != 8 or not _DIGITS.fullmatch(digits) or digits[0] not in "01":
        return None
    system, body, check = digits[0], digits[1:7], digits[7]
    match body[5]:
        case "0" | "1" | "2":
            long = body[:2] + body[5] + "0000" + body[2:5]
        case "3":
            long = body[:3] + "00000" + body[3:5]
        case "4":
            long = body[:4] + "00000" + body[4]
        case _:
            long = body[:5] + "0000" + body[5]
    return as_gtin13(system + long + check)


def gtin_of_element_string(text: str) -> str | None:
    """The GTIN-13 in a GS1 element string, `(01)` first, or in a GS1 Digital Link; else None."""
    found = _ELEMENT_01.match(text) or _DIGITAL_LINK.match(text)
    return as_gtin13(found.group(1)) if found else None


def gtins_typed(text: str) -> tuple[str, ...]:
    """Every GTIN-13 that a person may mean by typing `text`: eight digits may be EAN-8 or UPC-E."""
    readings = (as_gtin13(text), expand_upce(text), gtin_of_element_string(text))
    return tuple(dict.fromkeys(reading for reading in readings if reading))
