"""Depth that was collected from several cameras speaks of every one of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from booth.domain.calibrating import Decision, Step
from booth.domain.picture import Calibration, Frame
from booth.ports.workbench import Job
from booth.store.calibrations import Calibrations
from booth.workbench.boards import DepthCollector
from drivers.simulated import cameras
from models.synthetic.scene import scene
from tests.calibration.held_boards import BOARD, held
from tests.calibration_runs import make_run
from tests.samples import STARTED_AT

STEP_NS = 200_000_000


def put_in_force(store: Calibrations, calibration: Calibration) -> None:
    run = make_run()
    store.keep_run(run, replace(calibration, version=run.version), {}, {})
    store.decide(Decision(run.version, True, STARTED_AT, "t1"))


def test_a_camera_that_never_saw_the_target_does_not_pass_and_one_without_depth_is_not_asked(
    tmp_path: Path,
) -> None:
    built, store = scene({"cameras": 3, "products": 1}), Calibrations(tmp_path)
    put_in_force(store, built.calibration)
    names = tuple(built.calibration.cameras)
    seeing, blind, flat = names
    board = f"chessboard:{BOARD.columns}x{BOARD.rows}:{BOARD.square_mm:.0f}mm"
    collector = DepthCollector(Job(Step.DEPTH, board), names, store)
    built.hold(held(built.calibration.cameras[seeing], 450, (8, -6, 6)))
    camera = next(each for each in cameras({"fps": 1000}, built) if each.camera_id == seeing)
    camera.open()
    taken = camera.read(10)
    camera.close()
    grey = np.full_like(taken.rgb, 128)
    for tick in range(12):
        now_ns = tick * STEP_NS
        collector.look(
            {
                seeing: replace(taken, host_ns=now_ns),
                blind: Frame(blind, grey, taken.depth_mm, now_ns, tick),
                flat: Frame(flat, grey, None, now_ns, tick),
            }
        )
    outcome = collector.solve()
    assert set(outcome.depth) == {seeing}
    assert not outcome.passed
    assert [sentence.split(":")[0] for sentence in outcome.advice if "no view" in sentence] == [blind]
