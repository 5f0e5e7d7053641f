"""The settings of a GenICam node map as controls: numbers with ranges, switches and named choices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from genicam import genapi

from booth.domain.device import Control
from drivers.genicam.sfnc import SETTINGS, SWITCH, step_of
from drivers.settings import amount, switch, whole

READABLE = (genapi.EAccessMode.RO, genapi.EAccessMode.RW)
WRITABLE = (genapi.EAccessMode.WO, genapi.EAccessMode.RW)


def controls(node_map: Any) -> Iterator[Control]:
    """Those of the settings that the camera has and lets be changed now."""
    for name in SETTINGS:
        node = _node(node_map, name)
        if node is not None and node.get_access_mode() == genapi.EAccessMode.RW:
            control = _control(name, node)
            if control is not None:
                yield control


def put(node_map: Any, control: Control, value: float) -> None:
    """Set one of them. Raises: what the node map raises when the device refuses."""
    node = _node(node_map, control.name)
    if control.choices == SWITCH:
        node.value = bool(value)
    elif control.choices:
        node.value = control.choices[int(value - control.low)]
    else:
        node.value = value if isinstance(node, genapi.IFloat) else whole(value)


def apply(node_map: Any, wishes: Mapping[str, float | bool | str]) -> Iterator[str]:
    """Set nodes by name, in order; gives the name of each before it is set, so that a refusal can name it."""
    for name, value in wishes.items():
        yield name
        node = _node(node_map, name)
        if node is None:
            raise ValueError("there is none of that name")
        node.value = _typed(node, value)


def number(node_map: Any, name: str) -> float | None:
    """What a node measures, or None where there is none that can be read."""
    node = _node(node_map, name)
    if node is None or node.get_access_mode() not in READABLE:
        return None
    return float(node.value)


def text(node_map: Any, name: str) -> str:
    """What a node says, or nothing where there is none that can be read."""
    node = _node(node_map, name)
    return str(node.value) if node is not None and node.get_access_mode() in READABLE else ""


def command(node_map: Any, name: str) -> Any:
    """A command node that can be executed, or None."""
    node = _node(node_map, name)
    return node if node is not None and node.get_access_mode() in WRITABLE else None


def _node(node_map: Any, name: str) -> Any:
    return getattr(node_map, name) if node_map.has_node(name) else None


def _control(name: str, node: Any) -> Control | None:
    match node:
        case genapi.IEnumeration():
            choices = _choices(node)
            place = choices.index(node.value) if node.value in choices else 0
            return Control(name, float(place), 0.0, float(len(choices) - 1), 1.0, choices=tuple(choices))
        case genapi.IBoolean():
            return Control(name, float(bool(node.value)), 0.0, 1.0, 1.0, choices=SWITCH)
        case genapi.IInteger():
            return Control(name, node.value, node.min, node.max, node.inc, node.unit)
        case genapi.IFloat():
            step = node.inc if node.has_inc() else step_of(node.display_precision)
            return Control(name, node.value, node.min, node.max, step, node.unit)
        case _:
            return None


def _typed(node: Any, value: float | bool | str) -> Any:
    """The value as the node takes it. Raises: ValueError: it cannot be that."""
    match node:
        case genapi.IBoolean():
            return switch(value)
        case genapi.IInteger():
            return whole(value)
        case genapi.IFloat():
            return amount(value)
        case genapi.IEnumeration() | genapi.IString():
            return str(value)
        case _:
            raise ValueError("it is nothing that is set")


def _choices(node: Any) -> Sequence[str]:
    return [entry.symbolic for entry in node.entries if entry.get_access_mode() in READABLE]
