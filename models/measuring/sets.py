"""Measures a captured set: figures, baselines, and whether a false-alarm budget is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from booth.cli.context import print_json, print_table, progress_bar
from booth.evaluate.budget_splits import Splits, budget_splits
from booth.evaluate.captured_figures import Told, baseline_figures, figures_of, summary, write_scores
from booth.evaluate.looking import Look, look_at
from booth.evaluate.rows import Row, chosen, read_rows, seeds_of
from booth.evaluate.scores import Fuse, Score

COLUMNS = ("figure", "mean", "spread", "95 % interval", "n")


@dataclass(frozen=True, slots=True)
class Measured:
    """What is measured, and how.

    Attributes:
        rows: files of evidence rows, in place of looking; none, to look.
        scores: where to write the fused scores of the first draw, or None.
        splits: how often the budget is put to the proof; 0 for never.
    """

    folder: Path
    references: int
    seeds: int
    score: Score
    rows: tuple[Path, ...]
    scores: Path | None
    budget: float
    splits: int


def measure_captured(wanted: Measured, as_json: bool) -> None:
    """Print the figures of a captured set.

    Raises:
        InputError: the set or a file of rows cannot be used.
        ModelError: the networks fail.
    """
    from models.measuring.parts import shipped_fuse

    fuse = shipped_fuse()
    rows = read_rows(wanted.rows) if wanted.rows else looked(wanted)
    figures = figures_of(rows, wanted.references, wanted.score, fuse)
    baselines = baseline_figures(rows, wanted.references)
    first = chosen(rows, wanted.references, seeds_of(rows)[0])
    kept = _splits(wanted, first, fuse)
    if wanted.scores:
        write_scores(wanted.scores, first, fuse)
    if as_json:
        told = {"figures": _json(figures), "baselines": _json(baselines)}
        print_json({**told, "budget": asdict(kept) if kept else None})
        return
    title = f"{wanted.folder}, {wanted.references} references, {wanted.score.value}"
    print_table(COLUMNS, summary(figures), title=title)
    if baselines:
        print_table(COLUMNS, summary(baselines), title="AUROC of what needs no network")
    if kept:
        print_table(("budget", "value"), [(name, f"{value:.4g}") for name, value in asdict(kept).items()])


def looked(wanted: Measured) -> list[Row]:
    """The rows of a look at the whole set. Raises: InputError, ModelError."""
    from booth.evaluate.captured import read_captured
    from models.measuring.parts import shipped_parts

    captures, parts = read_captured(wanted.folder), shipped_parts(wanted.folder)
    look = Look((wanted.references,), wanted.seeds)
    with progress_bar("products") as progress:
        return list(look_at(captures, look, parts.perception, parts.witness, progress))


def _splits(wanted: Measured, rows: Sequence[Row], fuse: Fuse) -> Splits | None:
    if not wanted.splits or wanted.score is not Score.FUSED:
        return None
    with progress_bar("splits") as progress:
        return budget_splits(rows, fuse, wanted.budget, wanted.splits, progress)


def _json(figures: dict[str, Told]) -> dict[str, dict[str, float | None]]:
    return {name: told.as_json() for name, told in figures.items()}
