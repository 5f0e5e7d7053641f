"""The words that made-up catalogues consist of, as `words.toml` lists them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of product.

    Attributes:
        category: its path, ` > ` between the steps.
        unit: `g`, `ml` or `pcs`.
        amounts: the sizes it is sold in, in `unit`, rising.
        shape: a key of sizes.SHAPES.
        unit_g: weight of one ml, or of one piece.
        unit_ml: room that one g, ml or piece takes.
        variants: flavours, scents or colours that it comes in.
        lines: further words that name its lines.
    """

    category: str
    noun: str
    unit: str
    amounts: tuple[float, ...]
    shape: str
    unit_g: float
    unit_ml: float
    variants: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def department(self) -> str:
        """The first step of its category."""
        return self.category.split(" > ", 1)[0]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything that names are made of; all in lower case."""

    kinds: tuple[Kind, ...]
    common: tuple[str, ...]
    surnames: tuple[str, ...]
    seconds: tuple[str, ...]
    firsts: tuple[str, ...]
    middles: tuple[str, ...]
    lasts: tuple[str, ...]
    lines: tuple[str, ...]
    fillers: tuple[str, ...]


def read_vocabulary() -> Vocabulary:
    """The words that come with the booth."""
    document = tomllib.loads((files(__package__) / "words.toml").read_text(encoding="utf-8"))
    variants = {name: tuple(words) for name, words in document["variants"].items()}
    kinds = tuple(_kind_of(row, variants) for row in document["types"])
    return Vocabulary(kinds, **{name: tuple(words) for name, words in document["names"].items()})


def _kind_of(row: str, variants: dict[str, tuple[str, ...]]) -> Kind:
    category, noun, unit, amounts, shape, measures, variant, lines = (cell.strip() for cell in row.split("|"))
    first, *second = (float(measure) for measure in measures.split())
    unit_g, unit_ml = (first, second[0]) if second else (1.0, 1.0 / first) if unit == "g" else (first, 1.0)
    return Kind(
        category, noun, unit, tuple(float(amount) for amount in amounts.split()),
        shape, unit_g, unit_ml, variants[variant], tuple(lines.split()),
    )  # fmt: skip
