"""Before anything was confirmed, a ranker is fitted on simulated items of the booth's own catalogue."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from booth import plugins
from booth.domain.product import BarcodeRead, Product
from booth.errors import InputError
from booth.evaluate.finding.synthetic.catalogue import products as made_up
from booth.identify.corruption import RATES, WRONG, seeded_vectors
from booth.identify.gtin import as_gtin13
from booth.identify.ranker.cold_start import cold_start, world_of
from booth.identify.ranker.ranker import Ranker
from booth.identify.ranker.simulate import examples, natural_weight, stranger
from booth.identify.sampling import sampled
from booth.ports.finding import CatalogueIndex, Query
from tests.identify.ranker.stand_ins import plain_strategies

ITEMS = 140


def catalogue(folder: Path, count: int) -> CatalogueIndex:
    index: CatalogueIndex = plugins.load("booth.indexes", "embedded")(folder, {})
    index.upsert(made_up(count, seed=3))
    return index


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> CatalogueIndex:
    return catalogue(tmp_path_factory.mktemp("shop"), 24)


def test_a_small_shop_is_served_well_from_the_first_item(shop: CatalogueIndex) -> None:
    told: list[tuple[int, int]] = []
    fitted = cold_start(
        shop, plain_strategies(shop), np.random.default_rng(0), ITEMS, told=lambda *done: told.append(done)
    )
    assert fitted.figures["r@1"] >= 0.6
    assert told[-1] == (ITEMS, ITEMS)
    (product,) = shop.get([sampled(shop, np.random.default_rng(1), 1)[0].gtin])
    query = Query(barcodes=(BarcodeRead("top", "EAN-13", product.gtin, product.gtin),))
    retrieved = {each.name: each.propose(query, 100) for each in plain_strategies(shop)}
    ranking = fitted.ranker.rank(query, retrieved, {product.gtin: product})
    assert ranking.candidates[0].gtin == product.gtin
    assert Ranker.from_bytes(fitted.ranker.to_bytes()).version == fitted.ranker.version


def test_a_catalogue_of_one_product_is_enough(tmp_path: Path) -> None:
    index = catalogue(tmp_path, 1)
    fitted = cold_start(index, plain_strategies(index), np.random.default_rng(0), ITEMS)
    assert 0 < fitted.figures["n"] < ITEMS


def test_an_empty_catalogue_is_refused(tmp_path: Path) -> None:
    index = catalogue(tmp_path, 0)
    with pytest.raises(InputError, match="booth catalogue import"):
        cold_start(index, plain_strategies(index), np.random.default_rng(0), ITEMS)


def test_the_same_seed_simulates_the_same_items(shop: CatalogueIndex) -> None:
    def made(seed: int) -> list[tuple[str, str, bytes]]:
        rng = np.random.default_rng(seed)
        world = world_of(shop, plain_strategies(shop), rng)
        return [(each.truth, each.state, each.table.values.tobytes()) for each in examples(world, rng, 10)]

    assert made(7) == made(7)
    assert made(7) != made(8)


def test_wrong_codes_count_as_seldom_as_they_are() -> None:
    assert natural_weight("good", RATES) == 1.0
    assert natural_weight(WRONG, RATES) * RATES.wrong / RATES.good == pytest.approx(0.01, rel=0.02)


def test_a_stranger_is_no_product_of_the_catalogue(shop: CatalogueIndex) -> None:
    rng = np.random.default_rng(0)
    pool = sampled(shop, rng, 24)
    made: Product = stranger(pool, pool[0], rng)
    assert as_gtin13(made.gtin) == made.gtin
    assert shop.by_gtin(made.gtin) is None


def test_a_sample_holds_each_product_once_and_no_more_than_asked(tmp_path: Path) -> None:
    index = catalogue(tmp_path, 3_000)
    few = sampled(index, np.random.default_rng(0), 40)
    assert len({product.gtin for product in few}) == len(few) == 40
    everything = sampled(index, np.random.default_rng(0), 5_000)
    assert len(everything) == 3_000
    assert sampled(index, np.random.default_rng(0), 40) == few


def test_pictures_are_found_in_the_index_where_their_embeddings_can_be_had(tmp_path: Path) -> None:
    index, vectors = catalogue(tmp_path, 24), seeded_vectors()
    rng = np.random.default_rng(0)
    index.upsert_vectors((product.gtin, vectors(product)) for product in sampled(index, rng, 24))
    world = world_of(index, plain_strategies(index), rng, vectors=vectors)
    made = [each for each in examples(world, rng, 30) if each.table.gtins]
    assert max(each.table.column("image_score").max() for each in made) > 0.5
    assert any(each.place is not None and each.table.column("image_rank")[each.place] == 1.0 for each in made)
