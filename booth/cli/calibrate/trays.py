"""`booth calibrate tray` and `booth calibrate drift`, on picture files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from booth.cli.calibrate.arrays import files_as_devices, user
from booth.cli.calibrate.keeping import Looked, keep
from booth.cli.calibrate.looking import looked_at, usable
from booth.cli.context import AsJson, Groups, settings
from booth.domain.picture import Calibration, Picture
from booth.errors import InputError
from booth.store.calibrations import Calibrations
from booth.store.picture_files import pictures_in, read_picture

Named = Annotated[
    list[str], typer.Argument(help="CAMERA=PICTURE, or a folder with CAMERA.png of each; several for more.")
]
MadeBy = Annotated[str, typer.Option("--by", help="Who does this; else the user of this machine.")]


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture file of one camera; what several cameras saw at once has the same number."""

    camera_id: str
    instant: int
    path: Path


def add_commands(groups: Groups) -> None:
    """Add `booth calibrate tray` and `booth calibrate drift`."""
    groups["calibrate"].command("tray")(calibrate_tray)
    groups["calibrate"].command("drift")(check_drift)


def calibrate_tray(
    pictures: Annotated[
        list[str] | None,
        typer.Argument(help="The board on the tray: CAMERA=PICTURE, or a folder with CAMERA.png of each."),
    ] = None,
    board_text: Annotated[
        str, typer.Option("--board", help="The target, such as charuco:8x6:30mm:22mm:DICT_5X5_100.")
    ] = "",
    empty: Annotated[
        list[str] | None, typer.Option(help="The empty tray: CAMERA=PICTURE, or a folder; several for more.")
    ] = None,
    markers: Annotated[
        str,
        typer.Option(help="The dictionary of the fixed markers, such as DICT_APRILTAG_36h11."),
    ] = "",
    thickness_mm: Annotated[float, typer.Option(help="How thick the board is.")] = 0.0,
    void: Annotated[bool, typer.Option("--void", help="The old picture of the empty tray is void.")] = False,
    made_by: MadeBy = "",
    as_json: AsJson = False,
) -> None:
    """Measure the tray: its plane from a flat board, its empty picture, and the markers fixed beside it."""
    from booth.calibration.targets.board import board_from
    from booth.calibration.tray.survey import survey

    lying, bare = shots_of(pictures or []), shots_of(empty or [])
    if lying and not board_text:
        raise InputError("which board lies on the tray? Name it with --board")
    if markers and not bare:
        raise InputError("the markers are looked for in pictures of the empty tray: name them with --empty")
    calibration = _in_force()
    board = board_from(board_text) if board_text else None
    looks = looked_at(board, [(shot.path, shot.camera_id, shot.instant) for shot in lying]) if board else []
    sightings = [sighting for _, sighting in usable(looks)] if looks else []
    outcome = survey(calibration, board, sightings, _frames(bare), markers, thickness_mm, not void)
    looked = [Looked(look.path, look.camera_id, not look.problem, look.problem) for look in looks]
    looked += [Looked(shot.path, shot.camera_id) for shot in bare]
    keep(outcome, files_as_devices(_cameras(looked)), looked, made_by or user(), as_json)


def check_drift(
    pictures: Named,
    limit_px: Annotated[
        float | None, typer.Option("--limit", help="How many pixels are too many; else as in booth.toml.")
    ] = None,
    made_by: MadeBy = "",
    as_json: AsJson = False,
) -> None:
    """Check the fixed markers against the calibration in force; exit code 1 when it must be done again."""
    from booth.calibration.tray.drift import check

    shots = shots_of(pictures)
    if twice := [name for name, count in Counter(shot.camera_id for shot in shots).items() if count > 1]:
        raise InputError(f"one picture a camera: there are several of {', '.join(twice)}")
    calibration = _in_force()
    rgb: dict[str, NDArray[np.uint8]] = {shot.camera_id: read_picture(shot.path) for shot in shots}
    limit = settings().settings.calibration.drift_limit_px if limit_px is None else limit_px
    outcome = check(rgb, calibration, limit)
    looked = [Looked(shot.path, shot.camera_id) for shot in shots]
    keep(outcome, files_as_devices(rgb), looked, made_by or user(), as_json)
    if not outcome.passed:
        raise typer.Exit(1)


def shots_of(texts: Sequence[str]) -> list[Shot]:
    """The pictures that were named, each folder and each repetition of a camera being another instant.

    Raises:
        InputError: a name is neither CAMERA=PICTURE nor a folder with pictures.
    """
    found: list[Shot] = []
    for text in texts:
        camera_id, sign, path = text.partition("=")
        if Path(text).is_dir():
            instant = max((shot.instant for shot in found), default=-1) + 1
            found += [Shot(each.stem, instant, each) for each in pictures_in(Path(text))]
        elif sign and camera_id and path:
            found.append(Shot(camera_id, sum(shot.camera_id == camera_id for shot in found), Path(path)))
        else:
            raise InputError(f"'{text}' is no folder, and not like left=left.png: which camera took it?")
    if len({(shot.camera_id, shot.instant) for shot in found}) < len(found):
        raise InputError("two pictures of one camera at one instant: one picture a camera and folder")
    return found


def _frames(shots: Sequence[Shot]) -> dict[str, list[Picture]]:
    frames: dict[str, list[Picture]] = {}
    for shot in shots:
        frames.setdefault(shot.camera_id, []).append(Picture(read_picture(shot.path)))
    return frames


def _in_force() -> Calibration:
    calibration = Calibrations(settings().data_dir).in_force()
    if calibration is None:
        raise InputError(
            "no calibration is in force: calibrate lenses and array first, and accept them with "
            "`booth calibrate accept`"
        )
    return calibration


def _cameras(looked: Sequence[Looked]) -> Mapping[str, object]:
    return {each.camera_id: None for each in looked}
