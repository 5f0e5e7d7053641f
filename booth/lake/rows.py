"""Turns manifests and amendments into rows of the central tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from booth.domain.sample import Annotation, Closing, Disposition
from booth.domain.verdict import Verdict
from booth.lake.documents import ListedFile, Manifest, Word
from booth.store.durable import sha256_of

Row = dict[str, Any]


def sample_row(manifest: Manifest, key: str, data: bytes, batch: int) -> Row:
    """The row of `samples` for the manifest that lies at `key` as `data`."""
    sample, closing = manifest.sample, manifest.closing
    verdicts = (*sample.verdicts, *closing.verdicts)
    return {
        "sample_id": sample.sample_id,
        "booth_id": sample.booth_id,
        "kept_at": sample.kept_at,
        "taken_at": sample.capture.taken_at,
        "verdicts": len(verdicts),
        "calibration_version": calibration.version if (calibration := sample.capture.calibration) else None,
        "weight_g": sample.capture.weight_g,
        **_verdict(verdicts[-1] if verdicts else None),
        **_closing(closing),
        **_disposition(closing.disposition),
        "files": [_file(file) for file in manifest.files],
        "manifest_key": key,
        "manifest_sha256": sha256_of(data),
        "batch": batch,
    }


def amendment_row(word: Word, key: str, data: bytes, batch: int) -> Row:
    """The row of `amendments` for the amendment that lies at `key` as `data`."""
    said = word.amendment
    return {
        "amendment_id": said.amendment_id,
        "sample_id": said.sample_id,
        "booth_id": word.booth_id,
        "predecessor": said.predecessor,
        "made_at": said.made_at,
        "made_by": said.made_by,
        "changes": json.dumps(said.changes, ensure_ascii=False, sort_keys=True),
        "amendment_key": key,
        "amendment_sha256": sha256_of(data),
        "batch": batch,
    }


def _verdict(verdict: Verdict | None) -> Row:
    if verdict is None:
        names = ("verdict_outcome", "verdict_score", "references", "evidence", "types", "models", "policy")
        return dict.fromkeys(names)
    return {
        "verdict_outcome": verdict.outcome.value,
        "verdict_score": verdict.score,
        "references": verdict.references,
        "evidence": _pairs(verdict.evidence),
        "types": _pairs({kind.value: score for kind, score in verdict.types.items()}),
        "models": _pairs(verdict.models),
        "policy": verdict.policy,
    }


def _closing(closing: Closing) -> Row:
    return {
        "closed_at": closing.closed_at,
        "closed_by": closing.closed_by,
        "gtin": closing.gtin,
        "gtin_source": closing.gtin_source,
        "person_outcome": closing.person_outcome.value if closing.person_outcome else None,
        "licence_plate": closing.identity.licence_plate,
        "tote": closing.identity.tote,
        "order": closing.identity.order,
        "annotations": [_annotation(mark) for mark in closing.annotations],
    }


def _disposition(disposition: Disposition | None) -> Row:
    if disposition is None:
        return {"disposition": None, "decided_by": None}
    return {"disposition": disposition.kind.value, "decided_by": disposition.decided_by}


def _annotation(mark: Annotation) -> Row:
    return {
        "annotation_id": mark.annotation_id,
        "view": mark.view,
        "type": mark.type.value,
        "severity": mark.severity.value,
        "part": mark.part.value,
        "points": [{"x": x, "y": y} for x, y in mark.points],
        "made_by": mark.made_by,
        "made_at": mark.made_at,
    }


def _file(file: ListedFile) -> Row:
    return {"name": file.name, "sha256": file.sha256, "bytes": file.bytes, "media_type": file.media_type}


def _pairs(mapping: Mapping[str, object]) -> list[tuple[str, object]]:
    return sorted(mapping.items())
