"""Looks for a target in picture files, and says why some of them are of no use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from booth.cli.context import progress_bar
from booth.errors import InputError
from booth.store.picture_files import read_picture

if TYPE_CHECKING:  # they load OpenCV, which would slow down the start of every other command
    from booth.calibration.targets.board import Board, Sighting


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One picture file: what was seen of the board, or why it is of no use."""

    path: Path
    camera_id: str
    sighting: Sighting | None
    problem: str


def looked_at(board: Board, files: Sequence[tuple[Path, str, int]]) -> list[Look]:
    """Find the board in every file. Raises: InputError: a file is no picture."""
    from booth.calibration.targets.detect import find
    from booth.calibration.targets.problems import problems_seen

    looks = []
    with progress_bar("pictures") as advance:
        for done, (path, camera_id, instant) in enumerate(files, start=1):
            rgb = read_picture(path)
            sighting = find(board, rgb, camera_id, instant)
            looks.append(Look(path, camera_id, sighting, problems_seen(board, rgb, sighting)))
            advance(done, len(files))
    return looks


def usable(looks: Sequence[Look]) -> list[tuple[Path, Sighting]]:
    """The sightings without a problem. Raises: InputError: there is none, and what is wrong most often."""
    seen = [(look.path, look.sighting) for look in looks if look.sighting and not look.problem]
    if not seen and len(looks) == 1:
        raise InputError(f"{looks[0].path}: {looks[0].problem}")
    if not seen:
        raise InputError(f"none of the {len(looks)} pictures can be used{mostly(looks)}")
    return seen


def mostly(looks: Sequence[Look]) -> str:
    """What is wrong with most of the pictures that cannot be used."""
    wrong = Counter(look.problem for look in looks if look.problem)
    if not wrong:
        return ""
    problem, times = wrong.most_common(1)[0]
    return f"; {sum(wrong.values())} cannot be used, most often ({times}) because: {problem}"
