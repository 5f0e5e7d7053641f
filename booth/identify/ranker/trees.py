"""Boosted trees as ONNX: read from bytes, nothing but trees in them, one thread."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime as ort

from booth.domain.percept import FloatArray
from booth.errors import StoreError

INPUT = "rows"
MAX_BYTES = 32 * 2**20
_ALLOWED = frozenset({"TreeEnsembleRegressor", "Identity", "Cast", "Reshape", "Mul"})
"""What converted trees consist of; anything else, and any tensor, in a file or not, is refused."""
_QUIET = 3
"""onnxruntime's severity of errors."""


class Trees:
    """Gives each row of numbers a score; any thread may ask."""

    def __init__(self, data: bytes, width: int) -> None:
        """Read them. Raises: StoreError (these are no trees over rows of `width` numbers)."""
        self.data = data
        self.width = width
        _check(data, width)
        try:
            self._session = ort.InferenceSession(data, _options(), providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's errors share no class
            raise StoreError(f"the ranker's trees cannot be run: {str(error)[:120]}") from error

    def scores(self, rows: FloatArray) -> FloatArray:
        """(N,) float32, one score for each of the (N, width) float32 `rows`."""
        if not len(rows):
            return np.zeros(0, np.float32)
        (scores,) = self._session.run(None, {INPUT: np.ascontiguousarray(rows, np.float32)})
        return np.asarray(scores, dtype=np.float32).reshape(-1)


def _options() -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _QUIET
    return options


def _check(data: bytes, width: int) -> None:
    if len(data) > MAX_BYTES:
        raise StoreError(f"the ranker's trees have {len(data)} bytes; {MAX_BYTES} fit")
    try:
        graph = onnx.load_model_from_string(data).graph
    except Exception as error:  # protobuf's errors share no class
        raise StoreError("the ranker's trees are not ONNX") from error
    foreign = sorted({node.op_type for node in graph.node} - _ALLOWED)
    if foreign or graph.initializer or graph.sparse_initializer or not graph.node:
        raise StoreError(f"the ranker's trees hold what is no tree: {', '.join(foreign) or 'tensors'}")
    shapes = [[axis.dim_value for axis in each.type.tensor_type.shape.dim] for each in graph.input]
    if [each.name for each in graph.input] != [INPUT] or shapes[0][1:] != [width]:
        raise StoreError(f"the ranker's trees do not take rows of {width} numbers")
