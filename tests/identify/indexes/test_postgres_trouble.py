"""A real PostgreSQL that dies, falls silent, refuses or belongs to somebody else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest

from booth import plugins
from booth.domain.evidence import Understood
from booth.domain.product import Product
from booth.errors import ConfigError, StoreError
from booth.events import Bus
from booth.identify.indexes.falling_back import LONGEST_BACKOFF_S, FallingBack
from booth.identify.indexes.postgres.index import PostgresIndex, index
from booth.ports.finding import CatalogueIndex, Hit
from booth.worker import Worker
from tests.contract.postgres_server import PASSWORD, PostgresServer, shared_server
from tests.contract.products import PRODUCTS, TEA, TEAPOT, directions, numbers, titles
from tests.fakes import wait_until

NOWHERE = Path()


@pytest.fixture(scope="module")
def server() -> PostgresServer:
    return shared_server()


@pytest.fixture
def catalogue(server: PostgresServer) -> Iterator[PostgresIndex]:
    made = opened(server)
    made.upsert(PRODUCTS)
    yield made
    made.close()
    server.empty("trouble")


def opened(server: PostgresServer, **options: object) -> PostgresIndex:
    return index(NOWHERE, {"dsn": server.dsn(), "schema": "trouble", "timeout_s": 5.0, **options})


def asked_of(server: PostgresServer, query: str) -> Any:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        return connection.execute(query).fetchone()


class Blocked:
    """Holds the products so that a search of them hangs, until it is told to let go or its server dies."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self._holder = psycopg.connect(server.dsn())
        self._holder.execute("LOCK TABLE trouble.product IN ACCESS EXCLUSIVE MODE")

    def wait_for_a_search(self) -> None:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        wait_until(lambda: asked_of(self._server, waiting)[0] > 0, timeout_s=10.0)

    def close(self) -> None:
        self._holder.close()


def test_killed_in_mid_query_the_own_copy_answers_and_the_engine_comes_back(tmp_path: Path) -> None:
    shared_server()  # skips where none can run
    server = PostgresServer()
    server.start()
    told: list[tuple[str, bool]] = []
    answers: list[list[Hit]] = []
    now_s = [0.0]
    own: CatalogueIndex = plugins.load("booth.indexes", "embedded")(tmp_path, {})
    both = FallingBack(
        lambda: opened(server), own, lambda *said: told.append(said), "postgres", lambda: now_s[0]
    )
    try:
        both.upsert(PRODUCTS)
        assert both.snapshot.startswith("postgres:")
        blocked = Blocked(server)
        bus, died = Bus(), list[object]()
        bus.subscribe(died.append)
        searching = Worker("search", bus, lambda stopping: answers.append(list(both.by_text("tee", 5))))
        searching.start()
        blocked.wait_for_a_search()
        server.kill()
        wait_until(lambda: len(answers) == 1, timeout_s=10.0)
        assert searching.stop(timeout_s=10.0)
        blocked.close()
        assert numbers(answers[0])[0] == TEA.gtin
        assert [over for _, over in told] == [False]
        assert both.by_gtin(TEA.gtin) == TEA
        assert both.snapshot.startswith("embedded:")
        with pytest.raises(StoreError, match="cannot be reached"):
            both.upsert([Product("2000000000015", "Sponge")])
        assert own.by_gtin("2000000000015") is None
        server.start()
        now_s[0] += LONGEST_BACKOFF_S
        assert both.by_gtin(TEA.gtin) == TEA
        assert both.snapshot.startswith("postgres:")
        assert [over for _, over in told] == [False, True]
        assert died == []
    finally:
        both.close()
        server.stop()


def test_a_lost_connection_is_one_error_and_the_next_call_reconnects(
    server: PostgresServer, catalogue: PostgresIndex
) -> None:
    assert catalogue.count() == len(PRODUCTS)
    asked_of(
        server,
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'booth'",
    )
    with pytest.raises(StoreError, match="is gone: the connection was lost"):
        catalogue.count()
    assert catalogue.count() == len(PRODUCTS)


def test_a_server_that_takes_too_long_is_not_waited_for(
    server: PostgresServer, catalogue: PostgresIndex
) -> None:
    hasty = opened(server, timeout_s=0.3)
    blocked = Blocked(server)
    with pytest.raises(StoreError, match="took too long"):
        hasty.by_gtin(TEA.gtin)
    blocked.close()
    assert hasty.by_gtin(TEA.gtin) == TEA
    hasty.close()


