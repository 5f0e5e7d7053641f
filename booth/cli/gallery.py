"""`booth gallery`: enrol reference pictures of a pristine product, list what is there, look after it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from booth.assembly import parts
from booth.assembly.galleries import curator, renewal, user
from booth.cli import curating
from booth.cli.context import AsJson, Groups, print_json, print_table, progress_bar, rows_of, settings
from booth.cli.gallery_tables import documents_of, print_checked
from booth.domain.picture import Frame, View
from booth.errors import InputError
from booth.evaluate.layouts import PHOTO
from booth.gallery.curator import Checked
from booth.gallery.enrol import enrol
from booth.store.calibrations import Calibrations
from booth.store.gallery_schema import ReferenceState
from booth.store.picture_files import read_picture
from booth.store.reference_rows import Source
from booth.store.references import References, reference_id_of

SHOWN = ("gtin", "design", "view", "state", "references", "trunk", "enrolled_at")
MOST_ENROLLED = 1_000
"""Pictures of one product, design and view that are kept at most."""


def add_commands(groups: Groups) -> None:
    """Add the commands of `booth gallery`."""
    groups["gallery"].command("enrol")(enrol_pictures)
    groups["gallery"].command("re-enrol")(enrol_again)
    groups["gallery"].command("list")(list_gallery)
    curating.add_commands(groups)


def enrol_pictures(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures of pristine items.")],
    product: Annotated[str, typer.Option(help="The GTIN of the product.")],
    design: Annotated[str, typer.Option(help="The design version of its packaging.")] = "1",
    view: Annotated[str, typer.Option(help="The camera's view that the pictures show.")] = PHOTO,
    as_json: AsJson = False,
) -> None:
    """Enrol pictures of pristine items as references; one that is unlike the others waits for a word.

    None is enrolled when one cannot be read.
    """
    config = settings()
    gtin = curating.known_gtin(product)
    if not gtin:
        raise InputError("enrolling needs the product's GTIN: --product")
    ids = {reference_id_of(read_picture(path)): path for path in pictures}
    perception = parts.build_perception(config)
    with curator(config, perception) as keeper:
        _insist_on_room(keeper.references, gtin, design, view, len(ids))
        source = Source(user(), "enrolled from a picture", ReferenceState.CANDIDATE)
        added = 0
        with progress_bar("Enrolling") as progress:
            for done, path in enumerate(pictures, start=1):
                added += enrol(perception, keeper.references, gtin, [_view(path, view)], None, design, source)
                progress(done, len(pictures))
        rows = keeper.standing.rows(gtin)
        new = [row.number for row in rows if row.reference_id in ids and _is_new(row.state)]
        with progress_bar("Vetting") as told:
            checked = keeper.enrolled(new, gtin, told) if new else []
        curating.bring(perception)
    files = {reference_id: str(path) for reference_id, path in ids.items()}
    said = {"gtin": gtin, "design": design, "pictures": len(pictures), "added": added}
    _say_enrolled(said, checked, files, as_json)


def enrol_again(as_json: AsJson = False) -> None:
    """Take the features of kept pictures again where another trunk made them; no picture is needed."""
    config = settings()
    perception = parts.build_perception(config)
    in_force = Calibrations(config.data_dir).in_force()
    with closing(References(config.data_dir)) as references, progress_bar("Enrolling again") as progress:
        renewed = renewal(config, perception, references, in_force, progress)
    curating.bring(perception)
    if as_json:
        failed = [{"reference": asdict(row), "why": why} for row, why in renewed.failed]
        print_json({"trunk": perception.trunk, "renewed": renewed.renewed, "failed": failed})
        return
    print(f"{renewed.renewed} references have features of trunk {perception.trunk} now")
    for row, why in renewed.failed:
        print(f"{row.reference_id[:12]} of {row.gtin}, {row.view}, is left as it was: {why}")


def list_gallery(as_json: AsJson = False) -> None:
    """List how many references each product has, by design and view."""
    rows = rows_of(References(settings().data_dir).listing(), SHOWN)
    if as_json:
        print_json(rows)
    else:
        print_table(SHOWN, [[row[name] for name in SHOWN] for row in rows])


def _view(path: Path, name: str) -> View:
    return View(name, Frame(name, read_picture(path), None, host_ns=0, sequence=0))


def _is_new(state: ReferenceState) -> bool:
    return state in (ReferenceState.CANDIDATE, ReferenceState.VETTED)


def _insist_on_room(references: References, gtin: str, design: str, view: str, more: int) -> None:
    there = sum(
        row.references
        for row in references.listing()
        if (row.gtin, row.design, row.view) == (gtin, design, view)
        and row.state is not ReferenceState.RETIRED
    )
    if there + more > MOST_ENROLLED:
        raise InputError(
            f"{gtin} has {there} references of this design and view, and {MOST_ENROLLED} are the most:"
            " retire some first"
        )


def _say_enrolled(
    said: dict[str, object], checked: Sequence[Checked], files: dict[str, str], as_json: bool
) -> None:
    if as_json:
        print_json({**said, "references": documents_of(checked)})
        return
    suspects = [each for each in checked if each.vetting.finding == "suspect"]
    print(
        f"{said['added']} of {said['pictures']} pictures are new to {said['gtin']}, design {said['design']}:"
        f" {len(checked) - len(suspects)} count from now on, {len(suspects)} wait for a word"
    )
    for each in suspects:
        print(f"{files[each.reference.reference_id]} does not count yet: {each.vetting.why}")
    if suspects:
        print_checked(suspects)
        print("if it is right: booth gallery promote REFERENCE --why …; else: booth gallery retire REFERENCE")
    elif any(each.vetting.finding == "unknown" for each in checked):
        print("they count, unvetted: there are too few others to tell whether one of them is wrong")
