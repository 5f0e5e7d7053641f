"""Calibration runs are kept whole with all that they rest on, and only a person's word puts one in force."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from booth.store.calibrations import Calibrations
from tests.calibration_runs import PICTURE, make_details, make_led_to, make_run


def test_a_run_comes_back_with_its_calibration_pictures_and_details(tmp_path: Path) -> None:
    store, run, details = Calibrations(tmp_path), make_run(pictures={PICTURE: b"png"}), make_details()
    store.keep_run(run, make_led_to(), {PICTURE: b"png"}, details)
    assert store.run(run.version) == run
    assert store.load(run.version).cameras == make_led_to().cameras
    assert store.picture(run.version, PICTURE).read_bytes() == b"png"
    again = store.details(run.version)
    assert again.keys() == details.keys()
    assert all(np.array_equal(again[name], details[name]) for name in details)
    assert store.problems(run.version) == ()
