"""Fits the two thresholds of a policy on scores, with everything that is worth knowing before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from booth.domain.terms import new_id, now
from booth.domain.thresholds import Thresholds
from booth.errors import InputError
from booth.policy.budget import Basis, Fitted, fit_threshold
from booth.policy.scores import Scores
from booth.policy.shares import Share, share_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a policy is to keep.

    Attributes:
        budget: the share of good items that may be called damaged.
        unsure: the share of good items that may not be called ok, those called damaged included.
        ahead: for how many good items to come the false alarms are foretold.
    """

    budget: float
    unsure: float
    basis: Basis = Basis.EXPECTED
    ahead: int = 1_000


@dataclass(frozen=True, slots=True)
class Report:
    """A policy that was fitted, and how good it is.

    Attributes:
        damaged: the threshold above which an item is called damaged.
        unsure: the threshold above which a person decides.
        caught: damaged items called damaged; None where no damaged item was scored.
        noticed: damaged items not called ok; None likewise.
    """

    thresholds: Thresholds
    wanted: Wanted
    damaged: Fitted
    unsure: Fitted
    caught: Share | None
    noticed: Share | None


def fit_policy(scores: Scores, wanted: Wanted, models: Mapping[str, str], made_by: str) -> Report:
    """A new version, fitted on the good items alone; the damaged ones say what it catches.

    Raises:
        InputError: the good items do not do (see `fit_threshold`), or the budgets contradict each other, or
            the good items alone score so high that nothing could be called damaged.
    """
    damaged = _threshold(scores, wanted.budget, wanted.basis)
    if wanted.unsure < wanted.budget:
        raise InputError(
            f"the share that may not be called ok, {wanted.unsure:g}, includes the {wanted.budget:g} that"
            " may be called damaged: it cannot be the smaller one"
        )
    unsure = _threshold(scores, wanted.unsure, wanted.basis)
    if damaged.threshold >= 1.0:
        raise InputError(
            "so many good items score 1 that no threshold keeps the budget: the models must improve"
        )
    lower = min(unsure.threshold, damaged.threshold)
    caught, noticed = (_share_above(scores, threshold) for threshold in (damaged.threshold, lower))
    thresholds = Thresholds(
        version=new_id("policy"),
        unsure_above=lower,
        damaged_above=damaged.threshold,
        made_at=now(),
        made_by=made_by,
        made_from=scores.source,
        budget=wanted.budget,
        unsure=wanted.unsure,
        basis=wanted.basis.value,
        models=models,
        figures=_figures(damaged, unsure, wanted, caught, noticed),
    )
    return Report(thresholds, wanted, damaged, unsure, caught, noticed)


def _threshold(scores: Scores, budget: float, basis: Basis) -> Fitted:
    good, products = scores.of(damaged=False)
    try:
        return fit_threshold(good, products, budget, basis=basis)
    except InputError as error:
        reasons = [f"{count:,} are left out: {reason}" for reason, count in sorted(scores.left_out.items())]
        raise InputError("; ".join((str(error), *reasons))) from error


def _share_above(scores: Scores, threshold: float) -> Share | None:
    values, products = scores.of(damaged=True)
    return share_of([score > threshold for score in values], products) if values else None


def _figures(
    damaged: Fitted, unsure: Fitted, wanted: Wanted, caught: Share | None, noticed: Share | None
) -> dict[str, float]:
    """What is kept with the version, by name."""
    found = {"n_good": float(damaged.n), "products": float(damaged.products), "ahead": float(wanted.ahead)}
    for name, fitted in (("damaged", damaged), ("unsure", unsure)):
        found |= {
            f"{name}_alarms": float(fitted.alarms),
            f"{name}_rate": fitted.rate,
            f"{name}_upper": fitted.upper,
            f"{name}_design_effect": fitted.design_effect,
            f"{name}_ahead_at_most": float(fitted.prediction(wanted.ahead)),
        }
    for name, share in (("recall", caught), ("noticed", noticed)):
        if share is not None:
            found |= {name: share.share, f"{name}_low": share.low, f"{name}_high": share.high}
            found["n_damaged"] = float(share.n)
    return found
