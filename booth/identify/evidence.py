"""Gathers what a capture tells of its product: at the first look what is quick, at the second what is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from booth.domain.evidence import PrintedWord
from booth.domain.percept import Percept
from booth.domain.picture import Calibration, Capture
from booth.identify.barcodes import read_codes
from booth.identify.partial_codes import partial_codes_printed
from booth.identify.size import size_of
from booth.ports.finding import Query


def first_look(
    capture: Capture,
    percept: Percept | None,
    calibration: Calibration | None,
    shortlist: Sequence[str] = (),
) -> Query:
    """Codes, partial codes, embeddings, size and weight of a capture, and what the site expects.

    Args:
        calibration: one that fits the capture's cameras, or None: then the size is not known.
    """
    views = tuple(capture.views())
    codes = read_codes(views)
    return Query(
        barcodes=codes.reads,
        partial_codes=codes.partial,
        embeddings=percept.embeddings if percept else None,
        size_mm=size_of(views, calibration),
        weight_g=capture.weight_g,
        shortlist=tuple(shortlist),
    )


def with_words(query: Query, words: Sequence[PrintedWord]) -> Query:
    """The same with the words that were read, digits among them."""
    printed = partial_codes_printed(words)
    return replace(query, words=tuple(words), partial_codes=(*query.partial_codes, *printed))
