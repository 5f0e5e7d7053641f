"""`booth policy`: thresholds from a false-alarm budget, their versions, and which one is in force."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from booth.assembly import parts
from booth.assembly.policy import models_in_force
from booth.cli.context import AsJson, Groups, print_json, print_table, progress_bar, settings
from booth.config import Config
from booth.domain.thresholds import NOMINAL, Thresholds
from booth.errors import StoreError
from booth.policy.budget import Basis, Fitted
from booth.policy.confirmed import confirmed_scores
from booth.policy.fit import Report, Wanted, fit_policy
from booth.policy.scores import Scores, read_scores
from booth.policy.shares import Share
from booth.store.documents import to_json
from booth.store.policies import Policies

PURPOSE = "From a score to an outcome: thresholds from a false-alarm budget, in versions."
LISTED = ("version", "in_force", "unsure_above", "damaged_above", "budget", "unsure", "made_at", "made_by")
CLUSTERED = 1.05
"""A design effect up to this is not worth a sentence."""


def add_commands(groups: Groups) -> None:
    """Add `booth policy fit`, `list`, `show` and `use`."""
    app = typer.Typer(help=PURPOSE, no_args_is_help=True)
    for name, command in (("fit", fit), ("list", list_versions), ("show", show), ("use", use)):
        app.command(name)(command)
    groups[""].add_typer(app, name="policy")


def fit(
    budget: Annotated[
        float | None, typer.Option(help="Share of good items that may be called damaged; else policy.budget.")
    ] = None,
    unsure: Annotated[
        float | None,
        typer.Option(
            help="Share of good items that may not be called ok, alarms included; else policy.unsure."
        ),
    ] = None,
    scores: Annotated[
        Path | None,
        typer.Option(
            help="A CSV of item, product, score, damaged, made by the models in force; "
            "else the items that people have confirmed."
        ),
    ] = None,
    assured: Annotated[
        bool, typer.Option("--assured", help="Keep the budget with 95 % confidence, not in expectation.")
    ] = False,
    ahead: Annotated[
        int, typer.Option(min=1, max=100_000_000, help="For how many good items to come alarms are foretold.")
    ] = 1_000,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Keep nothing, only say.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fit thresholds on good items under a false-alarm budget, keep them as a new version and use it."""
    config = settings()
    ours = config.settings.policy
    basis = Basis.ASSURED if assured else Basis.EXPECTED
    wanted = Wanted(
        ours.budget if budget is None else budget, ours.unsure if unsure is None else unsure, basis, ahead
    )
    models = models_in_force(config)
    found = read_scores(scores) if scores else _confirmed(config, models)
    report = fit_policy(found, wanted, models, getpass.getuser())
    if not dry_run:
        policies = Policies(config.data_dir)
        policies.keep(report.thresholds)
        policies.use(report.thresholds.version, getpass.getuser())
    if as_json:
        print_json(_report_json(report, found, in_force=not dry_run))
    else:
        _print_report(report, found, in_force=not dry_run)


def list_versions(as_json: AsJson = False) -> None:
    """List the versions that were fitted, newest first, and the nominal one."""
    policies = Policies(settings().data_dir)
    in_force = policies.version_in_force()
    rows = [_listed(policies, version, in_force) for version in (*policies.versions(), NOMINAL.version)]
    if as_json:
        print_json(rows)
    else:
        print_table(LISTED, [[row.get(name, "damaged") for name in LISTED] for row in rows])


