"""What each part of the verdict is worth: figures with and without it, as tables for models/README.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from booth.errors import InputError
from booth.evaluate.captured_figures import Told, baseline_figures, figures_of
from booth.evaluate.looking import AVERAGED, NO_DEPTH, PHOTO
from booth.evaluate.metrics import Figure
from booth.evaluate.rows import WHOLE, Row
from booth.evaluate.scores import Fuse, Score

BEGIN, END = "<!-- ablations: begin -->", "<!-- ablations: end -->"
COUNTS = (0, 1, 4)
MANY = 4
GALLERY = frozenset({"foreign", "missing", "coverage"})
SUPERVISED = frozenset({"supervised", "conditioned"})
WITHOUT: Mapping[str, frozenset[str]] = {
    "without the gallery model": GALLERY,
    "without the supervised model": SUPERVISED,
    "without its branch beside the references": frozenset({"conditioned"}),
    "without its branch alone": frozenset({"supervised"}),
    "without height over the references": frozenset({"height"}),
    "without the tray beside": frozenset({"beside"}),
    "without counting parts": frozenset({"parts"}),
}
"""What is left out of the evidence, the fusion being the one that ships."""
SEEN: Mapping[str, str] = {
    "references averaged cell by cell": AVERAGED,
    "no depth anywhere": NO_DEPTH,
    "plain photographs: no depth, no empty tray": PHOTO,
}
"""What is looked at otherwise: each needs rows of that variant."""
SHOWN = ("auroc", "recall@1%", "recall@1%, severity minor", "false alarms@1%, print decoys")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: what was done, and its figures by name."""

    name: str
    figures: Mapping[str, Told]


def ablations(rows: Sequence[Row], fuse: Fuse) -> list[Line]:
    """A line for everything at once with 0, 1 and 4 references, then for each thing left out."""
    lines = [
        Line(f"everything, {_counted(count)}", figures_of(rows, count, Score.FUSED, fuse))
        for count in _counts(rows)
    ]
    for name, gone in WITHOUT.items():
        lines.append(Line(name, figures_of(_lacking(rows, gone), MANY, Score.FUSED, fuse)))
    for name, variant in SEEN.items():
        lines += _beside(rows, name, variant, fuse)
    return lines


def parts_alone(rows: Sequence[Row], fuse: Fuse) -> list[Line]:
    """A line for each score by itself, with each number of references; without such evidence none."""
    lines = []
    for count in _counts(rows):
        for score in Score:
            try:
                figures = figures_of(rows, count, score, fuse)
            except InputError:
                continue
            lines.append(Line(f"{score.value}, {_counted(count)}", figures))
        lines += [
            Line(f"baseline: {name}, {_counted(count)}", {"auroc": told})
            for name, told in baseline_figures(rows, count).items()
        ]
    return lines


def table(lines: Iterable[Line], shown: Sequence[str] = SHOWN) -> str:
    """Lines as a table in Markdown."""
    head = f"| | {' | '.join(shown)} |\n|---|{'---|' * len(shown)}\n"
    body = [f"| {one.name} | {' | '.join(cell(one.figures.get(name)) for name in shown)} |" for one in lines]
    return head + "\n".join(body) + "\n"


def write_between_marks(path: Path, text: str) -> None:
    """Put `text` between the two marks of a file. Raises: InputError: it has not both, once each."""
    try:
        whole = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: it cannot be read: {error}") from error
    before, begun, rest = whole.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not begun or not ended or BEGIN in rest or END in after:
        raise InputError(f"{path}: it needs the lines {BEGIN} and {END}, once each")
    path.write_text(f"{before}{BEGIN}\n{text.strip()}\n{END}{after}", "utf-8")


def _beside(rows: Sequence[Row], name: str, variant: str, fuse: Fuse) -> list[Line]:
    """A variant, and everything on the same items: a variant may have been looked at on a part of the set."""
    items = {row.item for row in rows if row.variant == variant and row.references == MANY}
    if not items:
        return []
    same = [row for row in rows if row.item in items]
    return [
        Line(f"{name} ({len(items)} items)", figures_of(same, MANY, Score.FUSED, fuse, variant)),
        Line("— everything, on these items", figures_of(same, MANY, Score.FUSED, fuse, WHOLE)),
    ]


def _lacking(rows: Sequence[Row], gone: frozenset[str]) -> list[Row]:
    return [
        replace(
            row,
            views=tuple({k: v for k, v in view.items() if k not in gone} for view in row.views),
        )
        for row in rows
        if row.variant == WHOLE and row.references == MANY
    ]


def _counts(rows: Sequence[Row]) -> list[int]:
    seen = {row.references for row in rows if row.variant == WHOLE}
    return [count for count in COUNTS if count in seen]


def _counted(count: int) -> str:
    return f"{count or 'no'} reference{'' if count == 1 else 's'}"


def cell(told: Told | Figure | None) -> str:
    """A figure with its spread over the draws and its interval."""
    if told is None or told.mean is None:
        return "–"
    spread = "" if told.spread is None else f" ± {told.spread:.3f}"
    interval = "" if told.low is None or told.high is None else f" ({told.low:.3f}–{told.high:.3f})"
    return f"{told.mean:.3f}{spread}{interval}"
