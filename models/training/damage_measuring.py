"""How well the supervised model tells damage on held-out products, by all that is known of the items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from booth.evaluate.metrics import auroc, recall_at
from models.percepts import Progress
from models.supervised import DAMAGES, SEVERITIES
from models.training.damage_data import Rows, Samples
from models.training.damage_fitting import Plan, answered, moved
from models.training.damage_network import DamageNetwork

FALSE_ALARMS = 0.01
MOST_REFERENCES = 4
BINS = 10
AT_ONCE = 12
GROUPINGS = ("damage", "severity", "material", "procedure")
Figures = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Scored:
    """One item with K references: its score is the highest logit of its views.

    Attributes:
        labels: the item's; damaged: whether any view shows it.
        type_hit: whether the likeliest type is the true one, and severity_hit likewise.
    """

    labels: Mapping[str, str]
    damaged: bool
    logit: float
    type_hit: bool
    severity_hit: bool


def scores(
    samples: Samples,
    network: DamageNetwork,
    references: int,
    plan: Plan,
    progress: Progress,
) -> list[Scored]:
    """Every held-out item, beside so many other references of each view, drawn once."""
    rows = [
        row
        for group in samples.groups(held_out=True)
        for row in (*group.good.tolist(), *group.damaged.tolist())
    ]
    rng = np.random.default_rng([plan.seed, 42, references])
    answers: dict[int, tuple[float, int, int]] = {}
    for start in range(0, len(rows), AT_ONCE):
        part = np.array(rows[start : start + AT_ONCE], np.int64)
        answers.update(_answers(samples, network, part, _drawn(samples, part, references, rng), plan))
        progress(min(start + AT_ONCE, len(rows)), len(rows))
    return _by_item(samples, answers)


def figures(scored: Sequence[Scored]) -> dict[str, float]:
    """AUROC and recall at 1 % false alarms of all, and how often type and severity are right on damage."""
    good, bad = _sides(scored)
    if not good or not bad:
        return {"n_good": len(good), "n_bad": len(bad)}
    hurt = [one for one in scored if one.damaged]
    return {
        "n_good": len(good),
        "n_bad": len(bad),
        "auroc": auroc(good, bad),
        "recall@1%": _recall(good, bad),
        "type_right": float(np.mean([one.type_hit for one in hurt])),
        "severity_right": float(np.mean([one.severity_hit for one in hurt])),
    }


def by_label(scored: Sequence[Scored]) -> dict[str, Figures]:
    """The figures of each damage, severity, material and procedure; good items of all, or of the material."""
    found: dict[str, Figures] = {}
    good = [one.logit for one in scored if not one.damaged]
    for name in GROUPINGS:
        values = sorted({one.labels[name] for one in scored if one.damaged and one.labels[name]})
        found[name] = {}
        for value in values:
            own = [one for one in scored if one.labels[name] == value]
            rivals = [one.logit for one in own if not one.damaged] if name == "material" else good
            bad = [one.logit for one in own if one.damaged]
            if rivals and bad:
                found[name][value] = {
                    "n_bad": len(bad), "auroc": auroc(rivals, bad), "recall@1%": _recall(good, bad),
                }  # fmt: skip
    return found


def false_alarms(scored: Sequence[Scored]) -> dict[str, dict[str, float]]:
    """At the threshold that lets 1 % of all good items pass it: print decoys and each hard negative."""
    good = [one for one in scored if not one.damaged]
    if not good:
        return {}
    threshold = _threshold([one.logit for one in good])
    kinds: dict[str, list[float]] = {"print decoys": [one.logit for one in good if one.labels["decoy"]]}
    for one in good:
        if one.labels["negative"]:
            kinds.setdefault(one.labels["negative"], []).append(one.logit)
    return {
        name: {"n": len(logits), "share": float(np.mean(np.array(logits) > threshold))}
        for name, logits in sorted(kinds.items())
        if logits
    }


def calibration(scored: Sequence[Scored]) -> list[dict[str, float]]:
    """The reliability diagram: in each tenth of the chance that is told, how often the item is damaged."""
    told = 1 / (1 + np.exp(-np.array([one.logit for one in scored])))
    true = np.array([one.damaged for one in scored], float)
    places = np.minimum((told * BINS).astype(int), BINS - 1)
    return [
        {
            "told": float(told[own].mean()),
            "true": float(true[own].mean()),
            "n": int(own.sum()),
        }
        for place in range(BINS)
        if (own := places == place).any()
    ]


def _answers(
    samples: Samples, network: DamageNetwork, rows: Rows, references: Rows, plan: Plan
) -> dict[int, tuple[float, int, int]]:
    """By row: the logit, and the places of the likeliest type and severity."""
    batch = moved(samples.batch(rows, references), torch.device("cpu"), plan.heights)
    with torch.inference_mode():
        alone, compared = answered(network, batch)
    told = alone if compared is None else compared
    types, severity = told.types.argmax(dim=1).tolist(), told.severity[:, 1:].argmax(dim=1).tolist()
    return {
        int(row): (logit, kind, 1 + grade)
        for row, logit, kind, grade in zip(rows, told.logit.tolist(), types, severity, strict=True)
    }


def _drawn(samples: Samples, rows: Rows, references: int, rng: np.random.Generator) -> Rows:
    found = np.zeros((len(rows), references), np.int64)
    for place, row in enumerate(rows):
        free = samples.group_of(int(row)).references
        free = free[free != row]
        if references:
            found[place] = rng.choice(free, references, replace=len(free) < references)
    return found


def _by_item(samples: Samples, answers: Mapping[int, tuple[float, int, int]]) -> list[Scored]:
    found = []
    for rows in samples.percepts.items().values():
        own = [row for row in rows if row in answers]
        if not own or (samples.percepts.rows[own[0]].labels["damage"] and not samples.damaged[own].any()):
            continue
        worst = max(own, key=lambda row: answers[row][0])
        labels = samples.percepts.rows[worst].labels
        logit, kind, grade = answers[worst]
        hits = DAMAGES[kind] == labels["damage"], SEVERITIES[grade] == labels["severity"]
        found.append(Scored(labels, bool(samples.damaged[own].any()), logit, *hits))
    return found


def _sides(scored: Sequence[Scored]) -> tuple[list[float], list[float]]:
    return [one.logit for one in scored if not one.damaged], [one.logit for one in scored if one.damaged]


def _threshold(good: Sequence[float]) -> float:
    ranked = sorted(good, reverse=True)
    return ranked[min(int(len(ranked) * FALSE_ALARMS), len(ranked) - 1)]


def _recall(good: Sequence[float], bad: Sequence[float]) -> float:
    """Where there are too few good items for one in a hundred, none may be above the threshold."""
    exact = recall_at(good, bad, FALSE_ALARMS)
    return exact if exact is not None else float(np.mean(np.array(bad) > max(good)))