def show(
    version: Annotated[
        str, typer.Argument(help="As listed, or as a verdict names it; else the one in force.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show one version with all its figures, and the table of what is tolerated."""
    config = settings()
    policies = Policies(config.data_dir)
    thresholds = policies.load(version) if version else policies.in_force()
    rows = [row.model_dump(mode="json") for row in config.settings.policy.table]
    used = [to_json(use) for use in policies.uses() if use.version == thresholds.version]
    if as_json:
        print_json({**to_json(thresholds), "uses": used, "table": rows})
        return
    print_table(("", ""), [[name, _shown(value)] for name, value in to_json(thresholds).items()])
    print_table(
        tuple(rows[0]) if rows else ("table",), [[_shown(cell) for cell in row.values()] for row in rows]
    )


def use(version: Annotated[str, typer.Argument(help="As `booth policy list` lists it, or nominal.")]) -> None:
    """Put a version into force, back or forward; a running booth uses it from the next item on."""
    config = settings()
    policies = Policies(config.data_dir)
    thresholds = policies.load(version)
    policies.use(version, getpass.getuser())
    print(f"policy {version} is in force")
    if not thresholds.suits(models_in_force(config)):
        print("it was fitted for other models: until those are back, nominal thresholds decide")


def _confirmed(config: Config, models: Mapping[str, str]) -> Scores:
    with parts.open_store(config) as store, progress_bar("Reading what was confirmed") as progress:
        return confirmed_scores(store, models, progress)


def _listed(policies: Policies, version: str, in_force: str) -> dict[str, Any]:
    try:
        thresholds: Thresholds = policies.load(version)
    except StoreError as error:
        return {"version": version, "in_force": version == in_force, "damaged": str(error)}
    told = to_json(thresholds)
    return {name: told[name] for name in LISTED if name in told} | {"in_force": version == in_force}


def _report_json(report: Report, scores: Scores, *, in_force: bool) -> dict[str, Any]:
    return {
        **to_json(report.thresholds),
        "in_force": in_force,
        "damaged_threshold": asdict(report.damaged) | {"rate": report.damaged.rate},
        "unsure_threshold": asdict(report.unsure) | {"rate": report.unsure.rate},
        "recall": None if report.caught is None else _share_json(report.caught),
        "noticed": None if report.noticed is None else _share_json(report.noticed),
        "left_out": dict(scores.left_out),
    }


def _share_json(share: Share) -> dict[str, Any]:
    return asdict(share) | {"share": share.share}


def _print_report(report: Report, scores: Scores, *, in_force: bool) -> None:
    damaged, made = report.damaged, report.thresholds
    print(f"{damaged.n:,} good items of {damaged.products:,} products, from {scores.source}")
    for reason, count in sorted(scores.left_out.items()):
        print(f"{count:,} items are left out: {reason}")
    ahead = report.wanted.ahead
    columns = (
        "",
        "above",
        "budget",
        "good items above",
        "rate",
        "95 % upper bound",
        f"of the next {ahead:,}",
    )
    print_table(
        columns,
        [
            _cells("damaged", damaged, made.damaged_above, ahead),
            _cells("not ok", report.unsure, made.unsure_above, ahead),
        ],
    )
    if damaged.design_effect > CLUSTERED:
        print(
            f"items of one product resemble each other: the bounds count {damaged.n:,} of them as "
            f"{damaged.n / damaged.design_effect:,.0f}"
        )
    for name, share in (("called damaged", report.caught), ("not called ok", report.noticed)):
        print(f"damaged items {name}: {_recall(share)}")
    print(f"policy {made.version} is {'in force' if in_force else 'not kept'}")


def _cells(name: str, fitted: Fitted, above: float, ahead: int) -> list[str]:
    return [
        name, f"{above:.6g}", f"{100 * fitted.budget:g} % {fitted.basis}", f"{fitted.alarms} of {fitted.n:,}",
        f"{100 * fitted.rate:.3g} %", f"{100 * fitted.upper:.3g} %",
        f"at most {fitted.prediction(ahead):,} (95 %)",
    ]  # fmt: skip


def _recall(share: Share | None) -> str:
    if share is None:
        return "cannot be told, as no damaged item was scored"
    interval = f"95 % interval {100 * share.low:.1f} … {100 * share.high:.1f} %"
    return f"{share.count} of {share.n:,}, {100 * share.share:.1f} % ({interval})"


def _shown(value: object) -> object:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(each)}" for name, each in value.items())
    return f"{value:.6g}" if isinstance(value, float) else value
