"""Embeddings of reference pictures are made once and given to the catalogue that lacks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from booth.domain.percept import FloatArray, Percept, Reference
from booth.domain.picture import Calibration, Region, View
from booth.domain.product import Product
from booth.gallery.looks import cropped_pictures, index_embeddings, look_at_references
from booth.store.catalogue.embedded import Catalogue
from booth.store.database import open_database, writing
from booth.store.gallery_schema import FILE_NAME, MIGRATIONS
from booth.store.looks import Looks
from booth.store.reference_files import PICTURE
from booth.store.references import References
from tests.fakes import HEIGHT, WIDTH, FakePerception

SOAP, TEA = Product("4006381333931", "Plain soap"), Product("4006381333948", "Green tea")


class Embedding(FakePerception):
    """Embeds a picture by its mean colour."""

    embedder = "fake-embedder"

    def perceive(
        self,
        views: Sequence[View],
        calibration: Calibration | None,
        regions: Mapping[str, Region] | None = None,
    ) -> Percept:
        seen = super().perceive(views, calibration, regions)
        rows = np.array([unit(int(view.frame.rgb.mean())) for view in views], np.float32)
        return replace(seen, embedder=self.embedder, embeddings=rows)


def unit(place: int) -> FloatArray:
    row = np.zeros(256, np.float32)
    row[place] = 1.0
    return row


@pytest.fixture
def looks(tmp_path: Path) -> Iterator[Looks]:
    references, patches = References(tmp_path), np.zeros((2, 2, 3), np.float32)
    for number, (product, level) in enumerate(((SOAP, 10), (SOAP, 20), (TEA, 30))):
        reference = Reference(f"{number:064x}", f"view {number}", "fake-trunk", patches)
        references.add(product.gtin, "1", reference, np.full((HEIGHT, WIDTH, 3), level, np.uint8))
    made = Looks(tmp_path)
    yield made
    made.close()


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Catalogue]:
    made = Catalogue(tmp_path / "shop")
    made.upsert([SOAP])
    yield made
    made.close()


def test_every_picture_is_embedded_once(looks: Looks) -> None:
    assert look_at_references(Embedding(), looks, None) == 3
    assert look_at_references(Embedding(), looks, None) == 0


def test_the_index_is_given_what_it_lacks_of_products_that_it_knows(looks: Looks, index: Catalogue) -> None:
    look_at_references(Embedding(), looks, None)
    assert index_embeddings(looks, index, Embedding.embedder) == 1
    assert [hit.gtin for hit in index.by_vector(unit(20)[None], 5)] == [SOAP.gtin]
    assert index_embeddings(looks, index, Embedding.embedder) == 0
    index.upsert([TEA])
    assert index_embeddings(looks, index, Embedding.embedder) == 1
    assert index.by_vector(unit(30)[None], 1)[0].gtin == TEA.gtin


def test_a_picture_that_cannot_be_read_stops_nothing_and_is_told(
    looks: Looks, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    [tea] = looks.of(TEA.gtin, Embedding.embedder)
    path = tmp_path / "gallery" / "kept" / tea.folder / PICTURE
    path.write_bytes(path.read_bytes()[:20])
    assert look_at_references(Embedding(), looks, None) == 2
    assert TEA.gtin in caplog.text
    assert cropped_pictures(looks, TEA.gtin, Embedding.embedder) == []
    assert len(cropped_pictures(looks, SOAP.gtin, Embedding.embedder)) == 2
    assert not looks.without_picture()
    path.unlink()
    assert looks.without_picture() == [path]


def test_where_an_item_lies_turned_is_remembered(looks: Looks) -> None:
    turned = Region(-3, 4, 20, 10, 30.5)
    [tea] = looks.of(TEA.gtin, Embedding.embedder)
    looks.keep(tea.number, Embedding.embedder, turned, unit(1))
    assert looks.of(TEA.gtin, Embedding.embedder)[0].region == turned
    assert [rgb.shape for rgb in cropped_pictures(looks, TEA.gtin, Embedding.embedder)] == [(10, 20, 3)]


def test_a_gallery_from_before_regions_were_turned_opens_with_upright_ones(tmp_path: Path) -> None:
    before = open_database(tmp_path / FILE_NAME, [each for each in MIGRATIONS if each.number < 3])
    with writing(before) as connection:
        connection.execute(
            text(
                "INSERT INTO reference VALUES (1, '1', '1', 'top', 'a', 'active', '', 't', 'f', 'f.npy', '')"
            )
        )
        connection.execute(text("INSERT INTO look VALUES (1, 'e', 1, 2, 3, 4, x'00')"))
    before.dispose()
    made = Looks(tmp_path)
    assert [each.region for each in made.of("1", "e")] == [Region(1, 2, 3, 4)]
    made.close()
