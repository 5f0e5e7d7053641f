"""`booth calibrate array`: where all cameras stand, from their videos of one moving board."""

from __future__ import annotations

import getpass
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from booth.cli.calibrate.keeping import Looked, keep
from booth.cli.context import AsJson, Groups, progress_bar, settings
from booth.domain.calibrating import CalibratedDevice
from booth.domain.device import DeviceInfo
from booth.domain.picture import Calibration, Intrinsics
from booth.errors import InputError
from booth.store.calibrations import Calibrations

if TYPE_CHECKING:  # they load scipy, which would slow down the start of every other command
    import numpy as np
    from numpy.typing import NDArray

    from booth.calibration.array.videos import Recording
    from booth.calibration.targets.board import Board, Sighting

ENOUGH_PICTURES = 1600
"""So many are looked through in about a minute; of a longer recording every other instant is, or fewer."""

BoardText = Annotated[str, typer.Option("--board", help="The target: charuco:4x5:54mm:0.75:DICT_4X4_1000, …")]
MadeBy = Annotated[str, typer.Option("--by", help="Who does this; else the user of this machine.")]


def add_commands(groups: Groups) -> None:
    """Add `booth calibrate array`."""
    groups["calibrate"].command("array")(calibrate_array)


def calibrate_array(
    folder: Annotated[Path, typer.Argument(help="The videos cam_0.mp4, cam_1.mp4, … and timestamps.csv.")],
    board_text: BoardText,
    lenses: Annotated[
        list[str] | None,
        typer.Option(help="A TOML file with tables cam_N, or cam_N=FILE.json; else those in force."),
    ] = None,
    timestamps: Annotated[
        Path | None, typer.Option(help="The table of frames; else timestamps.csv beside the videos.")
    ] = None,
    every: Annotated[int, typer.Option(min=0, help="Look at one in so many instants; 0 chooses.")] = 0,
    compare: Annotated[
        Path | None, typer.Option(help="A TOML file with another solution, to say how far they differ.")
    ] = None,
    made_by: MadeBy = "",
    as_json: AsJson = False,
) -> None:
    """Place every camera of an array from videos of one board that several of them see at the same time."""
    from booth.calibration.array.extrinsics import calibrate
    from booth.calibration.array.measures import against
    from booth.calibration.array.videos import open_recording
    from booth.calibration.lens.files import read_places
    from booth.calibration.targets.board import board_from

    board = board_from(board_text)
    recording = open_recording(folder, timestamps)
    reference = read_places(compare) if compare else {}
    in_force = Calibrations(settings().data_dir).in_force()
    known = lenses_of(recording.videos, lenses or [], in_force)
    chosen = recording.thinned(every or _thin(recording))
    began = time.perf_counter()
    sightings = _sightings(board, chosen)
    detect_s = round(time.perf_counter() - began, 3)
    outcome = calibrate(board, sightings, known, in_force)
    results = {**outcome.results, "detect_s": detect_s, "pictures": _count(chosen)}
    if compare:
        results["compared"] = against(outcome.poses, reference)
    looked = [Looked(path, camera_id) for camera_id, path in recording.videos.items()]
    keep(replace(outcome, results=results), files_as_devices(known), looked, made_by or user(), as_json)


def lenses_of(
    camera_ids: Iterable[str], texts: Sequence[str], in_force: Calibration | None
) -> dict[str, Intrinsics]:
    """The lens of each camera: from the files that were named, else from the calibration in force.

    Raises:
        InputError: a file holds no lens, or a camera has none.
    """
    from booth.calibration.lens.files import read_lenses

    cameras = in_force.cameras if in_force else {}
    known = {camera_id: camera.intrinsics for camera_id, camera in cameras.items()}
    for text in texts:
        camera_id, sign, path = text.rpartition("=")
        whole = not sign or Path(text).is_file()
        known |= read_lenses(Path(text)) if whole else read_lenses(Path(path), camera_id)
    wanted = tuple(camera_ids)
    if missing := [camera_id for camera_id in wanted if camera_id not in known]:
        raise InputError(
            f"there is no lens of {', '.join(missing)}: name a file with --lenses, or run "
            "`booth calibrate intrinsics` and accept what it gives"
        )
    return {camera_id: known[camera_id] for camera_id in wanted}


def files_as_devices(camera_ids: Mapping[str, object]) -> tuple[CalibratedDevice, ...]:
    """What the record says of cameras of which there are only files."""
    return tuple(
        CalibratedDevice(camera_id, DeviceInfo(kind="files", serial="")) for camera_id in sorted(camera_ids)
    )


def user() -> str:
    """Who uses this machine; empty where it has no name for them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _thin(recording: Recording) -> int:
    """In how many instants one is enough."""
    return max(1, -(-_count(recording) // ENOUGH_PICTURES))


def _count(recording: Recording) -> int:
    return sum(len(shots) for shots in recording.shots.values())


def _sightings(board: Board, recording: Recording) -> list[Sighting]:
    """The board as it was found. Raises: InputError: fewer than two cameras saw it, and why."""
    from booth.calibration.array.videos import pictures
    from booth.calibration.targets.detect import find

    found, done, total = [], 0, _count(recording)
    missed: dict[str, NDArray[np.uint8]] = {}
    middle = recording.instants[len(recording.instants) // 2] if recording.instants else 0
    with progress_bar("Looking for the board") as progress:
        for camera_id in recording.videos:
            for instant, rgb in pictures(recording, camera_id):
                sighting = find(board, rgb, camera_id, instant)
                found += [sighting] if sighting else []
                if sighting is None and (instant <= middle or camera_id not in missed):
                    missed[camera_id] = rgb  # in the middle of a recording the board is rather there
                done += 1
                progress(done, total)
    seeing = {sighting.camera_id for sighting in found}
    if len(seeing) < 2:
        raise InputError(_unseen(board, {name: rgb for name, rgb in missed.items() if name not in seeing}))
    return found


def _unseen(board: Board, missed: Mapping[str, NDArray[np.uint8]]) -> str:
    """Why cameras did not see the board, by one picture of each that did not."""
    from booth.calibration.targets.problems import problems_seen

    problems = {name: problems_seen(board, rgb) for name, rgb in missed.items()}
    reasons = "; ".join(f"{name}: {problem}" for name, problem in problems.items())
    return f"fewer than two cameras saw the board: {reasons or 'show it to several at once'}"
