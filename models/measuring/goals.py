"""What the verdict must show, and what it reaches, as one table in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from booth.errors import InputError
from booth.evaluate.budget_splits import Splits, budget_splits
from booth.evaluate.captured_figures import Told, baseline_figures, figures_of
from booth.evaluate.metrics import Figure
from booth.evaluate.rows import WHOLE, Row, chosen, seeds_of
from booth.evaluate.scores import Fuse, Score
from models.measuring.ablations import cell

RealScores = Mapping[tuple[str, int], Mapping[Score, Mapping[str, Figure]]]
"""Figures of photographs by set and number of references, then by score, then by name."""

MANY = 4
BUDGET = 0.005
PHOTO_GOALS = (
    ("aliens", 4, 0.99),
    ("bottle", 4, 0.99),
    ("bottle", 1, 0.98),
    ("carton, side", 4, 0.92),
    ("carton, above", 4, 0.75),
)
SERIALS, SIDE = ("carton, both views of a serial", 4), ("carton, side", 4)
CAPTURED_GOALS: Sequence[tuple[str, float, bool]] = (
    ("auroc", 0.98, True),
    ("recall@1%", 0.90, True),
    ("false alarms@1%, print decoys", 0.02, False),
    ("recall@1%, damage missing_unit", 0.90, True),
    ("recall@1%, spillage beside the item", 0.90, True),
)
"""Name, goal, and whether more is better."""
TOO_EASY = 0.70


@dataclass(frozen=True, slots=True)
class Reached:
    """One row: what was measured on what, the goal, what was reached, and whether that meets it."""

    on: str
    measure: str
    goal: str
    reached: str
    met: bool


def photo_goals(real: RealScores) -> list[Reached]:
    """The rows of photographs."""
    found = []
    for name, count, goal in PHOTO_GOALS:
        told = _fused(real, name, count)
        found.append(Reached(_on(name, count), "AUROC", f"≥ {goal:g}", cell(told), _least(told, goal)))
    both, side = _fused(real, *SERIALS), _fused(real, *SIDE)
    met = _least(both, (side.mean or 1.0) - _width(both, side)) if side else False
    found.append(Reached(_on(*SERIALS), "AUROC", "not below the side alone", cell(both), met))
    return found


def captured_goals(rows: Sequence[Row], fuse: Fuse) -> list[Reached]:
    """The rows of captured items; `rows` are those that nothing was fitted on."""
    on = f"captured, {MANY} references"
    figures = figures_of(rows, MANY, Score.FUSED, fuse)
    found = []
    for name, goal, more in CAPTURED_GOALS:
        told = figures.get(name)
        met = _least(told, goal) if more else told is not None and (told.mean or 0.0) <= goal
        n = f", n = {told.n}" if told else ""
        found.append(Reached(on, name, f"{'≥' if more else '≤'} {goal:g}", cell(told) + n, met))
    for name, told in baseline_figures(rows, MANY).items():
        met = (told.mean or 1.0) < TOO_EASY
        found.append(Reached(on, f"AUROC of {name} alone", f"< {TOO_EASY:g}", cell(told), met))
    return found


def never_below(rows: Sequence[Row], fuse: Fuse, real: RealScores) -> list[Reached]:
    """Fused against each part that can be told, on captured items and on the sets of one product."""
    found = []
    for count in sorted({row.references for row in rows if row.variant == WHOLE} & {0, 1, MANY}):
        told = _captured_scores(rows, count, fuse)
        found.append(_against(f"captured, {_counted(count)}", told))
    for (name, count), scores in real.items():
        if name in {"aliens", "bottle"}:
            found.append(_against(_on(name, count), {score: one["auroc"] for score, one in scores.items()}))
    return found


def budget_goals(rows: Sequence[Row], fuse: Fuse, splits: int) -> list[Reached]:
    """Whether a budget of 0.5 % is kept on products that it was not fitted on."""
    first = chosen(rows, MANY, seeds_of(rows)[0])
    try:
        kept = budget_splits(first, fuse, BUDGET, splits)
    except InputError as error:
        return [Reached("captured", f"budget {100 * BUDGET:g} %", "–", f"cannot be told: {error}", False)]
    return [*_kept(kept)]


def goals_table(reached: Sequence[Reached]) -> str:
    """The rows as a table in Markdown; a goal that is not met says so."""
    head = "| on | measure | goal | reached | |\n|---|---|---|---|---|\n"
    lines = [
        f"| {one.on} | {one.measure} | {one.goal} | {one.reached} | {'' if one.met else 'short'} |"
        for one in reached
    ]
    return head + "\n".join(lines) + "\n"


def _kept(kept: Splits) -> list[Reached]:
    halves = f"{kept.splits} splits by product, {kept.good:.0f} good a half"
    on = f"captured, budget {100 * kept.budget:g} %, {halves}"
    alarms = f"{kept.false_alarms:.4f} ± {kept.false_alarms_spread:.4f} alarm"
    return [
        Reached(
            on,
            "alarms inside the prediction bound",
            "≥ 0.93",
            f"{kept.inside:.3f}; {alarms}",
            kept.inside >= 0.93,
        ),
        Reached(on, "recall", "≥ 0.85", f"{kept.recall:.3f} ± {kept.recall_spread:.3f}", kept.recall >= 0.85),
    ]


def _captured_scores(rows: Sequence[Row], count: int, fuse: Fuse) -> dict[Score, Told]:
    found = {}
    for score in Score:
        try:
            found[score] = figures_of(rows, count, score, fuse)["auroc"]
        except InputError:
            continue
    return found


def _against(on: str, told: Mapping[Score, Told | Figure]) -> Reached:
    fused = told[Score.FUSED]
    parts = {score: one for score, one in told.items() if score is not Score.FUSED}
    best = max(parts, key=lambda score: parts[score].mean or 0.0)
    met = _least(fused, (parts[best].mean or 0.0) - _width(fused, parts[best]))
    reached = f"{cell(fused)} against {cell(parts[best])} of {best.value}"
    return Reached(on, "AUROC, fused against the best part", "not below", reached, met)


def _fused(real: RealScores, name: str, count: int) -> Figure | None:
    figures = real.get((name, count), {}).get(Score.FUSED)
    return figures["auroc"] if figures else None


def _least(told: Told | Figure | None, goal: float) -> bool:
    return told is not None and told.mean is not None and told.mean >= goal - 5e-4


def _width(*told: Told | Figure | None) -> float:
    """The largest spread over the draws."""
    return max((one.spread or 0.0 for one in told if one is not None), default=0.0)


def _on(name: str, count: int) -> str:
    return f"{name}, {_counted(count)}"


def _counted(count: int) -> str:
    return f"{count or 'no'} reference{'' if count == 1 else 's'}"
