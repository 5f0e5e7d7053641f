"""Looks at a captured set product by product, and gives what each kind of evidence says of every item."""

from __future__ import annotations

import hashlib
import math
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from booth.domain.percept import Gallery, Percept, Reference
from booth.domain.picture import Calibration, View
from booth.errors import InputError, ModelError
from booth.evaluate.baselines import Plain, colour_distance, edge_distance, plain_look
from booth.evaluate.captured import CapturedItem
from booth.evaluate.rows import WHOLE, Row
from booth.evaluate.scores import ViewEvidence, Witness
from booth.gallery.enrol import with_turns
from booth.ports.seeing import Perception
from booth.regions import crop

Progress = Callable[[int, int], None]

AVERAGED = "averaged"
"""The references of a view are averaged cell by cell into one: what alignment is compared with."""
NO_DEPTH = "no depth"
"""Neither items nor references have depth; the empty tray is known."""
PHOTO = "photo"
"""Items and references are plain photographs: no depth, no calibration, no empty tray."""
VARIANTS = (WHOLE, AVERAGED, NO_DEPTH, PHOTO)
REFERENCE = "reference"
ITEMS_AT_ONCE = 32
"""Of one product, held in memory while every draw of its references is gone through."""


class Captures(Protocol):
    """A captured set, as `booth.evaluate.captured` reads it."""

    @property
    def items(self) -> Sequence[CapturedItem]: ...

    @property
    def rigs(self) -> Mapping[str, Calibration]: ...

    def views(self, item: CapturedItem) -> Sequence[View]:
        """The pictures of an item. Raises: InputError."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a set is looked at.

    Attributes:
        references: the numbers of references with which every item is seen.
        seeds: so many draws of the references of each product.
        variants: of VARIANTS.
        share: only this one of so many equal shares of the products, (which, of how many), from 0.
        items_per_product: at most so many good and so many damaged items of each product; 0 is all.
    """

    references: Sequence[int] = (0, 1, 4)
    seeds: int = 5
    variants: Sequence[str] = (WHOLE,)
    share: tuple[int, int] = (0, 1)
    items_per_product: int = 0

    def __post_init__(self) -> None:
        which, many = self.share
        if not 0 <= which < many or self.seeds < 1 or min(self.references, default=-1) < 0:
            raise InputError("a look needs 0 references or more, a seed or more, and a share such as 0 of 2")
        strangers = sorted(set(self.variants) - set(VARIANTS))
        if strangers:
            raise InputError(f"'{strangers[0]}' is no way to look; there are {', '.join(VARIANTS)}")


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """The references of one product as one variant sees them: of each item the features of all its views."""

    features: tuple[tuple[Reference, ...], ...]
    plain: tuple[Mapping[str, Plain], ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """One item, looked at."""

    item: CapturedItem
    percept: Percept
    plain: Mapping[str, Plain]
    looked_s: float


def look_at(
    captures: Captures,
    look: Look,
    perception: Perception,
    witness: Witness,
    progress: Progress | None = None,
) -> Iterator[Row]:
    """Every row, product by product; pictures and features of one product are held at a time.

    Raises:
        InputError: a picture cannot be read, or a product has fewer references than are asked for.
        ModelError: the networks fail, or evidence is not a number.
    """
    products: dict[str, list[CapturedItem]] = {}
    for item in captures.items:
        products.setdefault(item.product, []).append(item)
    which, many = look.share
    names = sorted(products)[which::many]
    for done, name in enumerate(names, start=1):
        yield from _Product(captures, look, perception, witness).rows(products[name])
        if progress:
            progress(done, len(names))


class _Product:
    """The items of one product."""

    def __init__(self, captures: Captures, look: Look, perception: Perception, witness: Witness) -> None:
        self._captures = captures
        self._look = look
        self._perception = perception
        self._witness = witness

    def rows(self, items: Sequence[CapturedItem]) -> Iterator[Row]:
        references = [item for item in items if item.role == REFERENCE]
        draws = self._draws(references)
        for variant in self._look.variants:
            known = self._known(references, variant)
            galleries = [(self._gallery(known, draw, variant), *draw) for draw in draws]
            scored = self._scored(items)
            for start in range(0, len(scored), ITEMS_AT_ONCE):
                seen = [self._perceived(item, variant) for item in scored[start : start + ITEMS_AT_ONCE]]
                for gallery, drawn, seeds in galleries:
                    beside = [known.plain[index] for index in drawn]
                    for one in seen:
                        yield self._row(one, variant, seeds, gallery, beside)

    def _scored(self, items: Sequence[CapturedItem]) -> list[CapturedItem]:
        most = self._look.items_per_product or len(items)
        good = [item for item in items if item.role != REFERENCE and not item.damage]
        bad = [item for item in items if item.role != REFERENCE and item.damage]
        return [*good[:most], *bad[:most]]

    def _draws(self, references: Sequence[CapturedItem]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """Which references are drawn, and by which seeds; like draws are seen once."""
        draws: dict[tuple[int, ...], list[int]] = {}
        for count in self._look.references:
            if count > len(references):
                raise InputError(f"{count} references were asked for; a product has {len(references)}")
            for seed in range(self._look.seeds):
                salt = zlib.crc32(references[0].product.encode()) if references else 0
                order = np.random.default_rng([seed, salt]).permutation(len(references))[:count]
                draws.setdefault(tuple(sorted(order.tolist())), []).append(seed)
        return [(draw, tuple(seeds)) for draw, seeds in draws.items()]

    def _known(self, references: Sequence[CapturedItem], variant: str) -> _Known:
        features, plain = [], []
        for item in references:
            views, calibration = self._seen(item, variant)
            seen = self._perception.perceive(views, calibration)
            turned = [
                with_turns(self._perception, view, calibration, look, seen.trunk)
                for view, look in zip(views, seen.views, strict=True)
            ]
            features.append(tuple(one for of_view in turned for one in of_view))
            plain.append(_plain(views, seen))
        return _Known(tuple(features), tuple(plain))

    def _gallery(
        self, known: _Known, draw: tuple[tuple[int, ...], tuple[int, ...]], variant: str
    ) -> Gallery | None:
        references = tuple(one for index in draw[0] for one in known.features[index])
        if not references:
            return None
        if variant == AVERAGED:
            references = averaged(references)
        names = "|".join(f"{variant} {one.view} {one.reference_id} {one.variant}" for one in references)
        return Gallery("", "1", hashlib.sha256(names.encode()).hexdigest(), references)

    def _perceived(self, item: CapturedItem, variant: str) -> _Seen:
        views, calibration = self._seen(item, variant)
        began = time.perf_counter()
        percept = self._perception.perceive(views, calibration)
        return _Seen(item, percept, _plain(views, percept), time.perf_counter() - began)

    def _row(
        self,
        seen: _Seen,
        variant: str,
        seeds: tuple[int, ...],
        gallery: Gallery | None,
        beside: Sequence[Mapping[str, Plain]],
    ) -> Row:
        began = time.perf_counter()
        evidence = tuple(_checked(one) for one in self._witness.evidence(seen.percept, gallery))
        took_ms = 1e3 * (seen.looked_s + time.perf_counter() - began)
        return _row(seen.item, variant, len(beside), seeds, evidence, _baselines(seen.plain, beside), took_ms)

    def _seen(self, item: CapturedItem, variant: str) -> tuple[Sequence[View], Calibration | None]:
        views, calibration = self._captures.views(item), self._captures.rigs[item.rig]
        if variant in (WHOLE, AVERAGED):
            return views, calibration
        flat = [replace(view, frame=replace(view.frame, depth_mm=None)) for view in views]
        return flat, calibration if variant == NO_DEPTH else None


def averaged(references: Sequence[Reference]) -> tuple[Reference, ...]:
    """Of each view, one reference whose features and heights are the means of all, cell by cell."""
    views: dict[str, list[Reference]] = {}
    for reference in references:
        if reference.variant == 0:
            views.setdefault(reference.view, []).append(reference)
    return tuple(_mean(of_view) for of_view in views.values())


def _mean(references: Sequence[Reference]) -> Reference:
    patches = np.mean([one.patches for one in references], axis=0, dtype=np.float32)
    heights = [one.heights_mm for one in references if one.heights_mm is not None]
    items = [one.item for one in references if one.item is not None]
    return replace(
        references[0],
        patches=np.asarray(patches, np.float32),
        heights_mm=np.mean(heights, axis=0, dtype=np.float32) if heights else None,
        item=np.mean(items, axis=0, dtype=np.float32) if items else None,
    )


def _plain(views: Sequence[View], percept: Percept) -> dict[str, Plain]:
    return {
        seen.view: plain_look(crop(view.frame.rgb, seen.region))
        for view, seen in zip(views, percept.views, strict=True)
    }


def _baselines(seen: Mapping[str, Plain], references: Sequence[Mapping[str, Plain]]) -> dict[str, float]:
    """The largest distance of any view from the nearest reference of that view."""
    pairs = [(look, [one[view] for one in references if view in one]) for view, look in seen.items()]
    compared = [(look, others) for look, others in pairs if others]
    if not compared:
        return {}
    return {
        "colours": max(colour_distance(*pair) for pair in compared),
        "edges": max(edge_distance(*pair) for pair in compared),
    }


def _checked(view: ViewEvidence) -> dict[str, float]:
    """The evidence with what is endless cut to what a file can hold. Raises: ModelError."""
    if any(math.isnan(value) for value in view.values()):
        raise ModelError(f"evidence is not a number: {dict(view)}")
    return {name: max(-1e9, min(1e9, float(value))) for name, value in view.items()}


def _row(
    item: CapturedItem,
    variant: str,
    references: int,
    seeds: tuple[int, ...],
    evidence: tuple[dict[str, float], ...],
    plain: Mapping[str, float],
    took_ms: float,
) -> Row:
    return Row(
        item=item.item_id,
        product=item.product,
        family=str(item.family),
        damage=str(item.damage or ""),
        procedure=str(item.procedure or ""),
        severity=str(item.severity or ""),
        part=str(item.part or ""),
        decoy=bool(item.decoy),
        negative=str(item.negative or ""),
        held_out=str(item.held_out or ""),
        share=float(item.share or 0.0),
        variant=variant,
        references=references,
        seeds=seeds,
        views=evidence,
        plain=plain,
        took_ms=round(took_ms, 1),
    )
