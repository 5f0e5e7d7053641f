"""A Qdrant that is not there, falls silent, refuses, is torn or belongs to somebody else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from qdrant_client import QdrantClient, models

from booth.domain.evidence import Understood
from booth.domain.product import Product
from booth.errors import ConfigError, InputError, StoreError
from booth.events import Bus
from booth.identify.indexes.falling_back import FallingBack
from booth.identify.indexes.qdrant import writing
from booth.identify.indexes.qdrant.index import QdrantIndex, index
from booth.worker import Worker
from tests.contract.products import COFFEE, PRODUCTS, TEA, directions, numbers, titles
from tests.fakes import FakeIndex

NOWHERE = Path()
SECRET = "hunter2"


@pytest.fixture
def catalogue() -> Iterator[QdrantIndex]:
    made = index(NOWHERE, {"path": ":memory:"})
    made.upsert(PRODUCTS)
    yield made
    made.close()


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A web server that answers everything so; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST = do_DELETE = answer

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        server.timeout = 0.05

        def serve(stopping: threading.Event) -> None:
            while not stopping.is_set():
                server.handle_request()

        worker = Worker("web server", Bus(), serve)
        worker.start()
        yield f"http://127.0.0.1:{server.server_port}"
        assert worker.stop(timeout_s=10.0)


@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (401, b"{}", "refuses the api_key"),
        (403, b"forbidden", "refuses the api_key"),
        (500, b"", "status 500"),
        (200, b"this is no Qdrant", "Qdrant at 127.0.0.1"),
        (200, b"[1, 2]", "Qdrant at 127.0.0.1"),
        (404, b"{}", "Qdrant at 127.0.0.1"),
    ],
)
def test_a_server_that_refuses_is_one_line_without_the_key(status: int, body: bytes, said: str) -> None:
    with answering(status, body) as url, pytest.raises(StoreError, match=said) as caught:
        index(NOWHERE, {"url": url, "api_key": SECRET})
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
def test_a_server_that_is_not_there_or_silent_is_not_waited_for() -> None:
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:1 is gone or does not answer in time"):
        index(NOWHERE, {"url": "http://127.0.0.1:1", "api_key": SECRET})
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(StoreError, match="does not answer in time"):
            index(NOWHERE, {"url": url, "timeout_s": 1})


def test_without_the_server_the_own_copy_answers() -> None:
    told: list[tuple[str, bool]] = []
    own = FakeIndex(TEA)
    both = FallingBack(
        lambda: index(NOWHERE, {"url": "http://127.0.0.1:1"}), own, lambda *said: told.append(said), "qdrant"
    )
    assert both.by_gtin(TEA.gtin) == TEA
    assert [over for _, over in told] == [False]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"url": "http://a", "path": "b"},
        {"url": ""},
        {"url": 5},
        {"url": "ftp://a"},
        {"url": "a:6333"},
        {"url": "http://[::"},
        {"url": "http://a:99999999"},
        {"url": f"http://user:{SECRET}@a"},
        {"path": ":memory:", "key": "x"},
        {"path": ":memory:", "api_key": "\nX-Header: x"},
        {"path": ":memory:", "api_key": 5},
        {"path": ":memory:", "collection": ""},
        {"path": ":memory:", "collection": "../../etc"},
        {"path": ":memory:", "collection": ["a"]},
        {"path": ":memory:", "timeout_s": -1},
        {"path": ":memory:", "timeout_s": 1e9},
    ],
)
def test_an_impossible_option_is_named(options: Mapping[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"url|path|api_key|collection|timeout_s") as caught:
        index(NOWHERE, options)
    assert SECRET not in str(caught.value)


def test_a_folder_keeps_what_was_written_and_is_one_program_s_at_a_time(tmp_path: Path) -> None:
    folder = {"path": str(tmp_path / "qdrant")}
    first = index(NOWHERE, folder)
    first.upsert(PRODUCTS)
    first.upsert_vectors([(TEA.gtin, directions(0.0))])
    with pytest.raises(StoreError, match="already accessed"):
        index(NOWHERE, folder)
    snapshot = first.snapshot
    first.close()
    again = index(NOWHERE, folder)
    assert again.snapshot == snapshot
    assert again.by_gtin(TEA.gtin) == TEA
    assert numbers(again.by_vector(directions(0.0), 5)) == [TEA.gtin]
    again.close()
    with pytest.raises(StoreError, match="closed"):
        again.count()


def test_collections_of_another_version_are_refused_and_left_alone(tmp_path: Path) -> None:
    folder = {"path": str(tmp_path / "qdrant")}
    first = index(NOWHERE, folder)
    first.upsert(PRODUCTS)
    first.close()
    with open_client(tmp_path) as client:
        client.set_payload("booth_state", {"version": 2}, [1])
    with pytest.raises(StoreError, match="version 2, not 1"):
        index(NOWHERE, folder)
    with open_client(tmp_path) as client:
        assert client.count("booth").count == len(PRODUCTS)


def test_a_collection_of_somebody_else_is_not_taken_over(tmp_path: Path) -> None:
    with open_client(tmp_path) as client:
        client.create_collection("booth", vectors_config={})
        client.upsert("booth", [models.PointStruct(id=1, vector={}, payload={"mine": True})])
    with pytest.raises(StoreError, match="not made by the booth"):
        index(NOWHERE, {"path": str(tmp_path / "qdrant")})
    with open_client(tmp_path) as client:
        assert client.count("booth").count == 1


@contextmanager
def open_client(folder: Path) -> Iterator[QdrantClient]:
    client = QdrantClient(path=str(folder / "qdrant"))
    yield client
    client.close()


def test_a_change_that_stops_half_way_says_so_until_it_is_given_again(
    catalogue: QdrantIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = catalogue.snapshot
    many = [Product(f"{number:013}", f"Widget {number}") for number in range(writing.BATCH + 1)]
    upsert, calls = QdrantClient.upsert, []

    def lost_in_the_second_batch(self: QdrantClient, name: str, points: Any) -> Any:
        calls.append(name)
        if calls.count("booth") == 2:
            raise ConnectionResetError("the server is gone")
        return upsert(self, name, points)

    with monkeypatch.context() as patched:
        patched.setattr(QdrantClient, "upsert", lost_in_the_second_batch)
        with pytest.raises(StoreError, match=r"refuses|gone"):
            catalogue.upsert(many)
    assert catalogue.snapshot.endswith("-torn")
    assert catalogue.snapshot != before
    assert catalogue.by_gtin(TEA.gtin) == TEA
    assert catalogue.upsert(many) == len(many)
    assert not catalogue.snapshot.endswith("-torn")
    assert catalogue.count() == len(PRODUCTS) + len(many)


def test_typing_errors_are_forgiven_and_what_is_understood_filters(catalogue: QdrantIndex) -> None:
    catalogue.upsert([Product("2000000000015", "Chocolate bar", "Lavazza", "Sweets", "100 g")])
    for typed in ("chocolat", "choclate", "chocolade bar", "hcocolate", "chocoolate baar", "schocolate"):
        assert titles(catalogue, catalogue.by_text(typed, 5)) == ["Chocolate bar"], typed
    brand = Understood("brand", "Lavazza", 0.99, "lavazza")
    assert titles(catalogue, catalogue.by_text("lavazza beans", 5, [brand]))[0] == COFFEE.title
    assert TEA.gtin not in numbers(catalogue.by_text("100 g lavazza", 5, [brand]))
    assert catalogue.by_text("teapot", 5, [Understood("brand", "Nobody", 0.99, "x")]) == []


def test_of_very_many_within_the_ranges_the_middle_still_comes_first(catalogue: QdrantIndex) -> None:
    many = 3_000
    catalogue.upsert(
        Product(f"{number:013}", f"Brick {number}", weight_g=1_000.0 + number) for number in range(many)
    )
    found = catalogue.by_ranges({"weight_g": (1_000, 1_000 + many)}, 3)
    assert titles(catalogue, found)[0] == f"Brick {many // 2}"


def test_an_error_in_the_middle_of_the_input_writes_nothing(catalogue: QdrantIndex) -> None:
    def breaking() -> Iterator[Product]:
        for number in range(2 * writing.BATCH):
            yield Product(f"{number:013}", f"Widget {number}")
        raise InputError("the file broke")

    before = catalogue.snapshot
    with pytest.raises(InputError, match="the file broke"):
        catalogue.upsert(breaking())
    assert catalogue.snapshot == before
    assert catalogue.count() == len(PRODUCTS)
