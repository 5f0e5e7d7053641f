"""`booth calibrate target`, `intrinsics` and `stereo`: boards on paper, and lenses from pictures of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from booth.cli.calibrate.arrays import files_as_devices, user
from booth.cli.calibrate.keeping import Looked, keep
from booth.cli.calibrate.looking import Look, looked_at, mostly, usable
from booth.cli.context import AsJson, Groups, print_json
from booth.errors import InputError

if TYPE_CHECKING:  # they load OpenCV, which would slow down the start of every other command
    from booth.calibration.outcome import Outcome

BoardText = Annotated[
    str,
    typer.Option("--board", help="The target: chessboard:9x6:25mm, charuco:4x5:54mm:0.75:DICT_4X4_50, …"),
]
MadeBy = Annotated[str, typer.Option("--by", help="Who does this; else the user of this machine.")]
Pictures = Annotated[list[Path], typer.Argument(help="Picture files, such as left*.jpg.")]
NAME = re.compile(r"[\w.-]{1,64}")
NUMBERED = re.compile(r"(.*?)[\W_]*(\d*)")
"""A picture's name: its camera, and the number of the instant."""


def add_commands(groups: Groups) -> None:
    """Add the commands of targets and lenses to `booth calibrate`."""
    groups["calibrate"].command("target")(draw_target)
    groups["calibrate"].command("intrinsics")(calibrate_intrinsics)
    groups["calibrate"].command("stereo")(calibrate_stereo)


def draw_target(
    paper: Annotated[str, typer.Option(help="A4, A3, A2, letter, …")] = "A4",
    board_text: Annotated[
        str, typer.Option("--board", help="The target; else a ChArUco board that fills the paper.")
    ] = "",
    out: Annotated[Path, typer.Option(help="The file to write.")] = Path("target.pdf"),
    as_json: AsJson = False,
) -> None:
    """Write a calibration target as a PDF that is true to size when it is printed at 100 %."""
    from booth.calibration.targets import board, drawing

    target = board.board_from(board_text) if board_text else drawing.board_for(paper)
    drawing.write_target(target, paper, out)
    name = board.board_text(target)
    if as_json:
        width_mm, height_mm = drawing.size_mm(target)
        print_json(
            {"file": str(out), "board": name, "paper": paper, "width_mm": width_mm, "height_mm": height_mm}
        )
        return
    print(
        f"{out}: print it at 100 %, check that the line at the foot is {drawing.RULER_MM:g} mm, glue it flat"
    )
    print(f"→ then use it with --board {name}")


def calibrate_intrinsics(
    pictures: Pictures,
    board_text: BoardText,
    camera: Annotated[str, typer.Option(help="The camera's id; else the pictures' common name.")] = "",
    made_by: MadeBy = "",
    as_json: AsJson = False,
) -> None:
    """Measure one camera's lens from pictures of a board, at least five, held differently each time."""
    from booth.calibration.lens.intrinsics import calibrate
    from booth.calibration.targets.board import board_from

    board = board_from(board_text)
    paths = list(dict.fromkeys(pictures))
    if camera and not NAME.fullmatch(camera):
        raise InputError(f"{camera!r} is no camera's id: use letters, digits, dots, dashes and underscores")
    camera_id = camera or _camera_of(paths[0])
    looks = looked_at(board, [(path, camera_id, number) for number, path in enumerate(paths)])
    seen = usable(looks)
    try:
        outcome = calibrate(board, [sighting for _, sighting in seen], [path.name for path, _ in seen])
    except InputError as error:
        raise InputError(f"{error}{mostly(looks)}") from error
    _keep(outcome, looks, made_by, as_json)


def calibrate_stereo(
    pictures: Annotated[
        list[Path],
        typer.Argument(help="Those of both, such as left*.jpg right*.jpg; numbers pair them."),
    ],
    board_text: BoardText,
    made_by: MadeBy = "",
    as_json: AsJson = False,
) -> None:
    """Measure how two cameras stand to each other, from pictures that both took at the same instants."""
    from booth.calibration.lens.stereo import calibrate
    from booth.calibration.targets.board import board_from

    board = board_from(board_text)
    files = _paired(list(dict.fromkeys(pictures)))
    looks = looked_at(board, files)
    cameras = list(dict.fromkeys(camera_id for _, camera_id, _ in files))
    left, right = (
        [sighting for _, sighting in usable([look for look in looks if look.camera_id == camera_id])]
        for camera_id in cameras
    )
    try:
        outcome = calibrate(board, left, right)
    except InputError as error:
        raise InputError(f"{error}{mostly(looks)}") from error
    _keep(outcome, looks, made_by, as_json)


def _camera_of(path: Path) -> str:
    """The camera that a picture's name speaks of: `left` in left07.jpg, the folder's name in left/07.jpg."""
    found = NUMBERED.fullmatch(path.stem)
    name = (found[1] if found else "") or path.absolute().parent.name or "camera"
    return re.sub(r"[^\w.-]+", "_", name)[:64]


def _paired(paths: Sequence[Path]) -> list[tuple[Path, str, int]]:
    """Each picture with its camera and its instant. Raises: InputError: they are not of two cameras."""
    files = []
    for path in paths:
        found = NUMBERED.fullmatch(path.stem)
        if not found or not found[2]:
            raise InputError(
                f"{path}: a number at the end of the name must say which pictures belong together"
            )
        files.append((path, _camera_of(path), int(found[2])))
    cameras = sorted({camera_id for _, camera_id, _ in files})
    if len(cameras) != 2:
        raise InputError(
            f"by their names the pictures are of {len(cameras)} cameras ({', '.join(cameras)}): "
            "name those of two, such as left*.jpg right*.jpg"
        )
    twice = [key for key, times in Counter(file[1:] for file in files).items() if times > 1]
    if twice:
        raise InputError(f"there are two pictures of {twice[0][0]} with the number {twice[0][1]}: name one")
    return files


def _keep(outcome: Outcome, looks: Sequence[Look], made_by: str, as_json: bool) -> None:
    """Keep the run, with a word on every picture that was not used."""
    unused = [f"{look.path.name} was not used. {look.problem}" for look in looks if look.problem]
    told = replace(outcome, advice=(*outcome.advice, *unused))
    pictures = [Looked(look.path, look.camera_id, not look.problem, look.problem) for look in looks]
    devices = files_as_devices(dict.fromkeys(look.camera_id for look in looks))
    keep(told, devices, pictures, made_by or user(), as_json)
