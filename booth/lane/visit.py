"""The visit of one item to the tray: what is known of it, what people say of it, and how it ends."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from booth.domain.percept import Percept
from booth.domain.picture import Calibration, Capture
from booth.domain.product import NO_PRODUCT, Identification, Product
from booth.domain.sample import Annotation, Closing, Disposition, Sample, SiteIdentity
from booth.domain.terms import DispositionKind, Outcome, new_id, now
from booth.domain.verdict import Verdict
from booth.errors import InputError, ModelError, StoreError
from booth.events import Bus, Item, ItemChanged, Phase, Stored, Trouble
from booth.gallery.candidates import Candidates, GoodItem
from booth.gallery.closeness import distance_of
from booth.lane.examine import Examiner
from booth.lane.fitting import fitting
from booth.ports.finding import Lessons, Query, Search
from booth.writer.writer import Writer

log = logging.getLogger(__name__)

Seen = TypeVar("Seen")

OPEN_PHASES = frozenset({Phase.PRODUCT, Phase.VERDICT})


class Visit:
    """The item on the tray; every change of it is told. The lane's thread alone calls it."""

    def __init__(
        self,
        booth_id: str,
        examiner: Examiner,
        writer: Writer,
        bus: Bus,
        undo_s: float,
        lessons: Lessons,
        candidates: Candidates | None = None,
    ) -> None:
        self.booth_id = booth_id
        self.item = Item()
        self._examiner = examiner
        self._writer = writer
        self._lessons = lessons
        self._candidates = candidates
        self._bus = bus
        self._undo_s = undo_s
        self._percept: Percept | None = None
        self._later_verdicts: tuple[Verdict, ...] = ()
        self.searches: tuple[Search, ...] = ()
        """What was searched for the item: at the first look, at the second, then by what was typed."""
        self._last_stored = ""
        self.stop_hearing = bus.subscribe(self._hear)

    def begin(self, capture: Capture) -> None:
        """Examine a capture and have it kept, before anyone has spoken; blocks while the store is behind."""
        sample_id = new_id(self.booth_id)
        judging = Item(Phase.JUDGING, sample_id, capture, identity=self.item.identity)
        self._change(judging)
        self._later_verdicts, self.searches = (), ()
        self._percept = self._seen(
            "models", "the item is kept unjudged", lambda: self._examiner.perceive(capture)
        )
        search = self._identified(capture)
        self.searches, identification = (search,), search.identification
        verdict = self._judged(identification.gtin)
        verdicts = (verdict,) if verdict else ()
        self._writer.keep(Sample(sample_id, self.booth_id, now(), capture, identification, verdicts))
        product = self._seen(
            "product", "its name is not known", lambda: self._examiner.product(identification.gtin)
        )
        self._change(
            replace(
                judging,
                phase=Phase.VERDICT if product else Phase.PRODUCT,
                identification=identification,
                product=product,
                gtin_source=_source(identification) if product else "",
                verdict=verdict,
            )
        )

    def second_look(self) -> Callable[[], Search] | None:
        """What finds out more of the item on the tray, to be run on another thread; None without an item."""
        capture, examiner = self.item.capture, self._examiner
        if self.item.phase not in OPEN_PHASES or capture is None:
            return None
        percept, search = self._percept, self.searches[-1]
        return lambda: examiner.look_again(capture, percept, search)

    def look_again(self, sample_id: str, search: Search) -> None:
        """Take in what the second look found: it may name the product, or make the booth ask after all.

        A person's word stands; the search is kept beside the first in any case.
        """
        if self.item.sample_id != sample_id or self.item.phase not in (*OPEN_PHASES, Phase.SAVED):
            return
        found = search.identification
        typed = tuple(each for each in self.searches[1:] if each.query.typed_text)
        self.searches = (self.searches[0], search, *typed)  # what was typed named it: that is the last word
        if self.item.phase is Phase.SAVED or self.item.gtin_source == "associate":
            return
        if found.doubt and self.item.product is not None:
            self._change(
                replace(self.item, phase=Phase.PRODUCT, identification=found, product=None, gtin_source="")
            )
        elif self.item.product is None:
            self._change(replace(self.item, identification=found))
            product = self._seen(
                "product", "its name is not known", lambda: self._examiner.product(found.gtin)
            )
            if product is not None and self.item.phase is Phase.PRODUCT:
                self._name(product, _source(found))

    def use(self, calibration: Calibration) -> None:
        """Examine under another calibration from now on."""
        self._examiner = replace(self._examiner, calibration=calibration)

    def identify_as(self, identity: SiteIdentity) -> None:
        """Set the site's identity; it may come before the item does, from the closing of the last one on.

        Raises:
            InputError: the item is saved, and the undo is still open.
        """
        if self.item.phase is Phase.SAVED:
            raise InputError("this item is saved: undo to change its plate, or wait for the next item")
        self._change(replace(self.item, identity=identity))

    def choose_product(self, gtin: str, typed: str = "") -> None:
        """Name the product; the kept percept is judged again as that product, beside the first verdict.

        Args:
            typed: what was typed to find it, to learn from.

        Raises:
            InputError: the catalogue does not have it.
            StoreError: the catalogue cannot be read.
        """
        if self.item.phase not in OPEN_PHASES:
            return
        product = self._examiner.product(gtin)
        if gtin and product is None:
            raise InputError(f"there is no product {gtin} in the catalogue")
        if typed.strip():
            self.searches = (*self.searches, self._examiner.look_for(self.searches[-1].query, typed))
        self._name(product, "associate" if gtin else "")

    def _name(self, product: Product | None, source: str) -> None:
        named = replace(self.item, product=product, gtin_source=source, phase=Phase.VERDICT)
        verdict = self._second_verdict(product.gtin if product else NO_PRODUCT)
        self._change(replace(named, verdict=verdict))

    def answer(self, outcome: Outcome) -> None:
        """The associate's own answer."""
        if self.item.phase in OPEN_PHASES:
            self._change(replace(self.item, person_outcome=outcome))

    def mark(self, annotation: Annotation) -> None:
        """Add a mark, or replace the one of the same id."""
        if self.item.phase in OPEN_PHASES:
            others = self._marks_without(annotation.annotation_id)
            self._change(replace(self.item, annotations=(*others, annotation)))

    def unmark(self, annotation_id: str) -> None:
        """Take a mark away."""
        if self.item.phase in OPEN_PHASES:
            self._change(replace(self.item, annotations=self._marks_without(annotation_id)))

    def decide(self, disposition: Disposition) -> None:
        """Say what happens to the item."""
        if self.item.phase in OPEN_PHASES:
            self._change(replace(self.item, disposition=disposition))

    def save(self) -> None:
        """Close the item once the undo has run out."""
        if self.item.phase is Phase.VERDICT:
            until_ns = time.monotonic_ns() + int(self._undo_s * 1e9)
            self._change(replace(self.item, phase=Phase.SAVED, undo_until_ns=until_ns))

    def undo(self) -> None:
        """Take the save back while there is time."""
        if self.item.phase is Phase.SAVED:
            self._change(replace(self.item, phase=Phase.VERDICT, undo_until_ns=0))

    def undo_has_run_out(self) -> bool:
        """Whether a save may become final."""
        return self.item.phase is Phase.SAVED and time.monotonic_ns() >= self.item.undo_until_ns

    def note_stored(self) -> None:
        """Show the item as kept once the writer has told so."""
        if not self.item.kept and self.item.sample_id and self._last_stored == self.item.sample_id:
            self._change(replace(self.item, kept=True))

    def leave(self) -> None:
        """The item has left the tray: a pending save becomes final."""
        if self.item.phase is Phase.SAVED:
            self.close()
        self._change(Item(identity=self.item.identity))

    def close(self) -> None:
        """End the visit with the words as they stand."""
        item = self.item
        closing = Closing(
            closed_at=now(),
            closed_by=item.disposition.decided_by if item.disposition else "",
            gtin=item.product.gtin if item.product else NO_PRODUCT,
            gtin_source=item.gtin_source,
            person_outcome=item.person_outcome,
            identity=item.identity,
            annotations=item.annotations,
            disposition=item.disposition,
            verdicts=self._later_verdicts,
            identifications=tuple(search.identification for search in self.searches[1:]),
        )
        self._writer.close(item.sample_id, closing)
        self._lessons.learn(item.sample_id, self.searches, closing.gtin)
        self._offer(item)
        log.info("sample %s closed", item.sample_id)
        self._change(replace(item, phase=Phase.CLOSED, undo_until_ns=0, identity=SiteIdentity()))

    def _offer(self, item: Item) -> None:
        """Offer an item that a person called good, of a product that was read or named, to the gallery."""
        capture, percept, product = item.capture, self._percept, item.product
        if self._candidates is None or capture is None or percept is None or product is None:
            return
        if not _is_confirmed_good(item):
            return
        views = tuple(capture.views())
        calibration = fitting(self._examiner.calibration, (view.frame for view in views))
        far = distance_of(item.verdict) if item.verdict and item.verdict.gtin == product.gtin else None
        self._candidates.offer(GoodItem(item.sample_id, product.gtin, views, percept, calibration, far))

    def _hear(self, event: object) -> None:
        if isinstance(event, Stored):
            self._last_stored = event.sample_id

    def _identified(self, capture: Capture) -> Search:
        found = self._seen(
            "catalogue",
            "the item is kept without a product",
            lambda: self._examiner.identify(capture, self._percept, self.item.identity),
        )
        return found or Search(Query(), Identification())

    def _judged(self, gtin: str) -> Verdict | None:
        percept = self._percept
        if percept is None:
            return None
        return self._seen("judge", "the item is kept unjudged", lambda: self._examiner.verdict(percept, gtin))

    def _seen(self, part: str, lacking: str, look: Callable[[], Seen]) -> Seen | None:
        """What `look` finds; None, with what is lacking told as Trouble, when models or store refuse."""
        try:
            found = look()
        except (ModelError, StoreError) as error:
            log.warning("%s: %s", lacking, error)
            self._bus.tell(Trouble(part, f"{lacking}: {error}"))
            return None
        self._bus.tell(Trouble(part, "", over=True))
        return found

    def _second_verdict(self, gtin: str) -> Verdict | None:
        first = self.item.verdict
        if first is not None and first.gtin == gtin:
            return first
        verdict = self._judged(gtin)
        if verdict is not None:
            self._later_verdicts = (*self._later_verdicts, verdict)
        return verdict

    def _marks_without(self, annotation_id: str) -> tuple[Annotation, ...]:
        return tuple(mark for mark in self.item.annotations if mark.annotation_id != annotation_id)

    def _change(self, item: Item) -> None:
        self.item = item
        self._bus.tell(ItemChanged(item))


def _is_confirmed_good(item: Item) -> bool:
    """Whether a person said that nothing is wrong with it, and its product is no guess."""
    sold = item.disposition is None or item.disposition.kind is DispositionKind.SELL
    good = item.person_outcome is Outcome.OK and not item.annotations and sold
    return good and item.gtin_source in ("barcode", "associate")


def _source(identification: Identification) -> str:
    """How the booth came to the product: by a whole code, or by other evidence."""
    codes = {read.gtin for read in identification.barcodes}
    return "barcode" if identification.gtin in codes else "evidence"
