"""Settings are read once, refuse what they do not know, and say where each value came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from booth.config import read_config
from booth.errors import ConfigError


def written(folder: Path, text: str) -> Path:
    file = folder / "booth.toml"
    file.write_text(text)
    return file


def test_without_a_file_every_value_is_a_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = read_config()
    assert set(config.origins.values()) == {"default"}
    assert config.data_dir == tmp_path / "var"


def test_each_value_says_where_it_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path, '[booth]\nid = "dock-7"\n[lane]\nundo_s = 3\n[cameras.options]\nfps = 5\n')
    monkeypatch.setenv("BOOTH_LANE__UNDO_S", "1.5")
    config = read_config(file)
    assert config.settings.booth.id == "dock-7"
    assert config.settings.lane.undo_s == 1.5
    assert config.origins["booth.id"] == str(file)
    assert config.origins["lane.undo_s"] == "BOOTH_LANE__UNDO_S"
    assert config.origins["cameras.options.fps"] == str(file)
    assert config.origins["lane.settle_s"] == "default"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[store]\nhigh_water_free_mbb = 3\n", "store.high_water_free_mbb"),
        ("[stores]\n", "stores"),
        ('[booth]\nid = "Dock 7"\n', "booth.id"),
        ("[lane]\nsettle_s = -1\n", "lane.settle_s"),
        ('[lane]\nundo_s = "long"\n', "lane.undo_s"),
        ("[lane\n", "not valid TOML"),
        ("\x00", "not valid TOML"),
        ("x = " + "[" * 100_000, "not valid TOML"),
        ("lane = 3\n", "lane must be a table"),
        ("[[lane]]\nundo_s = 3\n", "lane must be a table"),
        ('[booth]\ndata_dir = "a\\u0000b"\n', "booth.data_dir"),
        ("[policy]\nbudget = 0.5\n", "policy.budget"),
        ("[policy]\nunsure = nan\n", "policy.unsure"),
        ('[[policy.table]]\ntype = "crushed"\n', "policy.table.0.type"),
        ('[[policy.table]]\n[[policy.table]]\nparts = "product"\n', "policy.table.1.parts"),
        ('[[policy.table]]\ndisposition = "isolate"\n', "policy.table.0.*isolate"),
        ('[[policy.table]]\ndisposition = "sell"\n', "policy.table.0.*tolerable"),
        (
            '[[policy.table]]\ntype = "tear"\n[[policy.table]]\ntype = "tear"\n',
            "policy.table: .*rows 0 and 1",
        ),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigError, match=named) as caught:
        read_config(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_wrong_environment_variable_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOTH_LANE__UNDO_X", "1")
    with pytest.raises(ConfigError, match="BOOTH_LANE__UNDO_X"):
        read_config(written(tmp_path, ""))


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("BOOTH_LANES__UNDO_S", "1"),
        ("BOOTH_CAMERAS__OPTIONS", "no JSON"),
        ("BOOTH_IDENTIFY__STRATEGIES", "exact_gtin"),
        ("BOOTH_BOOTH", "/data"),
        ("BOOTH_LANE", '{"undo_s": "long"}'),
    ],
)
def test_what_the_environment_cannot_mean_gives_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    section = variable.removeprefix("BOOTH_").partition("__")[0]
    with pytest.raises(ConfigError, match=rf"{variable}|field \"{section.lower()}\"") as caught:
        read_config(written(tmp_path, ""))
    assert "\n" not in str(caught.value)


def test_a_variable_does_not_hide_a_wrong_section(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOTH_LANE__UNDO_S", "3")
    with pytest.raises(ConfigError, match="lane must be a table"):
        read_config(written(tmp_path, "lane = 3\n"))


def test_a_folder_is_no_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "booth.toml").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"booth\.toml: cannot be read"):
        read_config()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        read_config(tmp_path / "nowhere.toml")
