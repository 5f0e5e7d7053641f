"""`booth evaluate evidence` and `booth evaluate ablations`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from booth.cli.context import AsJson, print_json, progress_bar
from booth.errors import InputError
from booth.evaluate.looking import VARIANTS, Look, look_at
from booth.evaluate.rows import WHOLE, Row, read_rows, write_rows
from booth.evaluate.scores import Fuse
from models.measuring.ablations import ablations as lines_of
from models.measuring.ablations import parts_alone, table, write_between_marks
from models.measuring.goals import (
    RealScores,
    budget_goals,
    captured_goals,
    goals_table,
    never_below,
    photo_goals,
)
from models.measuring.photographs import real_sets, real_table

Rows = Annotated[list[Path], typer.Option("--rows", help="A file that `booth evaluate evidence` wrote.")]


def evidence(
    folder: Annotated[Path, typer.Argument(help="A captured set, with items.csv.")],
    out: Annotated[Path, typer.Option(help="The file of rows to write.")],
    references: Annotated[
        list[int] | None, typer.Option(help="How many references each item is seen with; repeat it.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, max=1_000, help="How many draws of the references.")] = 5,
    variant: Annotated[
        list[str] | None, typer.Option(help=f"How it is looked at, of: {', '.join(VARIANTS)}; repeat it.")
    ] = None,
    part: Annotated[
        str, typer.Option(help="This one of so many parts of the products, such as 1/2.")
    ] = "1/1",
    most: Annotated[int, typer.Option(min=0, help="Good and damaged items of each product; 0 is all.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Look at every item once, and keep what each kind of evidence says, to measure and to fit with."""
    look = Look(tuple(references or (0, 1, 4)), seeds, tuple(variant or (WHOLE,)), _part(part), most)
    from booth.evaluate.captured import read_captured
    from models.measuring.parts import shipped_parts

    captures, parts = read_captured(folder), shipped_parts(folder)
    with progress_bar("products") as progress:
        count = write_rows(out, look_at(captures, look, parts.perception, parts.witness, progress))
    if as_json:
        print_json({"rows": count, "file": str(out)})
    else:
        print(f"{count} rows in {out}")


def ablations(
    rows: Rows,
    real: Annotated[
        Path | None, typer.Option(help="The folder damage/ of the shared data: measure its photos too.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, max=1_000, help="Draws of references, of photos.")] = 5,
    splits: Annotated[
        int, typer.Option(min=0, max=10_000, help="How often the budget is put to the proof.")
    ] = 200,
    write: Annotated[Path | None, typer.Option(help="Put the tables between the marks of this file.")] = None,
) -> None:
    """Measure what is reached beside each goal, and what each part is worth, as tables in Markdown."""
    from models.measuring.parts import shipped_fuse

    fuse, found = shipped_fuse(), read_rows(rows)
    photos: RealScores = {}
    if real is not None:
        with progress_bar("photos") as progress:
            photos = real_sets(real, seeds, progress)
    text = "\n".join(f"**{title}**\n\n{one}" for title, one in _tables(found, fuse, photos, splits).items())
    if write is not None:
        write_between_marks(write, text)
    print(text)


def _tables(rows: Sequence[Row], fuse: Fuse, photos: RealScores, splits: int) -> dict[str, str]:
    goals = [
        *(photo_goals(photos) if photos else ()),
        *captured_goals(rows, fuse),
        *never_below(rows, fuse, photos),
        *(budget_goals(rows, fuse, splits) if splits else ()),
    ]
    tables = {
        "What is reached beside each goal": goals_table(goals),
        "Each part alone, on captured items": table(parts_alone(rows, fuse)),
        "With and without each part, on captured items": table(lines_of(rows, fuse)),
    }
    if photos:
        tables["On photographs that nothing was trained or chosen on, AUROC"] = real_table(photos)
    return tables


def _part(said: str) -> tuple[int, int]:
    which, _, many = said.partition("/")
    try:
        return int(which) - 1, int(many)
    except ValueError as error:
        raise InputError(f"--part must be such as 1/2, not '{said}'") from error
