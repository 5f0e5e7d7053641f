"""Finds items that are unlike a product's references in the same way: a new design of its packaging.

Judged as damaged, and said to be good by a person, an item is either a mistake or of a design that the
gallery does not know. Damages differ from item to item; a new design does not. So items speak for a design
where each is far from the references and as near to the others as the references are to each other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf, sqrt
from statistics import median

from booth.gallery.closeness import UNLIKE, Looks, distance
from booth.ports.seeing import Judge

LEAST_ITEMS = 3
"""So many items that are unlike the references in the same way are a design: two may be one accident."""
MOST_ITEMS = 8
"""So many of the last items are held against each other."""
MOST_REFERENCES = 4
"""So many references of a view say how far good items lie apart."""
SLACK = 1.25
"""Items of one design may lie farther apart than the references do by so much, as those were chosen."""

Item = Mapping[str, Looks]
"""The views of one item, by name."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Items that speak for a new design.

    Attributes:
        items: their ids.
        from_references: how far they are from the references, and `from_each_other`, in the same measure.
    """

    items: tuple[str, ...]
    from_references: float
    from_each_other: float


def alike(
    judge: Judge,
    references: Mapping[str, Sequence[Looks]],
    items: Mapping[str, Item],
    least: int = LEAST_ITEMS,
) -> Alike | None:
    """The largest group of items that are unlike the references in the same way, or None.

    Args:
        references: that count, by view; a few of each view will do, see `MOST_REFERENCES`.
        items: confirmed good, by id, oldest first.

    Raises:
        ModelError: the networks fail.
    """
    far = {name: _far_by_view(judge, references, item) for name, item in items.items()}
    strange = [name for name in items if max(far[name].values(), default=0.0) > UNLIKE][-MOST_ITEMS:]
    if len(strange) < least:
        return None
    measure = _Measure(judge, references)
    near = {
        frozenset(pair)
        for pair in combinations(strange, 2)
        if measure.are_alike(items[pair[0]], items[pair[1]], _strange(far[pair[0]], far[pair[1]]))
    }
    group = max((_group(name, strange, near) for name in strange), key=len)
    if len(group) < least:
        return None
    chosen = [items[name] for name in group]
    return Alike(tuple(group), measure.from_references(chosen), measure.from_each_other(chosen))


def _far_by_view(judge: Judge, references: Mapping[str, Sequence[Looks]], item: Item) -> dict[str, float]:
    """How far each view of it is from the references."""
    return {view: _far(judge, looks, references[view]) for view, looks in item.items() if view in references}


def _strange(one: Mapping[str, float], other: Mapping[str, float]) -> set[str]:
    return {view for far in (one, other) for view, value in far.items() if value > UNLIKE}


def _group(name: str, strange: Sequence[str], near: set[frozenset[str]]) -> list[str]:
    """Items that are alike, each to each, begun with this one."""
    group = [name]
    for other in strange:
        if other not in group and all(frozenset((other, each)) in near for each in group):
            group.append(other)
    return [each for each in strange if each in group]


class _Measure:
    """Distances between single pictures: of two items, and of an item and a reference, in one measure."""

    def __init__(self, judge: Judge, references: Mapping[str, Sequence[Looks]]) -> None:
        self._judge = judge
        self._references = references
        self._known: dict[tuple[str, str], float] = {}
        self._common = {view: self._spread(looks) for view, looks in references.items()}

    def are_alike(self, one: Item, other: Item, strange: Collection[str]) -> bool:
        """Whether what is strange about one is so about the other, too, and nothing else sets them apart.

        Args:
            strange: the views in which one of them is unlike the references.
        """
        views = [view for view in one if view in other and view in self._references]
        return any(view in strange for view in views) and all(
            self._apart(one[view], other[view]) <= self._limit(view, one[view], other[view], view in strange)
            for view in views
        )

    def from_references(self, items: Sequence[Item]) -> float:
        """How far the items are from the nearest reference, in the view in which they are farthest."""
        return max(
            min(self._nearest(view, item[view]) for item in items)
            for view in self._references
            if all(view in item for item in items)
        )

    def from_each_other(self, items: Sequence[Item]) -> float:
        """How far two of the items are from each other at most."""
        pairs = combinations(items, 2)
        return max(self._apart(a[view], b[view]) for a, b in pairs for view in a if view in b)

    def _limit(self, view: str, one: Looks, other: Looks, strange: bool) -> float:
        """How far two views of one design may be from each other.

        Where they are strange it is midway, as a ratio, between how far references lie apart and how far
        these are from them: two different damages are no nearer to each other than to what is whole.
        """
        usual, widest = self._common[view]
        if not strange:
            return widest * SLACK
        return sqrt(usual * min(self._nearest(view, one), self._nearest(view, other)))

    def _spread(self, looks: Sequence[Looks]) -> tuple[float, float]:
        """How far references lie apart, usually and at most; one alone has its own limit to say so."""
        apart = [self._apart(one, other) for one, other in combinations(looks, 2)]
        return (median(apart), max(apart)) if apart else (1 / SLACK, 1.0)

    def _nearest(self, view: str, looks: Looks) -> float:
        return min(self._apart(looks, reference) for reference in self._references[view])

    def _apart(self, one: Looks, other: Looks) -> float:
        return (self._from(one, other) + self._from(other, one)) / 2

    def _from(self, one: Looks, other: Looks) -> float:
        key = (one[0].reference_id, other[0].reference_id)
        if key not in self._known:
            self._known[key] = _far(self._judge, one, [other])
        return self._known[key]


def _far(judge: Judge, looks: Looks, others: Sequence[Looks]) -> float:
    far = distance(judge, looks[0], others)
    return inf if far is None else far
