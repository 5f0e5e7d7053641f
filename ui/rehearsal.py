"""The screen driven by its own buttons, item after item, with a picture of every page."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QEventLoop, QPoint, QPointF, QRectF, QSizeF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from booth.domain.product import Product
from booth.domain.terms import DamageType, DispositionKind, Outcome
from booth.errors import BoothError, ConfigError
from booth.events import Closed, Died, Item, Phase, Placement, Stored, TrayChanged
from booth.ports.screen import Station
from ui.targets import Target
from ui.tray import SimulatedTray
from ui.window import Window

STEP_S = 120.0
"""The longest that any step may take; a first look at an item on a busy machine takes a few seconds."""
SPIN_MS = 20
HOT = 0.6
"""The part of the greatest heat from which on a place belongs to the box that the rehearsal draws."""


class Rehearser:
    """Walks items through a shown window. Main thread only."""

    def __init__(self, window: Window, station: Station, out: Path) -> None:
        if window.tray is None:
            raise ConfigError("a rehearsal needs a simulated tray: set cameras.driver to simulated")
        self._window = window
        self._tray: SimulatedTray = window.tray
        self._station = station
        self._out = out
        self._closed: set[str] = set()
        self._stored: set[str] = set()
        self._died: Died | None = None
        self._placement: Placement | None = None
        self._shots: set[str] = set()
        self._last = ""
        self._raised: list[BaseException] = []
        window.heard.connect(self._hear)

    def items(self, count: int) -> Iterator[str]:
        """Walk `count` items; yields one line each.

        Raises:
            BoothError: a step did not come in time, or a part of the booth died.
            BaseException: whatever a slot raised, Ctrl-C too.
        """
        self._out.mkdir(parents=True, exist_ok=True)
        with self._slots_heard():
            self._wait("the live pictures", self._all_cameras_live)
            for _ in range(count):
                yield self._one_item()
            self._look_back()

    @contextmanager
    def _slots_heard(self) -> Iterator[None]:
        """Keep what leaves a slot, which Qt would print and forget; the next wait raises it."""
        before = sys.excepthook
        sys.excepthook = lambda kind, error, trace: self._raised.append(error)
        try:
            yield
        finally:
            sys.excepthook = before

    def _one_item(self) -> str:
        window = self._window
        if self._placement is Placement.EMPTY or not self._last:
            self._shoot("place")
        self._click("next_item")
        self._wait(
            "the booth to look at the item",
            lambda: self._item.sample_id not in ("", self._last) and self._asks,
        )
        self._last = self._item.sample_id
        if window.page is window.product:
            self._name_product()
        self._wait("the verdict", lambda: window.page is window.verdict and self._item.phase is Phase.VERDICT)
        self._judge()
        self._save()
        line = self._describe(self._item)
        self._click("clear_tray")
        self._wait("the empty tray", lambda: self._item.phase is Phase.PLACE)
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
        found = gtin and self._reached(lambda: page.findChild(Target, name) is not None, 3.0)
        self._shoot("product", better=True)
        self._click(name if found else "not_found", page)

    def _tray_products(self) -> list[Product]:
        return list(self._station.scene.products) if self._station.scene else []

    def _key(self, character: str) -> None:
        name = "key:space" if character == " " else f"key:{character}"
        if self._window.product.findChild(Target, name) is not None:
            self._click(name, self._window.product)

    def _judge(self) -> None:
        """Answer by what the tray was asked for, mark the damage, decide."""
        window, verdict = self._window, self._item.verdict
        answer = Outcome.OK if self._truth is None else Outcome.DAMAGED
        self._spin()
        self._shoot("verdict", better=bool(self._truth and verdict and verdict.heat_maps))
        self._click(self._answer_name(answer), window.verdict)
        self._wait("the answer to be taken", lambda: self._item.person_outcome is answer)
        if answer is Outcome.DAMAGED:
            self._mark()
            self._click(f"disposition:{DispositionKind.DISCOUNT.value}", window.verdict)
            self._wait("the disposition", lambda: self._item.disposition is not None)

    def _answer_name(self, answer: Outcome) -> str:
        said = self._item.verdict.outcome if self._item.verdict else Outcome.UNSURE
        if said is Outcome.UNSURE:
            return "correct" if answer is Outcome.OK else "not_correct"
        return "correct" if answer is said else "not_correct"

    def _mark(self) -> None:
        """Drag a box over what looks hot, or over the middle of the picture, and say what it is."""
        window, page = self._window, self._window.mark
        self._wait("the marking page", lambda: window.page is page)
        self._spin()
        canvas = page.canvas
        box = canvas.mapFromScene(
            self._hot_box(page.views.view) or middle_of(canvas.sceneRect())
        ).boundingRect()
        drag(canvas.viewport(), box.topLeft(), box.bottomRight())
        damage = self._truth or DamageType.CRUSH
        self._click(f"type:{damage.value}", page)
        self._click("severity:major", page)
        self._shoot("mark")
        self._click("part:product", page)
        self._wait("the mark", lambda: bool(self._item.annotations))
        self._click("mark_done", page)

    def _hot_box(self, view: str) -> QRectF | None:
        """Where the heat map of a view is hottest, in the picture's pixels."""
        maps = self._item.verdict.heat_maps if self._item.verdict else ()
        heat = next((heat for heat in maps if heat.view == view and heat.values.size), None)
        if heat is None or not heat.values.max() > 0:
            return None
        rows, columns = np.nonzero(heat.values >= HOT * heat.values.max())
        across, down = heat.region.width / heat.values.shape[1], heat.region.height / heat.values.shape[0]
        corner = QPointF(heat.region.x + columns.min() * across, heat.region.y + rows.min() * down)
        size = QSizeF((np.ptp(columns) + 1) * across, (np.ptp(rows) + 1) * down)
        return QRectF(corner, size)

    def _save(self) -> None:
        window = self._window
        self._wait("the save button", window.verdict.save.isEnabled)
        self._click("save", window.verdict)
        self._wait("the saved page", lambda: window.page is window.saved)
        self._spin()
        self._shoot("saved")
        sample_id = self._last
        self._wait("the item to be stored", lambda: sample_id in self._stored)
        self._wait("the end of the undo", lambda: sample_id in self._closed)

    def _look_back(self) -> None:
        """Open the last items, and the newest of them."""
        window = self._window
        self._click("recent")
        self._wait("the last items", lambda: window.page is window.recent)
        if self._last:
            self._click(f"recent:{self._last}", window.recent)
        self._spin()
        self._shoot("recent")
        self._click("recent_back", window.recent)

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
            case Died():
                self._died = event
            case _:
                pass

    def _all_cameras_live(self) -> bool:
        self._window.place.live.pull()
        return all(self._station.newest(camera_id) is not None for camera_id in self._station.camera_ids)

    def _click(self, name: str, within: QWidget | None = None) -> None:
        target = (within or self._window).findChild(Target, name)
        if target is None or not target.isEnabled():
            raise BoothError(f"the screen has no button {name} to press now")
        target.click()

    def _wait(self, what: str, reached: Callable[[], object]) -> None:
        if not self._reached(reached, STEP_S):
            trouble = self._window.banner.sentence
            raise BoothError(f"waited {STEP_S:.0f} s for {what}" + (f": {trouble}" if trouble else ""))

    def _reached(self, reached: Callable[[], object], timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            self._spin()
            if self._raised:
                raise self._raised[0]
            if self._died is not None:
                raise BoothError(f"{self._died.worker} died: {self._died.message}")
            if reached():
                return True
        return False

    def _spin(self) -> None:
        """Let Qt and every other thread run; QTest.qWait would keep Python's lock from the cameras."""
        loop = QEventLoop()
        QTimer.singleShot(SPIN_MS, loop.quit)
        loop.exec()

    def _shoot(self, name: str, better: bool = False) -> None:
        """Keep a picture of the whole window: the first of each page, or a better one."""
        if name in self._shots and not better:
            return
        self._shots.add(name)
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, SPIN_MS)
        path = self._out / f"{name}.png"
        if not self._window.grab().save(str(path)):
            raise BoothError(f"{path} cannot be written")


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
