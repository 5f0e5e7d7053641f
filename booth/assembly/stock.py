"""What a simulated booth begins with: its true calibration, its products in catalogue and gallery."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace

from booth.domain.calibrating import CalibrationRun, Decision, Step
from booth.domain.picture import Calibration, View
from booth.domain.terms import new_id, now
from booth.gallery.enrol import enrol
from booth.lane.examine import Examiner
from booth.ports.devices import Camera
from booth.ports.scene import ItemWish, Scene
from booth.store.calibrations import Calibrations

REFERENCE_SEED = 1_000_000
"""Placements of reference pictures start here, far from the seeds of items."""

REFERENCE_TIMEOUT_S = 30.0
SIMULATOR = "simulator"

Progress = Callable[[int, int], None]


def stock(
    scene: Scene,
    cameras: Sequence[Camera],
    examiner: Examiner,
    references: int,
    progress: Progress | None,
) -> None:
    """Bring the simulated products into catalogue and gallery, as these cameras see them.

    What is there already stays; an enrolment that was cut off is made up for.
    """
    new = [product for product in scene.products if examiner.index.by_gtin(product.gtin) != product]
    if new:
        examiner.index.upsert(new)
    wishes = [
        ItemWish(REFERENCE_SEED + number, product.gtin)
        for product in scene.products
        for number in range(_enrolled(examiner, product.gtin, len(cameras)), references)
    ]
    with ExitStack() as stack:
        for camera in cameras if wishes else ():
            stack.callback(camera.close)
            camera.open()
        for done, wish in enumerate(wishes, start=1):
            scene.place(wish)
            views = [View(camera.camera_id, camera.read(REFERENCE_TIMEOUT_S)) for camera in cameras]
            enrol(examiner.perception, examiner.references, wish.gtin, views, scene.calibration)
            if progress:
                progress(done, len(wishes))
    scene.clear()


def _enrolled(examiner: Examiner, gtin: str, cameras: int) -> int:
    """From how many placements a product has references in every camera."""
    gallery = examiner.references.of(gtin, examiner.perception.trunk)
    if gallery is None:
        return 0
    views = Counter(reference.view for reference in gallery.references if reference.variant == 0)
    return min(views.values()) if len(views) == cameras else 0


def true_calibration(scene: Scene, store: Calibrations) -> Calibration:
    """The calibration in force of a simulated booth; the scene's own true one until another is accepted.

    Raises:
        StoreError: it cannot be read or kept.
    """
    version = scene.calibration.version
    known = [run for run in store.runs(limit=1000) if run.results.get("scene") == version]
    true = known[-1] if known else _kept(scene, store)
    if store.decision(true.version) is None:  # what kept it may have ended before it said so
        store.decide(Decision(true.version, True, now(), SIMULATOR))
    in_force = store.in_force()
    return in_force or scene.calibration


def _kept(scene: Scene, store: Calibrations) -> CalibrationRun:
    results = {"scene": scene.calibration.version}
    run = CalibrationRun(new_id("calibration"), Step.ARRAY, now(), SIMULATOR, (), (), results, passed=True)
    store.keep_run(run, replace(scene.calibration, version=run.version), {}, {})
    return run
