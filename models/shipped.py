"""Networks that the booth ships itself: checked against the manifest, loaded from bytes, on one thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from booth.errors import ModelError
from models.manifest import NetworkPin, shipped_bytes

FloatArray = NDArray[np.float32]


class Network:
    """One shipped network's session of one thread, which any thread may use."""

    def __init__(self, pin: NetworkPin, data: bytes | None = None) -> None:
        """Find, check and load it.

        Args:
            data: the network, in place of the file that the pin names; it is checked the same.

        Raises:
            ModelError: it is missing, is not the pinned one, keeps weights elsewhere, or has another shape.
        """
        self.pin = pin
        data = shipped_bytes(pin, data)
        _refuse_external(data, pin)
        self._session = _session(data, pin)
        _check_shapes(self._session, pin)

    def run(self, inputs: Mapping[str, FloatArray]) -> list[FloatArray]:
        """Its outputs in the pin's order, float32. Raises: ModelError."""
        try:
            found = self._session.run(list(self.pin.outputs), dict(inputs))
        except Exception as error:  # onnxruntime raises classes that it does not export
            raise ModelError(f"the network {self.pin.name} failed: {error}") from error
        return [np.asarray(one, np.float32) for one in found]


def _refuse_external(data: bytes, pin: NetworkPin) -> None:
    try:
        graph = onnx.load_model_from_string(data).graph
    except Exception as error:  # a damaged file may raise almost anything here
        raise ModelError(f"the network {pin.name} is no ONNX network: {error}") from error
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in graph.initializer):
        raise ModelError(f"the network {pin.name} keeps weights outside its file; that is refused")


def _session(data: bytes, pin: NetworkPin) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises classes that it does not export
        raise ModelError(f"the network {pin.name} cannot be loaded: {error}") from error


def _check_shapes(session: Any, pin: NetworkPin) -> None:
    found = {one.name: list(one.shape) for one in (*session.get_inputs(), *session.get_outputs())}
    wanted = {**pin.inputs, **pin.outputs}
    if found != {name: list(shape) for name, shape in wanted.items()}:
        raise ModelError(f"the network {pin.name} has the shapes {found}; the manifest says {wanted}")
