"""`booth calibrate list|show|accept|reject|report|verify`: what was calibrated, and what is in force."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from booth.cli.calibrate.keeping import KEEP
from booth.cli.context import AsJson, Groups, print_json, print_table, progress_bar, settings
from booth.config import flatten
from booth.domain.calibrating import CalibratedDevice, CalibrationRun, Decision, KeptPicture, Step
from booth.errors import InputError, StoreError
from booth.store.calibrations import Calibrations
from booth.store.documents import to_json
from booth.store.durable import place_file

SHOWN = ("version", "step", "made_at", "made_by", "passed", "decision", "in_force")
NEWEST = "newest"
UNKNOWN = "unknown: "

Version = Annotated[str, typer.Argument(help="As `booth calibrate list` shows it, or `newest`.")]
By = Annotated[str, typer.Option("--by", help="Who decides; kept with the decision.")]


def add_commands(groups: Groups) -> None:
    """Add the commands over kept runs, and the option that stands before every `booth calibrate` command."""
    group = groups["calibrate"]
    group.callback()(options)
    group.command("list")(list_runs)
    group.command("show")(show)
    group.command("accept")(accept_run)
    group.command("reject")(reject_run)
    group.command("report")(write_report)
    group.command("verify")(verify)


def options(
    keep: Annotated[bool, typer.Option("--keep/--no-keep", help="Keep what is found as a version.")] = True,
) -> None:
    """Measure lenses, array, depth, colour and light; check for drift."""
    KEEP.set(keep)


def list_runs(
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 20,
    step: Annotated[Step | None, typer.Option(help="Only runs of this step.")] = None,
    as_json: AsJson = False,
) -> None:
    """List calibration runs, newest first; damaged ones are told by `booth calibrate verify`."""
    store = _store()
    decisions, in_force = store.decisions(), _in_force(store)
    rows = [_row(run, decisions.get(run.version), in_force) for run in store.runs(limit, step)]
    if as_json:
        print_json(rows)
    else:
        print_table(SHOWN, [[_word(row[name]) for name in SHOWN] for row in rows])
    if in_force.startswith(UNKNOWN):
        print(f"in force: {in_force}", file=sys.stderr)


def show(version: Version = NEWEST, as_json: AsJson = False) -> None:
    """Print everything that is known of a run."""
    from booth.calibration.versions.accepting import objections
    from booth.calibration.versions.tables import shown

    store = _store()
    run = _run(store, version)
    decision, problems = store.decision(run.version), store.problems(run.version)
    told = {
        **to_json(run),
        "decision": to_json(decision) if decision else None,
        "in_force": _in_force(store) == run.version,
        "objections": [] if decision or problems else list(objections(store, run.version)),
        "problems": list(problems),
    }
    if as_json:
        print_json(told)
    else:
        print_table(
            ("what", "value"), [(name, shown(value)) for name, value in flatten(_readable(told, run))]
        )


def accept_run(
    version: Version,
    by: By,
    although: Annotated[str, typer.Option(help="Why, when something speaks against it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Put a run's calibration in force, from the booth's next start on."""
    from booth.calibration.versions.accepting import accept

    store = _store()
    run = _run(store, version)
    decision = accept(store, run.version, by, although)
    if as_json:
        print_json({**to_json(decision), "in_force": _in_force(store)})
    elif store.carries(run.version):
        print(f"{run.version} is in force from the booth's next start on")
    else:
        print(f"{run.version} is accepted; it changes no calibration")


