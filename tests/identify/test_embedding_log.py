"""Embeddings come back from the log nearly as they were, and damaged ones not at all."""

from __future__ import annotations

import numpy as np
import pytest

from booth.identify.embedding_log import logged, unlogged


def test_embeddings_come_back_nearly_as_they_were() -> None:
    raw = np.random.default_rng(0).standard_normal((3, 256)).astype(np.float32)
    embeddings = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    back = unlogged(logged(embeddings))
    assert back is not None
    assert back.shape == (3, 256)
    assert np.linalg.norm(back, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert ((back * embeddings).sum(axis=1) > 0.998).all()


@pytest.mark.parametrize("texts", [(), ("",), ("not base64!",), ("AAAA",), ("A" * 344,), ("é",)])
def test_what_is_damaged_is_left_out(texts: tuple[str, ...]) -> None:
    assert unlogged(texts) is None


def test_no_embeddings_are_no_texts() -> None:
    assert logged(None) == ()
