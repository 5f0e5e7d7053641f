"""A sample as a folder of files and back: one document that names the picture files beside it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from booth.domain.sample import Closing, Sample
from booth.domain.verdict import Verdict
from booth.errors import StoreError
from booth.store import documents, pictures
from booth.store.documents import Array

SAMPLE_FILE = "sample.json"
CLOSED_LATER = ("closing", "amendments")
"""Fields of Sample that are not known yet when it is kept."""

SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
VIEW_LIMIT = 200

ReadFile = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Packed:
    """Files by name, and the document that names them."""

    files: dict[str, bytes]
    document: dict[str, Any]


def check_id(sample_id: str) -> None:
    """Refuse an id that could not be the name of a folder. Raises: StoreError."""
    if not SAFE_ID.fullmatch(sample_id):
        raise StoreError(f"{sample_id!r} is no sample id: letters, digits, - and _ only, at most 100")


def pack_sample(sample: Sample) -> Packed:
    """The files of a sample that is about to be kept, its document among them. Raises: StoreError."""
    check_id(sample.sample_id)
    if sample.closing is not None or sample.amendments:
        raise StoreError(f"{sample.sample_id} is closed already: only an open sample can be kept")
    arrays = _distinct((*_view_arrays(sample), *_heat_arrays(sample.verdicts, 0)))
    packed = _pack(arrays, sample)
    for later in CLOSED_LATER:
        del packed.document[later]
    whole = {"format": documents.FORMAT, "sample": packed.document}
    packed.files[SAMPLE_FILE] = documents.dump(whole)
    return packed


def unpack_sample(data: bytes, read: ReadFile) -> Sample:
    """The sample of a document, its arrays read by file name. Raises: StoreError."""
    return documents.from_json(Sample, sample_document(data), _array_reader(read))


def sample_document(data: bytes) -> dict[str, Any]:
    """The document of a kept sample. Raises: StoreError when its format is unknown."""
    whole = documents.parse(data)
    if not isinstance(whole, dict) or whole.get("format") != documents.FORMAT:
        raise StoreError("a sample's document has a format that this version of the booth does not know")
    document = whole.get("sample")
    if not isinstance(document, dict):
        raise StoreError("a sample's document has no sample in it")
    return document


def pack_closing(closing: Closing, verdicts_before: int) -> Packed:
    """The heat maps of later verdicts as files, and the closing's document. Raises: StoreError."""
    return _pack(_distinct(_heat_arrays(closing.verdicts, verdicts_before)), closing)


def unpack_closing(document: object, read: ReadFile) -> Closing:
    """The closing of a document. Raises: StoreError."""
    return documents.from_json(Closing, document, _array_reader(read))


def media_type(name: str) -> str:
    """The media type of a file of this name."""
    return "application/json" if name == SAMPLE_FILE else pictures.MEDIA_TYPE


def _pack(arrays: dict[str, Array], value: object) -> Packed:
    names = {id(array): name for name, array in arrays.items()}
    document = documents.to_json(value, names)
    return Packed({name: pictures.encode(name, array) for name, array in arrays.items()}, document)


def _array_reader(read: ReadFile) -> Callable[[str], Array]:
    return lambda name: pictures.decode(name, read(name))


def _view_arrays(sample: Sample) -> Iterator[tuple[str, Array]]:
    for view in sample.capture.views():
        stem = stem_of(view.name)
        yield stem + pictures.RGB, view.frame.rgb
        if view.frame.depth_mm is not None:
            yield stem + pictures.DEPTH, view.frame.depth_mm


def _heat_arrays(verdicts: Iterable[Verdict], first: int) -> Iterator[tuple[str, Array]]:
    for number, verdict in enumerate(verdicts, first):
        for heat_map in verdict.heat_maps:
            yield f"{stem_of(heat_map.view)}.v{number}{pictures.HEAT}", heat_map.values


def _distinct(arrays: Iterable[tuple[str, Array]]) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for name, array in arrays:
        if name in found:
            raise StoreError(f"two pictures of one sample would be {name}: give every camera its own id")
        found[name] = array
    return found


def stem_of(view: str) -> str:
    """The name of a view as the stem of file names. Raises: StoreError when it cannot be one."""
    hostile = not view or view.startswith(".") or ".." in view or any(mark in view for mark in "/\\")
    stem = quote(view, safe="")
    if hostile or not view.isprintable() or len(stem) > VIEW_LIMIT:
        raise StoreError(f"{view[:80]!r} cannot name a view: no path, no control characters, not too long")
    return stem
