"""A judge by plain distances, pictures as points, and galleries of them, for tests of vetting."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import numpy as np

from booth.domain.percept import Gallery, Percept, Reference, ViewPercept
from booth.domain.picture import Calibration, Region, View
from booth.domain.terms import Outcome, new_id, now
from booth.domain.verdict import Verdict
from booth.errors import ModelError
from booth.gallery.curator import Curator
from booth.store.gallery_schema import ReferenceState
from booth.store.proposals import Proposals
from booth.store.reference_rows import Source
from booth.store.references import References, reference_id_of
from booth.store.standing import Standing

GTIN, OTHER = "4006381333931", "4006381333948"
TRUNK = "plain"
USUAL = 0.1
"""How far good items lie apart, about."""


class PlainJudge:
    """Distance to the nearest reference, over a limit that the references tell of themselves."""

    def __init__(self) -> None:
        self.calls = 0

    def judge(self, percept: Percept, gallery: Gallery | None) -> Verdict:
        self.calls += 1
        assert gallery is not None
        if any(reference.trunk != percept.trunk for reference in gallery.references):
            raise ModelError("another trunk made a reference")
        originals = [one.patches[0, 0] for one in gallery.references if one.variant == 0]
        far = min(float(np.linalg.norm(percept.views[0].patches[0, 0] - one)) for one in originals)
        ratio = math.log(max(far, 1e-3) / _limit(originals))
        evidence = {"foreign": ratio, "missing": ratio}
        return Verdict(new_id("verdict"), now(), Outcome.UNSURE, 0.5, "", len(originals), evidence)


def _limit(points: Sequence[np.ndarray]) -> float:
    if len(points) < 2:
        return 2 * USUAL
    apart = np.array([[np.linalg.norm(one - other) for other in points] for one in points])
    np.fill_diagonal(apart, np.inf)
    nearest = apart.min(axis=1)
    return float(nearest.mean() + 3 * nearest.std() + USUAL)


class PointPerception:
    """Sees a picture's first pixels as a point."""

    embedder = ""

    def __init__(self, trunk: str = TRUNK) -> None:
        self.trunk = trunk
        self.calibrations: list[str] = []

    def perceive(
        self,
        views: Sequence[View],
        calibration: Calibration | None,
        regions: Mapping[str, Region] | None = None,
    ) -> Percept:
        self.calibrations.append(calibration.version if calibration else "")
        seen = [
            ViewPercept(view.name, Region(0, 0, 8, 8), _patches(view.frame.rgb), *_maps(view))
            for view in views
        ]
        return Percept(self.trunk, tuple(seen))


def _patches(rgb: np.ndarray) -> np.ndarray:
    return np.broadcast_to(rgb[0, :2].reshape(-1)[:4].astype(np.float32) / 100.0, (2, 2, 4)).copy()


def _maps(view: View) -> tuple[np.ndarray | None, None]:
    depth = view.frame.depth_mm
    return (None if depth is None else depth[:2, :2].astype(np.float32)), None


def picture(point: Sequence[float] | np.ndarray, seed: int = 0) -> np.ndarray:
    """A picture that is seen as this point, of four numbers in 0..2.5, unlike every other of another seed."""
    rgb = np.random.default_rng(seed).integers(0, 255, (8, 8, 3)).astype(np.uint8)
    rgb[0, :2] = 0
    rgb[0].reshape(-1)[:4] = np.rint(np.asarray(point) * 100)
    return rgb


def near(point: Sequence[float], seed: int) -> np.ndarray:
    """A picture a usual way off that point."""
    rng = np.random.default_rng(seed)
    step = rng.normal(size=4)
    return picture(np.asarray(point) + USUAL / 2 * step / np.linalg.norm(step), seed)


def reference(rgb: np.ndarray, view: str = "top", design: str = "1", trunk: str = TRUNK) -> Reference:
    """The reference that PointPerception makes of it."""
    return Reference(reference_id_of(rgb), view, trunk, _patches(rgb), design=design)


class Shelf:
    """The galleries under one folder, and who keeps them."""

    def __init__(self, root: Path, stack: ExitStack) -> None:
        self.root = root
        self.references = stack.enter_context(closing(References(root)))
        self.standing = stack.enter_context(closing(Standing(root)))
        self.proposals = stack.enter_context(closing(Proposals(root)))
        self.judge = PlainJudge()
        self.curator = Curator(
            self.references, self.standing, self.proposals, self.judge, TRUNK, "a technician"
        )

    def add(
        self,
        rgb: np.ndarray,
        state: ReferenceState = ReferenceState.ACTIVE,
        sample: str = "",
        view: str = "top",
        gtin: str = GTIN,
        design: str = "1",
        distance: float | None = None,
    ) -> int:
        """Keep a picture in this state; gives its number."""
        source = Source("a test", "for a test", state, sample, "", distance)
        assert self.references.add(gtin, design, reference(rgb, view, design), rgb, source=source)
        return self.standing.rows()[-1].number

    def states(self) -> dict[int, ReferenceState]:
        """The state of every reference by its number."""
        return {row.number: row.state for row in self.standing.rows()}


@contextmanager
def shelf(root: Path) -> Iterator[Shelf]:
    """Open galleries."""
    with ExitStack() as stack:
        yield Shelf(root, stack)
