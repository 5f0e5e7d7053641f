"""The report stands alone, tells all that was kept, and takes nobody's word for markup."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from booth.calibration.outcome import UNPLACED, Outcome
from booth.calibration.versions.array_plot import footprint, layout_from_above
from booth.calibration.versions.history import Trend, changes_over_time, drift_over_time
from booth.calibration.versions.plots import coverage_map, heat_map, over_time, residual_quiver
from booth.calibration.versions.recording import photographed, recorded
from booth.calibration.versions.report import report
from booth.calibration.versions.tables import Grid, difference_tables, numbers, shown, tables_of
from booth.domain.calibrating import CalibratedDevice, Decision, Step
from booth.domain.device import DeviceInfo
from booth.domain.picture import Calibration, CameraCalibration, Intrinsics
from booth.errors import StoreError
from booth.store.calibrations import Calibrations
from booth.store.documents import Array
from tests.calibration_runs import make_details, make_led_to, make_run, version
from tests.samples import STARTED_AT

HOSTILE = "<script>alert(1)</script>\"' onload=x $\\frac{1} \0\n"
PNG = b"\x89PNG"


class Page(HTMLParser):
    """What stands on a page: its text, and every tag with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attributes}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def images(self) -> list[str]:
        return [attributes["src"] for tag, attributes in self.tags if tag == "img"]


@pytest.fixture
def store(tmp_path: Path) -> Calibrations:
    """A calibration in force, four drift checks, then a run with everything that a report can show."""
    store = Calibrations(tmp_path)
    store.keep_run(make_run(1), make_led_to(1), {}, {})
    store.decide(Decision(version(1), True, STARTED_AT, "t1"))
    for number in range(2, 6):
        results: dict[str, object] = {
            "cameras": {"left": {"worst_px": 0.1 * number}},
            "worst_px": 9.0,
            "limit_px": 1.0,
        }
        store.keep_run(make_run(number, step=Step.DRIFT, results=results), None, {}, {})
    run = replace(
        make_run(7, based_on=version(1)),
        difference={"left.fx_px": 1.25, "left.moved_mm": 0.75, "tray.tilt_deg": 0.1},
        advice=("Show the board at the top left.",),
    )
    store.keep_run(run, make_led_to(7), {}, make_details())
    return store


def test_a_report_tells_all_that_was_kept(store: Calibrations) -> None:
    store.decide(Decision(version(7), True, STARTED_AT, "t2", "the site waits"))
    page = Page(report(store, version(7)))
    for said in (version(7), version(1), "f1230001", "f1230002", "5.17.0.9", "38.5", "D455", "t1", "t2",
                 "the site waits", "accepted, in force", "passed", "rms_px", "0.28", "+1.25", "tray.tilt_deg",
                 "Show the board at the top left.", "2026-11-20 16:25 UTC"):  # fmt: skip
        assert said in page.text, said
    titles = ("Residuals", "Coverage", "Array", "Drift over time", "From calibration to calibration")
    assert all(title in page.text for title in titles)
    assert len(page.images()) == 3 + 1 + 1 + 2


def test_the_page_stands_alone_and_runs_nothing(store: Calibrations) -> None:
    page = Page(report(store, version(7)))
    assert all(image.startswith("data:image/") for image in page.images())
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "a", "form"}
    names = {name for _, attributes in page.tags for name in attributes}
    assert not {name for name in names if name.startswith("on") or name == "href"}


