"""A reference's state changes only where it may, by somebody, for a reason; all of it is kept."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from booth.domain.percept import Reference
from booth.errors import BoothError, InputError
from booth.store.gallery_schema import ReferenceState
from booth.store.proposals import Proposals
from booth.store.reference_rows import Source, Vetting
from booth.store.references import References, reference_id_of
from booth.store.standing import LEGAL, Standing

GTIN, OTHER = "4006381333931", "5449000000996"
CANDIDATE, VETTED = ReferenceState.CANDIDATE, ReferenceState.VETTED
ACTIVE, RETIRED = ReferenceState.ACTIVE, ReferenceState.RETIRED


class Kept:
    def __init__(self, root: Path, stack: ExitStack) -> None:
        self.root = root
        self.references = stack.enter_context(closing(References(root)))
        self.standing = stack.enter_context(closing(Standing(root)))
        self.proposals = stack.enter_context(closing(Proposals(root)))

    def add(
        self,
        seed: int,
        state: ReferenceState = CANDIDATE,
        gtin: str = GTIN,
        sample: str = "s",
        design: str = "1",
    ) -> int:
        add(self.references, seed, gtin, Source("jo", "brought", state, sample), design)
        return self.standing.rows()[-1].number

    def states(self) -> list[ReferenceState]:
        return [row.state for row in self.standing.rows()]


def add(references: References, seed: int, gtin: str, source: Source, design: str = "1") -> bool:
    rgb = np.random.default_rng(seed).integers(0, 255, (8, 8, 3)).astype(np.uint8)
    patches = np.full((2, 2, 3), seed, np.float32)
    return references.add(
        gtin, design, Reference(reference_id_of(rgb), "top", "t", patches), rgb, source=source
    )


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with ExitStack() as stack:
        yield Kept(tmp_path, stack)


@pytest.mark.parametrize(("was", "became"), list(product(ReferenceState, ReferenceState)))
def test_only_legal_moves_are_made(kept: Kept, was: ReferenceState, became: ReferenceState) -> None:
    number = kept.add(1, was)
    if became in LEGAL[was]:
        kept.standing.move([number], became, "kim", "because")
        assert kept.states() == [became]
        return
    with pytest.raises(InputError, match=r"already|cannot become"):
        kept.standing.move([number], became, "kim", "because")
    assert kept.states() == [was]
    assert len(kept.standing.history(number)) == 1


def test_the_history_says_who_when_and_why(kept: Kept) -> None:
    number = kept.add(1)
    kept.standing.move([number], VETTED, "kim", "like the others")
    first, second = kept.standing.history(number)
    assert (first.who, first.was, first.became, first.why) == ("jo", "", CANDIDATE, "brought")
    assert (second.who, second.was, second.became, second.why) == (
        "kim",
        "candidate",
        VETTED,
        "like the others",
    )
    assert first.at <= second.at


def test_where_one_of_several_may_not_go_none_goes(kept: Kept) -> None:
    one, other = kept.add(1), kept.add(2, ACTIVE)
    with pytest.raises(InputError, match="is active and cannot become vetted, only retired"):
        kept.standing.move([one, other], VETTED, "kim", "")
    assert kept.states() == [CANDIDATE, ACTIVE]


def test_a_reference_is_named_by_the_first_of_its_id(kept: Kept) -> None:
    kept.add(1)
    (row,) = kept.standing.rows()
    assert kept.standing.named(row.reference_id[:8].upper()) == row
    for name, said in (("abc", "give 6 characters"), ("0" * 12, "there is no reference"), ("", "give 6")):
        with pytest.raises(InputError, match=said):
            kept.standing.named(name)


def test_a_name_that_fits_two_asks_for_the_product(kept: Kept) -> None:
    kept.add(1)
    kept.add(1, gtin=OTHER)
    name = kept.standing.rows()[0].reference_id[:12]
    with pytest.raises(InputError, match=r"names 2 references .*--product"):
        kept.standing.named(name)
    assert kept.standing.named(name, OTHER).gtin == OTHER


def test_what_was_found_last_counts(kept: Kept) -> None:
    number = kept.add(1)
    assert kept.standing.rows()[0].vetting is None
    for vetting in (Vetting("unknown", 1, None, "few"), Vetting("suspect", 4, 1.5, "unlike")):
        kept.standing.note({number: vetting, 999: vetting})
    assert kept.standing.rows()[0].vetting == vetting


def test_a_forgotten_candidate_leaves_no_row_and_no_file(kept: Kept) -> None:
    one, other = kept.add(1), kept.add(2, ACTIVE)
    assert kept.standing.forget([one, other]) == 1
    assert [row.number for row in kept.standing.rows()] == [other]
    assert len(list((kept.root / "gallery" / "kept").iterdir())) == 1
    assert kept.standing.history(one) == []
    assert kept.add(1) != one, "it may come again"


def test_a_candidate_that_is_proposed_is_not_forgotten(kept: Kept) -> None:
    numbers = [kept.add(1), kept.add(2)]
    kept.proposals.propose(GTIN, numbers[:1], "alike")
    assert kept.standing.forget(numbers) == 1
    assert [row.proposal for row in kept.standing.rows()] == [1]


def test_a_proposed_design_has_the_next_number(kept: Kept) -> None:
    kept.add(1, ACTIVE, design="7")
    kept.add(2, ACTIVE, design="spring")
    proposal = kept.proposals.propose(GTIN, [kept.add(3)], "alike")
    assert proposal.design == "8"
    kept.proposals.reject(GTIN, "8", "kim", "no")
    assert kept.proposals.propose(GTIN, [kept.add(4)], "alike").design == "9"


def test_a_design_that_nobody_proposed_cannot_be_accepted(kept: Kept) -> None:
    with pytest.raises(InputError, match="no design 2 is proposed for 4006381333931: none is"):
        kept.proposals.accept(GTIN, "2", "kim")
    number = kept.add(1)
    kept.proposals.propose(GTIN, [number], "alike")
    with pytest.raises(InputError, match="design 2 is"):
        kept.proposals.accept(GTIN, "3", "kim")
    kept.proposals.accept(GTIN, "2", "kim")
    with pytest.raises(InputError, match="none is"):
        kept.proposals.accept(GTIN, "2", "kim")


def test_accepting_passes_over_what_a_person_decided_meanwhile(kept: Kept) -> None:
    numbers = [kept.add(seed) for seed in range(3)]
    kept.proposals.propose(GTIN, numbers, "alike")
    kept.standing.move(numbers[:1], RETIRED, "kim", "dented")
    kept.standing.move(numbers[1:2], VETTED, "kim", "fine")
    kept.proposals.accept(GTIN, "2", "kim")
    assert [(row.state, row.design) for row in kept.standing.rows()] == [
        (RETIRED, "1"),
        (ACTIVE, "2"),
        (ACTIVE, "2"),
    ]


def test_only_candidates_are_proposed(kept: Kept) -> None:
    with pytest.raises(InputError, match="is no candidate any more"):
        kept.proposals.propose(GTIN, [kept.add(1, ACTIVE)], "alike")
    assert kept.proposals.all() == []


def test_a_picture_may_be_enrolled_under_the_design_that_it_was_moved_from(kept: Kept) -> None:
    number = kept.add(1)
    kept.proposals.propose(GTIN, [number], "alike")
    kept.proposals.accept(GTIN, "2", "kim")
    kept.add(1, ACTIVE)
    gallery = kept.references.of(GTIN, "t")
    assert gallery is not None
    assert [one.design for one in gallery.references] == ["2", "1"]
    assert len(list((kept.root / "gallery" / "kept").iterdir())) == 2


def enrol_many(root: str, first: int) -> None:
    with closing(References(Path(root))) as references:
        for seed in range(first, first + 10):
            add(references, seed, GTIN, Source())


def test_two_processes_that_enrol_at_once_lose_nothing_and_keep_each_picture_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=enrol_many, args=(str(tmp_path), first)) for first in (0, 5)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60.0)
    assert [worker.exitcode for worker in workers] == [0, 0]
    gallery = References(tmp_path).of(GTIN, "t")
    assert gallery is not None
    assert len(Standing(tmp_path).rows()) == 15
    assert len(list((tmp_path / "gallery" / "kept").iterdir())) == 15
    assert not list((tmp_path / "gallery").glob("aside"))


def test_a_gallery_that_is_no_database_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "gallery.sqlite").write_bytes(b"no database" * 500)
    for opened in (Standing, Proposals, References):
        with pytest.raises(BoothError, match="cannot be used"):
            opened(tmp_path)
