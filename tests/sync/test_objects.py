"""Addresses, options and errors of central storage; what both kinds promise is in tests/contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from booth import plugins
from booth.errors import ConfigError, SyncError
from booth.store.place import place_of, table_place
from booth.sync.objects import remote

SECRET = "wJalrXUtnFEMI-secret"


@pytest.fixture
def s3_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n")
    return {
        "endpoint": "http://127.0.0.1:1",
        "allow_http": True,
        "access_key_id": "booth",
        "secret_access_key_file": str(file),
    }


@pytest.mark.parametrize("kind", ["file", "s3"])
def test_both_kinds_are_found_by_name(kind: str) -> None:
    assert plugins.load("booth.remotes", kind) is remote


@pytest.mark.parametrize(
    "address",
    [
        "",
        "central",
        "ftp://host/x",
        "file://relative/path",
        "file:///srv/../etc",
        "s3://",
        "s3://B/x",
        "s3://bucket/../x",
    ],
)
def test_a_wrong_address_names_the_setting(address: str, s3_options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"sync\.remote"):
        place_of(address, s3_options if address.startswith("s3") else {})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"secret_access_key": SECRET}, "no option 'secret_access_key'"),
        ({"allow_http": "yes"}, "allow_http"),
        ({"allow_http": False}, "not https"),
        ({"access_key_id": ""}, "access_key_id"),
        ({"endpoint": 7}, "endpoint"),
        ({"secret_access_key_file": "/nowhere"}, "secret_access_key_file"),
    ],
)
def test_a_wrong_option_is_named_without_secrets(
    change: dict[str, Any], said: str, s3_options: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        place_of("s3://bucket/prefix", s3_options | change)
    assert SECRET not in str(caught.value)


def test_a_folder_takes_no_options(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no option 'endpoint'"):
        remote(f"file://{tmp_path}", {"endpoint": "x"})


def test_keys_may_come_from_the_environment(
    s3_options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    del s3_options["secret_access_key_file"], s3_options["access_key_id"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from-env")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    uri, options = table_place("s3://bucket/prefix", s3_options)
    assert (uri, options["aws_access_key_id"]) == ("s3://bucket/prefix", "from-env")


def test_secrets_are_in_no_representation(s3_options: dict[str, Any]) -> None:
    place = place_of("s3://bucket/prefix", s3_options)
    assert SECRET not in repr(place)
    assert place.address == "s3://bucket/prefix"


def test_a_folder_whose_parent_is_missing_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(SyncError, match="mount"):
        remote(f"file://{tmp_path}/not-mounted/central", {})
    assert not (tmp_path / "not-mounted").exists()


def test_a_server_that_is_not_there_gives_one_clear_line(s3_options: dict[str, Any]) -> None:
    central = remote("s3://bucket/prefix", s3_options)
    for ask in (
        lambda: central.put_new("a/b", b""),
        lambda: central.get("a/b"),
        lambda: central.exists("a/b"),
        lambda: list(central.keys("a/")),
    ):
        with pytest.raises(SyncError) as caught:
            ask()
        assert "s3://bucket/prefix" in str(caught.value)
        assert "\n" not in str(caught.value)
        assert SECRET not in str(caught.value)


def test_a_name_that_is_no_key_costs_its_folder_and_not_the_others(tmp_path: Path) -> None:
    central = remote(f"file://{tmp_path}", {})
    for key in ("manifests/b1/x.json", "manifests/b2/y.json", "manifests/z.json"):
        central.put_new(key, b"{}")
    (tmp_path / "manifests" / "b1" / "odd\n.json").write_text("{}")
    assert sorted(central.keys("manifests/")) == ["manifests/b1/", "manifests/b2/y.json", "manifests/z.json"]
    assert list(central.keys("manifests/b2/")) == ["manifests/b2/y.json"]
    with pytest.raises(SyncError, match="until a person removes"):
        list(central.keys("manifests/b1/"))
