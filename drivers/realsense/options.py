"""What booth.toml may say of RealSense cameras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, field_validator, model_validator

from drivers.options import DriverOptions
from drivers.realsense.controls import SyncMode, refuse_impossible


class RealSenseOptions(DriverOptions):
    """Which cameras, in which mode; no serials means all that are connected at start-up."""

    serials: tuple[str, ...] = ()
    width: int = Field(default=1280, ge=1, le=4096)
    height: int = Field(default=720, ge=1, le=4096)
    fps: int = Field(default=15, ge=1, le=300)
    apart_ms: float = Field(default=0.0, ge=0, le=10_000)
    """How far apart colour and depth of one frame may be stamped; 0 means 0.6 of a frame period."""
    controls: Mapping[str, Any] = Field(default_factory=dict)
    """Settings of every camera by name, such as `exposure = 156` or `visual_preset = "high_accuracy"`."""
    sync: Mapping[str, SyncMode] = Field(default_factory=dict)
    """Who gives the trigger over the sync cable and who follows, by serial; the rest run freely."""
    master: str = ""
    """Short for `sync`: this serial gives the trigger, and every other camera follows."""
    record_folder: str = ""
    """Where each camera records what it streams, one .db3 file each time that it is opened."""
    record_free_mb: int = Field(default=4096, ge=0)
    """Recording pauses when less than this is free there: two raw streams of 1280 x 720 fill 69 MB/s."""
    playback: tuple[str, ...] = ()
    """Recordings (.db3 or .bag) to play in place of connected cameras, one file a camera."""
    repeat: bool = False
    """Whether a recording starts again at its end."""

    @field_validator("playback", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("controls")
    @classmethod
    def _known_controls(cls, value: Mapping[str, Any]) -> Mapping[str, Any]:
        refuse_impossible(value)
        return value

    @field_validator("serials", "playback")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        twice = [name for name in value if value.count(name) > 1]
        if twice:
            raise ValueError(f"'{twice[0]}' stands there twice: name each camera once")
        return value

    @model_validator(mode="after")
    def _fit_together(self) -> RealSenseOptions:
        if self.playback and self.serials:
            raise ValueError("'playback' brings its own serials: leave out 'serials'")
        if self.playback and self.record_folder:
            raise ValueError("a recording that is played is not recorded again: leave out 'record_folder'")
        if self.master and self.sync:
            raise ValueError("'master' and 'sync' say the same thing: give one of them")
        strangers = {name for name in (self.master, *self.sync) if name} - set(self.serials)
        if self.serials and strangers:
            raise ValueError(f"'{min(strangers)}' is to be synchronised and is not among 'serials'")
        return self

    def sync_of(self, serial: str) -> SyncMode:
        """What this camera does about the trigger of the others."""
        if self.master:
            return "master" if serial == self.master else "slave"
        return self.sync.get(serial, "none")
