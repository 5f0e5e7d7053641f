"""A kept capture names its calibration, how far apart its frames are, and the cameras that it lacks."""

from __future__ import annotations

from dataclasses import replace

from booth.domain.device import DeviceState
from booth.domain.picture import Absence
from booth.domain.sample import Sample
from booth.store import documents
from booth.store.packing import SAMPLE_FILE, Packed, pack_sample, sample_document, unpack_sample
from tests.samples import make_sample

ABSENT = (Absence("low", DeviceState.LOST, "no cable"),)


def make_full() -> Sample:
    sample = make_sample("s1")
    return replace(sample, capture=replace(sample.capture, spread_ms=4.25, absent=ABSENT))


def unpacked(packed: Packed) -> Sample:
    return unpack_sample(packed.files[SAMPLE_FILE], packed.files.__getitem__)


def test_a_capture_says_under_which_calibration_it_was_taken_and_what_it_lacks() -> None:
    packed = pack_sample(make_full())
    capture = sample_document(packed.files[SAMPLE_FILE])["capture"]
    assert capture["calibration"]["version"] == "calibration-1"
    assert (capture["spread_ms"], capture["absent"][0]["camera_id"]) == (4.25, "low")
    again = unpacked(packed).capture
    assert again.calibration is not None
    assert (again.calibration.version, again.spread_ms, again.absent) == ("calibration-1", 4.25, ABSENT)


def test_a_capture_of_before_these_were_measured_still_loads() -> None:
    packed = pack_sample(make_full())
    document = sample_document(packed.files[SAMPLE_FILE])
    for later in ("spread_ms", "absent"):
        del document["capture"][later]
    for later in ("depth", "colour", "markers"):
        del document["capture"]["calibration"][later]
    packed.files[SAMPLE_FILE] = documents.dump({"format": documents.FORMAT, "sample": document})
    capture = unpacked(packed).capture
    assert (capture.spread_ms, capture.absent) == (None, ())
    assert capture.calibration is not None
    assert (capture.calibration.depth, capture.calibration.markers) == ({}, {})
