"""Which of a product's many references are compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from sqlalchemy import Row

Item = TypeVar("Item")

MOST_GIVEN = 16
"""References of one design and view that are compared with at most, spread evenly over their enrolment: they
have 30 MB, and more patches than a judge's coreset keeps."""
TURNED_UP_TO = 4
"""With more references of one design and view than these, their turns stand for nothing that is not there."""


def given(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """The rows that are compared with, in their order."""
    groups = _by_view(rows).values()
    return sorted((row for group in groups for row in evenly(group, MOST_GIVEN)), key=lambda row: row.number)


def turned(rows: Sequence[Row[Any]]) -> set[tuple[str, str]]:
    """The designs and views whose turns are compared with, too."""
    return {name for name, group in _by_view(rows).items() if len(group) <= TURNED_UP_TO}


def evenly(items: Sequence[Item], most: int) -> list[Item]:
    """At most so many of them, in their order, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    return [items[round(place)] for place in np.linspace(0, len(items) - 1, most)]


def _by_view(rows: Sequence[Row[Any]]) -> dict[tuple[str, str], list[Row[Any]]]:
    groups: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in rows:
        groups.setdefault((row.design, row.view), []).append(row)
    return groups