def test_hostile_names_are_shown_as_they_are_written(tmp_path: Path) -> None:
    store = Calibrations(tmp_path)
    pose = (*UNPLACED[:11], 700.0, *UNPLACED[12:])
    details: dict[str, Array] = {f"{HOSTILE}/{name[5:]}": each for name, each in make_details().items()}
    outcome = Outcome(
        Step.ARRAY,
        {HOSTILE: {HOSTILE: HOSTILE}, "rms_px": {HOSTILE: 1.5}},
        False,
        (HOSTILE,),
        intrinsics={HOSTILE: Intrinsics(640, 480, 500.0, 500.0, 320.0, 240.0)},
        poses={HOSTILE: pose},
        markers={HOSTILE: (0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 9.0, 9.0, 0.0, 0.0, 9.0, 0.0)},
        details=details,
    )
    info = DeviceInfo(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    picture = photographed(1, HOSTILE, np.zeros((40, 60, 3), np.uint8), used=False, note=HOSTILE)
    run = recorded(outcome, (CalibratedDevice(HOSTILE, info),), (picture,), HOSTILE, store)
    store.decide(Decision(run.version, True, STARTED_AT, HOSTILE, HOSTILE))
    drift = Outcome(Step.DRIFT, {HOSTILE: {"moved_mm": 1.0}}, True)
    recorded(drift, (), (), "t1", store)
    page = Page(report(store, run.version))
    assert "<script>alert(1)</script>" in page.text
    assert "script" not in {tag for tag, _ in page.tags}
    assert "onload" not in {name for _, attributes in page.tags for name in attributes}
    assert len(page.images()) == 6


def test_a_changed_picture_is_told_on_the_page(tmp_path: Path) -> None:
    store = Calibrations(tmp_path)
    pictures = [photographed(number, "left", np.zeros((40, 60, 3), np.uint8)) for number in (1, 2)]
    run = recorded(Outcome(Step.FOCUS, {}, True), (), pictures, "t1", store)
    assert len(Page(report(store, run.version)).images()) == 2
    (tmp_path / "calibrations" / run.version / "0002.png").write_bytes(PNG)
    page = Page(report(store, run.version))
    assert "0002.png is not what was kept" in page.text
    assert pictures[1].sha256 in page.text
    assert len(page.images()) == 1


@pytest.mark.parametrize("name", ["details.npz", "calibration.json"])
def test_a_lost_file_is_told_on_the_page_and_the_rest_is_shown(
    store: Calibrations, tmp_path: Path, name: str
) -> None:
    (tmp_path / "calibrations" / version(7) / name).unlink()
    page = Page(report(store, version(7)))
    assert f"{name} cannot be read" in page.text
    assert "0.28" in page.text


def test_a_check_is_compared_with_the_one_accepted_before_it(tmp_path: Path) -> None:
    store = Calibrations(tmp_path)
    for number, uniformity in enumerate((0.95, 0.9, 0.8), start=1):
        results: dict[str, object] = {"left": {"uniformity": uniformity, "frames": 12}}
        store.keep_run(make_run(number, step=Step.LIGHT, results=results), None, {}, {})
    assert "None was accepted before." in Page(report(store, version(1))).text
    for number in (1, 3):
        store.decide(Decision(version(number), True, STARTED_AT, "t1"))
    page = Page(report(store, version(3)))
    assert f"This one less {version(1)}." in page.text
    assert "-0.15" in page.text
    store.keep_run(make_run(4, step=Step.LIGHT, results=results), None, {}, {})
    assert f"Nothing differs from {version(3)} of what both have." in Page(report(store, version(4))).text


def test_a_bare_run_has_a_report_too(tmp_path: Path) -> None:
    store = Calibrations(tmp_path)
    run = recorded(Outcome(Step.EXPOSURE, {}, False), (), (), "", store)
    page = Page(report(store, run.version))
    assert "not decided" in page.text
    assert "did not pass" in page.text
    with pytest.raises(StoreError):
        report(store, "nowhere")


@pytest.mark.parametrize(
    "details",
    [
        {"left/residuals": np.zeros((0, 4)), "left/coverage": np.zeros((5, 5)), "left/heat": np.ones((1, 1))},
        {"left/residuals": np.full((3, 4), np.nan), "left/heat": np.full((4, 4), np.nan)},
        {"left/residuals": np.zeros((3, 2)), "left/coverage": np.zeros(0), "left/heat": np.zeros((2, 2, 2))},
        {"left/residuals": np.array([["a"] * 4]), "residuals": np.zeros((2, 4)), "left/other": np.zeros(1)},
        {"left/residuals": np.full((3, 4), 1e30), "left/heat": np.array([[-1e30, 1e30]])},
    ],
)
def test_odd_arrays_are_drawn_or_left_out(tmp_path: Path, details: Mapping[str, Array]) -> None:
    store = Calibrations(tmp_path)
    run = recorded(Outcome(Step.LIGHT, {}, True, details=details), (), (), "t1", store)
    assert run.version in report(store, run.version)


def test_drift_is_told_by_unit_and_by_name_in_order_of_time(store: Calibrations) -> None:
    (trend,) = drift_over_time(store)
    assert (trend.measure, trend.unit, trend.limit) == ("worst_px", "px", 1.0)
    assert list(trend.lines) == ["left"]
    points = trend.lines["left"]
    assert [value for _, value in points] == pytest.approx([0.2, 0.3, 0.4, 0.5])
    assert points[0][0] < points[-1][0]


def test_changes_are_those_of_accepted_calibrations_and_of_this_one(store: Calibrations) -> None:
    rejected = replace(make_run(8, based_on=version(1)), difference={"left.fx_px": 99.0})
    store.keep_run(rejected, None, {}, {})
    at = STARTED_AT + timedelta(hours=7)
    assert changes_over_time(store, store.run(version(7))) == [
        Trend("moved_mm", "mm", {"left": [(at, 0.75)]}),
        Trend("tilt_deg", "°", {"tray": [(at, 0.1)]}),
    ]


def test_a_side_that_is_called_like_a_camera_is_no_camera() -> None:
    results = {"tilts": {"left": 3, "top": 4}, "rms_px": {"left": 0.5}, "left": {"tilts": {"left": 1}}}
    tables = tables_of(results, ("left", "right"))
    assert tables.whole == (("tilts.left", "3"), ("tilts.top", "4"))
    assert tables.by_camera.rows == (("rms_px", "0.5"), ("tilts.left", "1"))


def test_results_become_a_column_for_each_camera(store: Calibrations) -> None:
    results = {"cameras": {"left": {"rms_px": 0.25, "std": {"fx": 0.5}}, "right": {"rms_px": 0.75}}, "n": 3}
    tables = tables_of(results, ("left", "right", "spare"))
    assert tables.by_camera.columns == ("left", "right")
    assert tables.by_camera.rows == (("cameras.rms_px", "0.25", "0.75"), ("cameras.std.fx", "0.5", ""))
    assert tables.whole == (("n", "3"),)
    assert difference_tables({"left.fx_px": -2.0}, ("left",)).by_camera.rows == (("fx_px", "-2"),)
    (views,) = tables_of({"views": [{"name": "a", "rms_px": 0.5}, {"name": "b"}]}, ()).lists
    assert views == ("views", Grid(("name", "rms_px"), (("a", "0.5"), ("b", ""))))
    assert dict(numbers({"a": {"b": 1, "c": True, "d": float("nan"), "e": "x"}})) == {("a", "b"): 1.0}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456789, "0.12346"),
        (-0.0, "0"),
        (True, "yes"),
        (None, "–"),
        ([[1.0, 0.0], [0.0, 1.0]], "1, 0\n0, 1"),
        (list(range(100)), "100 values, 0 to 99"),
        (["a"] * 30, ", ".join(["a"] * 24) + ", … (30 in all)"),
        ([], ""),
        ({}, "–"),
        ([{"a": 1}, {"b": 2}], "2 entries"),
    ],
)
def test_values_are_shown_as_a_person_reads_them(value: object, text: str) -> None:
    assert shown(value) == text


