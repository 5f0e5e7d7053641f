"""How well damage is told from good items, measured on a folder of pictures."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from booth.domain.percept import Gallery, Percept, Reference, ViewPercept
from booth.domain.picture import Frame, Region, View
from booth.errors import InputError
from booth.evaluate.layouts import DamageSet, Item, Shot, read_layout
from booth.evaluate.metrics import Figure, auroc, auroc_interval, average_precision, figure, recall_at
from booth.evaluate.scores import Fuse, Score, Witness, score_of
from booth.gallery.enrol import references_of
from booth.ports.seeing import Judge, Perception
from booth.store.picture_files import read_picture

Progress = Callable[[int, int], None]
Scorer = Callable[[Percept, Gallery | None], Mapping[Score, float]]
"""The scores of an item; what cannot be told has no key."""

SEEDS_AT_ONCE = 5
"""Galleries that are held at a time, so that memory does not grow with the seeds."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and how."""

    folder: Path
    references: int = 4
    seeds: int = 5
    group: str | None = None
    view: str | None = None
    score: Score = Score.FUSED


@dataclass(slots=True)
class _Trial:
    """One seed: its references, what is scored against them, and what came of it."""

    seed: int
    drawn: tuple[Item, ...]
    good: tuple[Item, ...]
    gallery: Gallery | None = None
    scores: dict[Item, Mapping[Score, float]] = field(default_factory=dict)
    took_ms: list[float] = field(default_factory=list)


def evaluate_damage(
    plan: Plan,
    perception: Perception,
    judge: Judge,
    progress: Progress | None = None,
    witness: Witness | None = None,
) -> dict[str, Figure]:
    """The figures by name, over the seeds: auroc, ap, recall@1%, recall@5%, n_good, n_bad, p50_ms, p95_ms.

    Each picture is looked at once for several seeds. An item's latency runs from decoding its files to its
    verdict; enrolling the references, and making a gallery ready, is not in it.

    Args:
        witness: gives the evidence that a score other than the fused one is made of; without it, it is what
            the verdict's evidence calls so.

    Raises:
        InputError: the folder, a picture, or the numbers of references and seeds do not do.
        ModelError: the networks fail.
    """

    def scores(percept: Percept, gallery: Gallery | None) -> Mapping[Score, float]:
        verdict = judge.judge(percept, gallery)
        if plan.score is Score.FUSED:
            return {Score.FUSED: verdict.score}
        views = witness.evidence(percept, gallery) if witness else [verdict.evidence]
        value = score_of(views, plan.score, lambda _: verdict.score)
        value = verdict.evidence.get(plan.score.value) if witness is None else value
        if value is None:
            raise InputError(_lacking(plan.score, plan.references))
        return {plan.score: value}

    return _figures(*_measured(plan, perception, scores, progress), plan.score)


def compare_scores(
    plan: Plan, perception: Perception, witness: Witness, fuse: Fuse, progress: Progress | None = None
) -> dict[Score, dict[str, Figure]]:
    """The figures of every score that can be told, from one look at each picture. Raises: as above."""

    def scores(percept: Percept, gallery: Gallery | None) -> Mapping[Score, float]:
        views = witness.evidence(percept, gallery)
        told = {score: score_of(views, score, fuse) for score in Score}
        return {score: value for score, value in told.items() if value is not None}

    trials, bad = _measured(plan, perception, scores, progress)
    everywhere = [set(scores) for trial in trials for scores in trial.scores.values()]
    told = set.intersection(*everywhere) if everywhere else set()
    return {score: _figures(trials, bad, score) for score in Score if score in told}


def _measured(
    plan: Plan, perception: Perception, scorer: Scorer, progress: Progress | None
) -> tuple[list[_Trial], Sequence[Item]]:
    if plan.references < 0 or plan.seeds < 1:
        raise InputError("there must be no fewer than 0 references and 1 seed")
    found = read_layout(plan.folder, plan.group, plan.view)
    trials = [_Trial(seed, *found.draw(plan.references, seed)) for seed in range(plan.seeds)]
    evaluation = _Evaluation(perception, scorer, found)
    total = sum(len(batch) for batch, _ in evaluation.work(trials))
    done = 0
    for batch, together in evaluation.work(trials):
        evaluation.enrol(together)
        for item in batch:
            evaluation.score(item, together)
            done += 1
            if progress:
                progress(done, total)
        for trial in together:
            trial.gallery = None
    return trials, found.bad


