"""Vetting: each reference is held against the others of its design and view, to find what is unlike them.

A few wrong references among the others would widen what counts as alike. So a core of references that agree
is grown first, as in the forward search for outliers (Hadi 1992, J. R. Statist. Soc. B 54:761-771), and each
reference is held against that core alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from booth.gallery.closeness import UNLIKE, Looks, distance
from booth.ports.seeing import Judge
from booth.store.reference_choice import evenly
from booth.store.reference_rows import Vetting

LEAST_OTHERS = 3
"""With fewer others it cannot be told which of them is the wrong one."""
PANEL = 12
"""So many references are held against each other at most; any number more is held against those."""
TOO_FEW = "too few others to tell"
INCOMPARABLE = "it cannot be compared with the others: black, blurred, or no item in it?"

Told = Callable[[int, int], None]
Load = Callable[[Sequence[int]], Mapping[int, Looks]]


@dataclass(frozen=True, slots=True, eq=False)
class Vetted:
    """What vetting found of one design and view, by the references' numbers.

    Attributes:
        core: those that agree, which the others were held against.
    """

    findings: Mapping[int, Vetting]
    core: tuple[int, ...]


def vet(
    judge: Judge,
    trusted: Sequence[int],
    fresh: Sequence[int],
    load: Load,
    told: Told = lambda done, total: None,
    *,
    only_fresh: bool = False,
) -> Vetted:
    """Hold every reference of one design and view against those that agree, itself left out.

    Args:
        trusted: numbers of references that count already; where there are enough, they alone say what is
            right.
        fresh: numbers of the others.
        load: reads them; one that it does not give cannot be read, and nothing is found of it.
        only_fresh: say nothing of those that count already, which may be many.

    Raises:
        ModelError: the networks fail.
    """
    everything = [*trusted, *fresh]
    wanted = fresh if only_fresh else everything
    pool = trusted if len(trusted) >= LEAST_OTHERS else everything
    panel = load(evenly(pool, PANEL))
    core = _core(judge, panel)
    if len(core) < LEAST_OTHERS:
        few = Vetting("unknown", len(panel) - 1, None, TOO_FEW)
        return Vetted(dict.fromkeys(wanted, few), core)
    findings = {}
    for done, number in enumerate(wanted, start=1):
        looks = panel.get(number) or load([number]).get(number)
        if looks:
            others = [panel[other] for other in core if other != number]
            findings[number] = _finding(distance(judge, looks[0], others), len(others))
        told(done, len(wanted))
    return Vetted(findings, core)


def _finding(far: float | None, others: int) -> Vetting:
    if far is None:
        return Vetting("suspect", others, None, INCOMPARABLE)
    if far <= UNLIKE:
        return Vetting("good", others, far, f"like the {others} others")
    return Vetting("suspect", others, far, f"unlike the {others} others: damaged, or of another product?")


def _core(judge: Judge, panel: Mapping[int, Looks]) -> tuple[int, ...]:
    """Those of a panel that agree; all of it where there are too few to leave one out."""
    if len(panel) <= LEAST_OTHERS:
        return tuple(panel)
    far = {number: _from(judge, number, panel, panel) for number in panel}
    ranked = sorted(panel, key=far.__getitem__)
    core = ranked[: max(LEAST_OTHERS, (len(ranked) + 1) // 2)]
    while True:
        near = [n for n in ranked if n not in core and _from(judge, n, core, panel) <= UNLIKE]
        if not near:
            return tuple(sorted(core))
        core += near


def _from(
    judge: Judge, number: int, others: Sequence[int] | Mapping[int, Looks], of: Mapping[int, Looks]
) -> float:
    far = distance(judge, of[number][0], [of[other] for other in others if other != number])
    return float("inf") if far is None else far
