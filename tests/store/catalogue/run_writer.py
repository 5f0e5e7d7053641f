"""Writes into a catalogue without end, and says after each change what is in it for certain: to be killed."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from booth.domain.product import Product
from booth.store.catalogue.embedded import Catalogue
from tests.contract.products import directions

EACH = 20


def widgets(change: int) -> list[Product]:
    """The products of one change."""
    numbers = range(change * EACH, (change + 1) * EACH)
    return [Product(f"{number:013}", f"Widget w{number}", weight_g=number + 1.0) for number in numbers]


def main(folder: Path, first: int) -> None:
    """Some changes are written in place, others beside, and some make the arrays anew."""
    catalogue = Catalogue(folder, many=EACH * 3)
    for change in count(first):
        several = [product for later in range(change % 3 * 2 + 1) for product in widgets(change + later)]
        catalogue.upsert(several)
        catalogue.upsert_vectors((product.gtin, directions(product.weight_g)) for product in widgets(change))
        print(change, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
