"""The trunk: one backbone pass a view, cut on this machine out of an installed wheel's network."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx.utils import Extractor

from booth.errors import ModelError
from models.manifest import Stage, TrunkPin, pinned_bytes, trunk_pin

SIDE_PX = 320
PREPARATION = "1"
"""Changes whenever the way from pixels to patches does: features of two preparations never mix."""

# ImageNet's mean and deviation by channel *position*, on pictures in BGR order, as the network was trained:
# https://github.com/PaddlePaddle/PaddleOCR, DecodeImage (img_mode: BGR) and NormalizeImage.
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)

FloatArray = NDArray[np.float32]


class Trunk:
    """The network's stages; one session of one thread, which any thread may use."""

    def __init__(self, pin: TrunkPin | None = None) -> None:
        """Find, check and cut the network. Raises: ModelError."""
        self.pin = pin or trunk_pin()
        network = cut(pinned_bytes(self.pin), self.pin)
        self.version = _version(self.pin)
        self._stages = (*self.pin.stages, *self.pin.further)
        self._session = _session(network)

    def stages(self, rgb: NDArray[np.uint8]) -> list[FloatArray]:
        """The feature maps that patches are made of; see `all_stages`. Raises: ModelError."""
        return self.all_stages(rgb)[: len(self.pin.stages)]

    def all_stages(self, rgb: NDArray[np.uint8]) -> list[FloatArray]:
        """The feature maps of one picture, squeezed to a square of 320 px, in one pass.

        Args:
            rgb: (H, W, 3) uint8.

        Returns:
            For each stage of the pin, then for each further one, (rows, columns, channels) float32,
            rows = columns = 320 / stride.

        Raises:
            ModelError: the network fails, or gives another shape than the manifest says.
        """
        try:
            outputs = self._session.run(
                [stage.output for stage in self._stages], {self.pin.input: prepared(rgb)}
            )
        except Exception as error:  # onnxruntime raises classes that it does not export
            raise ModelError(f"the trunk {self.pin.name} failed: {error}") from error
        return [_checked(np.asarray(o), stage) for o, stage in zip(outputs, self._stages, strict=True)]


def prepared(rgb: NDArray[np.uint8]) -> FloatArray:
    """The network's input, (1, 3, 320, 320) float32, from (H, W, 3) uint8 RGB."""
    small = cv2.resize(rgb, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    bgr = small[..., ::-1].astype(np.float32) / 255.0
    return np.ascontiguousarray(((bgr - MEAN) / DEVIATION).transpose(2, 0, 1)[None])


def cut(data: bytes, pin: TrunkPin) -> bytes:
    """The part of a network between its input and the pinned and further stages. Raises: ModelError."""
    outputs = [stage.output for stage in (*pin.stages, *pin.further)]
    try:
        whole = onnx.load_model_from_string(data)
        part = Extractor(whole).extract_model([pin.input], outputs)
    except Exception as error:  # a damaged file may raise almost anything here
        raise ModelError(f"the trunk {pin.name} cannot be cut at its stages: {error}") from error
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in part.graph.initializer):
        raise ModelError(f"the trunk {pin.name} keeps weights outside its file; that is refused")
    return bytes(part.SerializeToString())


def _session(network: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises classes that it does not export
        raise ModelError(f"the trunk cannot be loaded: {error}") from error


def _version(pin: TrunkPin) -> str:
    """A name for the patches: the pinned file, where it is cut for them, and how pictures are prepared.

    Further stages do not count: they change no patch, and the embedding has a version of its own.
    """
    cuts = ",".join(stage.output for stage in pin.stages)
    digest = hashlib.sha256(f"{pin.sha256}|{cuts}|{SIDE_PX}|{PREPARATION}".encode()).hexdigest()
    return f"{pin.name}-{digest[:12]}"


def _checked(maps: NDArray[np.float32], stage: Stage) -> FloatArray:
    side = SIDE_PX // stage.stride_px
    if maps.shape != (1, stage.channels, side, side):
        raise ModelError(f"the trunk's {stage.output} is {maps.shape}; the manifest says another shape")
    return np.ascontiguousarray(maps[0].transpose(1, 2, 0))
