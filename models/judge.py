"""Says whether an item is damaged: its patches against the gallery of its product, both ways."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from booth.domain.percept import Gallery, Percept, ViewPercept
from booth.domain.terms import Outcome, new_id, now
from booth.domain.verdict import HeatMap, Verdict
from booth.errors import ConfigError
from booth.ports.seeing import Judge
from booth.ports.service import Options
from models.fusion import GALLERY, UNKNOWN, fused, outcome_of
from models.manifest import TrunkPin, trunk_pin
from models.prepared import Comparison, PreparedView, prepare

FloatArray = NDArray[np.float32]

PREPARED_GALLERIES = 12
STEEPNESS = 4.0
"""A distance a third over the limit scores 0.76, twice the limit 0.94; half of it 0.06."""
NO_EVIDENCE = "no reference and no supervised model: a person decides"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What makes an outcome of a score; 0.5 is the limit that a view's references tell of themselves.

    The worst of several views lies above it more often than one view does: the defaults, 1.1 and 1.4 times
    the limit, keep the good items of the simulated tray out of `damaged`. A site's own policy replaces them.
    """

    unsure_above: float = 0.6
    damaged_above: float = 0.8

    def __post_init__(self) -> None:
        if not 0.0 <= self.unsure_above <= self.damaged_above <= 1.0:
            raise ConfigError(
                "judge.options need 0 <= unsure_above <= damaged_above <= 1, "
                f"not {self.unsure_above} and {self.damaged_above}"
            )

    @property
    def policy(self) -> str:
        """The thresholds in one line, as a verdict records them."""
        return f"unsure above {self.unsure_above:g}, damaged above {self.damaged_above:g}"


def judge(options: Options) -> Judge:
    """The entry point `patches` of booth.judges; its options are `unsure_above` and `damaged_above`.

    Raises:
        ConfigError: an option is unknown, no number, or out of range.
        ModelError: the manifest of the networks cannot be read.
    """
    return PatchJudge(_thresholds(options), trunk_pin())


class PatchJudge:
    """Judge by nearest patches. One thread at a time calls it: it keeps prepared galleries."""

    def __init__(self, thresholds: Thresholds, pin: TrunkPin) -> None:
        self._thresholds = thresholds
        self._models = {pin.name: pin.sha256}
        self._stages = [stage.channels for stage in pin.stages]
        self._prepared: OrderedDict[tuple[str, str], Mapping[str, PreparedView]] = OrderedDict()

    def judge(self, percept: Percept, gallery: Gallery | None) -> Verdict:
        """Compare with the gallery of the product, if there is one.

        Raises:
            ModelError: the gallery was made by another trunk.
        """
        references = self._views(gallery, percept.trunk) if gallery else {}
        seen = [view for view in percept.views if view.view in references]
        if gallery is None or not seen:
            return self._unknown(gallery)
        compared = [(view, references[view.view]) for view in seen]
        results = [(prepared, prepared.compare(view.patches)) for view, prepared in compared]
        scores = [score_of(result.distance, prepared.limit) for prepared, result in results]
        worst = int(np.argmax(scores))
        evidence = {
            **_evidence(*results[worst]),
            GALLERY: scores[worst],
            "references": float(min(prepared.originals for prepared, _ in results)),
            "views_compared": float(len(seen)),
            "views": float(len(percept.views)),
        }
        score = fused(evidence)
        return Verdict(
            verdict_id=new_id("verdict"),
            made_at=now(),
            outcome=outcome_of(score, self._thresholds.unsure_above, self._thresholds.damaged_above),
            score=score,
            gtin=gallery.gtin,
            references=sum(reference.variant == 0 for reference in gallery.references),
            evidence=evidence,
            heat_maps=tuple(
                HeatMap(view.view, view.region, heat_of(result, prepared))
                for view, (prepared, result) in zip(seen, results, strict=True)
            ),
            models=self._models,
            policy=self._thresholds.policy,
            note=_note(percept.views, references),
        )

    def _views(self, gallery: Gallery, trunk: str) -> Mapping[str, PreparedView]:
        key = (gallery.version, trunk)
        if key not in self._prepared:
            self._prepared[key] = prepare(gallery, trunk, self._stages)
            while len(self._prepared) > PREPARED_GALLERIES:
                self._prepared.popitem(last=False)
        self._prepared.move_to_end(key)
        return self._prepared[key]

    def _unknown(self, gallery: Gallery | None) -> Verdict:
        return Verdict(
            verdict_id=new_id("verdict"),
            made_at=now(),
            outcome=Outcome.UNSURE,
            score=UNKNOWN,
            gtin=gallery.gtin if gallery else "",
            references=0,
            models=self._models,
            policy=self._thresholds.policy,
            note=NO_EVIDENCE,
        )


def score_of(distance: float, limit: float) -> float:
    """A distance as a score of 0..1 that means the same for every product: 0.5 at the product's limit."""
    ratio: float = (distance / limit) ** STEEPNESS
    return ratio / (1.0 + ratio)


def heat_of(result: Comparison, prepared: PreparedView) -> FloatArray:
    """Where it is foreign or something is missing, (rows, columns) float32 in 0..1; 0.5 is the limit."""
    rows, columns = result.forward.shape
    missing = result.backward
    if missing.shape != (rows, columns):
        missing = np.asarray(cv2.resize(missing, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float32)
    ratio = (np.maximum(result.forward, missing) / prepared.limit) ** STEEPNESS
    return np.asarray(ratio / (1.0 + ratio), np.float32)


def _evidence(prepared: PreparedView, result: Comparison) -> dict[str, float]:
    return {
        "knn_forward": result.foreign / prepared.limit,
        "knn_backward": result.missing / prepared.limit,
        "coverage": result.coverage,
    }


def _note(views: tuple[ViewPercept, ...], references: Mapping[str, PreparedView]) -> str:
    lacking = [view.view for view in views if view.view not in references]
    return f"no reference for {', '.join(lacking)}" if lacking else ""


def _thresholds(options: Options) -> Thresholds:
    unknown = sorted(set(options) - {"unsure_above", "damaged_above"})
    if unknown:
        raise ConfigError(f"judge.options has no key '{unknown[0]}'")
    return Thresholds(**{key: _number(key, value) for key, value in options.items()})


def _number(key: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"judge.options.{key} must be a number, not {value!r}") from error
