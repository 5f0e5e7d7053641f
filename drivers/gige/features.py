"""The settings of a camera that Aravis has open, as controls: numbers, switches and named choices."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from ctypes import POINTER, byref, c_char_p, c_double, c_int64, c_uint
from typing import Any

from booth.domain.device import Control
from drivers.genicam.sfnc import SETTINGS, SWITCH, step_of
from drivers.gige.aravis import Aravis, text_of
from drivers.settings import amount, switch, whole

READ_WRITE = 2
"""ARV_GC_ACCESS_MODE_RW of arvgcenums.h."""


class Features:
    """The settings of one open device."""

    def __init__(self, aravis: Aravis, device: int) -> None:
        self._aravis = aravis
        self._device = device

    def controls(self) -> Iterator[Control]:
        """Those that it has and lets be changed now. Raises: AravisError."""
        for name in SETTINGS:
            node = self._node(name)
            if node is None or not self._is_available(name):
                continue
            if self._aravis.call("arv_gc_feature_node_get_actual_access_mode", node) == READ_WRITE:
                yield self._control(name, node)

    def put(self, name: str, value: float | bool | str) -> None:
        """Set one feature; a named choice by its name. Raises: AravisError, ValueError."""
        node = self._node(name)
        match self._kind(node):
            case "boolean":
                self._set("boolean", name, int(switch(value)))
            case "enumeration":
                self._set("string", name, str(value).encode())
            case "float":
                self._set("float", name, amount(value))
            case "integer":
                self._set("integer", name, whole(value))
            case _:
                raise ValueError("there is none of that name that is set")

    def number(self, name: str) -> float | None:
        """What a feature measures, or None where there is none. Raises: AravisError."""
        if self._node(name) is None or not self._is_available(name):
            return None
        return float(self._get("float", name))

    def text(self, name: str) -> str:
        """What a feature says, or nothing where there is none. Raises: AravisError."""
        if self._node(name) is None or not self._is_available(name):
            return ""
        return text_of(self._get("string", name))

    def execute(self, name: str) -> bool:
        """Give a command; False where there is none of that name. Raises: AravisError."""
        if self._node(name) is None:
            return False
        self._aravis.call("arv_device_execute_command", self._device, name.encode())
        return True

    def _control(self, name: str, node: int) -> Control:
        match self._kind(node):
            case "boolean":
                return Control(name, float(self._get("boolean", name)), 0.0, 1.0, 1.0, choices=SWITCH)
            case "enumeration":
                choices = self._choices(name)
                said = text_of(self._get("string", name))
                place = choices.index(said) if said in choices else 0
                return Control(name, float(place), 0.0, float(len(choices) - 1), 1.0, choices=choices)
            case kind:
                low, high = self._bounds(kind, name)
                unit = text_of(self._aravis.call(f"arv_gc_{kind}_get_unit", node))
                return Control(
                    name, float(self._get(kind, name)), low, high, self._step(kind, name, node), unit
                )

    def _step(self, kind: str, name: str, node: int) -> float:
        if kind == "integer":
            return float(
                self._aravis.call("arv_device_get_integer_feature_increment", self._device, name.encode())
            )
        return step_of(self._aravis.call("arv_gc_float_get_display_precision", node))

    def _bounds(self, kind: str, name: str) -> tuple[float, float]:
        low, high = (c_int64(), c_int64()) if kind == "integer" else (c_double(), c_double())
        self._aravis.call(
            f"arv_device_get_{kind}_feature_bounds", self._device, name.encode(), byref(low), byref(high)
        )
        return float(low.value), float(high.value)

    def _choices(self, name: str) -> tuple[str, ...]:
        count = c_uint()
        listed = self._aravis.call(
            "arv_device_dup_available_enumeration_feature_values_as_strings",
            self._device,
            name.encode(),
            byref(count),
        )
        names = ctypes.cast(listed, POINTER(c_char_p))
        choices = tuple(text_of(names[place]) for place in range(count.value))
        self._aravis.call("g_free", listed)
        return choices

    def _kind(self, node: int | None) -> str:
        """What sort of node it is; an enumeration is an integer to Aravis too, and so comes first."""
        for kind in ("enumeration", "boolean", "float", "integer"):
            wanted = self._aravis.call(f"arv_gc_{kind}_get_type")
            if node is not None and self._aravis.call("g_type_check_instance_is_a", node, wanted):
                return kind
        return ""

    def _node(self, name: str) -> int | None:
        found: int | None = self._aravis.call("arv_device_get_feature", self._device, name.encode())
        return found

    def _is_available(self, name: str) -> bool:
        return bool(self._aravis.call("arv_device_is_feature_available", self._device, name.encode()))

    def _get(self, kind: str, name: str) -> Any:
        return self._aravis.call(f"arv_device_get_{kind}_feature_value", self._device, name.encode())

    def _set(self, kind: str, name: str, value: Any) -> None:
        self._aravis.call(f"arv_device_set_{kind}_feature_value", self._device, name.encode(), value)
