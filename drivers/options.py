"""Checks a driver's own table of booth.toml, so that a typo stops start-up by name."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from booth.errors import ConfigError
from booth.ports.service import Options


class DriverOptions(BaseModel):
    """The keys that a driver knows; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


WANTED = {
    "tuple_type": 'write a list, such as ["first", "second"]',
    "dict_type": "write a table, such as { name = 1 }",
    "mapping_type": "write a table, such as { name = 1 }",
    "missing": "this setting is needed",
    "too_short": "name at least one",
}
"""What to write instead, where pydantic speaks of Python's types."""

Known = TypeVar("Known", bound=DriverOptions)


def checked(known: type[Known], options: Options, table: str) -> Known:
    """The options as `known`.

    Args:
        table: where they stand in booth.toml, such as `cameras.options`.

    Raises:
        ConfigError: a key is unknown, missing or impossible; the message names it.
    """
    try:
        return known.model_validate(dict(options))
    except ValidationError as error:
        first = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")  # a typo comes first
        key = ".".join([table, *(str(part) for part in first["loc"])])
        if first["type"] == "extra_forbidden":
            names = ", ".join(known.model_fields)
            raise ConfigError(f"there is no setting '{key}'; there are: {names}") from error
        said = WANTED.get(first["type"]) or first["msg"].removeprefix("Value error, ")
        raise ConfigError(f"{key}: {said}") from error