class _Evaluation:
    """The running evaluation; it keeps no picture beyond the one in hand."""

    def __init__(self, perception: Perception, scorer: Scorer, found: DamageSet) -> None:
        self._perception = perception
        self._scorer = scorer
        self._found = found

    def work(self, trials: Sequence[_Trial]) -> Iterator[tuple[list[Item], Sequence[_Trial]]]:
        """The items to look at, for a few trials at a time."""
        for start in range(0, len(trials), SEEDS_AT_ONCE):
            together = trials[start : start + SEEDS_AT_ONCE]
            good = dict.fromkeys(item for trial in together for item in trial.good)
            yield [*good, *self._found.bad], together

    def enrol(self, trials: Sequence[_Trial]) -> None:
        """Build each trial's gallery and let it be made ready."""
        known: dict[Shot, list[Reference]] = {}
        for trial in trials:
            shots = [shot for item in trial.drawn for shot in item.shots]
            for shot in shots:
                if shot not in known:
                    known[shot] = references_of(self._perception, _view(shot), None)
            references = tuple(reference for shot in shots for reference in known[shot])
            if references:
                trial.gallery = Gallery("", "1", _version(references), references)
                self._scorer(_percept_of(references[0]), trial.gallery)

    def score(self, item: Item, trials: Sequence[_Trial]) -> None:
        """Look at an item once, and judge it for every trial that scores it."""
        began = time.perf_counter()
        percept = self._perception.perceive([_view(shot) for shot in item.shots], None)
        looked_s = time.perf_counter() - began
        for trial in trials:
            if item in trial.drawn:
                continue
            began = time.perf_counter()
            scores = self._scorer(percept, trial.gallery)
            trial.took_ms.append(1000.0 * (looked_s + time.perf_counter() - began))
            trial.scores[item] = scores


def _lacking(score: Score, references: int) -> str:
    if score in {Score.GALLERY, Score.CONDITIONED} and not references:
        return f"the score '{score.value}' needs references: ask for one at least"
    return f"no item has the evidence '{score.value}' here: --score {score.value} cannot be measured"


def _figures(trials: Sequence[_Trial], bad: Sequence[Item], score: Score) -> dict[str, Figure]:
    rows = [_row(trial, bad, score) for trial in trials]
    figures = {name: figure([row[name] for row in rows]) for name in rows[0]}
    first = trials[0].scores
    low, high = auroc_interval(
        [first[item][score] for item in trials[0].good], [first[item][score] for item in bad]
    )
    return {**figures, "auroc": replace(figures["auroc"], low=low, high=high)}


def _row(trial: _Trial, bad: Sequence[Item], score: Score) -> dict[str, float | None]:
    good_scores = [trial.scores[item][score] for item in trial.good]
    bad_scores = [trial.scores[item][score] for item in bad]
    return {
        "auroc": auroc(good_scores, bad_scores),
        "ap": average_precision(good_scores, bad_scores),
        "recall@1%": recall_at(good_scores, bad_scores, 0.01),
        "recall@5%": recall_at(good_scores, bad_scores, 0.05),
        "n_good": float(len(good_scores)),
        "n_bad": float(len(bad_scores)),
        "p50_ms": float(np.percentile(trial.took_ms, 50)),
        "p95_ms": float(np.percentile(trial.took_ms, 95)),
    }


def _version(references: Sequence[Reference]) -> str:
    lines = "\n".join(f"{one.view}|{one.reference_id}|{one.variant}" for one in references)
    return hashlib.sha256(lines.encode()).hexdigest()


def _view(shot: Shot) -> View:
    return View(shot.view, Frame(shot.view, read_picture(shot.path), None, host_ns=0, sequence=0))


def _percept_of(reference: Reference) -> Percept:
    """A reference seen as an item, so that the judge makes its gallery ready before the clock runs."""
    rows, columns = reference.patches.shape[:2]
    return Percept(
        reference.trunk, (ViewPercept(reference.view, Region(0, 0, columns, rows), reference.patches),)
    )
