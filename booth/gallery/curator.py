"""Vets references, lets them count, and proposes design versions: the work of whoever keeps the galleries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from booth.domain.percept import Reference
from booth.gallery.closeness import Looks
from booth.gallery.designs import LEAST_ITEMS, MOST_REFERENCES, Item, alike
from booth.gallery.vetting import Told, vet
from booth.ports.seeing import Judge
from booth.store.gallery_schema import ReferenceState
from booth.store.proposals import Proposals
from booth.store.reference_choice import evenly
from booth.store.reference_rows import KeptReference, Proposal, Vetting
from booth.store.references import References
from booth.store.standing import Standing

MOST_VETTED = 1_000
"""References of one design and view that are held against the others at once: the last of them."""
WAY = (ReferenceState.CANDIDATE, ReferenceState.VETTED, ReferenceState.ACTIVE)
COUNTS = (ReferenceState.ACTIVE, ReferenceState.VETTED)


def _silent(done: int, total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Checked:
    """One reference after vetting."""

    reference: KeptReference
    vetting: Vetting


@dataclass(frozen=True, slots=True)
class Curator:
    """One thread at a time calls it, as its judge keeps prepared galleries.

    Attributes:
        trunk: whose features are compared; references of others wait until they are enrolled again.
        who: the person in whose name states change.
    """

    references: References
    standing: Standing
    proposals: Proposals
    judge: Judge
    trunk: str
    who: str

    def vet(self, gtin: str = "", told: Told = _silent) -> list[Checked]:
        """Hold candidates, and what counts already, against the rest; candidates that are good become vetted.

        A candidate that is unlike its own design and like another that counts becomes one of that design.

        Raises:
            ModelError: the networks fail.
            StoreError: the galleries cannot be read or changed.
        """
        groups = self._groups(self._rows(gtin))
        checked: list[Checked] = []
        for done, group in enumerate(groups, start=1):
            checked += self._vet_group(group, told if len(groups) == 1 else _silent)
            if len(groups) > 1:
                told(done, len(groups))
        return checked

    def enrolled(self, numbers: Collection[int], gtin: str, told: Told = _silent) -> list[Checked]:
        """Vet what a person has just brought: all but the suspect become active, the rest stay candidates.

        Raises:
            ModelError: the networks fail.
            StoreError: the galleries cannot be read or changed.
        """
        rows = self._rows(gtin)
        groups = [group for group in self._groups(rows) if any(row.number in numbers for row in group)]
        found = [each for group in groups for each in self._vet_group(group, told, only_fresh=True)]
        checked = [each for each in found if each.reference.number in numbers]
        for each in checked:
            if each.vetting.finding != "suspect":
                self._let_count(each.reference.number, each.vetting.why)
        now = {row.number: row for row in self.standing.rows(gtin)}
        return [replace(each, reference=now[each.reference.number]) for each in checked]

    def promote(self, numbers: Sequence[int], why: str) -> None:
        """Let references count, whatever their state is; each step is noted.

        Raises:
            InputError: one of them is active already, or gone.
            StoreError: the galleries cannot be changed.
        """
        states = {row.number: row.state for row in self.standing.rows()}
        for number in numbers:
            for state in _way(states.get(number, ReferenceState.VETTED)):
                self.standing.move([number], state, self.who, why)

    def propose(self, gtin: str = "", least: int = LEAST_ITEMS) -> list[Proposal]:
        """Propose a design version for each product whose confirmed-good items are unlike it in one way.

        Args:
            least: how many items speak for a design.

        Raises:
            ModelError: the networks fail.
            StoreError: the galleries cannot be read or changed.
        """
        rows = self._rows(gtin)
        made = [self._propose(name, rows, least) for name in dict.fromkeys(row.gtin for row in rows)]
        return [proposal for proposal in made if proposal is not None]

    def _let_count(self, number: int, why: str) -> None:
        """Make a new reference active, whatever of the way another process has made."""
        for was, became in pairwise(WAY):
            self.standing.move_on(number, was, became, self.who, why)

    def _rows(self, gtin: str) -> list[KeptReference]:
        rows = self.standing.rows(gtin, (*COUNTS, ReferenceState.CANDIDATE))
        return [row for row in rows if row.trunk == self.trunk]

    def _groups(self, rows: Sequence[KeptReference]) -> list[list[KeptReference]]:
        """The rows of each product, design and view, in which something is to be said."""
        groups: dict[tuple[str, str, str], list[KeptReference]] = {}
        for row in rows:
            groups.setdefault((row.gtin, row.design, row.view), []).append(row)
        return [group[-MOST_VETTED:] for group in groups.values()]

    def _vet_group(
        self, group: Sequence[KeptReference], told: Told, *, only_fresh: bool = False
    ) -> list[Checked]:
        trusted = [row.number for row in group if row.state in COUNTS]
        fresh = [row.number for row in group if row.state not in COUNTS]
        findings = vet(self.judge, trusted, fresh, self.references.load, told, only_fresh=only_fresh).findings
        self.standing.note(findings)
        return [self._settled(row, findings[row.number]) for row in group if row.number in findings]

    def _settled(self, row: KeptReference, vetting: Vetting) -> Checked:
        """What follows for a reference that does not count yet."""
        checked = Checked(row, vetting)
        if row.state is not ReferenceState.CANDIDATE:
            return checked
        if vetting.finding == "suspect":
            checked = self._of_another_design(checked)
        if checked.vetting.finding == "good":
            why = checked.vetting.why
            self.standing.move_on(row.number, row.state, ReferenceState.VETTED, self.who, why)
            checked = replace(checked, reference=replace(checked.reference, state=ReferenceState.VETTED))
        return checked

    def _of_another_design(self, checked: Checked) -> Checked:
        """The same under the design that it is like; unchanged where there is none."""
        row = checked.reference
        active = self.standing.rows(row.gtin, (ReferenceState.ACTIVE,))
        others = [each for each in active if each.view == row.view and each.trunk == self.trunk]
        for design in sorted({each.design for each in others} - {row.design}):
            numbers = [each.number for each in others if each.design == design]
            finding = vet(self.judge, numbers, [row.number], self.references.load).findings.get(row.number)
            if finding is not None and finding.finding == "good":
                self.standing.of_design(row.number, design)
                self.standing.note({row.number: finding})
                return Checked(replace(row, design=design), finding)
        return checked

    def _propose(self, gtin: str, rows: Sequence[KeptReference], least: int) -> Proposal | None:
        own = [row for row in rows if row.gtin == gtin]
        strange = [row for row in own if row.state is ReferenceState.CANDIDATE and row.sample]
        items = _items(strange, self.references.load([row.number for row in strange]))
        if len(items) < least:
            return None
        active = [row for row in own if row.state is ReferenceState.ACTIVE]
        found = alike(self.judge, _views(active, self.references), items, least)
        if found is None:
            return None
        numbers = [row.number for row in strange if row.sample in found.items]
        why = (
            f"{len(found.items)} items that a person called good are unlike the references"
            f" ({found.from_references:.2f}) and like each other ({found.from_each_other:.2f})"
        )
        return self.proposals.propose(gtin, numbers, why)


def _items(rows: Sequence[KeptReference], looks: dict[int, list[Reference]]) -> dict[str, Item]:
    """The views of each item, oldest first."""
    items: dict[str, dict[str, Looks]] = {}
    for row in rows:
        if row.number in looks:
            items.setdefault(row.sample, {})[row.view] = looks[row.number]
    return dict(items)


def _views(rows: Sequence[KeptReference], references: References) -> dict[str, list[Looks]]:
    """So many references of each view as designs are compared with."""
    views: dict[str, list[Looks]] = {}
    for view in dict.fromkeys(row.view for row in rows):
        chosen = evenly([row.number for row in rows if row.view == view], MOST_REFERENCES)
        views[view] = list(references.load(chosen).values())
    return {view: looks for view, looks in views.items() if looks}


def _way(state: ReferenceState) -> tuple[ReferenceState, ...]:
    """The states that lead from this one to active, in order."""
    after = {ReferenceState.RETIRED: 0, ReferenceState.CANDIDATE: 1}
    return WAY[after.get(state, 2) :]
