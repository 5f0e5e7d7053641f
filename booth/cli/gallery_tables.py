"""How the commands of `booth gallery` show references, what vetting found, and reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from booth.cli.context import print_json, print_table
from booth.gallery.closeness import UNLIKE
from booth.gallery.curator import Checked
from booth.gallery.report import Report
from booth.store.reference_rows import Change, KeptReference, Proposal
from booth.store.standing import SHOWN_ID, Standing

Told = Sequence[tuple[KeptReference, Sequence[Change]]]
"""References with the history of each."""

VETTED = ("reference", "product", "design", "view", "state", "found", "distance", "why")
VIEWS = (
    "product",
    "design",
    "view",
    "active",
    "vetted",
    "candidate",
    "retired",
    "usual",
    "farthest",
    "look at",
)
ONE = ("reference", "design", "view", "state", "distance", "since", "by", "why")
LATELY = ("product", "last items", "damaged", "unsure")


def print_checked(checked: Sequence[Checked]) -> None:
    """What vetting found, the suspects first."""
    order = {"suspect": 0, "unknown": 1, "good": 2}
    rows = sorted(checked, key=lambda each: order[each.vetting.finding])
    print_table(VETTED, [_checked_line(each) for each in rows])


def documents_of(checked: Sequence[Checked]) -> list[dict[str, Any]]:
    """The same for a program."""
    return [
        {**_document(each.reference), "found": each.vetting.finding, **_vetting(each)} for each in checked
    ]


def print_states(standing: Standing, numbers: Sequence[int], as_json: bool) -> None:
    """What has become of references."""
    rows = [row for row in standing.rows() if row.number in set(numbers)]
    if as_json:
        print_json([_document(row) for row in rows])
        return
    for row in rows:
        print(f"{row.reference_id[:SHOWN_ID]} of {row.gtin}, design {row.design}, {row.view}: {row.state}")


def proposal_line(proposal: Proposal) -> str:
    """A proposal, and what to say to it."""
    which = f"--product {proposal.gtin} --design {proposal.design}"
    return (
        f"design {proposal.design} of {proposal.gtin} is proposed: {proposal.why}\n"
        f"  accept: booth gallery promote {which}\n"
        f"  refuse: booth gallery retire {which} --why …"
    )


def print_report(report: Report, told: Told) -> None:
    """A report: a line for each view; where one product is asked for, one for each reference, too."""
    print_table(VIEWS, [_view_line(view) for view in report.views])
    print(f"usual and farthest: of active references from the others; above {UNLIKE:g} is suspect")
    if told:
        print_table(ONE, [_reference_line(row, changes) for row, changes in told])
    for proposal in report.proposals:
        print(proposal_line(proposal))
    if report.lately:
        print_table(
            LATELY, [(gtin, each.items, each.damaged, each.unsure) for gtin, each in report.lately.items()]
        )


def report_document(report: Report, told: Told) -> dict[str, Any]:
    """The same for a program."""
    document = asdict(report)
    if told:
        document["references"] = [
            {**_document(row), "history": [asdict(change) for change in changes]} for row, changes in told
        ]
    return document


def _document(row: KeptReference) -> dict[str, Any]:
    document = asdict(row)
    del document["number"]
    return document


def _vetting(checked: Checked) -> dict[str, Any]:
    return {
        "distance": checked.vetting.distance,
        "others": checked.vetting.others,
        "why": checked.vetting.why,
    }


def _checked_line(checked: Checked) -> tuple[object, ...]:
    row, found = checked.reference, checked.vetting
    name = row.reference_id[:SHOWN_ID]
    return (
        name, row.gtin, row.design, row.view, row.state, found.finding, _figure(found.distance), found.why
    )  # fmt: skip


def _view_line(view: Any) -> tuple[object, ...]:
    return (
        view.gtin, view.design, view.view, *(_count(view.counts[name]) for name in VIEWS[3:7]),
        _figure(view.usual), _figure(view.farthest), "; ".join(view.remarks),
    )  # fmt: skip


def _reference_line(row: KeptReference, changes: Sequence[Change]) -> tuple[object, ...]:
    last = changes[-1]
    why = last.why
    found = _figure(row.vetting.distance) if row.vetting else ""
    if row.vetting and row.vetting.finding == "suspect":
        found, why = f"{found} suspect", f"{why}; {row.vetting.why}"
    return (
        row.reference_id[:SHOWN_ID], row.design, row.view, row.state, found,
        last.at[:16].replace("T", " "), last.who, why,
    )  # fmt: skip


def _figure(distance: float | None) -> str:
    return "" if distance is None else f"{distance:.2f}"


def _count(number: int) -> str:
    return str(number) if number else "·"
