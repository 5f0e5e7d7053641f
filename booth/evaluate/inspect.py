"""Judges picture files, and leaves the verdict and the heat map beside each."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from booth.domain.percept import Gallery
from booth.domain.picture import Frame, View
from booth.domain.verdict import Verdict
from booth.errors import InputError
from booth.evaluate.layouts import HEAT_SUFFIX, PHOTO
from booth.evaluate.overlay import overlay
from booth.ports.seeing import Judge, Perception
from booth.store.documents import to_json
from booth.store.picture_files import read_picture


@dataclass(frozen=True, slots=True, eq=False)
class Inspected:
    """What came of one picture file.

    Attributes:
        document: the verdict, ready for JSON.
    """

    picture: Path
    verdict: Verdict
    document: Mapping[str, object]
    verdict_file: Path
    heat_file: Path


def views_of(paths: Sequence[Path]) -> list[View]:
    """Picture files as views, all under the name of a plain picture. Raises: InputError."""
    return [View(PHOTO, _frame(path)) for path in paths]


def inspect(
    paths: Sequence[Path],
    gallery: Gallery | None,
    perception: Perception,
    judge: Judge,
    out_dir: Path | None = None,
) -> list[Inspected]:
    """Judge each picture as an item of its own; write `<stem>.verdict.json` and `<stem>.heat.png`.

    The results take their names once every picture has been read and judged.

    Args:
        out_dir: a folder for the results; beside each picture where it is None.

    Raises:
        InputError: a picture cannot be read, two results would have one name or replace a picture, or nothing
            can be written.
        ModelError: the networks fail.
    """
    targets = [(out_dir or path.parent) / path.stem for path in paths]
    _check_targets(paths, targets)
    results = []
    with _staged() as stage:
        for path, target in zip(paths, targets, strict=True):
            result, heat = _inspected(path, target, gallery, perception, judge)
            stage(result.verdict_file, json.dumps(result.document, indent=2).encode())
            stage(result.heat_file, heat)
            results.append(result)
    return results


def _check_targets(paths: Sequence[Path], targets: Sequence[Path]) -> None:
    twice = next((target for number, target in enumerate(targets) if target in targets[:number]), None)
    if twice is not None:
        raise InputError(f"two of the pictures have one name, {twice.name}, and would write the same results")
    for target in targets:
        if _heat_file(target) in paths:
            raise InputError(f"{_heat_file(target)} would be overwritten by the heat map; leave it out")


def _heat_file(target: Path) -> Path:
    return target.with_name(f"{target.name}{HEAT_SUFFIX}")


def _inspected(
    path: Path, target: Path, gallery: Gallery | None, perception: Perception, judge: Judge
) -> tuple[Inspected, bytes]:
    view = views_of([path])[0]
    verdict = judge.judge(perception.perceive([view], None), gallery)
    verdict_file = target.with_name(f"{target.name}.verdict.json")
    heat_file = _heat_file(target)
    document = _document(path, heat_file, verdict)
    drawn = overlay(view.frame.rgb, verdict)
    _, png = cv2.imencode(".png", np.ascontiguousarray(drawn[..., ::-1]))
    return Inspected(path, verdict, document, verdict_file, heat_file), png.tobytes()


def _document(path: Path, heat_file: Path, verdict: Verdict) -> dict[str, object]:
    return {
        "picture": str(path),
        "heat_map": str(heat_file),
        "verdict_id": verdict.verdict_id,
        "made_at": verdict.made_at.isoformat(),
        "outcome": verdict.outcome.value,
        "score": verdict.score,
        "gtin": verdict.gtin,
        "references": verdict.references,
        "evidence": dict(verdict.evidence),
        "types": {kind.value: score for kind, score in verdict.types.items()},
        "models": dict(verdict.models),
        "severity": verdict.severity.value,
        "part": verdict.part and verdict.part.value,
        "disposition": verdict.disposition and verdict.disposition.value,
        "findings": [to_json(finding) for finding in verdict.findings],
        "conditions": [{"view": each.view, "condition": each.condition.value} for each in verdict.conditions],
        "policy": verdict.policy,
        "note": verdict.note,
    }


def _frame(path: Path) -> Frame:
    return Frame(PHOTO, read_picture(path), None, host_ns=0, sequence=0)


@contextmanager
def _staged() -> Iterator[Callable[[Path, bytes], None]]:
    """Give what writes a file under a temporary name; rename all of them at the end, or remove them.

    Raises:
        InputError: the disk refuses.
    """
    token = secrets.token_hex(4)
    written: dict[Path, Path] = {}

    def stage(path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        written[path] = path.with_name(f".{path.name}.{token}")
        written[path].write_bytes(data)

    try:
        yield stage
        for path, temporary in written.items():
            os.replace(temporary, path)
    except OSError as error:
        raise InputError(f"the results cannot be written: {error}; name a folder with --out") from error
    finally:
        for temporary in written.values():
            with suppress(OSError):  # the most are renamed; a name too long cannot even be removed
                temporary.unlink()
