"""The site's system as a folder: one JSON file for each item, which the site picks up."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from pathlib import Path

from booth.errors import DeviceError, StoreError
from booth.ports.service import Options
from booth.store.durable import place_file
from drivers.options import DriverOptions, checked

log = logging.getLogger(__name__)

SAFE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
"""Sample ids that can name a file; no dot, no separator."""


class FileHostOptions(DriverOptions):
    """Where the messages go."""

    folder: Path


def host(options: Options) -> FileHost:
    """The host that writes into `folder`. Raises: ConfigError."""
    return FileHost(checked(FileHostOptions, options, "host.options").folder)


class FileHost:
    """Writes `SAMPLE_ID.json`, whole and durable.

    The site reads `*.json` only: what is half-written begins with a dot. A file that the site has taken away
    is written anew when the same sample id comes again, so the site keys what it takes by `sample_id`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def deliver(self, sample_id: str, message: Mapping[str, object]) -> None:
        """Hand the message over; when the sample id was delivered already, the first message stands.

        Raises:
            DeviceError: the folder cannot be written, or the sample id cannot be the name of a file.
        """
        if not SAFE_ID.fullmatch(sample_id):
            raise DeviceError(f"{sample_id[:80]!r} cannot name a file for the host: nothing was written")
        final = self._folder / f"{sample_id}.json"
        document = {**message, "sample_id": sample_id}
        data = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False).encode()
        try:
            if not self._stands(final, sample_id, data):
                place_file(data, self._folder / f".{sample_id}.tmp", final)
        except (OSError, StoreError) as error:
            raise DeviceError(
                f"the host's folder {self._folder} cannot be used, check its disk or network share: {error}"
            ) from error

    def _stands(self, final: Path, sample_id: str, data: bytes) -> bool:
        self._folder.mkdir(parents=True, exist_ok=True)
        if not final.exists():
            return False
        if final.read_bytes() != data:
            log.warning("sample %s was delivered before with another message; the first stands", sample_id)
        return True