def reject_run(
    version: Version,
    by: By,
    because: Annotated[str, typer.Option(help="Why; kept with the decision.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say that a run is not to be used; one in force makes way for the one accepted before it."""
    from booth.calibration.versions.accepting import reject

    store = _store()
    named = _run(store, version).version if version == NEWEST else version  # which may be lost or damaged
    decision = reject(store, named, by, because)
    in_force = _in_force(store)
    if as_json:
        print_json({**to_json(decision), "in_force": in_force})
    else:
        print(f"{decision.version} is rejected; in force: {in_force or 'none'}")


def write_report(
    version: Version = NEWEST,
    out: Annotated[Path, typer.Option(help="The HTML file to write; one that is there is replaced.")] = Path(
        "calibration.html"
    ),
    as_json: AsJson = False,
) -> None:
    """Write a run as one HTML page with its plots, to print and sign."""
    from booth.calibration.versions.report import report

    store = _store()
    run = _run(store, version)
    data = report(store, run.version).encode()
    if out.exists() and not out.is_file():
        raise InputError(f"{out} is no file that a report could replace")
    try:
        place_file(data, out.with_name(f".{out.name}.{os.getpid()}"), out)
    except (StoreError, ValueError) as error:
        raise InputError(f"{out}: the report cannot be written: {error}") from error
    if as_json:
        print_json({"version": run.version, "report": str(out), "bytes": len(data)})
    else:
        print(out)


def verify(as_json: AsJson = False) -> None:
    """Re-hash every file of every run; exit code 1 when one was changed or an accepted run is lost."""
    store = _store()
    accepted = [version for version, decision in store.decisions().items() if decision.accepted]
    versions = list(dict.fromkeys((*store.versions(), *accepted)))
    bad: list[str] = []
    with progress_bar("Verifying") as progress:
        for done, version in enumerate(versions, start=1):
            bad.extend(_problems(store, version))
            progress(done, len(versions))
    if as_json:
        print_json({"verified": len(versions), "bad": bad})
    else:
        for problem in bad:
            print(problem)
        print(f"{len(versions)} versions verified, {len(bad)} problems")
    if bad:
        raise typer.Exit(1)


def _store() -> Calibrations:
    return Calibrations(settings().data_dir)


def _run(store: Calibrations, version: str) -> CalibrationRun:
    if version != NEWEST:
        return store.run(version)
    for run in store.runs(limit=1):
        return run
    raise InputError("nothing was calibrated yet: start with `booth calibrate intrinsics`")


def _in_force(store: Calibrations) -> str:
    """The version in force; where its files are damaged, that is shown in its stead."""
    try:
        return store.version_in_force()
    except StoreError as error:
        return f"{UNKNOWN}{error}"


def _row(run: CalibrationRun, decision: Decision | None, in_force: str) -> dict[str, object]:
    said = "" if decision is None else "accepted" if decision.accepted else "rejected"
    return {
        "version": run.version,
        "step": run.step.value,
        "made_at": run.made_at.isoformat(timespec="seconds"),
        "made_by": run.made_by,
        "passed": run.passed,
        "decision": said,
        "in_force": run.version == in_force,
    }


def _readable(told: Mapping[str, object], run: CalibrationRun) -> dict[str, object]:
    """What is told of a run, with a line for each device, and at the end one for each picture."""
    devices = {device.camera_id: _device_line(device) for device in run.devices}
    pictures = {picture.name: _picture_line(picture) for picture in run.pictures}
    rest = {name: value for name, value in told.items() if name != "pictures"}
    return {**rest, "devices": devices, "pictures": pictures}


def _device_line(device: CalibratedDevice) -> str:
    info, temperature_c = device.info, device.temperature_c
    warmth = "– °C" if temperature_c is None else f"{temperature_c:.1f} °C"
    return (
        f"{info.model or info.kind}, serial {info.serial or '–'}, firmware {info.firmware or '–'}, {warmth}"
    )


def _picture_line(picture: KeptPicture) -> str:
    left_out = "" if picture.used else "left out"
    return ", ".join(filter(None, (picture.camera_id, left_out, picture.note, picture.sha256)))


def _word(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else ""
    return value


def _problems(store: Calibrations, version: str) -> list[str]:
    try:
        found = list(store.problems(version))
        if not found and not store.hashes(version):  # a record alone: reading it is all that can be tried
            store.load(version)
    except StoreError as error:
        return [str(error)]
    return found
