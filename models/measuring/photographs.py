"""The public sets of photographs: every score by itself, with 0, 1 and 4 references."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from booth.evaluate.damage import Plan, compare_scores
from booth.evaluate.metrics import Figure
from booth.evaluate.scores import Score
from models.measuring.ablations import cell

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Photographed:
    """One public set: its folder, and which of its pictures are looked at."""

    name: str
    folder: str
    counts: tuple[int, ...]
    group: str | None = None
    view: str | None = None


SETS = (
    Photographed("aliens", "aliens", (0, 1, 4)),
    Photographed("bottle", "bottle", (0, 1, 4)),
    Photographed("carton, side", "carton", (4,), view="*_side.jpg"),
    Photographed("carton, above", "carton", (4,), view="*_top.jpg"),
    Photographed("carton, both views of a serial", "carton", (4,), group=r"^(.+)_(?:side|top)"),
)
Scores = Mapping[Score, Mapping[str, Figure]]


def real_sets(folder: Path, seeds: int, progress: Progress | None = None) -> dict[tuple[str, int], Scores]:
    """The figures of every score, by set and number of references. Raises: InputError, ModelError."""
    from models.measuring.parts import shipped_parts

    parts = shipped_parts()
    found: dict[tuple[str, int], Scores] = {}
    for one in SETS:
        for count in one.counts:
            plan = Plan(folder / one.folder, count, seeds, one.group, one.view)
            found[one.name, count] = compare_scores(
                plan, parts.perception, parts.witness, parts.fuse, progress
            )
    return found


def real_table(found: Mapping[tuple[str, int], Scores]) -> str:
    """AUROC by set and score, as a table in Markdown."""
    scores = [score for score in Score if any(score in one for one in found.values())]
    head = f"| set | references | {' | '.join(scores)} |\n|---|---|{'---|' * len(scores)}\n"
    lines = [
        f"| {name} | {count} | {' | '.join(_area(one, score) for score in scores)} |"
        for (name, count), one in found.items()
    ]
    return head + "\n".join(lines) + "\n"


def _area(figures: Scores, score: Score) -> str:
    return cell(figures[score]["auroc"] if score in figures else None)
