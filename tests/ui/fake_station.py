"""A station that fits the port and walks an item through its phases, with synthetic pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from PySide6.QtCore import QTimer

from booth.domain.device import DeviceStatus
from booth.domain.evidence import Understood
from booth.domain.picture import Calibration, Capture, Frame, Picture, Region
from booth.domain.product import Candidate, Identification, Product
from booth.domain.reason import Reason
from booth.domain.sample import Amendment, Annotation, Closing, Disposition, Sample, SiteIdentity
from booth.domain.terms import DamageType, Outcome, new_id, now
from booth.domain.verdict import Finding, HeatMap, Verdict
from booth.errors import StoreError
from booth.events import Bus, Closed, Explained, Item, ItemChanged, Phase, Placement, Stored, TrayChanged
from booth.ports.scene import ItemWish, Sheet
from booth.ports.screen import Found, Recent
from booth.regions import crop
from tests.ui.fake_workbench import FakeWorkbench, statuses

HEIGHT, WIDTH = 480, 640
PLACE = Region(350, 140, 100, 100)

PRODUCTS = (
    Product("4006381333931", "Kaffee Crema, ganze Bohne", "Nordkiste", "coffee", "1 kg"),
    Product(
        "5901234123457",
        "Stainless steel insulated drinking bottle with bamboo lid, leak-proof, for hot and cold drinks, "
        "with carrying strap and cleaning brush, midnight blue",
        "Thermo & Söhne International",
        "household",
        "750 ml",
    ),
    Product("0012345678905", "Razor blades, pack of 8", "Glatt", "care", "8 pieces"),
    Product("4012345678901", "Oat biscuits with chocolate", "Haferglück", "food", "300 g"),
    Product("4099999000018", "Dishwasher tablets, all in one", "Klar", "household", "40 pieces"),
)


@cache
def picture(seed: int, damaged: bool = False) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A grey tray with a coloured box on it, (480, 640, 3) uint8; damage is a dark wedge."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    rgb = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    rgb[:] = (185 + 30 * rows[..., None] / HEIGHT).astype(np.uint8)
    hue = np.random.default_rng(seed).integers(60, 220, 3)
    shift = (seed % 6 - 3) * 12
    inside = (abs(columns - 320 - shift) < 150) & (abs(rows - 250) < 110)
    rgb[inside] = hue
    rgb[inside & (rows % 40 < 14) & (columns % 160 < 110)] = 245
    if damaged:
        rgb[inside & (abs(columns - 400 - shift) + abs(rows - 190) < 55)] = (45, 38, 34)
    return rgb


def heat(view: str) -> HeatMap:
    """A hot spot at (400, 190) of the picture."""
    rows, columns = np.mgrid[0:32, 0:40]
    spot = np.exp(-((columns - 28) ** 2 + (rows - 10) ** 2) / 30.0)
    return HeatMap(view, Region(140, 110, 360, 270), spot.astype(np.float32))


def frame(camera_id: str, sequence: int = 1, damaged: bool = False) -> Frame:
    seed = sum(map(ord, camera_id))
    return Frame(camera_id, picture(seed, damaged), None, time.monotonic_ns(), sequence)


def capture(camera_ids: Sequence[str], damaged: bool = False) -> Capture:
    frames = tuple(frame(camera_id, damaged=damaged) for camera_id in camera_ids)
    return Capture(new_id("capture"), now(), (frames,))


def verdict(outcome: Outcome, score: float, views: Sequence[str] = (), note: str = "") -> Verdict:
    heat_maps = tuple(heat(view) for view in views)
    found = (finding(views[0]),) if views else ()
    return Verdict(
        new_id("verdict"),
        now(),
        outcome,
        score,
        PRODUCTS[0].gtin,
        4,
        heat_maps=heat_maps,
        note=note,
        findings=found,
    )


def finding(view: str, carried_by: str = "foreign", **changes: Any) -> Finding:
    """The dark wedge, as the judge would name it."""
    shares = {carried_by: 0.71, "conditioned" if carried_by != "conditioned" else "foreign": 0.29}
    made = Finding(view, PLACE, 0.93, carried_by, shares, DamageType.TEAR, "ab" * 32, (0.4, 0.2, 0.6, 0.4))
    return replace(made, **changes)


def reason(found: Finding, taken: Capture, with_reference: bool = True) -> Reason:
    """The place of a finding, with a plain box as its reference."""
    frames = {view.name: view.frame for view in taken.views()}
    window = Region(found.place.x - 50, found.place.y - 50, 200, 200)
    seed = sum(map(ord, found.view))
    like = crop(picture(seed), window) if with_reference else None
    return Reason(found, crop(frames[found.view].rgb, window), (0.25, 0.25, 0.75, 0.75), like)


class FakeScene:
    """Lays items on the fake tray."""

    def __init__(self, station: FakeStation) -> None:
        self._station = station
        self.calibration = Calibration("fake", {})
        self.products: Sequence[Product] = PRODUCTS
        self.wishes: list[ItemWish] = []
        self.sheets: list[Sheet] = []

    def place(self, wish: ItemWish) -> None:
        self.wishes.append(wish)
        self._station.lay(wish)

    def hold(self, sheet: Sheet) -> None:
        self.sheets.append(sheet)

    def clear(self) -> None:
        self._station.change(Item())
        self._station.tell(TrayChanged(Placement.EMPTY))

    def look(self, camera_id: str) -> Picture:
        return Picture(picture(1))


class FakeStation:
    """Fits booth.ports.Station. The undo's end comes by a timer of Qt's."""

    def __init__(
        self, camera_ids: Sequence[str] = ("top", "left", "right", "front"), undo_s: float = 0.3
    ) -> None:
        self.booth_id = "booth-7"
        self.camera_ids = tuple(camera_ids)
        self.undo_s = undo_s
        self.bus = Bus()
        self.item = Item()
        self.scene: FakeScene | None = FakeScene(self)
        self.asked: list[tuple[str, object]] = []
        self.samples: dict[str, Sample] = {}
        self.closed: set[str] = set()
        self._sequence = 0
        self.explains = True
        """Whether a question is answered at once."""
        self.workbench = FakeWorkbench(self.camera_ids)
        self.statuses = statuses(self.camera_ids)

    def devices(self) -> Sequence[DeviceStatus]:
        return self.statuses

    def tell(self, event: object) -> None:
        self.bus.tell(event)

    def change(self, item: Item) -> None:
        self.item = item
        self.tell(ItemChanged(item))

    def lay(self, wish: ItemWish) -> None:
        """An item comes: judged at once; without a readable code the product is asked for."""
        damaged = wish.damage is not None
        taken = capture(self.camera_ids, damaged)
        sample_id = new_id("sample")
        self.tell(TrayChanged(Placement.STILL))
        self.change(
            replace(
                Item(identity=self.item.identity), phase=Phase.JUDGING, sample_id=sample_id, capture=taken
            )
        )
        outcome = Outcome.DAMAGED if damaged else Outcome.OK
        made = verdict(outcome, 0.93 if damaged else 0.04, self.camera_ids[:2] if damaged else ())
        candidates = tuple(Candidate(product.gtin, 0.5, "words") for product in PRODUCTS[:3])
        known = wish.barcode == "clear"
        self.change(
            replace(
                self.item,
                phase=Phase.VERDICT if known else Phase.PRODUCT,
                identification=Identification(candidates=candidates, gtin=wish.gtin if known else ""),
                product=self._product(wish.gtin) if known else None,
                verdict=made,
                kept=True,
            )
        )
        self.tell(Stored(sample_id))

    def tell_me(self, listener: Callable[[object], None]) -> Callable[[], None]:
        return self.bus.subscribe(listener)

    def newest(self, camera_id: str) -> Frame | None:
        self._sequence += 1
        return frame(camera_id, self._sequence)

    def search(self, text: str, limit: int = 20, without: Sequence[Understood] = ()) -> Found:
        wanted = text.lower()
        hits = [each for each in PRODUCTS if wanted in f"{each.title} {each.brand} {each.gtin}".lower()]
        brands = {each.brand: each for each in hits if each.brand and wanted in each.brand.lower()}
        understood = tuple(Understood("brand", brand, 0.9, text) for brand in brands)
        left = tuple(each for each in understood if each not in without)
        known = [each for each in hits if not left or each.brand in brands]
        return Found(tuple(known[:limit]), left)

    def products(self, gtins: Sequence[str]) -> Sequence[Product]:
        known = {each.gtin: each for each in PRODUCTS}
        return [known[gtin] for gtin in gtins if gtin in known]

    def recent(self, limit: int = 20) -> Sequence[Recent]:
        rows = [self._row(sample) for sample in reversed(self.samples.values())]
        return rows[:limit]

    def open_sample(self, sample_id: str) -> Sample:
        if sample_id not in self.samples:
            raise StoreError(f"there is no sample {sample_id}")
        return self.samples[sample_id]

    def explain(self, capture: Capture, verdict: Verdict) -> None:
        self.asked.append(("explain", verdict.verdict_id))
        if self.explains:
            reasons = (reason(found, capture, bool(found.reference_id)) for found in verdict.findings)
            self.tell(Explained(verdict.verdict_id, tuple(reasons)))

    def capture(self) -> None:
        self.asked.append(("capture", None))

    def identify_as(self, identity: SiteIdentity) -> None:
        self.asked.append(("identify_as", identity))
        self.change(replace(self.item, identity=identity))

    def choose_product(self, gtin: str, typed: str = "") -> None:
        self.asked.append(("choose_product", gtin))
        if typed:
            self.asked.append(("typed", typed))
        self.change(replace(self.item, phase=Phase.VERDICT, product=self._product(gtin)))

    def answer(self, outcome: Outcome) -> None:
        self.asked.append(("answer", outcome))
        self.change(replace(self.item, person_outcome=outcome))

    def mark(self, annotation: Annotation) -> None:
        self.asked.append(("mark", annotation))
        self.change(replace(self.item, annotations=(*self.item.annotations, annotation)))

    def unmark(self, annotation_id: str) -> None:
        self.asked.append(("unmark", annotation_id))
        kept = tuple(mark for mark in self.item.annotations if mark.annotation_id != annotation_id)
        self.change(replace(self.item, annotations=kept))

    def decide(self, disposition: Disposition) -> None:
        self.asked.append(("decide", disposition.kind))
        self.change(replace(self.item, disposition=disposition))

    def save(self) -> None:
        self.asked.append(("save", None))
        until = time.monotonic_ns() + int(self.undo_s * 1e9)
        self.change(replace(self.item, phase=Phase.SAVED, undo_until_ns=until))
        QTimer.singleShot(int(self.undo_s * 1_000), lambda: self.end_undo(until))

    def undo(self) -> None:
        self.asked.append(("undo", None))
        self.change(replace(self.item, phase=Phase.VERDICT, undo_until_ns=0))

    def amend(self, amendment: Amendment) -> None:
        self.asked.append(("amend", amendment))
        sample = self.samples[amendment.sample_id]
        self.samples[sample.sample_id] = replace(sample, amendments=(*sample.amendments, amendment))

    def keep(self, item: Item) -> Sample:
        """Close `item` as a sample that can be opened again."""
        closing = Closing(
            now(),
            "associate",
            item.product.gtin if item.product else "",
            "barcode",
            item.person_outcome,
            item.identity,
            item.annotations,
            item.disposition,
        )
        assert item.capture is not None
        verdicts = (item.verdict,) if item.verdict else ()
        sample = Sample(
            item.sample_id, self.booth_id, now(), item.capture, Identification(), verdicts, closing
        )
        self.samples[item.sample_id] = sample
        return sample

    def end_undo(self, until_ns: int) -> None:
        if self.item.phase is not Phase.SAVED or self.item.undo_until_ns != until_ns:
            return
        self.keep(self.item)
        self.change(replace(self.item, phase=Phase.CLOSED, undo_until_ns=0))
        self.tell(TrayChanged(Placement.REMOVE))
        self.tell(Closed(self.item.sample_id))

    def _row(self, sample: Sample) -> Recent:
        closing = sample.closing
        product = self._product(closing.gtin) if closing else None
        outcome = sample.verdicts[-1].outcome if sample.verdicts else None
        kind = closing.disposition.kind if closing and closing.disposition else None
        title = product.title if product else ""
        return Recent(sample.sample_id, sample.kept_at.isoformat(), title, outcome, kind, closing is not None)

    def _product(self, gtin: str) -> Product | None:
        return next((product for product in PRODUCTS if product.gtin == gtin), None)
