"""The living gallery with the booth's own networks, on drawn pictures: labels change, items break."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import cv2
import numpy as np
import pytest

from booth.domain.picture import Frame, View
from booth.gallery.closeness import UNLIKE, distance_of
from booth.gallery.curator import Curator
from booth.gallery.enrol import enrol
from booth.ports.seeing import Judge, Perception
from booth.store.gallery_schema import ReferenceState
from booth.store.proposals import Proposals
from booth.store.reference_rows import Source
from booth.store.references import References
from booth.store.standing import Standing
from models.judge import judge
from models.perception import perception

GTIN = "4006381333931"
INKS = np.random.default_rng(1000)
BOXES = [(INKS.integers(8, 100, 2), INKS.integers(12, 40, 2), INKS.integers(0, 255, 3)) for _ in range(9)]


def drawn(seed: int, *, relabelled: bool = False, damage: int | None = None) -> np.ndarray:
    """A printed box, a little elsewhere each time; with another label, or with something torn off."""
    rng = np.random.default_rng(seed)
    picture = np.full((240, 240, 3), 90, np.uint8)
    corner = np.array([50, 40]) + rng.integers(-4, 5, 2)
    _fill(picture, corner, np.array([140, 160]), (180, 120, 70))
    for at, size, ink in BOXES:
        _fill(picture, corner + at, size, ink.tolist())
    if relabelled:
        _fill(picture, corner + np.array([70, 90]), np.array([62, 60]), (240, 240, 240))
        for text, offset in (("NEW", (74, 115)), ("XL", (80, 142))):
            cv2.putText(
                picture, text, (corner + offset).tolist(), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (0, 0, 200), 3
            )
    if damage is not None:
        _tear(picture, corner, np.random.default_rng(500 + damage))
    blurred = cv2.GaussianBlur(picture, (0, 0), 1.0)  # as a lens does
    noisy = blurred + rng.normal(0, 4, picture.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def _fill(picture: np.ndarray, at: np.ndarray, size: np.ndarray, ink: tuple[int, ...]) -> None:
    cv2.rectangle(picture, at.tolist(), (at + size).tolist(), ink, -1)


def _tear(picture: np.ndarray, corner: np.ndarray, rng: np.random.Generator) -> None:
    middle = corner + rng.integers(30, 110, 2)
    hull = cv2.convexHull((middle + rng.integers(-30, 30, (5, 2))).astype(np.int32))
    cv2.fillPoly(picture, [hull], rng.integers(0, 255, 3).tolist())
    cv2.polylines(picture, [hull], True, (20, 20, 20), 3)


class Booth:
    """Galleries with four references of the product."""

    def __init__(self, root: Path, seeing: Perception, judging: Judge, stack: ExitStack) -> None:
        self.seeing, self.judging = seeing, judging
        self.references = stack.enter_context(closing(References(root)))
        self.standing = stack.enter_context(closing(Standing(root)))
        self.proposals = stack.enter_context(closing(Proposals(root)))
        self.curator = Curator(
            self.references, self.standing, self.proposals, judging, seeing.trunk, "a technician"
        )
        for seed in range(4):
            self.keep(drawn(seed), ReferenceState.ACTIVE)

    def keep(self, rgb: np.ndarray, state: ReferenceState, sample: str = "") -> None:
        source = Source("a test", "for a test", state, sample)
        enrol(self.seeing, self.references, GTIN, [_view(rgb)], None, source=source)

    def called_good(self, *pictures: np.ndarray) -> list[float]:
        """Keep items that a person called good as candidates; gives how far each was from the references."""
        gallery = self.references.of(GTIN, self.seeing.trunk)
        far = []
        for number, rgb in enumerate(pictures):
            verdict = self.judging.judge(self.seeing.perceive([_view(rgb)], None), gallery)
            far.append(distance_of(verdict) or 0.0)
            self.keep(rgb, ReferenceState.CANDIDATE, f"sample-{number}")
        return far

    def states(self) -> list[ReferenceState]:
        return [row.state for row in self.standing.rows() if row.sample]


def _view(rgb: np.ndarray) -> View:
    return View("top", Frame("top", rgb, None, 0, 0))


@pytest.fixture(scope="module")
def networks() -> tuple[Perception, Judge]:
    return perception({}), judge({})


@pytest.fixture
def booth(tmp_path: Path, networks: tuple[Perception, Judge]) -> Iterator[Booth]:
    with ExitStack() as stack:
        yield Booth(tmp_path, *networks, stack)


def test_three_items_with_a_changed_label_are_told_as_strange_until_their_design_is_accepted(
    booth: Booth,
) -> None:
    far = booth.called_good(*[drawn(10 + number, relabelled=True) for number in range(3)])
    assert min(far) > UNLIKE
    booth.curator.vet(GTIN)
    (proposal,) = booth.curator.propose(GTIN)
    assert proposal.samples == ("sample-0", "sample-1", "sample-2")
    booth.proposals.accept(GTIN, proposal.design, "a technician")
    gallery = booth.references.of(GTIN, booth.seeing.trunk)
    assert gallery is not None
    assert gallery.design == "1, 2"
    later = booth.seeing.perceive([_view(drawn(40, relabelled=True))], None)
    assert (distance_of(booth.judging.judge(later, gallery)) or 9.0) < min(far) / 1.5


def test_three_different_damages_called_good_by_mistake_are_no_design_and_never_count(booth: Booth) -> None:
    far = booth.called_good(*[drawn(20 + number, damage=number) for number in range(3)])
    assert min(far) > UNLIKE
    booth.curator.vet(GTIN)
    assert booth.curator.propose(GTIN) == []
    assert booth.states() == [ReferenceState.CANDIDATE] * 3


def test_a_whole_item_called_good_is_vetted_and_a_damaged_one_is_suspect(booth: Booth) -> None:
    booth.called_good(drawn(30), drawn(31, damage=4))
    booth.curator.vet(GTIN)
    assert booth.states() == [ReferenceState.VETTED, ReferenceState.CANDIDATE]
