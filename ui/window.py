"""The window: one page at a time, chosen by the item as it stands; every word goes to the station."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from enum import Enum

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPalette
from PySide6.QtWidgets import QLayout, QStackedWidget, QVBoxLayout, QWidget

from booth.domain.evidence import Understood
from booth.domain.product import Product
from booth.domain.sample import Disposition
from booth.domain.terms import DispositionKind, Outcome, now
from booth.errors import BoothError
from booth.events import (
    Closed,
    Died,
    FeedChanged,
    Item,
    ItemChanged,
    Phase,
    Scanned,
    TrayChanged,
    Trouble,
)
from booth.identify.gtin import gtins_typed
from booth.ports.screen import Found, Station
from ui import theme as look
from ui.bridge import Bridge
from ui.header import Banner, Header
from ui.pages.died import DiedPage
from ui.pages.identity import IdentityPage
from ui.pages.mark import MarkPage
from ui.pages.place import PlacePage
from ui.pages.product import ProductPage
from ui.pages.recent import RecentPage
from ui.pages.saved import SavedPage
from ui.pages.verdict import VerdictPage
from ui.scanner import KeyLine
from ui.technician import Technician
from ui.theme import Profile, Theme
from ui.tray import SimulatedTray

REFUSAL_MS = 6_000
"""How long a refused request stays on the banner."""


class Overlay(Enum):
    """A page that the associate opened over the one that the item asks for."""

    PRODUCT = "product"
    MARK = "mark"
    RECENT = "recent"
    IDENTITY = "identity"
    TECHNICIAN = "technician"


class Window(QWidget):
    """Everything on the glass. Main thread only."""

    heard = Signal(object)
    """Every event, once the pages have taken it in."""

    def __init__(self, station: Station, profile: Profile) -> None:
        super().__init__()
        self.item = Item()
        self.died: Died | None = None
        self._station = station
        self._profile = profile
        self._theme = Theme(profile)
        self._overlay: Overlay | None = None
        self._keys = KeyLine()
        self._refusal = QTimer(self)
        self._refusal.setSingleShot(True)
        self._refusal.timeout.connect(lambda: self.banner.take(Trouble("request", "", over=True)))
        self.setWindowTitle(self.tr("Booth"))
        self.resize(profile.width_px, profile.height_px)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, look.GROUND)
        self.setPalette(palette)
        self.setFont(self._theme.font(look.Text.BODY))
        self._build()
        self._connect()
        self.bridge = Bridge(station, self._take, self)
        self._show()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Hear nothing more once the window goes."""
        self.bridge.close()
        super().closeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys come from a scanner, or from a keyboard on the bench."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._end_line()
        elif event.key() == Qt.Key.Key_Backspace and self.page is self.product:
            self.product.erase()
        elif event.text().isprintable() and event.text():
            if self.page is not self.technician or not self.technician.type(event.text()):
                self._key(event.text())
        else:
            super().keyPressEvent(event)

    @property
    def page(self) -> QWidget:
        """The page that is shown."""
        return self._pages.currentWidget() or self.place

    def _build(self) -> None:
        theme, station = self._theme, self._station
        self.header = Header(theme, station.booth_id)
        self.banner = Banner(theme)
        self.place = PlacePage(theme, station.camera_ids, station.newest)
        self.product = ProductPage(theme, self._search, self._products)
        self.verdict = VerdictPage(theme)
        self.mark = MarkPage(theme, self._profile.associate)
        self.saved = SavedPage(theme)
        self.recent = RecentPage(theme, self._profile.associate)
        self.identity = IdentityPage(theme)
        self.technician = Technician(theme, station, self._ask, self._profile.technician)
        self.death = DiedPage(theme)
        self.tray = SimulatedTray(theme, station.scene) if station.scene is not None else None
        self._pages = QStackedWidget()
        self._pages.addWidget(self.place)
        for page in (self.product, self.verdict, self.mark, self.saved, self.recent, self.identity):
            self._pages.addWidget(page)
        self._pages.addWidget(self.technician)
        self._pages.addWidget(self.death)
        rows = QVBoxLayout(self)
        rows.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        margin = theme.px(4)
        rows.setContentsMargins(margin, theme.px(3), margin, theme.px(4))
        rows.setSpacing(theme.px(3))
        rows.addWidget(self.header)
        rows.addWidget(self.banner)
        rows.addWidget(self._pages, 1)
        if self.tray is not None:
            rows.addWidget(self.tray)

    def _connect(self) -> None:
        ask, station = self._ask, self._station
        self.header.identity_asked.connect(lambda: self._open(Overlay.IDENTITY))
        self.header.recent_asked.connect(self._open_recent)
        self.header.technician_asked.connect(self._open_technician)
        self.place.identity_asked.connect(lambda: self._open(Overlay.IDENTITY))
        self.place.capture_asked.connect(lambda: ask(station.capture))
        self.identity.identified.connect(lambda identity: ask(lambda: station.identify_as(identity)))
        self.product.chosen.connect(self._choose_product)
        self.verdict.answered.connect(self._answer)
        self.verdict.product_wrong.connect(lambda: self._open(Overlay.PRODUCT))
        self.verdict.mark_asked.connect(lambda: self._open(Overlay.MARK))
        self.verdict.decided.connect(self._decide)
        self.verdict.save_asked.connect(self._save)
        self.mark.marked.connect(lambda mark: ask(lambda: station.mark(mark)))
        self.mark.unmarked.connect(lambda mark_id: ask(lambda: station.unmark(mark_id)))
        self.saved.undo_asked.connect(lambda: ask(station.undo))
        self.recent.opened.connect(self._open_sample)
        self.recent.amended.connect(lambda amendment: ask(lambda: station.amend(amendment)))
        for why in (self.verdict.why, self.recent.why):
            why.asked.connect(lambda capture, verdict: ask(lambda: station.explain(capture, verdict)))
            self.heard.connect(why.take)
        for page in (self.product, self.mark, self.recent, self.identity, self.technician):
            page.closed.connect(lambda: self._open(None))

    def _take(self, event: object) -> None:
        """Show what the booth tells; runs on the main thread."""
        match event:
            case ItemChanged(item):
                self._take_item(item)
            case TrayChanged(placement):
                self.place.show_placement(placement)
            case FeedChanged(camera_id, state, message):
                self.place.live.show_state(camera_id, state, message)
                self.technician.show_feed(camera_id, state, message)
            case Trouble():
                self.banner.take(event)
            case Scanned(scan):
                self._take_line(scan.text, "scanned")
            case Closed() if self._overlay is Overlay.RECENT:
                self._refresh_recent()
            case Died():
                self.died = event
                self.death.show_death(event)
                self._show()
            case _:
                pass
        self.heard.emit(event)

    def _take_item(self, item: Item) -> None:
        before, self.item = self.item, item
        if (before.sample_id, before.phase) != (item.sample_id, item.phase):
            self._leave_overlay(item.phase)
        self._show()

    def _leave_overlay(self, phase: Phase) -> None:
        busy = phase in (Phase.JUDGING, Phase.PRODUCT, Phase.VERDICT)
        gives_way = self._overlay is Overlay.RECENT or (
            self._overlay is Overlay.TECHNICIAN and not self.technician.busy
        )
        if self._overlay in (Overlay.PRODUCT, Overlay.MARK) or (gives_way and busy):
            self._overlay = None

    def _show(self) -> None:
        self.header.show_identity(self.item.identity)
        page = self._page_now()
        self._show_item_on(page)
        self._pages.setCurrentWidget(page)
        self.header.setVisible(page not in (self.death, self.technician))
        aside = page in (self.recent, self.identity)
        self.header.show_phase(None if aside else self.item.phase)
        self.header.identity.setVisible(page is not self.place and not aside)
        if self.tray is not None:
            self.tray.setVisible(page in (self.place, self.saved))

    def _page_now(self) -> QWidget:
        if self.died is not None:
            return self.death
        if self._overlay is not None:
            return {
                Overlay.PRODUCT: self.product,
                Overlay.MARK: self.mark,
                Overlay.RECENT: self.recent,
                Overlay.IDENTITY: self.identity,
                Overlay.TECHNICIAN: self.technician,
            }[self._overlay]
        return {
            Phase.PLACE: self.place,
            Phase.JUDGING: self.verdict,
            Phase.PRODUCT: self.product,
            Phase.VERDICT: self.verdict,
            Phase.SAVED: self.saved,
            Phase.CLOSED: self.saved,
        }[self.item.phase]

    def _show_item_on(self, page: QWidget) -> None:
        match page:
            case PlacePage() | VerdictPage() | MarkPage() | SavedPage() | IdentityPage():
                page.show_item(self.item)
            case ProductPage():
                page.set_back(self._overlay is Overlay.PRODUCT)
                page.show_item(self.item)
            case _:
                pass

    def _open(self, overlay: Overlay | None) -> None:
        self._overlay = overlay
        self._show()
        if overlay is Overlay.MARK:
            self.mark.choose_view(self.verdict.views.view)

    def _open_technician(self) -> None:
        self.technician.open()
        self._open(Overlay.TECHNICIAN)

    def _open_recent(self) -> None:
        self._ask(lambda: self.recent.show_rows(self._station.recent(20)))
        self._open(Overlay.RECENT)

    def _refresh_recent(self) -> None:
        opened = self.recent.opened_id
        self._open_recent()
        if opened:
            self._open_sample(opened)

    def _open_sample(self, sample_id: str) -> None:
        self._ask(lambda: self._show_sample(sample_id))

    def _show_sample(self, sample_id: str) -> None:
        title = next((row.title for row in self._station.recent(20) if row.sample_id == sample_id), "")
        self.recent.show_sample(self._station.open_sample(sample_id), title)

    def _choose_product(self, gtin: str, typed: str) -> None:
        self._ask(lambda: self._station.choose_product(gtin, typed))
        self._open(None)

    def _answer(self, outcome: Outcome) -> None:
        self._ask(lambda: self._station.answer(outcome))
        if outcome is Outcome.DAMAGED:
            self._open(Overlay.MARK)

    def _decide(self, kind: DispositionKind) -> None:
        disposition = Disposition(kind, self._profile.associate, now())
        self._ask(lambda: self._station.decide(disposition))

    def _save(self) -> None:
        offered = self.verdict.offered(self.item)
        if offered is None:
            return
        if self.item.disposition is None:
            self._decide(offered)
        self._ask(self._station.save)

    def _ask(self, request: Callable[[], object]) -> None:
        """Ask the station; a refusal is shown for a while."""
        try:
            request()
        except BoothError as error:
            self._refuse(str(error))

    def _refuse(self, sentence: str) -> None:
        self.banner.take(Trouble("request", sentence))
        self._refusal.start(REFUSAL_MS)

    def _search(self, text: str, limit: int, without: Sequence[Understood]) -> Found:
        found: list[Found] = []
        self._ask(lambda: found.append(self._station.search(text, limit, without)))
        return found[0] if found else Found()

    def _products(self, gtins: Sequence[str]) -> Sequence[Product]:
        found: list[Product] = []
        self._ask(lambda: found.extend(self._station.products(gtins)))
        return found

    def _key(self, text: str) -> None:
        self._keys.key(text, time.monotonic_ns())
        if self.page is self.product:
            self.product.add(text)

    def _end_line(self) -> None:
        text, source = self._keys.end(time.monotonic_ns())
        if text:
            self._take_line(text, source)

    def _take_line(self, text: str, source: str) -> None:
        """A line that was `typed` or `scanned`, wherever it belongs on the page that is shown."""
        if self.page is self.technician:
            if source == "scanned":
                self._refuse(self.tr("Scanned {0}: leave these pages to scan an item").format(text))
            return
        if self.page is self.product:
            if source == "typed":
                return  # the page searches as it is typed
            if gtins_typed(text):
                self.product.search_for(text)
                return
            self.product.take_back(text)
        if self.page is self.identity:
            self.identity.take(text, source)
        else:
            self.identity.show_item(self.item)
            self.identity.take_plate(text, source)
