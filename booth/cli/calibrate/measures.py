"""`booth calibrate depth|colour|light|focus|exposure`: what cameras measure, from picture files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from booth.cli.calibrate.arrays import files_as_devices, lenses_of, user
from booth.cli.calibrate.keeping import Looked, keep
from booth.cli.context import AsJson, Groups, settings
from booth.domain.calibrating import Step
from booth.errors import InputError
from booth.store.calibrations import Calibrations
from booth.store.picture_files import read_depth, read_picture

if TYPE_CHECKING:  # they load OpenCV, which would slow down the start of every other command
    from booth.calibration.outcome import Outcome

Files = Mapping[str, Sequence[Path]]

UNNAMED = "camera"
"""What the camera of a picture is called that was given without one."""
DEPTH_SUFFIX = ".depth.png"
MOST_PICTURES = 200

Pictures = Annotated[
    list[str], typer.Argument(help="Picture files, each as CAMERA=FILE.", metavar="PICTURES")
]
BoardText = Annotated[str, typer.Option("--board", help="The target, such as chessboard:9x6:25mm.")]
MadeBy = Annotated[str, typer.Option("--by", help="Who does this; else the user of this machine.")]


def add_commands(groups: Groups) -> None:
    """Add the measures to `booth calibrate`."""
    groups["calibrate"].command("depth")(calibrate_depth)
    groups["calibrate"].command("colour")(calibrate_colour)
    groups["calibrate"].command("light")(calibrate_light)
    groups["calibrate"].command("focus")(calibrate_focus)
    groups["calibrate"].command("exposure")(calibrate_exposure)


def calibrate_depth(
    pictures: Pictures,
    board_text: BoardText,
    lenses: Annotated[
        list[str] | None,
        typer.Option(help="A TOML file with tables cam_N, or CAMERA=FILE.json; else those in force."),
    ] = None,
    made_by: MadeBy = "",
    as_json: AsJson = False,
) -> None:
    """Compare depth with a target's true distance; beside X.png lies X.depth.png, 16 bits, in mm."""
    from booth.calibration.sensor.depth import measure
    from booth.calibration.targets.board import board_from

    board = board_from(board_text)
    files = named_files(pictures)
    known = lenses_of(files, lenses or [], Calibrations(settings().data_dir).in_force())
    views = {
        camera_id: [(read_picture(path), read_depth(depth_beside(path))) for path in paths]
        for camera_id, paths in files.items()
    }
    every = {
        camera_id: [file for path in paths for file in (path, depth_beside(path))]
        for camera_id, paths in files.items()
    }
    _keep(measure(board, views, known), every, made_by, as_json)


def calibrate_colour(
    pictures: Pictures,
    chart: Annotated[str, typer.Option(help="The colour chart in the pictures.")] = "macbeth24",
    made_by: MadeBy = "",
    as_json: AsJson = False,
) -> None:
    """Correct colours by one picture of a colour chart for each camera."""
    from booth.calibration.sensor.colour import measure

    files = named_files(pictures)
    twice = [camera_id for camera_id, paths in files.items() if len(paths) > 1]
    if twice:
        raise InputError(
            f"there is more than one picture of {', '.join(twice)}: one for each camera is enough"
        )
    rgb = {camera_id: read_picture(paths[0]) for camera_id, paths in files.items()}
    _keep(measure(rgb, chart), files, made_by, as_json)


def calibrate_light(
    pictures: Pictures,
    dark: Annotated[
        list[str] | None, typer.Option(help="CAMERA=FILE with the booth's light off, for what comes in.")
    ] = None,
    made_by: MadeBy = "",
    as_json: AsJson = False,
) -> None:
    """Measure how even the light is on a plain sheet; three pictures of a camera or more tell flicker."""
    from booth.calibration.sensor.light import measure

    files = named_files(pictures)
    unlit = named_files(dark or [])
    if strange := sorted(unlit.keys() - files.keys()):
        raise InputError(f"--dark names {', '.join(strange)}, of which there is no lit picture")
    dark_rgb = {camera_id: read_picture(paths[-1]) for camera_id, paths in unlit.items()}
    every = {camera_id: [*paths, *unlit.get(camera_id, ())] for camera_id, paths in files.items()}
    _keep(measure(_read(files), dark_rgb), every, made_by, as_json)


def calibrate_focus(
    pictures: Pictures, board_text: BoardText, made_by: MadeBy = "", as_json: AsJson = False
) -> None:
    """Measure how sharp cameras see, from a target turned by about 5°, and what they have lost."""
    from booth.calibration.sensor.focus import measure
    from booth.calibration.targets.board import board_from
    from booth.calibration.versions.accepting import accepted_results

    board = board_from(board_text)
    files = named_files(pictures)
    before = accepted_results(Calibrations(settings().data_dir), Step.FOCUS)
    _keep(measure(board, _read(files), before), files, made_by, as_json)


def calibrate_exposure(
    pictures: Pictures,
    exposure_ms: Annotated[
        list[str] | None, typer.Option(help="CAMERA=MILLISECONDS, where it is known.")
    ] = None,
    made_by: MadeBy = "",
    as_json: AsJson = False,
) -> None:
    """Look at clipped lights, shadows and noise; three pictures of a camera or more tell flicker."""
    from booth.calibration.sensor.exposure import measure

    files = named_files(pictures)
    times = _times_s(exposure_ms or [])
    if strange := sorted(times.keys() - files.keys()):
        raise InputError(f"--exposure-ms names {', '.join(strange)}, of which there is no picture")
    _keep(measure(_read(files), times), files, made_by, as_json)


def named_files(texts: Sequence[str]) -> dict[str, list[Path]]:
    """The files of each camera, from `CAMERA=FILE`; a file without a camera is of one called `camera`.

    Raises:
        InputError: a name or a file is missing, one comes twice, or there are too many.
    """
    if len(texts) > MOST_PICTURES:
        raise InputError(
            f"{len(texts)} pictures are more than the {MOST_PICTURES} that are looked at at once"
        )
    files: dict[str, list[Path]] = {}
    for text in texts:
        camera_id, sign, name = text.partition("=")
        if not sign or Path(text).is_file():
            camera_id, name = UNNAMED, text
        if not camera_id.strip() or not name:
            raise InputError(f"'{text}': write it as CAMERA=FILE, such as top=top.png")
        path = Path(name)
        if path in files.setdefault(camera_id.strip(), []):
            raise InputError(f"{path}: it is given twice")
        files[camera_id.strip()].append(path)
    return files


def depth_beside(path: Path) -> Path:
    """Where the depth of a colour picture lies: `X.depth.png` for `X.png`."""
    return path.with_name(path.stem + DEPTH_SUFFIX)


def _times_s(texts: Sequence[str]) -> dict[str, float]:
    times = {}
    for text in texts:
        camera_id, sign, value = text.rpartition("=")
        try:
            times[camera_id if sign else UNNAMED] = float(value) / 1000
        except ValueError as error:
            raise InputError(f"'{text}': write it as CAMERA=MILLISECONDS, such as top=8.3") from error
    return times


def _read(files: Files) -> dict[str, list[NDArray[np.uint8]]]:
    return {camera_id: [read_picture(path) for path in paths] for camera_id, paths in files.items()}


def _keep(outcome: Outcome, files: Files, made_by: str, as_json: bool) -> None:
    looked = [Looked(path, camera_id) for camera_id, paths in files.items() for path in paths]
    keep(outcome, files_as_devices(files), looked, made_by or user(), as_json)
