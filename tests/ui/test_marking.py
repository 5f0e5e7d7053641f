"""Marks come out in the picture's own pixels, at every scale."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from booth.domain.sample import Annotation
from booth.domain.terms import DamageType, Outcome, Part, Severity
from booth.ports.scene import ItemWish
from tests.ui.fake_station import PRODUCTS, FakeStation
from tests.ui.walking import button, lay, press, settled
from ui.marking import MarkingCanvas, Tool
from ui.pictures import Point, picture_of
from ui.rehearsal import drag
from ui.window import Window

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(params=[(300, 200), (640, 480), (1111, 700)])
def canvas(request: pytest.FixtureRequest, qtbot: QtBot) -> MarkingCanvas:
    made = MarkingCanvas(reach_px=28)
    qtbot.addWidget(made)
    made.resize(*request.param)
    made.show()
    made.show_picture(picture_of(np.zeros((480, 640, 3), np.uint8)))
    return made


def drawn(canvas: MarkingCanvas) -> list[tuple[Point, ...]]:
    found: list[tuple[Point, ...]] = []
    canvas.drawn.connect(found.append)
    return found


def at(canvas: MarkingCanvas, x: float, y: float) -> QPoint:
    return canvas.mapFromScene(QPointF(x, y))


def assert_near(canvas: MarkingCanvas, got: Point, wanted: Point) -> None:
    """Within one pixel of the screen."""
    one = 1.01 / canvas.transform().m11()
    assert got == pytest.approx(wanted, abs=one)


def test_a_drag_is_a_box_in_pixels_of_the_picture(canvas: MarkingCanvas) -> None:
    found = drawn(canvas)
    drag(canvas.viewport(), at(canvas, 400, 300), at(canvas, 100, 120))
    assert len(found) == 1
    assert_near(canvas, found[0][0], (100, 120))
    assert_near(canvas, found[0][1], (400, 300))


def test_taps_are_a_polygon_that_the_first_corner_closes(canvas: MarkingCanvas) -> None:
    found = drawn(canvas)
    canvas.use(Tool.POLYGON)
    corners = [(100.0, 100.0), (500.0, 120.0), (450.0, 400.0), (120.0, 380.0)]
    for x, y in [*corners, (103.0, 102.0)]:
        QTest.mouseClick(canvas.viewport(), LEFT, pos=at(canvas, x, y))
    assert len(found) == 1
    assert len(found[0]) == len(corners)
    for got, wanted in zip(found[0], corners, strict=True):
        assert_near(canvas, got, wanted)


def test_a_mark_never_leaves_the_picture(canvas: MarkingCanvas) -> None:
    found = drawn(canvas)
    drag(canvas.viewport(), at(canvas, 320, 240), QPoint(canvas.width() + 200, canvas.height() + 200))
    assert found[0][1] == (640, 480)


def test_a_slip_of_the_finger_is_no_box(canvas: MarkingCanvas) -> None:
    found = drawn(canvas)
    drag(canvas.viewport(), at(canvas, 320, 240), at(canvas, 320, 240) + QPoint(2, 2))
    assert found == []


def test_two_fingers_zoom_and_a_box_is_still_right(qapp: QApplication, canvas: MarkingCanvas) -> None:
    found = drawn(canvas)
    device = QTest.createTouchDevice()
    view = canvas.viewport()
    middle, before = view.rect().center(), canvas.transform().m11()
    near, far = QPoint(20, 0), QPoint(60, 0)
    QTest.touchEvent(view, device).press(0, middle - near, view).press(1, middle + near, view).commit()
    QTest.touchEvent(view, device).move(0, middle - far, view).move(1, middle + far, view).commit()
    QTest.touchEvent(view, device).release(0, middle - far, view).release(1, middle + far, view).commit()
    assert found == []
    assert canvas.transform().m11() > 1.5 * before
    drag(view, at(canvas, 300, 220), at(canvas, 340, 260))
    assert_near(canvas, found[0][0], (300, 220))
    assert_near(canvas, found[0][1], (340, 260))


def test_one_finger_draws_a_box(canvas: MarkingCanvas) -> None:
    found = drawn(canvas)
    device, view = QTest.createTouchDevice(), canvas.viewport()
    QTest.touchEvent(view, device).press(0, at(canvas, 100, 100), view).commit()
    QTest.touchEvent(view, device).move(0, at(canvas, 200, 220), view).commit()
    QTest.touchEvent(view, device).release(0, at(canvas, 200, 220), view).commit()
    assert len(found) == 1
    assert_near(canvas, found[0][0], (100, 100))
    assert_near(canvas, found[0][1], (200, 220))


def test_a_mark_takes_four_touches_and_can_be_removed(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin, DamageType.TEAR))
    press(window.verdict, "correct")
    settled(qtbot, station, window)
    window.mark.views.choose("left")
    canvas = window.mark.canvas
    drag(canvas.viewport(), at(canvas, 300, 100), at(canvas, 450, 220))
    for name in ("part:packaging", "type:tear", "severity:minor"):
        press(window.mark, name)
    marks = [mark for _, mark in station.asked if isinstance(mark, Annotation)]
    assert len(marks) == 1
    mark = marks[0]
    assert (mark.view, mark.type, mark.severity, mark.part) == (
        "left",
        DamageType.TEAR,
        Severity.MINOR,
        Part.PACKAGING,
    )
    assert mark.made_by == "associate"
    settled(qtbot, station, window)
    press(window.mark, f"unmark:{mark.annotation_id}")
    assert station.item.annotations == ()
    assert station.item.person_outcome is Outcome.DAMAGED


def test_another_view_drops_the_shape_that_was_begun(
    qtbot: QtBot, station: FakeStation, window: Window
) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin, DamageType.TEAR))
    press(window.verdict, "correct")
    settled(qtbot, station, window)
    canvas = window.mark.canvas
    drag(canvas.viewport(), at(canvas, 300, 100), at(canvas, 450, 220))
    assert button(window.mark, "type:tear").isVisible()
    press(window.mark, "view:right")
    assert not button(window.mark, "type:tear").isVisible()


@pytest.mark.parametrize("tool", ["tool:box", "tool:polygon"])
def test_a_touch_of_the_picture_while_its_kind_is_asked_leaves_the_shape_as_it_is_shown(
    qtbot: QtBot, station: FakeStation, window: Window, tool: str
) -> None:
    lay(qtbot, station, window, ItemWish(1, PRODUCTS[0].gtin, DamageType.TEAR))
    press(window.verdict, "correct")
    settled(qtbot, station, window)
    press(window.mark, tool)
    canvas = window.mark.canvas
    corners = [at(canvas, 100, 100), at(canvas, 300, 120), at(canvas, 200, 300)]
    if tool == "tool:box":
        drag(canvas.viewport(), corners[0], corners[2])
    else:
        for where in [*corners, corners[0]]:
            QTest.mouseClick(canvas.viewport(), LEFT, pos=where)
    assert button(window.mark, "type:tear").isVisible()
    before = canvas.viewport().grab().toImage()
    for where in (at(canvas, 500, 400), corners[0]):
        QTest.mouseClick(canvas.viewport(), LEFT, pos=where)
    assert canvas.viewport().grab().toImage() == before
    for name in ("part:packaging", "type:tear", "severity:minor"):
        press(window.mark, name)
    [mark] = [mark for _, mark in station.asked if isinstance(mark, Annotation)]
    assert len(mark.points) == (2 if tool == "tool:box" else 3)
