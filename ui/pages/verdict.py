"""Verdict: what the booth says of the item, whether that is right, and where the item goes."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from booth.domain.product import Product
from booth.domain.terms import DispositionKind, Outcome
from booth.domain.verdict import Verdict
from booth.events import Item, Phase
from ui import theme as look
from ui.choices import dispositions
from ui.paper import Card, Lines, ScoreBar, Sign, writing
from ui.pictures import PictureView
from ui.symbols import BY_OUTCOME, Symbol
from ui.targets import Kind, Rank, Target
from ui.theme import Text, Theme, outcome_colour
from ui.views import Views
from ui.why import Explaining
from ui.words import outcome_word, product_line

SIDE_MM = 118
ANSWER_MM = 24
ROOMY_MM = 184
"""From this height of the page on, the score stays in sight while the disposition is chosen."""
LOW_MM = 164
"""Below this height (a low screen with a banner on it) only the necessary stays."""


class VerdictPage(QWidget):
    """Pictures on the left; on the right one question at a time."""

    answered = Signal(Outcome)
    product_wrong = Signal()
    mark_asked = Signal()
    decided = Signal(DispositionKind)
    save_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._verdict: Verdict | None = None
        self.views = Views(theme, PictureView())
        self.heat = Target(theme, "heat", self.tr("Heat map"), Symbol.HEAT, rank=Rank.SECONDARY)
        self.why = Explaining(theme, self.views, (self.heat,))
        self._parts()
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(theme.px(4))
        columns.addWidget(self._left(), 1)
        side = QWidget()
        side.setFixedWidth(theme.px(SIDE_MM))
        rows = QVBoxLayout(side)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.px(3))
        rows.addWidget(self._outcome_card())
        rows.addWidget(self._product_card())
        rows.addStretch(1)
        rows.addWidget(self._answering)
        rows.addWidget(self._deciding)
        columns.addWidget(side)

    def show_item(self, item: Item) -> None:
        """Show the item as it stands."""
        self._verdict = item.verdict
        self.views.show_capture(item.capture, item.verdict, item.annotations)
        self.why.show_verdict(item.capture, item.verdict)
        self.heat.setVisible(self.views.has_heat)
        busy = item.phase is Phase.JUDGING
        self._show_outcome(item.verdict, busy)
        self._show_product(item.product, busy)
        self._show_answers(item.verdict)
        self._show_decision(item)
        self._answering.setVisible(not busy and item.person_outcome is None)
        self._deciding.setVisible(not busy and item.person_outcome is not None)
        self._make_room()

    def resizeEvent(self, event: object) -> None:
        """Leave out on a low screen what the next answer does not need."""
        self._make_room()

    def offered(self, item: Item) -> DispositionKind | None:
        """What the item's disposition is, or would be if nothing else is chosen.

        The policy's proposal for a damaged item stands only where the person calls it damaged too.
        """
        if item.disposition is not None:
            return item.disposition.kind
        if item.person_outcome is Outcome.OK:
            return DispositionKind.SELL
        agreed = item.verdict is not None and item.verdict.outcome is item.person_outcome
        return item.verdict.disposition if item.verdict is not None and agreed else None

    def _make_room(self) -> None:
        deciding = not self._deciding.isHidden()
        low = self.height() < self._theme.px(LOW_MM)
        roomy = self.height() >= self._theme.px(ROOMY_MM) if deciding else not low
        self._title.set_most_lines(1 if deciding and low else 2)
        for part in (self._bar, self._score):
            part.setVisible(self._verdict is not None and (roomy or not deciding))
        self._note.setVisible(bool(self._note.text) and roomy and not deciding)
        self._details.setVisible(bool(self._details.text) and roomy)

    def _parts(self) -> None:
        theme = self._theme
        self.sign = Sign(theme, Symbol.BUSY, 20)
        self.words = writing(theme, "", Text.HERO, bold=True)
        self._score = writing(theme, "", Text.LEAD, bold=True)
        self._bar = ScoreBar(theme)
        self._note = Lines(theme, Text.CAPTION, lines=2, colour=look.SOFT_INK)
        self._title = Lines(theme, Text.LEAD, bold=True, lines=2)
        self._details = Lines(theme, Text.CAPTION, colour=look.SOFT_INK)
        self.wrong = Target(
            theme, "wrong_product", self.tr("Wrong product"), Symbol.SEARCH, rank=Rank.SECONDARY
        )
        self.wrong.clicked.connect(self.product_wrong)
        self._first = Target(theme, "correct", "")
        self._second = Target(theme, "not_correct", "")
        self._first.clicked.connect(lambda: self.answered.emit(self._answers()[0]))
        self._second.clicked.connect(lambda: self.answered.emit(self._answers()[1]))
        self._ask = writing(theme, "", Text.BODY, colour=look.SOFT_INK)
        self._decisions = dispositions(theme, "disposition", self.decided.emit)
        self.save = Target(theme, "save", self.tr("Save"), Symbol.TICK, kind=Kind.STRONG, text_size=Text.LEAD)
        self.save.clicked.connect(self.save_asked)
        self.mark = Target(theme, "mark", self.tr("Mark damage"), Symbol.BOX)
        self.mark.clicked.connect(self.mark_asked)
        self._said = writing(theme, "", Text.BODY)
        self._said_sign = Sign(theme, Symbol.OK, 7)
        self._change = Target(theme, "reopen", self.tr("Change"), rank=Rank.SECONDARY)
        self._change.clicked.connect(self._ask_again)
        self._answering = self._answer_panel()
        self._deciding = self._decision_panel()

    def _ask_again(self) -> None:
        self._answering.show()
        self._deciding.hide()
        self._make_room()

    def _left(self) -> Explaining:
        self.heat.setCheckable(True)
        self.heat.setChecked(True)
        self.heat.toggled.connect(self.views.set_heat)
        return self.why

    def _outcome_card(self) -> Card:
        card = Card(self._theme)
        top = QHBoxLayout()
        top.setSpacing(self._theme.px(4))
        top.addWidget(self.sign)
        top.addWidget(self.words, 1)
        card.rows.addLayout(top)
        score = QHBoxLayout()
        score.setSpacing(self._theme.px(3))
        score.addWidget(self._bar, 1)
        score.addWidget(self._score)
        card.rows.addLayout(score)
        card.rows.addWidget(self._note)
        return card

    def _product_card(self) -> Card:
        card = Card(self._theme)
        card.rows.addWidget(self._title)
        card.rows.addWidget(self._details)
        card.rows.addWidget(self.wrong)
        return card

    def _answer_panel(self) -> QWidget:
        panel = QWidget()
        rows = QVBoxLayout(panel)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(self._theme.px(2.4))
        rows.addStretch(1)
        rows.addWidget(self._ask)
        for target in (self._first, self._second):
            target.setMinimumHeight(self._theme.px(ANSWER_MM))
            rows.addWidget(target)
        return panel

    def _decision_panel(self) -> QWidget:
        panel = QWidget()
        rows = QVBoxLayout(panel)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(self._theme.px(2.4))
        said = QHBoxLayout()
        said.setSpacing(self._theme.px(2.4))
        said.addWidget(self._said_sign)
        said.addWidget(self._said, 1)
        said.addWidget(self._change)
        rows.addStretch(1)
        rows.addLayout(said)
        rows.addWidget(self._decisions)
        row = QHBoxLayout()
        row.setSpacing(self._theme.px(2))
        row.addWidget(self.mark)
        row.addWidget(self.save, 1)
        rows.addLayout(row)
        return panel

    def _show_outcome(self, verdict: Verdict | None, busy: bool) -> None:
        outcome = verdict.outcome if verdict else None
        colour = outcome_colour(outcome)
        symbol = BY_OUTCOME[outcome] if outcome is not None else Symbol.UNSURE
        self.sign.set_symbol(Symbol.BUSY if busy else symbol, colour)
        self.words.setText(self.tr("Looking") if busy else outcome_word(outcome))
        self._score.setText("" if verdict is None else f"{verdict.score:.2f}")
        if verdict is not None:
            self._bar.set_score(verdict.score, colour)
        self._note.set_text(self._note_for(verdict, busy))

    def _note_for(self, verdict: Verdict | None, busy: bool) -> str:
        if busy:
            return self.tr("Leave the item where it is")
        if verdict is None:
            return self.tr("No model could look at this item: please look yourself")
        if verdict.note:
            return verdict.note
        match verdict.references:
            case 0:
                return self.tr("No reference picture of this product")
            case 1:
                return self.tr("Compared with one reference picture")
            case count:
                return self.tr("Compared with {0} reference pictures").format(count)

    def _show_product(self, product: Product | None, busy: bool) -> None:
        unknown = self.tr("Finding the product") if busy else self.tr("Unknown product")
        self._title.set_text(product.title if product else unknown, look.INK if product else look.SOFT_INK)
        self._details.set_text(product_line(product) if product else "")
        self.wrong.set_face(self.tr("Wrong product") if product else self.tr("Find product"), Symbol.SEARCH)
        self.wrong.setVisible(not busy)

    def _answers(self) -> tuple[Outcome, Outcome]:
        """What the two targets stand for: agreeing and not, or undamaged and damaged."""
        said = self._verdict.outcome if self._verdict else Outcome.UNSURE
        return (Outcome.DAMAGED, Outcome.OK) if said is Outcome.DAMAGED else (Outcome.OK, Outcome.DAMAGED)

    def _show_answers(self, verdict: Verdict | None) -> None:
        if verdict is None or verdict.outcome is Outcome.UNSURE:
            self._ask.setText(self.tr("What do you see?"))
            self._first.set_face(outcome_word(Outcome.OK), Symbol.OK)
            self._second.set_face(outcome_word(Outcome.DAMAGED), Symbol.DAMAGED)
            return
        self._ask.setText(self.tr("Is that right?"))
        self._first.set_face(self.tr("Correct"), Symbol.TICK)
        self._second.set_face(self.tr("Not correct"), Symbol.CROSS)

    def _show_decision(self, item: Item) -> None:
        offered = self.offered(item)
        self._decisions.show_choice(offered)
        self.save.setEnabled(offered is not None)
        self.mark.setVisible(item.person_outcome is Outcome.DAMAGED)
        count = len(item.annotations)
        words = self.tr("Marks: {0}").format(count) if count else self.tr("Mark damage")
        self.mark.set_face(words, Symbol.BOX)
        said = item.person_outcome or Outcome.UNSURE
        self._said.setText(self.tr("You said: {0}").format(outcome_word(said).lower()))
        self._said_sign.set_symbol(BY_OUTCOME[said], look.INK)
