"""Whoever keeps the galleries lets the good count, holds the suspect back, and proposes designs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from booth.domain.percept import Gallery, Percept
from booth.domain.verdict import Verdict
from booth.errors import InputError
from booth.gallery.curator import Checked
from booth.gallery.vetting import PANEL
from booth.store.gallery_schema import ReferenceState
from booth.store.references import References
from tests.gallery.stand_ins import GTIN, OTHER, TRUNK, PlainJudge, Shelf, near, shelf

OLD, NEW, TORN, CRUSHED = (
    (1.0, 1.0, 0.2, 0.2),
    (1.0, 0.2, 1.0, 0.2),
    (1.0, 1.0, 2.0, 0.2),
    (0.1, 1.0, 0.2, 1.5),
)
CANDIDATE, VETTED = ReferenceState.CANDIDATE, ReferenceState.VETTED
ACTIVE, RETIRED = ReferenceState.ACTIVE, ReferenceState.RETIRED


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Shelf]:
    with shelf(tmp_path) as made:
        yield made


def stock(kept: Shelf, count: int = 4) -> list[int]:
    return [kept.add(near(OLD, seed)) for seed in range(count)]


def items(kept: Shelf, *points: tuple[float, ...]) -> list[int]:
    """Confirmed-good items that were unlike the references."""
    return [
        kept.add(near(point, 60 + number), CANDIDATE, f"sample-{number}", distance=3.0)
        for number, point in enumerate(points)
    ]


def finding(checked: list[Checked], number: int) -> str:
    (found,) = [each for each in checked if each.reference.number == number]
    return found.vetting.finding


def test_a_good_candidate_is_vetted_and_a_damaged_one_waits(kept: Shelf) -> None:
    stock(kept)
    good, torn = kept.add(near(OLD, 50), CANDIDATE), kept.add(near(TORN, 51), CANDIDATE)
    checked = kept.curator.vet(GTIN)
    assert (finding(checked, good), finding(checked, torn)) == ("good", "suspect")
    assert kept.states()[good] is VETTED
    assert kept.states()[torn] is CANDIDATE
    assert [change.who for change in kept.standing.history(good)] == ["a test", "a technician"]


def test_vetting_twice_changes_nothing_more(kept: Shelf) -> None:
    stock(kept)
    good = kept.add(near(OLD, 50), CANDIDATE)
    kept.curator.vet()
    kept.curator.vet()
    assert len(kept.standing.history(good)) == 2


def test_what_a_person_enrols_counts_at_once_unless_it_is_suspect(kept: Shelf) -> None:
    brought = [kept.add(near(point, 40 + n), CANDIDATE) for n, point in enumerate((OLD, OLD, NEW, OLD, OLD))]
    checked = kept.curator.enrolled(brought, GTIN)
    assert [kept.states()[number] for number in brought] == [ACTIVE, ACTIVE, CANDIDATE, ACTIVE, ACTIVE]
    assert [each.reference.state for each in checked] == [ACTIVE, ACTIVE, CANDIDATE, ACTIVE, ACTIVE]


def test_the_first_two_pictures_count_with_a_note_that_nothing_could_be_said(kept: Shelf) -> None:
    brought = [kept.add(near(OLD, seed), CANDIDATE) for seed in range(2)]
    kept.curator.enrolled(brought, GTIN)
    assert [kept.states()[number] for number in brought] == [ACTIVE, ACTIVE]
    assert "too few" in kept.standing.history(brought[0])[-1].why


def test_only_active_references_are_compared_with(kept: Shelf) -> None:
    stock(kept, 1)
    kept.add(near(OLD, 50), CANDIDATE)
    kept.add(near(OLD, 51), VETTED)
    kept.add(near(OLD, 52), RETIRED)
    gallery = References(kept.root).of(GTIN, TRUNK)
    assert gallery is not None
    assert len(gallery.references) == 1


def test_products_designs_and_views_are_vetted_apart(kept: Shelf) -> None:
    stock(kept)
    kept.add(near(NEW, 50), view="side")
    kept.add(near(TORN, 51), gtin=OTHER)
    kept.add(near(CRUSHED, 52), design="2")
    assert {each.vetting.finding for each in kept.curator.vet()} == {"good", "unknown"}


def test_three_good_items_with_a_changed_label_are_proposed_and_accepted(kept: Shelf) -> None:
    stock(kept)
    numbers = items(kept, NEW, NEW, NEW)
    kept.curator.vet()
    (proposal,) = kept.curator.propose()
    assert (proposal.gtin, proposal.design, proposal.references) == (GTIN, "2", tuple(numbers))
    assert len(proposal.samples) == 3
    assert kept.references.of(GTIN, TRUNK) is not None
    kept.proposals.accept(GTIN, "2", "a technician")
    gallery = kept.references.of(GTIN, TRUNK)
    assert gallery is not None
    assert sorted(one.design for one in gallery.references) == ["1"] * 4 + ["2"] * 3
    assert kept.curator.propose() == []


def test_a_later_item_of_an_accepted_design_is_vetted_under_it(kept: Shelf) -> None:
    stock(kept)
    items(kept, NEW, NEW, NEW)
    kept.curator.propose()
    kept.proposals.accept(GTIN, "2", "a technician")
    late = kept.add(near(NEW, 90), CANDIDATE, "sample-late", distance=0.9)
    kept.curator.vet()
    (row,) = [row for row in kept.standing.rows() if row.number == late]
    assert (row.design, row.state) == ("2", VETTED)


def test_three_damages_called_good_by_mistake_are_not_proposed_and_never_count(kept: Shelf) -> None:
    stock(kept)
    numbers = items(kept, TORN, CRUSHED, (1.0, 2.2, 0.2, 0.9))
    for _ in range(2):
        kept.curator.vet()
        assert kept.curator.propose() == []
    assert {kept.states()[number] for number in numbers} == {CANDIDATE}


def test_one_damaged_item_called_good_never_counts_by_itself(kept: Shelf) -> None:
    stock(kept)
    (number,) = items(kept, TORN)
    kept.curator.vet()
    with pytest.raises(InputError, match="is candidate and cannot become active"):
        kept.standing.move([number], ACTIVE, "x", "y")
    assert kept.states()[number] is CANDIDATE


def test_a_proposal_grows_with_the_items_that_speak_for_it(kept: Shelf) -> None:
    stock(kept)
    items(kept, NEW, NEW, NEW)
    kept.curator.propose()
    kept.add(near(NEW, 95), CANDIDATE, "sample-9", distance=3.0)
    (proposal,) = kept.curator.propose()
    assert (proposal.design, len(proposal.samples)) == ("2", 4)
    assert len(kept.proposals.all(GTIN)) == 1


def test_a_refused_design_is_not_proposed_again(kept: Shelf) -> None:
    stock(kept)
    numbers = items(kept, NEW, NEW, NEW)
    kept.curator.propose()
    kept.proposals.reject(GTIN, "2", "a technician", "a counterfeit")
    assert {kept.states()[number] for number in numbers} == {RETIRED}
    assert kept.curator.propose() == []
    assert kept.standing.history(numbers[0])[-1].why == "a counterfeit"


def test_promoting_walks_every_state_and_notes_each(kept: Shelf) -> None:
    number = kept.add(near(OLD, 1), RETIRED)
    kept.curator.promote([number], "it was right after all")
    assert [change.became for change in kept.standing.history(number)] == [RETIRED, CANDIDATE, VETTED, ACTIVE]
    with pytest.raises(InputError, match="is active already"):
        kept.curator.promote([number], "again")


def test_enrolling_one_picture_into_a_large_gallery_compares_it_alone(kept: Shelf) -> None:
    stock(kept, 40)
    number = kept.add(near(OLD, 90), CANDIDATE)
    before = kept.judge.calls
    (checked,) = kept.curator.enrolled([number], GTIN)
    assert checked.reference.state is ACTIVE
    assert kept.judge.calls - before <= 2 * PANEL + 1


def test_progress_is_told_over_all_galleries(kept: Shelf) -> None:
    stock(kept)
    kept.add(near(TORN, 51), gtin=OTHER)
    told: list[tuple[int, int]] = []
    kept.curator.vet(told=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_where_another_process_vets_the_same_pictures_neither_stumbles(kept: Shelf, tmp_path: Path) -> None:
    brought = [kept.add(near(OLD, seed), CANDIDATE) for seed in range(4)]
    with shelf(tmp_path) as other:

        class Faster(PlainJudge):
            """Before it judges for the first time, the other process enrols the same pictures."""

            def judge(self, percept: Percept, gallery: Gallery | None) -> Verdict:
                if not self.calls:
                    other.curator.enrolled(brought, GTIN)
                return super().judge(percept, gallery)

        slower = replace(kept.curator, judge=Faster())
        checked = slower.enrolled(brought, GTIN)
    assert {each.reference.state for each in checked} == {ACTIVE}
    assert [len(kept.standing.history(number)) for number in brought] == [3] * 4
