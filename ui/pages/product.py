"""Product: which one it is, searched by typing when the booth could not settle it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QScroller, QSizePolicy, QVBoxLayout, QWidget

from booth.domain.evidence import Understood
from booth.domain.product import NO_PRODUCT, Product
from booth.events import Item
from booth.ports.screen import Found
from ui import theme as look
from ui.chips import Chips
from ui.keypad import Field, KeyPad
from ui.paper import Doubt, writing
from ui.pictures import PictureView
from ui.symbols import Symbol
from ui.targets import Target
from ui.theme import Text, Theme
from ui.views import Views
from ui.words import product_line

SEARCH_AFTER_MS = 120
MOST_CANDIDATES = 6
MOST_CHARACTERS = 80
Search = Callable[[str, int, Sequence[Understood]], Found]
Products = Callable[[Sequence[str]], Sequence[Product]]


class ProductCard(Target):
    """One product as a card to tap."""

    def __init__(self, theme: Theme, product: Product) -> None:
        super().__init__(theme, f"product:{product.gtin}", product.title)
        self.product = product
        self.setFixedHeight(theme.px(22))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As wide as the list."""
        return QSize(self._theme.px(80), self._theme.px(22))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint title, and below it brand, size and GTIN."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(look.PRESSED if self.isDown() else look.CARD)
        painter.setPen(QPen(look.LINE, 1.5))
        radius = self._theme.px(2.2)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        margin = self._theme.px(4)
        inside = QRectF(self.rect()).adjusted(margin, margin * 0.7, -margin, -margin * 0.7)
        self._line(painter, inside, Qt.AlignmentFlag.AlignTop, self.product.title, True)
        self._line(painter, inside, Qt.AlignmentFlag.AlignBottom, product_line(self.product), False)
        painter.end()

    def _line(
        self, painter: QPainter, inside: QRectF, where: Qt.AlignmentFlag, text: str, strong: bool
    ) -> None:
        font = self._theme.font(Text.BODY if strong else Text.CAPTION, bold=strong)
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, int(inside.width()))
        painter.setFont(font)
        painter.setPen(look.INK if strong else look.SOFT_INK)
        painter.drawText(inside, where | Qt.AlignmentFlag.AlignLeft, shown)


class ProductPage(QWidget):
    """Search field and results beside the item's picture and the pad."""

    chosen = Signal(str, str)
    """The GTIN, and what was typed to find it."""
    closed = Signal()

    def __init__(self, theme: Theme, search: Search, products: Products) -> None:
        super().__init__()
        self._theme = theme
        self._search = search
        self._products = products
        self._without: tuple[Understood, ...] = ()
        self._item = Item()
        self._for_sample = ""
        self.field = Field(theme, self.tr("Type name, brand or number"), Symbol.SEARCH)
        self._heading = writing(theme, "", Text.CAPTION, colour=look.SOFT_INK)
        self.doubt = Doubt(theme)
        self.chips = Chips(theme)
        self.chips.removed.connect(self._take_away)
        self._list = QScrollArea()
        self.views = Views(theme, PictureView())
        self._back = Target(theme, "product_back", self.tr("Back"), Symbol.BACK)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(SEARCH_AFTER_MS)
        self._delay.timeout.connect(self._refresh)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(theme.px(5))
        columns.addLayout(self._left(), 1)
        columns.addLayout(self._right())

    @property
    def cards(self) -> list[ProductCard]:
        """The products on offer, best first."""
        return self._list.findChildren(ProductCard)

    def show_item(self, item: Item) -> None:
        """Show the item to be named; the words typed for another item are forgotten."""
        self._item = item
        self.views.show_capture(item.capture, None, ())
        if item.sample_id != self._for_sample:
            self._for_sample = item.sample_id
            self._without = ()
            self.field.set_text("")
        self.doubt.set_text(item.identification.doubt if item.identification else "")
        self._refresh()

    def set_back(self, possible: bool) -> None:
        """Whether there is a verdict to go back to."""
        self._back.setVisible(possible)

    def add(self, characters: str) -> None:
        """Characters typed or scanned."""
        self._type((self.field.text + characters)[:MOST_CHARACTERS])

    def erase(self) -> None:
        """Take the last character back."""
        self._type(self.field.text[:-1])

    def search_for(self, text: str) -> None:
        """Search for one whole text, in place of what was typed."""
        self._type(text[:MOST_CHARACTERS])

    def take_back(self, text: str) -> None:
        """Take back what the field got of a line that turned out to be meant for something else."""
        ends = (text[start:] for start in range(len(text)))
        self._type(self.field.text.removesuffix(next(filter(self.field.text.endswith, ends), "")))

    def _type(self, text: str) -> None:
        self.field.set_text(text)
        self._without = self._without if text else ()
        self._delay.start()

    def _take_away(self, understood: Understood) -> None:
        """Search again without what the booth took the words to mean."""
        self._without = (*self._without, understood)
        self._refresh()

    def _left(self) -> QVBoxLayout:
        self._list.setWidgetResizable(True)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        QScroller.grabGesture(self._list.viewport(), QScroller.ScrollerGestureType.LeftMouseButtonGesture)
        column = QVBoxLayout()
        column.setSpacing(self._theme.px(3))
        column.addWidget(self.doubt)
        column.addWidget(self.field)
        column.addWidget(self.chips)
        column.addWidget(self._heading)
        column.addWidget(self._list, 1)
        return column

    def _right(self) -> QVBoxLayout:
        pad = KeyPad(self._theme)
        pad.pressed.connect(self.add)
        pad.erased.connect(self.erase)
        pad.cleared.connect(lambda: self._type(""))
        self._back.clicked.connect(self.closed)
        unknown = Target(self._theme, "not_found", self.tr("Cannot be found"), Symbol.UNSURE)
        unknown.clicked.connect(lambda: self.chosen.emit(NO_PRODUCT, self.field.text))
        row = QHBoxLayout()
        row.setSpacing(self._theme.px(3))
        row.addWidget(self._back)
        row.addWidget(unknown, 1)
        column = QVBoxLayout()
        column.setSpacing(self._theme.px(3))
        column.addWidget(self.views, 1)
        column.addWidget(pad)
        column.addLayout(row)
        return column

    def _refresh(self) -> None:
        typed = self.field.text.strip()
        found = self._search(typed, 20, self._without) if typed else Found(self._candidates())
        self.chips.show_understood(found.understood)
        inside = QWidget()
        rows = QVBoxLayout(inside)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(self._theme.px(2.4))
        for product in found.products:
            card = ProductCard(self._theme, product)
            card.clicked.connect(lambda _=False, gtin=product.gtin: self.chosen.emit(gtin, typed))
            rows.addWidget(card)
        rows.addStretch(1)
        self._list.setWidget(inside)
        self._heading.setText(self._heading_for(typed, len(found.products)))

    def _heading_for(self, typed: str, count: int) -> str:
        if count:
            return self.tr("Tap the product") if typed else self.tr("Could be one of these")
        return self.tr("Nothing found") if typed else self.tr("Which product is it?")

    def _candidates(self) -> tuple[Product, ...]:
        found = self._item.identification
        if found is None:
            return ()
        return tuple(self._products([candidate.gtin for candidate in found.candidates[:MOST_CANDIDATES]]))
