"""The training pictures in their order: each product's iconic picture and photos, then views of the booth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from booth.domain.picture import Frame, View
from booth.ports.scene import ItemWish
from booth.regions import crop
from models.locate import locate
from models.synthetic.scene import scene
from models.training.families import Identity, identities
from models.training.features import Picture
from models.training.shop import iconic, photo

NEIGHBOURS = 24
"""From so many products before and after, its siblings among them, come a photo's neighbours."""
BOOTH_SIZE_PX = (480, 360)
BOOTH_VIEWS = 4


def shop_pictures(seed: int, count: int, photos: int) -> Iterator[Picture]:
    """One iconic picture and `photos` photos of each of `count` products."""
    products = identities(seed, count)
    for product in products:
        rng = np.random.default_rng([seed, product.number, 30])
        others = _around(products, product.number)
        yield Picture(iconic(product, rng), product.number, product.family, "iconic")
        for _ in range(photos):
            yield Picture(photo(product, others, rng), product.number, product.family, "photo")


def booth_pictures(seed: int, count: int, placements: int) -> Iterator[Picture]:
    """Four views of each of `count` simulated products, laid on the tray `placements` times.

    What a view shows is located as the booth does it.
    """
    width, height = BOOTH_SIZE_PX
    tray = scene({"products": count, "seed": seed, "width": width, "height": height, "cameras": BOOTH_VIEWS})
    for number, product in enumerate(tray.products):
        for placement in range(placements):
            tray.place(ItemWish(seed=seed + 1000 * placement + number, gtin=product.gtin))
            for camera in tray.calibration.cameras:
                seen = tray.look(camera)
                view = View(camera, Frame(camera, seen.rgb, seen.depth_mm, 0, 0))
                region = locate(view, tray.calibration)
                yield Picture(np.ascontiguousarray(crop(seen.rgb, region)), number, number, "booth")


def booth_count(products: int, placements: int) -> int:
    """How many pictures `booth_pictures` gives."""
    return products * placements * BOOTH_VIEWS


def _around(products: Sequence[Identity], number: int) -> Sequence[Identity]:
    near = products[max(0, number - NEIGHBOURS) : number + NEIGHBOURS + 1]
    return [other for other in near if other.number != number] or products
