"""Dataclasses of the domain as JSON and back, strictly; arrays stand in it under the names of their files.

Instants are ISO 8601, enumerations their values, tuples lists. Numbers that JSON has no word for are the
strings `NaN`, `Infinity` and `-Infinity`.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from booth.errors import StoreError

T = TypeVar("T")

FORMAT = 1
"""The version of the documents; a reader refuses any other."""

Array = NDArray[Any]
ArrayNames = Mapping[int, str]
"""`id()` of an array to the name of the file that holds it."""
ReadArray = Callable[[str], Array]

NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def dump(data: object) -> bytes:
    """JSON-ready data as UTF-8 bytes, the same for the same data. Raises: StoreError."""
    try:
        return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreError(f"this cannot be written as JSON: {error}") from error


def parse(data: bytes | str) -> Any:
    """The data of a JSON document. Raises: StoreError."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise StoreError(f"a stored document is not JSON: {error}") from error


def to_json(value: object, arrays: ArrayNames | None = None) -> Any:
    """JSON-ready data of a domain object.

    Args:
        arrays: the file name of every array in it.

    Raises:
        StoreError: it holds something that has no place in a document.
    """
    match value:
        case np.ndarray():
            return _array_name(value, arrays or {})
        case Mapping():
            return {str(key): to_json(each, arrays) for key, each in value.items()}
        case tuple() | list():
            return [to_json(each, arrays) for each in value]
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return {field.name: to_json(getattr(value, field.name), arrays) for field in fields}
    return _plain(value)


def from_json(kind: type[T], data: object, read_array: ReadArray | None = None) -> T:
    """The domain object of JSON data, every part checked against its type.

    Args:
        read_array: gives the array of a file name; without it documents with arrays are refused.

    Raises:
        StoreError: a part is missing, unknown or of the wrong kind; the message says where.
    """
    return cast(T, _decode(kind, data, read_array or _no_arrays, kind.__name__))


def field_from_json(kind: type, name: str, data: object) -> Any:
    """The value of one field of the dataclass `kind`. Raises: StoreError."""
    hints = _hints(kind)
    if name not in hints:
        raise StoreError(f"{kind.__name__} has no field {name}")
    return _decode(hints[name], data, _no_arrays, f"{kind.__name__}.{name}")


def _plain(value: object) -> Any:
    if isinstance(value, np.generic):  # models reckon in numpy's scalars
        value = value.item()
    match value:
        case float():
            return value if math.isfinite(value) else _not_finite(value)
        case StrEnum():
            return value.value
        case datetime():
            return value.isoformat()
        case None | bool() | int() | str():
            return value
    raise StoreError(f"a {type(value).__name__} has no place in a document")


def _not_finite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _array_name(array: Array, names: ArrayNames) -> str:
    name = names.get(id(array))
    if name is None:
        raise StoreError("an array without a file has no place in a document")
    return name


def _no_arrays(name: str) -> Array:
    raise StoreError(f"the document names a file, {name}, where none may stand")


def _decode(kind: Any, data: object, read: ReadArray, where: str) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _optional(kind, data, read, where)
    if origin is tuple:
        return _tuple(get_args(kind), _expect(list, data, where), read, where)
    if origin is not None and issubclass(origin, np.ndarray):
        return read(_expect(str, data, where))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(get_args(kind), _expect(dict, data, where), read, where)
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind, _expect(dict, data, where), read, where)
    return _scalar(kind, data, where)


def _optional(kind: Any, data: object, read: ReadArray, where: str) -> Any:
    if data is None:
        return None
    (inner,) = (part for part in get_args(kind) if part is not NoneType)
    return _decode(inner, data, read, where)


def _tuple(kinds: tuple[Any, ...], data: list[Any], read: ReadArray, where: str) -> tuple[Any, ...]:
    if kinds[-1] is Ellipsis:
        kinds = (kinds[0],) * len(data)
    if len(kinds) != len(data):
        raise StoreError(f"{where}: {len(data)} values where {len(kinds)} belong")
    parts = enumerate(zip(kinds, data, strict=True))
    return tuple(_decode(kind, each, read, f"{where}[{index}]") for index, (kind, each) in parts)


def _mapping(kinds: tuple[Any, ...], data: dict[str, Any], read: ReadArray, where: str) -> dict[Any, Any]:
    key_kind, value_kind = kinds
    return {
        _scalar(key_kind, key, where): _decode(value_kind, value, read, f"{where}.{key}")
        for key, value in data.items()
    }


def _dataclass(kind: Any, data: dict[str, Any], read: ReadArray, where: str) -> Any:
    hints = _hints(kind)
    if unknown := data.keys() - hints.keys():
        raise StoreError(f"{where}: unknown field {min(unknown)}")
    given = {name: _decode(hints[name], each, read, f"{where}.{name}") for name, each in data.items()}
    try:
        return kind(**given)
    except TypeError as error:
        raise StoreError(f"{where}: {error}") from error


def _scalar(kind: Any, data: object, where: str) -> Any:
    if kind in (object, Any):
        return data
    if kind is float:
        return _float(data, where)
    if kind is datetime or issubclass(kind, StrEnum):
        text = _expect(str, data, where)
        try:
            return datetime.fromisoformat(text) if kind is datetime else kind(text)
        except ValueError as error:
            raise StoreError(f"{where}: {error}") from error
    return _expect(kind, data, where)


def _float(data: object, where: str) -> float:
    if isinstance(data, str) and data in NOT_FINITE:
        return NOT_FINITE[data]
    if isinstance(data, bool) or not isinstance(data, int | float):
        raise StoreError(f"{where}: {type(data).__name__} where a number belongs")
    try:
        return float(data)
    except OverflowError as error:
        raise StoreError(f"{where}: no number is that large") from error


def _expect(kind: type[T], data: object, where: str) -> T:
    if not isinstance(data, kind) or (isinstance(data, bool) and kind is not bool):
        raise StoreError(f"{where}: {type(data).__name__} where {kind.__name__} belongs")
    return data


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
