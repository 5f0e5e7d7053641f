"""`booth synthesize`: writes a captured set of made-up products, good and damaged, with the truth."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from booth.cli.context import AsJson, print_json, print_table, progress_bar
from booth.domain.terms import DamageType
from booth.errors import InputError
from booth.evaluate.captured import (
    CAPTURES,
    COLUMNS,
    DEPTH,
    EMPTY_RGB,
    ITEM,
    MASK,
    RGB,
    RIGS,
    TABLE,
    CapturedItem,
    read_captured,
    row_of,
    write_rig,
)
from models.synthetic.captures import Plan, Product, Studio, Taken
from models.synthetic.contact import write_sheet
from models.synthetic.products import catalogue
from models.synthetic.rigs import SetUp

AT_ONCE = 16
"""Products that one process takes in one go."""
PNG = (cv2.IMWRITE_PNG_COMPRESSION, 1)


def add_synthesize(groups: Mapping[str, typer.Typer]) -> None:
    """The entry point `synthesize` of booth.commands: adds `booth synthesize`."""
    groups[""].command("synthesize")(synthesize)


def synthesize(
    items: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many items at least.")],
    out: Annotated[Path, typer.Option(help="A folder that is empty or not there yet.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
    references: Annotated[int, typer.Option(min=0, help="References of each product.")] = 4,
    pristine: Annotated[int, typer.Option(min=0, help="Good items of each product.")] = 3,
    damaged: Annotated[int, typer.Option(min=0, help="Damaged items of each product.")] = 3,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Add families and procedures that training never sees.")
    ] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that render.")] = 1,
    sheet: Annotated[
        Path | None, typer.Option(help="A PNG that shows every type and severity, masks outlined.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write made-up products as captures with depth, masks and a table: to train on and to measure by."""
    plan = Plan(seed, references, pristine, damaged, held_out)
    if not plan.of_each:
        raise InputError("--references, --pristine and --damaged are all 0: there is nothing to write")
    if sheet is not None and (not damaged or not sheet.parent.is_dir()):
        raise InputError(f"--sheet {sheet}: its folder must be there, and --damaged more than 0")
    with progress_bar("Rendering") as progress:
        rows = write_set(plan, -(-items // plan.of_each), out, workers, progress)
    if sheet is not None:
        write_sheet(sheet, read_captured(out))
    counts = _counted(rows)
    if as_json:
        print_json({"folder": str(out), "items": len(rows), "counts": dict(counts)})
    else:
        print_table(("what", "items"), list(counts.items()), title=f"{len(rows)} items in {out}")


def write_set(
    plan: Plan, products: int, out: Path, workers: int, progress: Callable[[int, int], None]
) -> list[CapturedItem]:
    """Write a captured set, its table last; gives the rows.

    Raises:
        InputError: the folder is not empty, or cannot be written.
    """
    try:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise InputError(f"{out} is not empty: name another folder, or delete this one")
        (out / CAPTURES).mkdir(parents=True)
        (out / RIGS).mkdir()
        found: dict[int, list[CapturedItem]] = {}
        for numbers, rows in _taken(plan, products, out, workers):
            found[numbers] = rows
            progress(sum(len(one) for one in found.values()), products * plan.of_each)
        rows = [row for number in sorted(found) for row in found[number]]
        (out / TABLE).write_text(_table(rows), "utf-8")
    except OSError as error:
        raise InputError(f"{out} cannot be written: {error}") from error
    except BrokenProcessPool as error:
        lacking = "one of its processes was ended, as where memory runs out: try fewer --workers"
        raise InputError(f"{out} is unfinished, {lacking}, in another folder") from error
    return rows


def _taken(plan: Plan, products: int, out: Path, workers: int) -> Iterator[tuple[int, list[CapturedItem]]]:
    """Rows by the number of the first product of each go, as they come."""
    starts = range(0, products, AT_ONCE)
    if workers == 1:
        for start in starts:
            yield start, _take(plan, start, min(AT_ONCE, products - start), out)
        return
    with ProcessPoolExecutor(workers) as pool:
        work = {
            pool.submit(_take, plan, start, min(AT_ONCE, products - start), out): start for start in starts
        }
        try:
            for done in as_completed(work):
                yield work[done], done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _take(plan: Plan, start: int, count: int, out: Path) -> list[CapturedItem]:
    """Take and write a few products."""
    cv2.setNumThreads(1)
    studio = Studio(plan.seed)
    designs = catalogue(plan.seed, start + count + 1, plan.held_out)[start:]
    rows: list[CapturedItem] = []
    for offset in range(count):
        product = Product(plan, designs[offset], start + offset, designs[offset + 1], studio)
        for set_up in product.set_ups:
            _write_rig(out / RIGS / set_up.name, set_up)
        for taken in product.captures():
            _write(out / CAPTURES / taken.item.item_id, taken, _quality(product.set_ups, taken))
            rows.append(taken.item)
    return rows


def _quality(set_ups: Sequence[SetUp], taken: Taken) -> dict[str, int]:
    chosen = next(one for one in set_ups if one.name == taken.item.rig)
    return {view: sensor.quality for view, sensor in chosen.booth.sensors.items()}


def _write(folder: Path, taken: Taken, quality: Mapping[str, int]) -> None:
    folder.mkdir()
    number = 0 if taken.item.damage is None else 1 + list(DamageType).index(taken.item.damage)
    for view, look in taken.looks.items():
        depth = look.picture.depth_mm
        mask = look.damaged.astype(np.uint8) * np.uint8(number)
        jpeg = (cv2.IMWRITE_JPEG_QUALITY, quality[view])
        _place(folder / f"{view}{RGB}", ".jpg", np.ascontiguousarray(look.picture.rgb[..., ::-1]), jpeg)
        if depth is not None:
            _place(folder / f"{view}{DEPTH}", ".png", depth, PNG)
        _place(folder / f"{view}{MASK}", ".png", mask, PNG)
        _place(folder / f"{view}{ITEM}", ".png", look.item.astype(np.uint8) * 255, PNG)


def _write_rig(folder: Path, set_up: SetUp) -> None:
    """Once a set: whoever comes second finds it there, the same to the byte."""
    try:
        folder.mkdir()
    except FileExistsError:
        return
    write_rig(folder, set_up.calibration)
    for view, picture in set_up.calibration.empty_tray.items():
        _place(folder / f"{view}{EMPTY_RGB}", ".png", np.ascontiguousarray(picture.rgb[..., ::-1]), PNG)
        if picture.depth_mm is not None:
            _place(folder / f"{view}{DEPTH}", ".png", picture.depth_mm, PNG)


def _place(
    path: Path, kind: str, pixels: NDArray[np.uint8] | NDArray[np.uint16], options: tuple[int, int]
) -> None:
    done, data = cv2.imencode(kind, pixels, options)
    if not done:
        raise OSError(f"{path.name} cannot be coded")
    path.write_bytes(data.tobytes())


def _table(rows: Sequence[CapturedItem]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(row_of(row) for row in rows)
    return text.getvalue()


def _counted(rows: Sequence[CapturedItem]) -> Counter[str]:
    counts = Counter(row.role for row in rows)
    counts.update(f"{row.damage}, {row.severity}" for row in rows if row.damage is not None)
    counts.update(f"hard negative: {row.negative}" for row in rows if row.negative)
    counts["print decoys"] = sum(bool(row.decoy) for row in rows)
    return counts
