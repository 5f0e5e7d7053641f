"""Says how surely an item is damaged, by all evidence of all its views; a policy makes an outcome of it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence

import numpy as np

from booth.domain.percept import Gallery, Percept
from booth.domain.terms import Condition, DamageType, Outcome, Severity, new_id, now
from booth.domain.verdict import Finding, HeatMap, Verdict, ViewCondition
from booth.errors import ConfigError
from booth.ports.seeing import Judge
from booth.ports.service import Options
from models.evidence import KnownView, ViewEvidence, evidence_of, known_view
from models.findings import findings_of, heat_of
from models.fusion import Fusion, shipped
from models.manifest import TrunkPin, trunk_pin
from models.prepared import prepare
from models.supervised import Supervised

PREPARED_GALLERIES = 6
"""A gallery of six views with sixteen pictures each has 100 MB."""
NO_EVIDENCE = "nothing in the pictures can be judged: a person decides"
NO_REFERENCE = "no reference: supervised only"
SAID = {
    Condition.BLACK: "the picture is black",
    Condition.SATURATED: "the picture is overexposed",
    Condition.BLURRED: "the picture is blurred",
    Condition.NO_ITEM: "no item is seen",
    Condition.OTHER_ITEM: "it shows another item than the references",
    Condition.MISSING_VIEW: "there is no picture",
    Condition.DEPTH_UNUSABLE: "its depth says nothing",
    Condition.NO_REFERENCE: "it has no reference",
}


def judge(options: Options) -> Judge:
    """The entry point `fused` of booth.judges; it has no options.

    Raises:
        ConfigError: an option is unknown.
        ModelError: a network is missing, or is not the pinned one.
    """
    if options:
        raise ConfigError(
            f"judge.options has no key '{sorted(options)[0]}'; thresholds are the policy's: 'booth policy'"
        )
    return shipped_judge()


def shipped_judge() -> FusedJudge:
    """The judge with the networks and the fusion that the booth ships. Raises: ModelError."""
    return FusedJudge(trunk_pin(), Supervised(), shipped())


class FusedJudge:
    """Judge by all evidence. One thread at a time calls it: it keeps prepared galleries."""

    def __init__(self, pin: TrunkPin, supervised: Supervised | None, fusion: Fusion) -> None:
        self._supervised = supervised
        self._fusion = fusion
        self._stages = [stage.channels for stage in pin.stages]
        further = supervised.models if supervised else {}
        self._models = {pin.name: pin.sha256, **further, "fusion": fusion.sha256}
        self._prepared: OrderedDict[tuple[str, str], Mapping[str, KnownView]] = OrderedDict()

    def judge(self, percept: Percept, gallery: Gallery | None) -> Verdict:
        """How surely the item is damaged; the outcome is left to a policy.

        Raises:
            ModelError: the gallery was made by another trunk, or a network fails.
        """
        known = self._known(gallery, percept.trunk) if gallery else {}
        views = self._looked(percept, known)
        fused = self._fusion.fuse([view.figures for view in views])
        worst = views[fused.worst] if views else None
        shown = [self._shown(view) for view in views if view.figures]
        findings = [finding for _, of_view in shown for finding in of_view]
        conditions = _conditions(views, percept.absent, gallery, known)
        return Verdict(
            verdict_id=new_id("verdict"),
            made_at=now(),
            outcome=Outcome.UNSURE,
            score=fused.score,
            gtin=gallery.gtin if gallery else "",
            references=sum(one.variant == 0 for one in gallery.references) if gallery else 0,
            evidence=_evidence(worst, views),
            types=_types(worst),
            heat_maps=tuple(heat for heat, _ in shown),
            models=self._models,
            note=_note(conditions, views),
            severity=_severity(worst),
            findings=tuple(sorted(findings, key=_coolness)),
            conditions=conditions,
        )

    def evidence(self, percept: Percept, gallery: Gallery | None) -> Sequence[Mapping[str, float]]:
        """What each kind of evidence says of every view, by name. Raises: ModelError."""
        known = self._known(gallery, percept.trunk) if gallery else {}
        return [view.figures for view in self._looked(percept, known)]

    def _looked(self, percept: Percept, known: Mapping[str, KnownView]) -> list[ViewEvidence]:
        return [evidence_of(view, known.get(view.view), self._supervised) for view in percept.views]

    def _shown(self, view: ViewEvidence) -> tuple[HeatMap, list[Finding]]:
        """Where a view looks damaged, and the places that stand out."""
        fused = self._fusion.fuse([view.figures])
        heat = heat_of(view, fused.shares, fused.score)
        return HeatMap(view.seen.view, view.seen.region, heat), findings_of(view, heat, fused.shares)

    def _known(self, gallery: Gallery, trunk: str) -> Mapping[str, KnownView]:
        key = (gallery.version, trunk)
        if key not in self._prepared:
            ready = prepare(gallery, trunk, self._stages)
            self._prepared[key] = {view: known_view(one, self._supervised) for view, one in ready.items()}
            while len(self._prepared) > PREPARED_GALLERIES:
                self._prepared.popitem(last=False)
        self._prepared.move_to_end(key)
        return self._prepared[key]


def _conditions(
    views: Sequence[ViewEvidence],
    absent: Sequence[str],
    gallery: Gallery | None,
    known: Mapping[str, KnownView],
) -> tuple[ViewCondition, ...]:
    """Of each view, then views that were not taken; without any reference that is said once."""
    found = [
        ViewCondition(view.seen.view, condition)
        for view in views
        for condition in view.conditions
        if condition is not Condition.NO_REFERENCE or known
    ]
    found += [ViewCondition(view, Condition.MISSING_VIEW) for view in absent]
    if gallery is None or not known:
        found.append(ViewCondition("", Condition.NO_REFERENCE))
    return tuple(found)


def _evidence(worst: ViewEvidence | None, views: Sequence[ViewEvidence]) -> dict[str, float]:
    compared = sum(view.comparison is not None for view in views)
    counts = {"views_compared": float(compared), "views": float(len(views))}
    return {**(worst.figures if worst else {}), **counts}


def _types(worst: ViewEvidence | None) -> dict[DamageType, float]:
    if worst is None or worst.opinion is None:
        return {}
    return {kind: float(one) for kind, one in zip(DamageType, worst.opinion.types, strict=True)}


def _severity(worst: ViewEvidence | None) -> Severity:
    if worst is None or worst.opinion is None:
        return Severity.NONE
    return tuple(Severity)[int(np.argmax(worst.opinion.severity))]


def _note(conditions: Sequence[ViewCondition], views: Sequence[ViewEvidence]) -> str:
    """What the person at the screen should know, in one line."""
    if not any(view.figures for view in views):
        return NO_EVIDENCE
    said = [f"{each.view}: {SAID[each.condition]}" for each in conditions if each.view]
    if any(not each.view for each in conditions):
        said.insert(0, NO_REFERENCE)
    return "; ".join(said)


def _coolness(finding: Finding) -> float:
    return -finding.score
