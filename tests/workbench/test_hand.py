"""The simulated hand shows the target as long as it is looked at, and leaves the tray empty."""

from __future__ import annotations

from collections.abc import Sequence

from booth.domain.calibrating import Step
from booth.domain.picture import Calibration, CameraCalibration, Intrinsics, Picture
from booth.domain.product import Product
from booth.ports.scene import ItemWish, Sheet
from booth.ports.workbench import Job
from booth.workbench.hand import LOOKS, Hand

BOARD = "charuco:8x6:20mm:14mm:DICT_5X5_100"
ABOVE = (1.0, 0, 0, 0, 0, -1.0, 0, 0, 0, 0, -1.0, 700.0, 0, 0, 0, 1.0)
"""Looks straight down from 0.7 m."""


class FakeScene:
    """Remembers what is held before its two cameras."""

    def __init__(self) -> None:
        lens = Intrinsics(96, 72, 100.0, 100.0, 48.0, 36.0)
        camera = CameraCalibration(lens, ABOVE)
        self.calibration = Calibration("true", {"top": camera, "side": camera})
        self.products: Sequence[Product] = ()
        self.held: list[Sheet | None] = []

    def place(self, wish: ItemWish) -> None:
        raise AssertionError("a hand lays no item on the tray")

    def hold(self, sheet: Sheet) -> None:
        self.held.append(sheet)

    def clear(self) -> None:
        self.held.append(None)

    def look(self, camera_id: str) -> Picture:
        raise AssertionError("a hand looks at nothing")


def begun(step: Step, *cameras: str) -> tuple[Hand, FakeScene]:
    scene = FakeScene()
    hand = Hand(scene)
    hand.begin(Job(step, BOARD, cameras), cameras)
    assert scene.held == [None]
    return hand, scene


def test_the_target_rests_until_every_camera_has_looked_at_it() -> None:
    hand, scene = begun(Step.DEPTH, "top", "side")
    hand.work(0, {})
    assert len(scene.held) == 2
    hand.work(0, {"top": 10 * LOOKS, "side": LOOKS - 1})
    assert len(scene.held) == 2
    hand.work(0, {"top": 10 * LOOKS, "side": LOOKS})
    assert len(scene.held) == 3
    hand.work(0, {"top": 11 * LOOKS, "side": LOOKS})
    assert len(scene.held) == 3


def test_the_target_moves_on_as_soon_as_a_view_was_picked() -> None:
    hand, scene = begun(Step.INTRINSICS, "top")
    hand.work(0, {})
    hand.work(1, {"top": 1})
    hand.work(1, {"top": 2})
    assert len(scene.held) == 3
    assert scene.held[1] is not scene.held[2]


def test_a_grey_sheet_stays_where_it_lies() -> None:
    hand, scene = begun(Step.LIGHT, "top")
    for looks in range(0, 5 * LOOKS, LOOKS):
        hand.work(0, {"top": looks})
    assert len(scene.held) == 2


def test_a_step_that_needs_no_target_and_one_that_is_left_show_an_empty_tray() -> None:
    hand, scene = begun(Step.DRIFT, "top")
    hand.work(0, {})
    assert scene.held[-1] is None
    hand, scene = begun(Step.INTRINSICS, "top")
    hand.work(0, {})
    hand.leave()
    assert scene.held[-1] is None
    hand.work(0, {"top": LOOKS})
    assert scene.held[-1] is None
