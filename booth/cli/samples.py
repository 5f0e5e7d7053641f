"""`booth samples`: list, show, export and verify what was kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from booth.assembly import parts
from booth.cli.context import AsJson, Groups, print_json, print_table, progress_bar, rows_of, settings
from booth.config import flatten
from booth.domain.verdict import Verdict
from booth.evaluate.found import finding_line
from booth.store.documents import from_json
from booth.store.export import export
from booth.store.records import SampleState

SHOWN = ("sample_id", "kept_at", "state", "gtin", "outcome", "disposition", "bytes", "flagged")
SampleId = Annotated[str, typer.Argument(help="As `booth samples list` shows it.")]


def add_commands(groups: Groups) -> None:
    """Add `booth samples list|show|export|verify`."""
    group = groups["samples"]
    group.command("list")(list_samples)
    group.command("show")(show)
    group.command("export")(export_samples)
    group.command("verify")(verify)


def list_samples(
    limit: Annotated[int, typer.Option(min=1, max=1_000_000)] = 100,
    offset: Annotated[int, typer.Option(min=0, max=1_000_000_000)] = 0,
    state: Annotated[SampleState | None, typer.Option(help="Only samples in this state.")] = None,
    as_json: AsJson = False,
) -> None:
    """List samples, newest first."""
    with parts.open_store(settings()) as store:
        rows = rows_of(store.rows(limit, offset, state), SHOWN)
    if as_json:
        print_json(rows)
    else:
        print_table(SHOWN, [[row[name] for name in SHOWN] for row in rows])


def show(sample_id: SampleId, as_json: AsJson = False) -> None:
    """Print everything that is known of a sample."""
    with parts.open_store(settings()) as store:
        described = store.description(sample_id)
        last = last_verdict(described)
    if as_json:
        print_json(described)
    else:
        rows = [(key, value) for key, value in flatten(described) if value != []]
        print_table(("what", "value"), [*rows, *_findings(last)])


def last_verdict(described: Mapping[str, Any]) -> Verdict | None:
    """The verdict as it stood when the item left; None where nothing judged it. Raises: StoreError."""
    later = (described["closing"] or {}).get("verdicts", [])
    verdicts = later or described["sample"].get("verdicts", [])
    return from_json(Verdict, {**verdicts[-1], "heat_maps": []}) if verdicts else None


def _findings(verdict: Verdict | None) -> Iterator[tuple[str, str]]:
    """One row a place that the last verdict found, and why."""
    for number, finding in enumerate(verdict.findings if verdict else (), start=1):
        yield f"found {number}", finding_line(finding)


def export_samples(
    sample_ids: Annotated[list[str], typer.Argument(help="As `booth samples list` shows them.")],
    out: Annotated[Path, typer.Option(help="A folder gets one folder for each sample.")] = Path("export"),
) -> None:
    """Write samples as PNG and JSON files."""
    with parts.open_store(settings()) as store, progress_bar("Exporting") as progress:
        for done, sample_id in enumerate(sample_ids, start=1):
            folder = export(store.load(sample_id), store.description(sample_id), out)
            progress(done, len(sample_ids))
            print(folder)


def verify(as_json: AsJson = False) -> None:
    """Re-hash every file of every sample; exit code 1 when one is not what it was."""
    with parts.open_store(settings()) as store, progress_bar("Verifying") as progress:
        total = sum(store.count().get(state, 0) for state in SampleState if state is not SampleState.EVICTED)
        results = []
        for result in store.verify():
            results.append(result)
            progress(len(results), total)
    bad = [result for result in results if not result.ok]
    if as_json:
        print_json({"verified": len(results), "bad": rows_of(bad, ("sample_id", "problem"))})
    else:
        for result in bad:
            print(f"{result.sample_id}: {result.problem}")
        print(f"{len(results)} samples verified, {len(bad)} bad")
    if bad:
        raise typer.Exit(1)
