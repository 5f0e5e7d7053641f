"""Figures: what a run measured, as a person reads it."""

from __future__ import annotations

import math

import pytest

from ui.figures import Figure, changes_of, figures_of, written
from ui.words import version_line


def test_the_measures_that_decide_come_first_and_those_that_explain_last() -> None:
    results = {"left": {"views": 12, "std": {"fx_px": 0.3}, "fov_deg": 61.0, "heldout_rms_px": 0.25}}
    assert [figure.label for figure in figures_of(results)] == ["Held-out RMS", "Fov", "Views", "Fx"]


def test_units_come_from_the_names_and_cameras_stay_beside_them() -> None:
    [figure] = figures_of({"front_left": {"moved_mm": 0.75}})
    assert figure == Figure("Moved", "front_left", "0.750", "mm")
    [figure] = figures_of({"heldout_rms_px_by_model": {"k1": 0.1}})
    assert figure.of == "held-out RMS px by model"
    [figure] = figures_of({"mtf50_cycles_per_px": 0.21})
    assert (figure.label, figure.unit) == ("MTF50 cycles", "/px")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.23124, "0.231"),
        (535.92, "535.9"),
        (12.345, "12.35"),
        (0.0, "0"),
        (-0.0003, "-3.00e-04"),
        (1.5e9 + 0.5, "1.50e+09"),
        (math.nan, "–"),
        (math.inf, "–"),
        (True, "yes"),
        (None, "–"),
        ("", "–"),
        ([], "–"),
        ([1, 2.5, "x"], "1, 2.500, x"),
        ([[1.0, 0.0], [0.5, 2.0]], "1, 0; 0.500, 2"),
        (list(range(20)), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 … (+4)"),
        ("two\nlines", "two lines"),
    ],
)
def test_values_are_written_for_a_person(value: object, shown: str) -> None:
    assert written(value) == shown


def test_changes_carry_their_sign() -> None:
    figures = changes_of({"left.fx_px": 0.42, "tray.height_mm": -1.0, "odd": 2.5})
    assert [(each.label, each.of, each.value, each.unit) for each in figures] == [
        ("Fx", "left", "+0.420", "px"),
        ("Height", "tray", "-1", "mm"),
        ("Odd", "", "+2.500", ""),
    ]


def test_a_version_is_shown_by_its_time_and_any_other_name_as_it_is() -> None:
    assert version_line("calibration-20261120T093107120044-9f3a1c").endswith("·  9f3a1c")
    assert version_line("v5") == "v5"
    assert version_line("") == ""


def test_hostile_results_end_in_a_bounded_table() -> None:
    results = {f"key {number}": {"a_px": number} for number in range(5_000)}
    assert len(figures_of(results)) == 400
    deep: dict[str, object] = {}
    for _ in range(200):
        deep = {"deeper": deep}
    assert len(figures_of(deep)) == 1
    assert figures_of({"": 1.0, "_": 2, "__px": 3})[0].label == ""
