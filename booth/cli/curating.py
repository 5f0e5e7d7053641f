"""`booth gallery vet|promote|retire|report`: which references of a product count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer

from booth.assembly import parts
from booth.assembly.finding import build_index
from booth.assembly.galleries import curator, user
from booth.assembly.learning import bring_pictures
from booth.cli.context import AsJson, Groups, print_json, progress_bar, settings
from booth.cli.gallery_tables import (
    documents_of,
    print_checked,
    print_report,
    print_states,
    proposal_line,
    report_document,
)
from booth.errors import InputError
from booth.gallery.curator import Curator
from booth.gallery.designs import LEAST_ITEMS
from booth.gallery.report import Lately, lately_of, report
from booth.identify.gtin import as_gtin13
from booth.ports.seeing import Perception
from booth.store.gallery_schema import ReferenceState
from booth.store.looks import Looks
from booth.store.proposals import Proposals
from booth.store.reference_rows import KeptReference
from booth.store.samples import DATABASE_FILE
from booth.store.standing import SHOWN_ID, Standing

LAST_ITEMS = 2_000
"""So many of the last items are counted in a report."""

Named = Annotated[
    list[str] | None, typer.Argument(help="The first characters of a reference's id, as `report` shows it.")
]
OfProduct = Annotated[str, typer.Option("--product", help="The GTIN of the product.")]
OneProduct = Annotated[str, typer.Argument(metavar="[GTIN]", help="One product; nothing takes all.")]
Design = Annotated[str, typer.Option("--design", help="The design version that the booth proposes.")]
Why = Annotated[str, typer.Option("--why", help="The reason, for the history.")]


def add_commands(groups: Groups) -> None:
    """Add `booth gallery vet`, `promote`, `retire` and `report`."""
    groups["gallery"].command("vet")(vet)
    groups["gallery"].command("promote")(promote)
    groups["gallery"].command("retire")(retire)
    groups["gallery"].command("report")(show_report)


def vet(
    product: OneProduct = "",
    items: Annotated[
        int, typer.Option(min=2, max=100, help="So many good items that are unlike the gallery are a design.")
    ] = LEAST_ITEMS,
    as_json: AsJson = False,
) -> None:
    """Hold candidates, and what counts already, against the other references; propose new designs."""
    gtin = known_gtin(product)
    with _curator() as (keeper, _), progress_bar("Vetting") as told:
        _insist_on_some(keeper.standing, gtin)
        checked = keeper.vet(gtin, told)
        proposals = keeper.propose(gtin, items)
    if as_json:
        print_json({"vetted": documents_of(checked), "proposals": [asdict(each) for each in proposals]})
        return
    print_checked(checked)
    if not checked:
        print("no reference has features of the trunk in use: booth gallery re-enrol")
    for each in proposals:
        print(proposal_line(each))


def promote(
    references: Named = None,
    product: OfProduct = "",
    all_vetted: Annotated[bool, typer.Option("--all-vetted", help="All that vetting found good.")] = False,
    design: Design = "",
    why: Why = "",
    as_json: AsJson = False,
) -> None:
    """Make references active: named ones, all that are vetted, or those of a proposed design version."""
    gtin = known_gtin(product)
    _insist_on_one(references, all_vetted, design)
    with _curator() as (keeper, bring):
        if design:
            _insist_on_product(gtin)
            numbers = list(keeper.proposals.accept(gtin, design, keeper.who).references)
        elif all_vetted:
            numbers = [row.number for row in keeper.standing.rows(gtin, (ReferenceState.VETTED,))]
            if not numbers:
                raise InputError("no reference is vetted; `booth gallery vet` looks at the candidates")
            keeper.promote(numbers, why or "vetted, and promoted with the others")
        else:
            rows = _named(keeper.standing, references or [], gtin)
            for row in rows:
                _insist_on_reason(row, why)
            numbers = [row.number for row in rows]
            keeper.promote(numbers, why or "vetted, and promoted")
        bring()
        print_states(keeper.standing, numbers, as_json)


def retire(
    references: Named = None,
    product: OfProduct = "",
    design: Design = "",
    why: Why = "retired by a person",
    as_json: AsJson = False,
) -> None:
    """Take references out of use, or refuse a proposed design version; their pictures are kept."""
    gtin = known_gtin(product)
    _insist_on_one(references, False, design)
    root = settings().data_dir
    with closing(Standing(root)) as standing, closing(Proposals(root)) as proposals:
        if design:
            _insist_on_product(gtin)
            numbers = list(proposals.reject(gtin, design, user(), why).references)
        else:
            numbers = [row.number for row in _named(standing, references or [], gtin)]
            standing.move(numbers, ReferenceState.RETIRED, user(), why)
        print_states(standing, numbers, as_json)


def show_report(product: OneProduct = "", as_json: AsJson = False) -> None:
    """Say what each gallery has: references by state, how alike they are, suspects, and proposed designs."""
    gtin, config = known_gtin(product), settings()
    with closing(Standing(config.data_dir)) as standing, closing(Proposals(config.data_dir)) as proposals:
        rows = standing.rows(gtin)
        if gtin and not rows:
            raise InputError(f"there are no references of {gtin}; enrol some with `booth gallery enrol`")
        trunk = parts.build_perception(config).trunk if rows else ""
        found = report(rows, proposals.all(gtin), trunk, _lately())
        told = [(row, standing.history(row.number)) for row in rows] if gtin else []
    if as_json:
        print_json(report_document(found, told))
    else:
        print_report(found, told)


def known_gtin(product: str) -> str:
    """A GTIN as the galleries have it; empty where none is asked for. Raises: InputError."""
    gtin = as_gtin13(product) if product else ""
    if gtin is None:
        raise InputError(f"'{product}' is not a GTIN: its check digit does not fit")
    return gtin


def bring(perception: Perception) -> None:
    """Have the catalogue know the pictures that count now. Raises: ModelError, StoreError."""
    config = settings()
    with closing(build_index(config)) as index, closing(Looks(config.data_dir)) as looks:
        bring_pictures(index, looks, perception)


@contextmanager
def _curator() -> Iterator[tuple[Curator, Callable[[], None]]]:
    config = settings()
    perception = parts.build_perception(config)
    with curator(config, perception) as keeper:
        yield keeper, partial(bring, perception)


def _named(standing: Standing, names: Sequence[str], gtin: str) -> list[KeptReference]:
    rows = {row.number: row for row in (standing.named(name, gtin) for name in names)}
    return list(rows.values())


def _insist_on_one(references: Sequence[str] | None, all_vetted: bool, design: str) -> None:
    if sum((bool(references), all_vetted, bool(design))) != 1:
        raise InputError("say which: ids of references, --all-vetted, or --product with --design")


def _insist_on_product(gtin: str) -> None:
    if not gtin:
        raise InputError("a design version is one of a product: say which with --product")


def _insist_on_some(standing: Standing, gtin: str) -> None:
    if not standing.rows(gtin):
        of = f" of {gtin}" if gtin else ""
        raise InputError(f"there are no references{of}; enrol some with `booth gallery enrol`")


def _insist_on_reason(row: KeptReference, why: str) -> None:
    """What was not found good counts only in the name of somebody who says why."""
    if row.state is ReferenceState.ACTIVE:
        raise InputError(f"{row.reference_id[:SHOWN_ID]} of {row.gtin} is active already")
    if row.state is not ReferenceState.VETTED and not why:
        found = f", and {row.vetting.finding}: {row.vetting.why}" if row.vetting else ", and not vetted"
        raise InputError(f"{row.reference_id[:SHOWN_ID]} is {row.state}{found}; say with --why why it counts")


def _lately() -> dict[str, Lately]:
    config = settings()
    if not (config.data_dir / DATABASE_FILE).is_file():
        return {}
    with parts.open_store(config) as store:
        rows = store.rows(limit=LAST_ITEMS)
    return lately_of((row.gtin, row.outcome.value if row.outcome else "") for row in rows)
