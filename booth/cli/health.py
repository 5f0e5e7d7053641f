"""`booth doctor` and `booth config show`."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

import typer
from rich.console import Console
from rich.text import Text

from booth import doctor
from booth.assembly import parts
from booth.assembly.devices import plugged_in, serial_devices
from booth.assembly.finding import build_engine, build_own_index
from booth.cli.context import AsJson, Groups, print_json, print_table, settings
from booth.config import flatten
from booth.doctor import State
from booth.sync.probe import probe

MARKS = {
    State.WELL: Text("✓", "green"),
    State.CARE: Text("!", "yellow"),
    State.ILL: Text("✕", "red"),
}


def add_commands(groups: Groups) -> None:
    """Add `booth doctor` and `booth config show`."""
    groups[""].command("doctor")(see_doctor)
    groups["config"].command("show")(show)


def see_doctor(as_json: AsJson = False) -> None:
    """Say what is well, what is not, and what to do; exit code 1 when something is ill."""
    config = settings()
    examined = doctor.Parts(
        cameras=lambda: parts.build_cameras(config, parts.build_scene(config)),
        serial=partial(serial_devices, config),
        plugged_in=partial(plugged_in, config),
        perception=partial(parts.build_perception, config),
        store=partial(parts.open_store, config),
        catalogue=partial(build_own_index, config),
        engine=partial(build_engine, config),
        remote=partial(parts.build_remote, config),
        probe=probe,
    )
    findings = []
    console = Console(highlight=False, soft_wrap=True)
    for finding in doctor.examine(config, examined):
        findings.append(finding)
        if not as_json:
            console.print(Text.assemble(MARKS[finding.state], f" {finding.part}: {finding.seen}"))
            if finding.remedy:
                console.print(Text(f"    → {finding.remedy}"))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    if any(finding.state is State.ILL for finding in findings):
        raise typer.Exit(1)


def show(as_json: AsJson = False) -> None:
    """Print what is in force, and where each value came from."""
    config = settings()
    values = dict(flatten(config.settings.model_dump(mode="json")))
    if as_json:
        print_json({key: {"value": value, "from": config.origins[key]} for key, value in values.items()})
    else:
        print_table(
            ("setting", "value", "from"), [(key, value, config.origins[key]) for key, value in values.items()]
        )
