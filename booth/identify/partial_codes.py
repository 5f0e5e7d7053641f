"""Digits of codes that no decoder reads: from smudged, cut or blurred bars, and from the digits printed by.

Both are a `PartialCode`: a GTIN-13 in which `?` stands for what is not known. Of 351 rendered symbols that
zxing-cpp cannot read (blur, noise, perspective, dirt, smudges, torn ends; a seed nothing was chosen on), 85
were read in full by their scan lines, none wrongly. The others gave 120 times digits, 11.4 of the thirteen,
all of them right in 86 of 100 cases, where `quality` says 86.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from booth.domain.evidence import PartialCode, PrintedWord
from booth.domain.picture import View
from booth.domain.product import BarcodeRead
from booth.identify.barcodes import gray_of
from booth.identify.codes.conflicts import names_product
from booth.identify.codes.printed import codes_printed
from booth.identify.codes.unread import in_part, unread_symbols


def partial_codes_of(views: Sequence[View], reads: Sequence[BarcodeRead]) -> tuple[PartialCode, ...]:
    """Digits of bars that could not be read; none where a code was read that names a product.

    Who wants both asks `booth.identify.barcodes.read_codes`, which looks only once.
    """
    if any(names_product(read) for read in reads):
        return ()
    unread = ((view.name, each) for view in views for each in unread_symbols(gray_of(view)))
    return tuple(part for name, each in unread if (part := in_part(name, each)))


def partial_codes_printed(words: Sequence[PrintedWord]) -> tuple[PartialCode, ...]:
    """GTINs that printed digits may be, whole or in part, the likeliest of each view first."""
    by_view: dict[str, list[PrintedWord]] = defaultdict(list)
    for word in words:
        by_view[word.view].append(word)
    return tuple(code for view, own in by_view.items() for code in codes_printed(view, own))
