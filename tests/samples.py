"""Small made-up samples, verdicts and closings for tests of every room."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from booth.domain.picture import Calibration, CameraCalibration, Capture, Frame, Intrinsics, Region
from booth.domain.product import BarcodeRead, Candidate, Identification
from booth.domain.sample import Amendment, Annotation, Closing, Disposition, Sample, SiteIdentity
from booth.domain.terms import (
    ClockDomain,
    DamageType,
    DispositionKind,
    Outcome,
    Part,
    Severity,
    new_id,
)
from booth.domain.verdict import HeatMap, Verdict

GTIN = "4006381333931"
STARTED_AT = datetime(2026, 11, 20, 9, 25, tzinfo=UTC)


def make_frame(
    camera_id: str = "top", *, width: int = 96, height: int = 72, depth: bool = True, seed: int = 0
) -> Frame:
    """A frame of smooth colour with a little noise, and a slanted depth."""
    random = np.random.default_rng(seed)
    slope = np.linspace(0, 200, width, dtype=np.float32)[None, :, None]
    noise = random.integers(0, 50, (height, width, 3))
    rgb = (slope + noise).astype(np.uint8)
    depth_mm = (800 + random.integers(0, 30, (height, width))).astype(np.uint16) if depth else None
    return Frame(camera_id, rgb, depth_mm, 1_000 + seed, seed, 12.5 * seed, ClockDomain.HARDWARE)


def make_calibration(cameras: tuple[str, ...], width: int, height: int) -> Calibration:
    """A calibration as a capture carries it: without empty-tray pictures."""
    lens = Intrinsics(width, height, 100.0, 100.0, width / 2, height / 2, (0.01, -0.02))
    pose = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 800.0, 0.0, 0.0, 0.0, 1.0)
    return Calibration("calibration-1", {camera: CameraCalibration(lens, pose) for camera in cameras})


def make_verdict(
    views: tuple[str, ...] = ("top", "side"),
    *,
    outcome: Outcome = Outcome.OK,
    gtin: str = GTIN,
    seed: int = 0,
    verdict_id: str = "",
) -> Verdict:
    """A verdict with a heat map for each of `views`."""
    random = np.random.default_rng(seed)
    maps = tuple(HeatMap(view, Region(4, 4, 64, 48), random.random((12, 16), np.float32)) for view in views)
    return Verdict(
        verdict_id or new_id("verdict"),
        STARTED_AT,
        outcome,
        0.25,
        gtin,
        4,
        {"foreign": 0.5, "missing": 0.125},
        {DamageType.CRUSH: 0.1},
        maps,
        {"trunk": "0" * 64},
        "policy-1",
    )


def make_sample(
    sample_id: str = "",
    *,
    cameras: tuple[str, ...] = ("top", "side"),
    poses: int = 1,
    width: int = 96,
    height: int = 72,
    depth: bool = True,
    seed: int = 0,
    verdicts: tuple[Verdict, ...] | None = None,
    booth_id: str = "booth-1",
) -> Sample:
    """A sample as the lane hands it to the store: identified, judged once, not closed."""
    frames = tuple(
        tuple(
            make_frame(camera, width=width, height=height, depth=depth, seed=seed + 10 * pose + index)
            for index, camera in enumerate(cameras)
        )
        for pose in range(poses)
    )
    taken_at = STARTED_AT + timedelta(seconds=seed)
    found = Identification(
        (BarcodeRead(cameras[0], "EAN-13", GTIN, GTIN, ((1.0, 2.0), (3.0, 2.0), (3.0, 4.0), (1.0, 4.0))),),
        (Candidate(GTIN, 1.0, "exact_gtin"),),
        GTIN,
        {"exact_gtin": 1},
        {"exact_gtin": 1.0},
        "catalogue-1",
    )
    capture = Capture(new_id("capture"), taken_at, frames, make_calibration(cameras, width, height), 250.0)
    said = (make_verdict(cameras, seed=seed),) if verdicts is None else verdicts
    return Sample(sample_id or new_id("sample"), booth_id, taken_at, capture, found, said)


def make_closing(
    *,
    outcome: Outcome | None = Outcome.OK,
    disposition: DispositionKind | None = DispositionKind.SELL,
    gtin: str = GTIN,
    verdicts: tuple[Verdict, ...] = (),
    annotations: tuple[Annotation, ...] | None = None,
) -> Closing:
    """The words that end the item's visit, by the associate `a1`; damaged items carry one mark."""
    closed_at = STARTED_AT + timedelta(minutes=1)
    if annotations is None:
        annotations = (make_annotation(),) if outcome is Outcome.DAMAGED else ()
    decided = None if disposition is None else Disposition(disposition, "a1", closed_at)
    identity = SiteIdentity("LP1", "T1", "O1", "scanned")
    return Closing(closed_at, "a1", gtin, "barcode", outcome, identity, annotations, decided, verdicts)


def make_annotation(view: str = "top") -> Annotation:
    """A box around a crush of the packaging."""
    return Annotation(
        new_id("mark"),
        view,
        ((1.0, 2.0), (30.5, 40.0)),
        DamageType.CRUSH,
        Severity.MAJOR,
        Part.PACKAGING,
        "a1",
        STARTED_AT,
    )


def make_amendment(
    sample_id: str, *, predecessor: str = "", changes: dict[str, object] | None = None
) -> Amendment:
    """A later word of the manager `m1`: by default that the item is damaged."""
    said = {"person_outcome": "damaged"} if changes is None else changes
    return Amendment(new_id("amendment"), sample_id, predecessor, STARTED_AT, "m1", said)
