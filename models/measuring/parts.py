"""What an evaluation looks and judges with: the shipped networks, and the fusion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from booth.evaluate.scores import Fuse, ViewEvidence, Witness
from booth.ports.seeing import Judge, Perception
from models.fusion import shipped


@dataclass(frozen=True, slots=True)
class Parts:
    """Perception, what judges, what gives the evidence for it, and what makes a score of that."""

    perception: Perception
    judge: Judge
    witness: Witness
    fuse: Fuse


def shipped_parts(captures: Path | None = None) -> Parts:
    """The parts that the booth ships.

    Args:
        captures: a captured set of which percepts may have been kept: those are not looked at again.

    Raises:
        ModelError: a network is missing, or is not the pinned one.
    """
    from models.judge import shipped_judge
    from models.measuring.kept import remembering
    from models.perception import perception

    one = shipped_judge()
    look = perception({}) if captures is None else remembering(perception({}), captures)
    return Parts(look, one, one, shipped_fuse())


def shipped_fuse() -> Fuse:
    """The shipped fusion as a score of views. Raises: ModelError."""
    fusion = shipped()

    def fuse(views: Sequence[ViewEvidence]) -> float:
        return fusion.fuse(views).score

    return fuse
