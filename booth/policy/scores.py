"""Scores of items of which somebody said whether they are damaged: from a table, or from the store itself."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from booth.errors import InputError

COLUMNS = ("item", "product", "score", "damaged")
SEED = "seed"
"""An optional column: an evaluation over several draws of the references scores each item several times."""
MAX_BYTES = 64 * 2**20
TRUE, FALSE = frozenset({"1", "true", "yes"}), frozenset({"0", "false", "no"})


@dataclass(frozen=True, slots=True)
class Scored:
    """One item: which product, what score, and whether it is damaged."""

    item: str
    product: str
    score: float
    damaged: bool


MAX_CELL = 1_000
"""Characters; csv's own limit is the whole process's, and others raise it."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What a policy is fitted on.

    Attributes:
        source: where they come from, in words.
        left_out: how many items could not be used, by reason.
    """

    items: Sequence[Scored]
    source: str
    left_out: Mapping[str, int] = field(default_factory=dict)

    def of(self, *, damaged: bool) -> tuple[list[float], list[str]]:
        """Scores and products of the damaged items, or of the good ones."""
        chosen = [each for each in self.items if each.damaged is damaged]
        return [each.score for each in chosen], [each.product for each in chosen]


def read_scores(path: Path) -> Scores:
    """The scores in a CSV file with the columns of COLUMNS, as `booth evaluate damage --scores` writes it.

    Where it has a column `seed`, the rows of the first seed alone are used: an item counts once.

    Raises:
        InputError: it cannot be read, lacks a column, or a line of it is impossible or there twice.
    """
    seen: dict[str, Scored] = {}
    left_out: Counter[str] = Counter()
    first: str | None = None
    for line, row in _rows(path):
        first = row.get(SEED, "") if first is None else first
        if row.get(SEED, "") != first:
            left_out["scored again under another seed"] += 1
            continue
        scored = _scored(row, f"{path}, line {line}")
        if scored.item in seen:
            raise InputError(f"{path}, line {line}: item {scored.item[:80]!r} is there twice")
        seen[scored.item] = scored
    if not seen:
        raise InputError(f"{path}: there is no item in it")
    return Scores(tuple(seen.values()), str(path), left_out)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: this is no file")
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: larger than any table of scores ({MAX_BYTES // 2**20} MB)")
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            if lacking := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
                raise InputError(f"{path}: no column {lacking[0]!r}; it needs {', '.join(COLUMNS)}")
            for row in reader:
                if any(len(value or "") > MAX_CELL for value in (row[name] for name in COLUMNS)):
                    raise InputError(f"{path}: no CSV table: line {reader.line_num} has a cell without end")
                yield reader.line_num, row
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: no CSV table: {error}") from error


def _scored(row: Mapping[str, str | None], where: str) -> Scored:
    item, product, score, damaged = ((row.get(name) or "").strip() for name in COLUMNS)
    if not item or not product:
        raise InputError(f"{where}: an item needs a name and a product")
    if damaged.lower() not in TRUE | FALSE:
        raise InputError(f"{where}: damaged must be 0 or 1, not {damaged[:40]!r}")
    return Scored(item, product, _score(score, where), damaged.lower() in TRUE)


def _score(said: str, where: str) -> float:
    try:
        score = float(said)
    except ValueError:
        score = math.nan
    if not 0.0 <= score <= 1.0:
        raise InputError(f"{where}: a score must be a number of 0..1, not {said[:40]!r}")
    return score
