"""The two collections of a catalogue in Qdrant: its products, and a point that says which version it is."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, replace

from qdrant_client import QdrantClient, models

from booth.errors import StoreError
from booth.identify.indexes.qdrant.points import MEASURES, PICTURES, WORDS
from booth.ports.finding import VECTOR_SIZE

VERSION = 1
_ONLY = 1
_KEYWORDS = ("brand", "category", "size", "folded.brand", "folded.category", "folded.size", "title_words")


@dataclass(frozen=True, slots=True)
class State:
    """Which catalogue it is, and how often it was changed.

    Attributes:
        top_popularity: the highest there ever was.
        torn: a change was begun and not ended: what was changed is partly new, partly old.
    """

    name: str
    revision: int = 0
    top_popularity: float = 0.0
    torn: bool = False
    version: int = VERSION

    @property
    def snapshot(self) -> str:
        """Changes whenever the catalogue does."""
        return f"{self.name}-{self.revision}{'-torn' if self.torn else ''}"


def ensure_collections(client: QdrantClient, name: str, is_local: bool) -> None:
    """Make what is missing; the state comes first, so that products without one are somebody else's.

    Raises:
        StoreError: they belong to another version of the booth, or to another program.
    """
    if not client.collection_exists(_state_of(name)):
        if client.collection_exists(name):
            raise StoreError(f"the collection {name} in Qdrant was not made by the booth: name another one")
        client.create_collection(_state_of(name), vectors_config={})
    if not client.retrieve(_state_of(name), [_ONLY]) and not client.collection_exists(name):
        write_state(client, name, State(secrets.token_hex(6)))
    read_state(client, name)
    if not client.collection_exists(name):
        _make(client, name)
    if not is_local:
        _index(client, name)


def _make(client: QdrantClient, name: str) -> None:
    client.create_collection(
        name,
        vectors_config={
            PICTURES: models.VectorParams(
                size=VECTOR_SIZE,
                distance=models.Distance.COSINE,
                multivector_config=models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM),
            )
        },
        sparse_vectors_config={WORDS: models.SparseVectorParams(modifier=models.Modifier.IDF)},
    )


def read_state(client: QdrantClient, name: str) -> State:
    """Which version it is. Raises: StoreError: it is another program's or another version of the booth's."""
    found = client.retrieve(_state_of(name), [_ONLY])
    kept = (found[0].payload if found else None) or {}
    if kept.get("version") != VERSION:
        raise StoreError(
            f"the catalogue in Qdrant, collection {name}, is of version {kept.get('version')}, "
            f"not {VERSION}: give it another collection and import the catalogue again"
        )
    return State(**kept)


def write_state(client: QdrantClient, name: str, state: State) -> State:
    """Keep it; gives it back."""
    client.upsert(_state_of(name), [models.PointStruct(id=_ONLY, vector={}, payload=asdict(state))])
    return state


def begin_change(client: QdrantClient, name: str) -> State:
    """From now on it is another catalogue, and torn until the change has ended."""
    state = read_state(client, name)
    return write_state(client, name, replace(state, revision=state.revision + 1, torn=True))


def _state_of(name: str) -> str:
    return f"{name}_state"


def _index(client: QdrantClient, name: str) -> None:
    """What is there is left as it is; a local collection has no such indexes."""
    kinds = dict.fromkeys(_KEYWORDS, models.PayloadSchemaType.KEYWORD)
    kinds |= dict.fromkeys((*MEASURES, "popularity", "bias"), models.PayloadSchemaType.FLOAT)
    kinds["runs"] = models.PayloadSchemaType.INTEGER
    for field, kind in kinds.items():
        client.create_payload_index(name, field, kind)
