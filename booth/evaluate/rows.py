"""Evidence rows: what was seen of each item against each draw of references, kept so that it is seen once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from booth.errors import InputError
from booth.evaluate.scores import Fuse, Score, ViewEvidence, score_of

FORMAT = 1
WHOLE = "whole"
"""The variant in which an item is seen as the booth sees it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One item against one draw of its product's references.

    Attributes:
        damage: the type, or empty where the item is good.
        procedure: how it was damaged.
        negative: the kind of hard negative, or empty.
        held_out: what of it was never trained on: empty, `family`, `procedure` or both.
        share: of the item's pixels that are damaged in its best view.
        variant: how it was looked at; see `booth.evaluate.looking`.
        seeds: the draws of references that came to these.
        views: the evidence of each view, by name.
        plain: the distances of the baselines, by name, largest of the views.
    """

    item: str
    product: str
    family: str
    damage: str
    procedure: str
    severity: str
    part: str
    decoy: bool
    negative: str
    held_out: str
    share: float
    variant: str
    references: int
    seeds: tuple[int, ...]
    views: tuple[ViewEvidence, ...]
    plain: Mapping[str, float]
    took_ms: float = 0.0

    @property
    def damaged(self) -> bool:
        """Whether there is anything to find."""
        return bool(self.damage)

    def score(self, score: Score, fuse: Fuse) -> float | None:
        """An item's score; None where no view has such evidence."""
        return score_of(self.views, score, fuse)


NAMES = frozenset(field.name for field in fields(Row))


def write_rows(path: Path, rows: Iterable[Row]) -> int:
    """Write rows as they come, one JSON document a line; gives how many. Raises: InputError."""
    count = 0
    try:
        with path.open("w", encoding="utf-8") as out:
            out.write(json.dumps({"rows": FORMAT}) + "\n")
            for row in rows:
                out.write(json.dumps(asdict(row), allow_nan=False) + "\n")
                count += 1
    except OSError as error:
        raise InputError(f"{path}: the rows cannot be written: {error}") from error
    return count


def read_rows(paths: Sequence[Path]) -> list[Row]:
    """The rows of several files. Raises: InputError: one is no file of rows, or is cut off."""
    rows = [row for path in paths for row in _rows_in(path)]
    if not rows:
        raise InputError(f"{', '.join(str(path) for path in paths)}: there are no rows")
    return rows


def chosen(rows: Iterable[Row], references: int, seed: int | None = None, variant: str = WHOLE) -> list[Row]:
    """The rows with so many references, of one draw or of all, in one variant."""
    return [
        row
        for row in rows
        if row.references == references and row.variant == variant and (seed is None or seed in row.seeds)
    ]


def seeds_of(rows: Iterable[Row]) -> list[int]:
    """Every draw that rows speak of, in order."""
    return sorted({seed for row in rows for seed in row.seeds})


def _rows_in(path: Path) -> Iterator[Row]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: the rows cannot be read: {error}") from error
    if not lines or lines[0] != json.dumps({"rows": FORMAT}):
        raise InputError(f"{path}: this is no file of evidence rows; `booth evaluate evidence` writes one")
    for number, line in enumerate(lines[1:], start=2):
        yield _row(path, number, line)


def _row(path: Path, number: int, line: str) -> Row:
    try:
        document = json.loads(line)
        if set(document) != NAMES:
            raise ValueError("other fields than a row has")
        views = tuple({str(kind): float(value) for kind, value in view.items()} for view in document["views"])
        return Row(**{**document, "seeds": tuple(document["seeds"]), "views": views})
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{path}, line {number}: this is no evidence row: {error}") from error