def test_plots_are_png_files_that_use_no_global_state() -> None:
    import matplotlib.pyplot as plt

    details = make_details()
    drawn = (
        residual_quiver("left", details["left/residuals"], (640, 480)),
        coverage_map("left", details["left/coverage"]),
        heat_map("left", details["left/heat"]),
        over_time(Trend("moved_mm", "mm", {"left": [(STARTED_AT, 1.0)]}, 2.0)),
        layout_from_above(make_led_to()) or b"",
    )
    assert all(data.startswith(PNG) for data in drawn)
    assert plt.get_fignums() == []


def red_pixels(png: bytes) -> int:
    """How many pixels of a plot have the red of a limit."""
    red, green, blue = np.moveaxis(np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int), -1, 0)
    return int(np.count_nonzero((red > 150) & (green < 60) & (blue < 70)))


def test_a_limit_is_drawn_though_all_values_lie_below_it() -> None:
    lines = {"left": [(STARTED_AT, 0.2), (STARTED_AT + timedelta(days=3), 0.3)]}
    with_limit, without = (over_time(Trend("worst_px", "px", lines, limit)) for limit in (2.0, None))
    assert red_pixels(with_limit) > 500
    assert red_pixels(without) == 0


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("hours", [0, 1, 20, 60, 80, 200, 900, 2500, 5000])
def test_any_span_of_time_has_an_axis(hours: int) -> None:
    lines = {"left": [(STARTED_AT, 0.2), (STARTED_AT + timedelta(hours=hours), 0.3)]}
    assert over_time(Trend("worst_px", "px", lines)).startswith(PNG)


def test_noise_in_even_light_does_not_look_like_a_fault() -> None:
    even = np.random.default_rng(2).uniform(0.998, 1.0, (24, 32))
    seen = np.asarray(Image.open(io.BytesIO(heat_map("top", even, "", (0.5, 1.0)))).convert("RGB")).astype(
        int
    )
    middle = seen[seen.shape[0] // 4 : seen.shape[0] // 2, seen.shape[1] // 4 : seen.shape[1] // 2]
    assert np.ptp(middle.reshape(-1, 3), axis=0).max() < 16


def test_a_camera_that_looks_down_sees_the_tray_below_it_and_a_level_one_does_not() -> None:
    lens = Intrinsics(640, 480, 320.0, 320.0, 320.0, 240.0)
    down = CameraCalibration(lens, (1, 0, 0, 10, 0, -1, 0, 20, 0, 0, -1, 500, 0, 0, 0, 1))
    seen = footprint(down, (0.0, 0.0, 1.0, 0.0))
    assert seen is not None
    assert seen == pytest.approx(np.array([(-490, 395), (510, 395), (510, -355), (-490, -355)]))
    level = replace(down, tray_from_camera=(1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0, 500, 0, 0, 0, 1))
    assert footprint(level, (0.0, 0.0, 1.0, 0.0)) is None
    assert layout_from_above(Calibration("c", {"left": replace(down, tray_from_camera=UNPLACED)})) is None
