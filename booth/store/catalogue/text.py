"""Full text over the catalogue's words with tantivy: forgives typing errors, any thread may search.

Every word typed is a slot that words of the catalogue may fill (text_meaning.py). Where products fit all
slots with the words as they were typed or begun, those are the answer. Else products that fit the rarest
slots are found, and the best of them weighed again: by what they say that was not typed, and by popularity.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from booth.domain.evidence import Understood
from booth.domain.product import Product
from booth.errors import StoreError
from booth.ports.finding import Hit
from booth.store.catalogue.folding import words_of
from booth.store.catalogue.text_asking import Asking, State
from booth.store.catalogue.text_documents import NOTE, SPACED, fields_of, note_of, schema
from booth.store.catalogue.text_meaning import slots_of
from booth.store.catalogue.text_seal import broken_of, seal
from booth.store.catalogue.text_spelling import Spelling

HEAP_BYTES = 128_000_000
LOOKED_AT = 200
"""So many products are weighed again, or twice as many as are asked for."""

_log = logging.getLogger(__name__)


class TextIndex:
    """A full-text index in one folder; searches may come from any thread, updates from one at a time."""

    def __init__(self, folder: Path) -> None:
        """Open it, or make it anew where it is missing or damaged: then `revision` is empty.

        Raises:
            StoreError: the folder cannot be used.
        """
        self._folder = folder
        self._index = _opened(folder)
        self._state = self._read()

    @property
    def revision(self) -> str:
        """What it was last made from; empty where it was never filled."""
        return self._state.revision

    def close(self) -> None:
        """Let go of the files; a search that runs ends as it would."""
        self._state = State(None, None, Spelling((), ()), 0, "")

    def search(self, text: str, limit: int, understood: Sequence[Understood] = ()) -> list[Hit]:
        """Products by words, best first; nothing that is typed can be wrong.

        What was understood weighs more by its probability; above 0.95 nothing else is given.
        """
        state = self._state
        if limit <= 0 or not state.count:
            return []
        slots = slots_of(words_of(text), state.spelling, state.count)
        slots = [slot for slot in slots if slot.weights]
        if not slots:
            return []
        asking = Asking(state, slots, understood)
        wanted = max(LOOKED_AT, 2 * limit)
        return asking.weighed(asking.all_whole(wanted) or asking.some(wanted))[:limit]

    def update(self, revision: str, products: Iterable[Product], whole: bool) -> None:
        """Add or replace by GTIN in one commit, or with `whole` start anew: then each GTIN must come once.

        Searches see all of it or nothing; whatever `products` raises leaves the index as it was.

        Raises:
            StoreError: the disk refuses, or another process is writing.
        """
        try:
            writer = self._index.writer(heap_size=HEAP_BYTES, num_threads=1)
        except ValueError as error:
            raise StoreError(
                f"the full text in {self._folder} is being written by another: {error}"
            ) from error
        try:
            self._write(writer, revision, products, whole)
        except BaseException:
            writer.rollback()
            raise
        self._commit(writer)

    def _write(self, writer: Any, revision: str, products: Iterable[Product], whole: bool) -> None:
        import tantivy

        of_fields, fields = tantivy.Document.from_dict, self._index.schema
        having = tantivy.Query.term_query
        if whole:
            writer.delete_all_documents()
        for product in products:
            if not whole:
                writer.delete_documents_by_query(having(fields, "gtin", int(product.gtin)))
            writer.add_document(of_fields(fields_of(product), fields))
        writer.delete_documents_by_query(having(fields, "kind", NOTE))
        writer.add_document(of_fields(note_of(revision), fields))

    def _commit(self, writer: Any) -> None:
        try:
            writer.commit()
            writer.wait_merging_threads()
        except (ValueError, OSError) as error:
            raise StoreError(f"the full text in {self._folder} cannot be written: {error}") from error
        seal(self._folder)
        self._index.reload()
        self._state = self._read()

    def _read(self) -> State:
        import tantivy

        fields, searcher = self._index.schema, self._index.searcher()
        counted = searcher.terms_with_prefix("words", "")
        spelling = Spelling([word for word, _ in counted], [count for _, count in counted])
        notes = searcher.search(tantivy.Query.term_query(fields, "kind", NOTE), 1).hits
        revision = str(searcher.doc(notes[0][1])["revision"][0]) if notes else ""
        return State(fields, searcher, spelling, max(0, searcher.num_docs - len(notes)), revision)


def _opened(folder: Path) -> Any:
    import tantivy

    try:
        folder.mkdir(parents=True, exist_ok=True)
        if tantivy.Index.exists(str(folder)):
            broken, index = _whole(folder)
            if index is not None:
                return _with_tokenizer(index)
            _log.warning("the full text in %s is damaged and made anew: %s", folder, broken)
        shutil.rmtree(folder)
        folder.mkdir()
        return _with_tokenizer(tantivy.Index(schema(), path=str(folder)))
    except (OSError, ValueError) as error:
        raise StoreError(f"the full text in {folder} cannot be opened: {error}") from error


def _whole(folder: Path) -> tuple[str, Any]:
    """Why the index is not whole, or the index; tantivy's own list of its files bears no seal."""
    import tantivy

    broken = broken_of(folder)
    try:
        return broken, None if broken else tantivy.Index.open(str(folder))
    except ValueError as error:
        return str(error), None


def _with_tokenizer(index: Any) -> Any:
    import tantivy

    index.config_reader("manual")  # else it looks at the disk twice a second; `reload` is called
    index.register_tokenizer(SPACED, tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index
