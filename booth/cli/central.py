"""`booth sync`, the booth's nightly upload, and `booth ingest`, the central side's intake."""

from __future__ import annotations

import sys
from dataclasses import asdict

import typer

from booth.assembly import parts
from booth.cli.context import AsJson, Groups, print_json, progress_bar, settings
from booth.lake.ingest import ingest
from booth.lake.keys import make_key, public_text, read_key
from booth.lake.table import tables_at
from booth.sync.nightly import Terms, sync_night


def add_commands(groups: Groups) -> None:
    """Add `booth sync` and `booth ingest`."""
    groups[""].command("sync")(sync)
    groups[""].command("ingest")(take_in)


def sync(as_json: AsJson = False) -> None:
    """Send closed samples to central storage; exit code 1 when one stays here. Harmless to run again."""
    config = settings()
    remote = parts.build_remote(config)
    chosen = config.settings.sync
    terms = Terms(chosen.receipt_public_key, chosen.evict_after_days)
    with parts.open_store(config) as store, progress_bar("Sending") as progress:
        report = sync_night(store, remote, terms, progress)
    upload, receipts = report.upload, report.receipts
    if as_json:
        print_json(asdict(report))
    else:
        megabytes = upload.bytes / 2**20
        print(
            f"{len(upload.sent)} samples and {upload.amendments} amendments sent ({megabytes:.1f} MB), "
            f"{len(upload.already_there)} were there already, {len(upload.failed)} failed"
        )
        print(
            f"{len(receipts.received)} receipts received, {receipts.waiting} samples wait for theirs, "
            f"{len(report.evicted)} evicted"
        )
    if receipts.waiting and not terms.receipt_public_key:
        print(
            "receipts are not read: set sync.receipt_public_key to what `booth ingest` prints",
            file=sys.stderr,
        )
    failed = {**upload.failed, **receipts.refused}
    for name, reason in failed.items():
        print(f"{name}: {reason}", file=sys.stderr)
    if failed:
        raise typer.Exit(1)


def take_in(as_json: AsJson = False) -> None:
    """Bring what booths have sent into the tables, exactly once; exit code 1 when something stays out."""
    config = settings()
    remote = parts.build_remote(config)
    key_file = config.path(config.settings.lake.signing_key)
    if not key_file.exists():
        print(f"a key to sign receipts was made: {key_file}; keep it safe", file=sys.stderr)
        make_key(key_file)
    key = read_key(key_file)
    tables = tables_at(config.settings.sync.remote, config.settings.sync.options)
    with progress_bar("Taking in") as progress:
        report = ingest(remote, tables, key, progress)
    if as_json:
        print_json({**asdict(report), "receipt_public_key": public_text(key)})
    else:
        print(
            f"{report.samples} samples and {report.amendments} amendments taken in, "
            f"{report.receipts} receipts written, {len(report.refused)} refused"
        )
        print(f'booth.toml of each booth, under [sync]: receipt_public_key = "{public_text(key)}"')
    for name, reason in report.refused.items():
        print(f"{name}: {reason}", file=sys.stderr)
    if report.refused:
        raise typer.Exit(1)