def test_a_server_that_falls_silent_is_not_waited_for(
    server: PostgresServer, catalogue: PostgresIndex
) -> None:
    hasty = opened(server, timeout_s=0.2)
    assert hasty.by_gtin(TEA.gtin) == TEA
    server.pause()
    try:
        start_s = time.monotonic()
        with pytest.raises(StoreError, match="is gone"):
            hasty.by_gtin(TEA.gtin)
        with pytest.raises(StoreError, match="does not answer in time"):
            hasty.by_gtin(TEA.gtin)
        assert time.monotonic() - start_s < 30.0
    finally:
        server.resume()
    assert hasty.by_gtin(TEA.gtin) == TEA
    hasty.close()


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        ("host=127.0.0.1 port=1 user=booth password=hunter2", "cannot be reached"),
        ("host=nowhere.invalid user=booth password=hunter2", "nobody knows"),
        ("postgresql://booth:hunter2@127.0.0.1:1/postgres", "127.0.0.1:1 cannot be reached"),
        ("postgresql://booth:hunt@er2hunter2@127.0.0.1:1/postgres", "127.0.0.1:1"),
    ],
)
def test_a_server_that_is_not_there_is_one_line_without_the_password(dsn: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as caught:
        index(NOWHERE, {"dsn": dsn, "timeout_s": 1})
    assert_silent(caught.value, "hunter2")


def test_a_wrong_password_is_said_and_never_shown(server: PostgresServer) -> None:
    with pytest.raises(StoreError, match="refuses the user or the password") as caught:
        index(NOWHERE, {"dsn": server.dsn("hunter2")})
    assert_silent(caught.value, "hunter2")
    with pytest.raises(StoreError, match="no such user or database") as caught:
        index(NOWHERE, {"dsn": server.dsn().replace("dbname=postgres", "dbname=elsewhere")})
    assert_silent(caught.value, PASSWORD)


@pytest.mark.parametrize(
    "dsn", ["hunter2", "host=a hunter2", "postgresql://booth:hunt er2@h/d", "password='hunter2"]
)
def test_an_address_that_cannot_be_read_is_refused_without_repeating_it(dsn: str) -> None:
    with pytest.raises(ConfigError, match="dsn") as caught:
        index(NOWHERE, {"dsn": dsn})
    assert_silent(caught.value, "hunter2")
    assert_silent(caught.value, "er2")


def assert_silent(error: BaseException, secret: str) -> None:
    """Neither the message nor anything that a traceback prints after it holds the secret."""
    told: BaseException | None = error
    while told is not None:
        assert secret not in str(told)
        assert "\n" not in str(told) or told is not error
        told = told.__cause__ or (None if told.__suppress_context__ else told.__context__)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"dsn": ""},
        {"dsn": 5},
        {"dsn": "host=a", "password": "x"},
        {"dsn": "host=a", "schema": ""},
        {"dsn": "host=a", "schema": 'booth"; DROP SCHEMA public; --'},
        {"dsn": "host=a", "schema": "pg_catalog"},
        {"dsn": "host=a", "schema": "Booth"},
        {"dsn": "host=a", "schema": "b" * 64},
        {"dsn": "host=a", "schema": ["a"]},
        {"dsn": "host=a", "timeout_s": 0},
        {"dsn": "host=a", "timeout_s": "2"},
        {"dsn": "host=a", "timeout_s": float("nan")},
        {"dsn": "host=a", "timeout_s": True},
    ],
)
def test_an_impossible_option_is_named(options: Mapping[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"dsn|schema|timeout_s"):
        index(NOWHERE, options)


def test_tables_of_another_version_are_refused_and_left_alone(
    server: PostgresServer, catalogue: PostgresIndex
) -> None:
    asked_of(server, "UPDATE trouble.state SET version = 2 RETURNING 1")
    try:
        with pytest.raises(StoreError, match="version 2, not 1"):
            opened(server)
    finally:
        asked_of(server, "UPDATE trouble.state SET version = 1 RETURNING 1")
    assert catalogue.count() == len(PRODUCTS)


def test_tables_of_somebody_else_are_not_taken_over(server: PostgresServer) -> None:
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("CREATE SCHEMA stranger; CREATE TABLE stranger.product (x int)")
    try:
        with pytest.raises(StoreError, match="already exists"):
            opened(server, schema="stranger")
        assert asked_of(server, "SELECT to_regclass('stranger.state')")[0] is None
    finally:
        with psycopg.connect(server.dsn()) as connection:
            connection.execute("DROP SCHEMA stranger CASCADE")


def test_a_user_with_few_rights_needs_only_a_schema_of_its_own(server: PostgresServer) -> None:
    plain = server.dsn().replace("user=booth", "user=plain")
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("CREATE ROLE plain LOGIN PASSWORD 's3cret-word'")
        connection.execute("CREATE SCHEMA plain AUTHORIZATION plain")
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE bare OWNER plain")
    with pytest.raises(StoreError, match="permission denied"):
        index(NOWHERE, {"dsn": plain, "schema": "elsewhere"})
    with pytest.raises(StoreError, match="CREATE EXTENSION vector"):
        index(NOWHERE, {"dsn": plain.replace("dbname=postgres", "dbname=bare")})
    made = index(NOWHERE, {"dsn": plain, "schema": "plain"})
    assert made.upsert(PRODUCTS) == len(PRODUCTS)
    assert made.upsert_vectors([(TEA.gtin, directions(0.0))]) == 1
    made.close()


def test_what_was_written_is_there_when_it_is_opened_again(
    server: PostgresServer, catalogue: PostgresIndex
) -> None:
    again = opened(server)
    assert again.snapshot == catalogue.snapshot
    assert again.by_gtin(TEA.gtin) == TEA
    again.close()
    with pytest.raises(StoreError, match="closed"):
        again.by_gtin(TEA.gtin)


def test_two_booths_change_one_catalogue_one_after_the_other(
    server: PostgresServer, catalogue: PostgresIndex
) -> None:
    other = opened(server)
    bus, died = Bus(), list[object]()
    bus.subscribe(died.append)
    done = threading.Barrier(3, timeout=20.0)

    def change(index: PostgresIndex, first: int) -> None:
        for number in range(first, first + 5):
            index.upsert([Product(f"{number:013}", f"Widget {number}")])
        done.wait()

    workers = [
        Worker(f"booth {first}", bus, lambda stopping, index=index, first=first: change(index, first))  # type: ignore[misc]
        for index, first in ((catalogue, 100), (other, 103))
    ]
    for worker in workers:
        worker.start()
    done.wait()
    assert all([worker.stop(timeout_s=10.0) for worker in workers])
    assert died == []
    assert catalogue.count() == len(PRODUCTS) + 8
    other.close()


def test_typing_errors_are_forgiven_and_what_is_understood_filters(catalogue: PostgresIndex) -> None:
    catalogue.upsert([Product("2000000000015", "Chocolate bar", "Lavazza", "Sweets", "100 g")])
    for typed in ("chocolat", "choclate", "chocolade bar", "hcocolate", "chocoolate baar", "schocolate"):
        assert titles(catalogue, catalogue.by_text(typed, 5)) == ["Chocolate bar"], typed
    brand = Understood("brand", "Lavazza", 0.99, "lavazza")
    assert titles(catalogue, catalogue.by_text("lavazza beans", 5, [brand]))[0] == "Coffee beans"
    assert TEA.gtin not in numbers(catalogue.by_text("100 g lavazza", 5, [brand]))
    assert catalogue.by_text("teapot", 5, [Understood("brand", "Nobody", 0.99, "x")]) == []
    assert catalogue.by_text("teapot", 5, [Understood("brand", "-- '", 0.99, "x")]) == []
    assert numbers(catalogue.by_text("", 5, [Understood("brand", "Bodum", 0.99, "x")])) == [TEAPOT.gtin]
    likely = Understood("brand", "Bodum", 0.6, "x")
    assert numbers(catalogue.by_text("te", 5, [likely]))[0] == TEAPOT.gtin


def test_the_vocabulary_follows_the_products(server: PostgresServer, catalogue: PostgresIndex) -> None:
    counted = "SELECT count(*), min(products) FROM trouble.word WHERE word IN ('gruner', 'zebra')"
    catalogue.upsert([Product(TEA.gtin, "Zebra Zebra")])
    assert asked_of(server, counted) == (1, 1)
    assert asked_of(server, "SELECT count(*) FROM trouble.word WHERE is_new") == (0,)
    catalogue.upsert(PRODUCTS)
    assert asked_of(server, counted) == (1, 1)
    assert catalogue.by_text("zebra", 5) == []


def test_vectors_of_many_pictures_still_give_different_products(catalogue: PostgresIndex) -> None:
    near = [(TEA.gtin, directions(*(0.001 * n for n in range(40)))), (TEAPOT.gtin, directions(1.0))]
    catalogue.upsert_vectors(near)
    assert numbers(catalogue.by_vector(directions(0.0), 2)) == [TEA.gtin, TEAPOT.gtin]
