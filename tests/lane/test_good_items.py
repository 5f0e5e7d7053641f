"""What a person called good is offered to the gallery when its item closes; nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from booth.domain.sample import Annotation, Disposition
from booth.domain.terms import DamageType, DispositionKind, Outcome, Part, Severity, now
from booth.events import Closed, Phase
from booth.store.gallery_schema import ReferenceState
from booth.store.standing import Standing
from tests.fakes import wait_until
from tests.lane.rig import SOAP, Rig, running

MARK = Annotation(
    "m", "top", ((0, 0), (9, 9)), DamageType.TEAR, Severity.MINOR, Part.PACKAGING, "anna", now()
)


def close(rig: Rig, outcome: Outcome | None, gtin: str = SOAP.gtin) -> str:
    rig.place()
    item = rig.wait_for(Phase.PRODUCT)
    rig.station.choose_product(gtin)
    rig.wait_for(Phase.VERDICT)
    if outcome is not None:
        rig.station.answer(outcome)
    rig.station.save()
    wait_until(lambda: bool(rig.heard.of(Closed)))
    return item.sample_id


def candidates(folder: Path) -> list[tuple[str, str]]:
    rows = Standing(folder).rows(SOAP.gtin, (ReferenceState.CANDIDATE,))
    return [(row.sample, row.view) for row in rows]


def test_an_item_that_a_person_called_good_becomes_a_candidate(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        sample_id = close(rig, Outcome.OK)
    assert candidates(tmp_path) == [(sample_id, "top"), (sample_id, "side")]


@pytest.mark.parametrize(
    ("outcome", "gtin"),
    [(None, SOAP.gtin), (Outcome.DAMAGED, SOAP.gtin), (Outcome.UNSURE, SOAP.gtin), (Outcome.OK, "")],
)
def test_an_item_that_nobody_called_good_or_named_does_not(
    tmp_path: Path, outcome: Outcome | None, gtin: str
) -> None:
    with running(tmp_path) as rig:
        close(rig, outcome, gtin)
    assert candidates(tmp_path) == []


def test_an_item_called_good_that_was_marked_or_not_sold_does_not(tmp_path: Path) -> None:
    for number, discount in enumerate((False, True)):
        folder = tmp_path / str(number)
        with running(folder) as rig:
            rig.place()
            rig.wait_for(Phase.PRODUCT)
            rig.station.choose_product(SOAP.gtin)
            rig.wait_for(Phase.VERDICT)
            rig.station.answer(Outcome.OK)
            if discount:
                rig.station.decide(Disposition(DispositionKind.DISCOUNT, "anna", now()))
            else:
                rig.station.mark(MARK)
            rig.station.save()
            wait_until(lambda heard=rig.heard: bool(heard.of(Closed)))  # type: ignore[misc]
        assert candidates(folder) == []
