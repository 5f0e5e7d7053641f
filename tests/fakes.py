"""Small parts that fit the ports, for tests that need a booth without devices or networks."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from booth.domain.device import Control, DeviceInfo, Health
from booth.domain.evidence import PrintedWord, Understood
from booth.domain.percept import Gallery, Percept, ViewPercept
from booth.domain.picture import (
    Calibration,
    CameraCalibration,
    Frame,
    Intrinsics,
    Picture,
    Region,
    View,
)
from booth.domain.product import Candidate, Identification, Product
from booth.domain.terms import Outcome, new_id, now
from booth.domain.verdict import Verdict
from booth.errors import DeviceError, InputError, ModelError, StoreError
from booth.ports.finding import CatalogueIndex, Hit, Query, Search, Sources

HEIGHT, WIDTH = 72, 96
Event = TypeVar("Event")


def wait_until(condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
    """Wait for a condition, with a deadline."""
    deadline = time.monotonic() + timeout_s
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s} s: {condition}"
        pause.wait(0.005)


class FakeCamera:
    """A camera that shows whatever `picture` is now, at 100 frames a second, and can be unplugged."""

    def __init__(self, camera_id: str, level: int = 40) -> None:
        self.camera_id = camera_id
        self.info = DeviceInfo("fake", camera_id)
        self.rgb = np.full((HEIGHT, WIDTH, 3), level, np.uint8)
        self.plugged = True
        self.opened = 0
        self.restarted = 0
        self.period_s = 0.01
        self._sequence = 0

    def open(self) -> None:
        if not self.plugged:
            raise DeviceError(f"camera {self.camera_id} is not there; check its cable")
        self.opened += 1

    def read(self, timeout_s: float) -> Frame:
        threading.Event().wait(self.period_s)
        if not self.plugged:
            raise DeviceError(f"camera {self.camera_id} is gone; check its cable")
        self._sequence += 1
        return Frame(self.camera_id, self.rgb.copy(), None, time.monotonic_ns(), self._sequence)

    def close(self) -> None:
        pass

    def controls(self) -> Sequence[Control]:
        return ()

    def adjust(self, name: str, value: float) -> None:
        raise InputError(f"no setting {name}")

    def health(self) -> Health:
        return Health()

    def restart(self) -> None:
        self.restarted += 1

    def show_item(self, level: int = 200) -> None:
        rgb = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
        rgb[20:50, 30:70] = level
        self.rgb = rgb

    def show_empty(self) -> None:
        self.rgb = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)


def empty_calibration(*camera_ids: str) -> Calibration:
    """A calibration whose empty tray is what FakeCamera shows when it is empty."""
    intrinsics = Intrinsics(WIDTH, HEIGHT, 100.0, 100.0, WIDTH / 2, HEIGHT / 2)
    pose = (1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0)
    empty = Picture(np.full((HEIGHT, WIDTH, 3), 40, np.uint8))
    return Calibration(
        "fake-1",
        {camera_id: CameraCalibration(intrinsics, pose) for camera_id in camera_ids},
        empty_tray=dict.fromkeys(camera_ids, empty),
    )


class FakePerception:
    """Sees the mean colour of each view; can be told to fail."""

    trunk = "fake-trunk"
    embedder = ""

    def __init__(self) -> None:
        self.broken = False
        self.calibration: Calibration | None = None

    def perceive(
        self,
        views: Sequence[View],
        calibration: Calibration | None,
        regions: Mapping[str, Region] | None = None,
    ) -> Percept:
        self.calibration = calibration
        if self.broken:
            raise ModelError("the weights are broken")
        seen = tuple(
            ViewPercept(
                view.name,
                Region(0, 0, WIDTH, HEIGHT),
                np.full((2, 2, 3), view.frame.rgb.mean(), np.float32),
            )
            for view in views
        )
        return Percept(self.trunk, seen)


class FakeJudge:
    """Calls every item with a gallery ok, and every other unsure; can be told to fail."""

    def __init__(self) -> None:
        self.broken = False

    def judge(self, percept: Percept, gallery: Gallery | None) -> Verdict:
        if self.broken:
            raise ModelError("the judge is broken")
        references = len(gallery.references) if gallery else 0
        outcome = Outcome.OK if references else Outcome.UNSURE
        gtin, evidence = gallery.gtin if gallery else "", {"foreign": 0.0} if references else {}
        return Verdict(new_id("verdict"), now(), outcome, 0.5, gtin, references, evidence)


class FakeIndex:
    """A catalogue in a dictionary; can be told to refuse."""

    def __init__(self, *products: Product) -> None:
        self.products = {product.gtin: product for product in products}
        self.broken = False

    @property
    def snapshot(self) -> str:
        self._refuse()
        return str(len(self.products))

    def by_gtin(self, gtin: str) -> Product | None:
        self._refuse()
        return self.products.get(gtin)

    def count(self) -> int:
        return len(self.products)

    def get(self, gtins: Sequence[str]) -> Sequence[Product]:
        self._refuse()
        return [self.products[gtin] for gtin in gtins if gtin in self.products]

    def values(self, name: str) -> Mapping[str, int]:
        return Counter(getattr(product, name) for product in self.products.values())

    def by_gtin_mask(self, mask: str, limit: int) -> Sequence[Hit]:
        return []

    def by_text(self, text: str, limit: int, understood: Sequence[Understood] = ()) -> Sequence[Hit]:
        return [Hit(p.gtin, 1.0) for p in self.products.values() if text.lower() in p.title.lower()][:limit]

    def by_vector(self, embeddings: NDArray[np.float32], limit: int) -> Sequence[Hit]:
        return []

    def by_ranges(self, ranges: Mapping[str, tuple[float, float]], limit: int) -> Sequence[Hit]:
        return []

    def upsert(self, products: Iterable[Product]) -> int:
        before = len(self.products)
        self.products |= {product.gtin: product for product in products}
        return len(self.products) - before

    def upsert_vectors(self, vectors: Iterable[tuple[str, NDArray[np.float32]]]) -> int:
        return sum(len(rows) for _, rows in vectors)

    def close(self) -> None:
        pass

    def _refuse(self) -> None:
        if self.broken:
            raise StoreError("the catalogue is locked")


class FakeMemory:
    """Remembers nothing."""

    def recall(self, query: Query, limit: int) -> Sequence[Hit]:
        return []


class FakeFinder:
    """Settles on the one known code that was read; can be told what to find, the last answer for ever."""

    def __init__(self, index: FakeIndex) -> None:
        self._index = index
        self.answers: list[Identification] = []
        self.queries: list[Query] = []

    def find(self, query: Query) -> Identification:
        self.queries.append(query)
        snapshot = self._index.snapshot
        if self.answers:
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        known = [read.gtin for read in query.barcodes if self._index.by_gtin(read.gtin)]
        candidates = tuple(Candidate(gtin, 1.0, "exact_gtin") for gtin in known)
        return Identification(query.barcodes, candidates, known[0] if known else "", snapshot=snapshot)


class FakeLessons:
    """Notes what it was to learn."""

    def __init__(self) -> None:
        self.learnt: list[tuple[str, Sequence[Search], str]] = []

    def learn(self, sample_id: str, searches: Sequence[Search], gtin: str) -> None:
        self.learnt.append((sample_id, searches, gtin))


class FakeReader:
    """Reads the words it was given; can be told to wait, or to fail."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.broken = False
        self._may_go_on = threading.Event()
        self._may_go_on.set()

    def hold(self) -> None:
        self._may_go_on.clear()

    def go_on(self) -> None:
        self._may_go_on.set()

    def read(self, views: Sequence[View]) -> Sequence[PrintedWord]:
        assert self._may_go_on.wait(10.0)
        if self.broken:
            raise ModelError("the reader is broken")
        return [PrintedWord(views[0].name, word, 0.9) for word in self.words]


def sources(index: CatalogueIndex) -> Sources:
    """What strategies search: this index, and nothing confirmed."""
    return Sources(index, FakeMemory())


class Heard:
    """Collects every event a bus tells."""

    def __init__(self) -> None:
        self.events: list[object] = []

    def __call__(self, event: object) -> None:
        self.events.append(event)

    def of(self, kind: type[Event]) -> list[Event]:
        """The events of one kind, oldest first."""
        return [event for event in self.events if isinstance(event, kind)]
