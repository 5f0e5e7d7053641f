"""`booth gallery`: enrol reference pictures of a pristine product, list what is there."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from booth.assembly import parts
from booth.assembly.finding import build_index
from booth.assembly.learning import bring_pictures
from booth.cli.context import AsJson, Groups, print_json, print_table, progress_bar, rows_of, settings
from booth.errors import InputError
from booth.evaluate.inspect import views_of
from booth.gallery.enrol import enrol
from booth.identify.gtin import as_gtin13
from booth.store.looks import Looks
from booth.store.picture_files import read_picture
from booth.store.references import References

SHOWN = ("gtin", "design", "view", "references", "trunk", "enrolled_at")


def add_commands(groups: Groups) -> None:
    """Add `booth gallery enrol` and `booth gallery list`."""
    groups["gallery"].command("enrol")(enrol_pictures)
    groups["gallery"].command("list")(list_gallery)


def enrol_pictures(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures of pristine items.")],
    product: Annotated[str, typer.Option(help="The GTIN of the product.")],
    design: Annotated[str, typer.Option(help="The design version of its packaging.")] = "1",
    as_json: AsJson = False,
) -> None:
    """Enrol pictures of pristine items as the references of a product; none, when one cannot be read."""
    config = settings()
    gtin = as_gtin13(product)
    if gtin is None:
        raise InputError(f"'{product}' is not a GTIN: its check digit does not fit")
    for path in pictures:
        read_picture(path)
    perception, references = parts.build_perception(config), References(config.data_dir)
    added = 0
    with progress_bar("Enrolling") as progress:
        for done, path in enumerate(pictures, start=1):
            added += enrol(perception, references, gtin, views_of([path]), None, design)
            progress(done, len(pictures))
    with closing(build_index(config)) as index, closing(Looks(config.data_dir)) as looks:
        bring_pictures(index, looks, perception)
    if as_json:
        print_json({"gtin": gtin, "design": design, "pictures": len(pictures), "added": added})
    else:
        print(f"{added} of {len(pictures)} pictures enrolled for {gtin}, design {design}")


def list_gallery(as_json: AsJson = False) -> None:
    """List how many references each product has, by design and view."""
    rows = rows_of(References(settings().data_dir).listing(), SHOWN)
    if as_json:
        print_json(rows)
    else:
        print_table(SHOWN, [[row[name] for name in SHOWN] for row in rows])
