"""What a technician wants to know of the galleries: how many, how good, and what waits for a word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from booth.gallery.vetting import LEAST_OTHERS
from booth.store.gallery_schema import ReferenceState
from booth.store.reference_rows import KeptReference, Proposal

THIN = LEAST_OTHERS + 1
"""With fewer active references of a view a wrong one among them cannot be told."""


@dataclass(frozen=True, slots=True)
class ViewReport:
    """The references of one product, design and view.

    Attributes:
        counts: how many of each state.
        usual: how far active ones are from the others in the middle, 1 being what good items hardly pass;
            None where they were not vetted.
        farthest: the same of the farthest.
        suspects: ids of candidates, vetted and active ones that are unlike the others.
        stale: how many have features of another trunk: they are compared with nothing until enrolled again.
        remarks: what a person should look at.
    """

    gtin: str
    design: str
    view: str
    counts: Mapping[ReferenceState, int]
    usual: float | None
    farthest: float | None
    suspects: tuple[str, ...]
    stale: int
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lately:
    """What was said of a product's last items: by a person where one was asked, else by the booth."""

    items: int = 0
    damaged: int = 0
    unsure: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """Of a product, or of all."""

    views: tuple[ViewReport, ...]
    proposals: tuple[Proposal, ...]
    lately: Mapping[str, Lately] = field(default_factory=dict)


def report(
    rows: Sequence[KeptReference], proposals: Sequence[Proposal], trunk: str, lately: Mapping[str, Lately]
) -> Report:
    """What there is to say of these references.

    Args:
        trunk: whose features are compared now; empty where it is not known.
    """
    groups: dict[tuple[str, str, str], list[KeptReference]] = {}
    for row in rows:
        groups.setdefault((row.gtin, row.design, row.view), []).append(row)
    views = tuple(_view(group, trunk) for _, group in sorted(groups.items()))
    known = {row.gtin for row in rows}
    return Report(views, tuple(proposals), {gtin: lately[gtin] for gtin in sorted(known) if gtin in lately})


def lately_of(outcomes: Iterable[tuple[str, str]]) -> dict[str, Lately]:
    """What was said of items, each a GTIN and an outcome, summed up by product."""
    counts = Counter(outcomes)
    gtins = sorted({gtin for gtin, _ in counts if gtin})
    return {
        gtin: Lately(
            sum(count for (name, _), count in counts.items() if name == gtin),
            counts[gtin, "damaged"],
            counts[gtin, "unsure"],
        )
        for gtin in gtins
    }


def _view(group: Sequence[KeptReference], trunk: str) -> ViewReport:
    counts = Counter(row.state for row in group)
    present = [row for row in group if row.state is not ReferenceState.RETIRED]
    stale = sum(bool(trunk) and row.trunk != trunk for row in present)
    active = [row for row in present if row.state is ReferenceState.ACTIVE]
    far = [row.vetting.distance for row in active if row.vetting and row.vetting.distance is not None]
    suspects = [row for row in present if row.vetting and row.vetting.finding == "suspect"]
    first = group[0]
    return ViewReport(
        first.gtin,
        first.design,
        first.view,
        {state: counts[state] for state in ReferenceState},
        median(far) if far else None,
        max(far) if far else None,
        tuple(row.reference_id for row in suspects),
        stale,
        tuple(_remarks(active, present, suspects, stale)),
    )


def _remarks(
    active: Sequence[KeptReference],
    present: Sequence[KeptReference],
    suspects: Sequence[KeptReference],
    stale: int,
) -> Iterable[str]:
    if not active:
        yield "no active reference"
    elif len(active) < THIN:
        yield f"thin: {THIN - len(active)} more would let a wrong one be told"
    of_states = Counter(row.state.value for row in suspects if row.proposal is None)
    if of_states:
        which = " and ".join(f"{count} {state}" for state, count in sorted(of_states.items()))
        yield f"suspect: {which}"
    unvetted = sum(row.vetting is None and row.state is ReferenceState.CANDIDATE for row in present)
    if unvetted:
        yield f"{unvetted} not vetted: booth gallery vet"
    vetted = sum(row.state is ReferenceState.VETTED for row in present)
    if vetted:
        yield f"{vetted} wait: booth gallery promote --all-vetted"
    if stale:
        yield f"{stale} of another trunk: booth gallery re-enrol"
