"""The screen driven by its own buttons, item after item, with a picture of every page."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from booth.domain.product import Product
from booth.domain.terms import DamageType, DispositionKind, Outcome
from booth.errors import ConfigError
from booth.events import Closed, Item, Phase, Placement, Stored, TrayChanged
from booth.ports.screen import Station
from booth.regions import corners, part
from ui.hands import Hands
from ui.targets import Target
from ui.tray import SimulatedTray
from ui.window import Window

HOT = 0.6
"""The part of the greatest heat from which on a place belongs to the box that the rehearsal draws."""


class Rehearser:
    """Walks items through a shown window. Main thread only."""

    def __init__(self, window: Window, station: Station, hands: Hands) -> None:
        if window.tray is None:
            raise ConfigError("a rehearsal needs a simulated tray: set cameras.driver to simulated")
        self._window = window
        self._tray: SimulatedTray = window.tray
        self._station = station
        self._hands = hands
        self._closed: set[str] = set()
        self._stored: set[str] = set()
        self._placement: Placement | None = None
        self._last = ""
        window.heard.connect(self._hear)

    def items(self, count: int) -> Iterator[str]:
        """Walk `count` items; yields one line each.

        Raises:
            BoothError: a step did not come in time, or a part of the booth died.
            BaseException: whatever a slot raised, Ctrl-C too.
        """
        self._hands.wait("the live pictures", self._all_cameras_live)
        for _ in range(count):
            yield self._one_item()
        self._look_back()

    def _one_item(self) -> str:
        window = self._window
        if self._placement is Placement.EMPTY or not self._last:
            self._hands.shoot("place")
        self._hands.click("next_item")
        self._hands.wait(
            "the booth to look at the item",
            lambda: self._item.sample_id not in ("", self._last) and self._asks,
        )
        self._last = self._item.sample_id
        if window.page is window.product:
            self._name_product()
        self._hands.wait(
            "the verdict", lambda: window.page is window.verdict and self._item.phase is Phase.VERDICT
        )
        self._judge()
        self._save()
        line = self._describe(self._item)
        self._hands.click("clear_tray")
        self._hands.wait("the empty tray", lambda: self._item.phase is Phase.PLACE)
        return line

    @property
    def _item(self) -> Item:
        return self._window.item

    @property
    def _asks(self) -> bool:
        return self._item.phase in (Phase.PRODUCT, Phase.VERDICT)

    @property
    def _truth(self) -> DamageType | None:
        return self._tray.wish.damage if self._tray.wish else None

    def _name_product(self) -> None:
        """Type the product's name on the pad, then tap its card."""
        page, gtin = self._window.product, self._tray.wish.gtin if self._tray.wish else ""
        title = next((each.title for each in self._tray_products() if each.gtin == gtin), "")
        for character in title.upper()[:12]:
            self._key(character)
        name = f"product:{gtin}"
        found = gtin and self._hands.reached(lambda: page.findChild(Target, name) is not None, 3.0)
        self._hands.shoot("product", better=True)
        self._hands.click(name if found else "not_found", page)

    def _tray_products(self) -> list[Product]:
        return list(self._station.scene.products) if self._station.scene else []

    def _key(self, character: str) -> None:
        name = "key:space" if character == " " else f"key:{character}"
        if self._window.product.findChild(Target, name) is not None:
            self._hands.click(name, self._window.product)

    def _judge(self) -> None:
        """Answer by what the tray was asked for, mark the damage, decide."""
        window, verdict = self._window, self._item.verdict
        answer = Outcome.OK if self._truth is None else Outcome.DAMAGED
        self._hands.spin()
        self._hands.shoot("verdict", better=bool(self._truth and verdict and verdict.heat_maps))
        self._ask_why()
        self._hands.click(self._answer_name(answer), window.verdict)
        self._hands.wait("the answer to be taken", lambda: self._item.person_outcome is answer)
        if answer is Outcome.DAMAGED:
            self._mark()
            self._hands.click(f"disposition:{DispositionKind.DISCOUNT.value}", window.verdict)
            self._hands.wait("the disposition", lambda: self._item.disposition is not None)

    def _ask_why(self) -> None:
        """Look at what was found, where something was, and come back to the pictures."""
        why = self._window.verdict.why
        if why.why.isHidden():
            return
        self._hands.click("why", self._window.verdict)
        self._hands.wait("the reasons", lambda: why.explained)
        self._hands.spin()
        self._hands.shoot("why")
        self._hands.click("why_back", self._window.verdict)

    def _answer_name(self, answer: Outcome) -> str:
        said = self._item.verdict.outcome if self._item.verdict else Outcome.UNSURE
        if said is Outcome.UNSURE:
            return "correct" if answer is Outcome.OK else "not_correct"
        return "correct" if answer is said else "not_correct"

    def _mark(self) -> None:
        """Drag a box over what looks hot, or over the middle of the picture, and say what it is."""
        window, page = self._window, self._window.mark
        self._hands.wait("the marking page", lambda: window.page is page)
        self._hands.spin()
        canvas = page.canvas
        box = canvas.mapFromScene(
            self._hot_box(page.views.view) or middle_of(canvas.sceneRect())
        ).boundingRect()
        drag(canvas.viewport(), box.topLeft(), box.bottomRight())
        damage = self._truth or DamageType.CRUSH
        self._hands.click(f"type:{damage.value}", page)
        self._hands.click("severity:major", page)
        self._hands.shoot("mark")
        self._hands.click("part:product", page)
        self._hands.wait("the mark", lambda: bool(self._item.annotations))
        self._hands.click("mark_done", page)

    def _hot_box(self, view: str) -> QRectF | None:
        """Where the heat map of a view is hottest, in the picture's pixels."""
        maps = self._item.verdict.heat_maps if self._item.verdict else ()
        heat = next((heat for heat in maps if heat.view == view and heat.values.size), None)
        if heat is None or not heat.values.max() > 0:
            return None
        rows, columns = np.nonzero(heat.values >= HOT * heat.values.max())
        hot = part(
            heat.region,
            columns.min() / heat.values.shape[1],
            rows.min() / heat.values.shape[0],
            (columns.max() + 1) / heat.values.shape[1],
            (rows.max() + 1) / heat.values.shape[0],
        )
        (left, top), (right, bottom) = corners(hot).min(axis=0), corners(hot).max(axis=0)
        return QRectF(QPointF(left, top), QPointF(right, bottom))

    def _save(self) -> None:
        window = self._window
        self._hands.wait("the save button", window.verdict.save.isEnabled)
        self._hands.click("save", window.verdict)
        self._hands.wait("the saved page", lambda: window.page is window.saved)
        self._hands.spin()
        self._hands.shoot("saved")
        sample_id = self._last
        self._hands.wait("the item to be stored", lambda: sample_id in self._stored)
        self._hands.wait("the end of the undo", lambda: sample_id in self._closed)

    def _look_back(self) -> None:
        """Open the last items, and the newest of them."""
        window = self._window
        self._hands.click("recent")
        self._hands.wait("the last items", lambda: window.page is window.recent)
        if self._last:
            self._hands.click(f"recent:{self._last}", window.recent)
        self._hands.spin()
        self._hands.shoot("recent")
        self._hands.click("recent_back", window.recent)

    def _describe(self, item: Item) -> str:
        title = item.product.title if item.product else "unknown product"
        verdict = f"{item.verdict.outcome} {item.verdict.score:.2f}" if item.verdict else "not judged"
        kind = item.disposition.kind if item.disposition else self._window.verdict.offered(item)
        stored = "stored" if item.sample_id in self._stored else "not stored"
        return f"{item.sample_id}  {title}  {verdict}  answered {item.person_outcome}  {kind}  {stored}"

    def _hear(self, event: object) -> None:
        match event:
            case Closed(sample_id):
                self._closed.add(sample_id)
            case Stored(sample_id):
                self._stored.add(sample_id)
            case TrayChanged(placement):
                self._placement = placement
            case _:
                pass

    def _all_cameras_live(self) -> bool:
        self._window.place.live.pull()
        return all(self._station.newest(camera_id) is not None for camera_id in self._station.camera_ids)


def middle_of(whole: QRectF) -> QRectF:
    """The middle third of a rectangle."""
    across, down = whole.width() / 3, whole.height() / 3
    return whole.adjusted(across, down, -across, -down)


def drag(widget: QWidget, start: QPoint, end: QPoint) -> None:
    """Press, move and release on a widget, as a finger would."""
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(widget, button, keys, start)
    QTest.mouseMove(widget, (start + end) / 2)
    QTest.mouseMove(widget, end)
    QTest.mouseRelease(widget, button, keys, end)
