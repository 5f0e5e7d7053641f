"""The simulated tray: lays procedural items, seeded, and shows them to every camera, and knows the damage."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from booth.domain.picture import Calibration, Picture
from booth.domain.product import Product
from booth.errors import ConfigError, InputError
from booth.ports.scene import ItemWish, Scene, Sheet
from booth.ports.service import Options
from models.synthetic import damage, rig
from models.synthetic.products import Design, catalogue
from models.synthetic.render import Look, Viewpoint
from models.synthetic.shapes import Item
from models.synthetic.sheet import Held
from models.synthetic.stage import Stage, set_stage

PRINT_STATES = ("clear", "smudged", "missing")


class SceneOptions(BaseModel):
    """The scene's own table of booth.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cameras: int = Field(default=4, ge=1, le=len(rig.CAMERAS))
    width: int = Field(default=960, ge=160, le=3840)
    height: int = Field(default=720, ge=120, le=2880)
    products: int = Field(default=6, ge=1, le=9999)
    seed: int = Field(default=0, ge=0)


def scene(options: Options) -> Scene:
    """The scene that entry point `synthetic` names.

    Raises:
        ConfigError: a key is unknown or out of range.
    """
    return SyntheticScene(_checked(options))


class SyntheticScene:
    """A lit tray with one procedural item at a time; any thread may call it."""

    def __init__(self, options: SceneOptions) -> None:
        self._designs = {design.product.gtin: design for design in catalogue(options.seed, options.products)}
        cameras = rig.calibrations(options.cameras, options.width, options.height)
        ground = rig.ground(options.seed)
        self._viewpoints = {name: Viewpoint(camera, ground) for name, camera in cameras.items()}
        self._empty = {name: viewpoint.empty() for name, viewpoint in self._viewpoints.items()}
        digest = hashlib.sha256(options.model_dump_json().encode()).hexdigest()
        pictures = {name: look.picture for name, look in self._empty.items()}
        self._calibration = Calibration(f"synthetic-{digest[:12]}", cameras, empty_tray=pictures)
        self._lock = Lock()
        self._laid: _Laid | Held | None = None

    @property
    def calibration(self) -> Calibration:
        """The true one, with the pictures of the empty tray."""
        return self._calibration

    @property
    def products(self) -> Sequence[Product]:
        """What may lie on this tray."""
        return [design.product for design in self._designs.values()]

    def place(self, wish: ItemWish) -> None:
        """Lay an item on the tray, in place of what lay there.

        Raises:
            InputError: the wish names an unknown GTIN or state of the barcode.
        """
        if wish.barcode not in PRINT_STATES:
            raise InputError(f"barcode '{wish.barcode}': choose one of {', '.join(PRINT_STATES)}")
        rng = np.random.default_rng(abs(wish.seed))
        design = self._chosen(wish.gtin, rng)
        with self._lock:
            self._laid = _Laid(design, wish, rng, self._viewpoints)

    def hold(self, sheet: Sheet) -> None:
        """Hold a printed sheet before the cameras, in place of what lay there.

        Raises:
            InputError: it has no print, no size, or its place is no rigid transform.
        """
        held = Held(sheet, self._calibration.cameras, self._empty)
        with self._lock:
            self._laid = held

    def clear(self) -> None:
        """Empty the tray."""
        with self._lock:
            self._laid = None

    def look(self, camera_id: str) -> Picture:
        """The noiseless picture that this camera has now; rendered once an item. Raises: InputError."""
        return self._look(camera_id).picture

    def damage_mask(self, camera_id: str) -> NDArray[np.bool_]:
        """Where this camera sees damage, its spilled parts included, (H, W). Raises: InputError."""
        return self._look(camera_id).damaged

    def item_mask(self, camera_id: str) -> NDArray[np.bool_]:
        """Where this camera sees the item, (H, W). Raises: InputError."""
        return self._look(camera_id).item

    def _look(self, camera_id: str) -> Look:
        if camera_id not in self._viewpoints:
            raise InputError(f"there is no camera '{camera_id}'; there are: {', '.join(self._viewpoints)}")
        with self._lock:
            laid = self._laid
        return self._empty[camera_id] if laid is None else laid.look(camera_id)

    def _chosen(self, gtin: str, rng: np.random.Generator) -> Design:
        drawn = list(self._designs.values())[int(rng.integers(len(self._designs)))]
        if not gtin:
            return drawn
        if gtin not in self._designs:
            raise InputError(f"there is no product {gtin} in the simulated catalogue")
        return self._designs[gtin]


class _Laid:
    """One item on the tray; built at the first look, each view rendered once."""

    def __init__(
        self, design: Design, wish: ItemWish, rng: np.random.Generator, viewpoints: dict[str, Viewpoint]
    ) -> None:
        self._design = design
        self._wish = wish
        self._rng = rng
        self._viewpoints = viewpoints
        self._build_lock = Lock()
        self._stage: Stage | None = None
        self._looks: dict[str, Look] = {}
        self._locks = {name: Lock() for name in viewpoints}

    def look(self, camera_id: str) -> Look:
        with self._locks[camera_id]:
            found = self._looks.get(camera_id)
            if found is None:
                found = self._looks[camera_id] = self._viewpoints[camera_id].look(self._ready())
            return found

    def _ready(self) -> Stage:
        with self._build_lock:
            if self._stage is None:
                self._stage = set_stage(self._item())
            return self._stage

    def _item(self) -> Item:
        rng, wish = self._rng, self._wish
        x, y = rng.uniform(-9, 9, 2)
        yaw = np.radians(rng.uniform(-8, 8))
        item = damage.make(self._design, wish.damage, wish.severity, wish.barcode, rng)
        return item.placed(float(x), float(y), float(yaw))


def _checked(options: Options) -> SceneOptions:
    try:
        return SceneOptions.model_validate(dict(options))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"scene: '{key}': {first['msg']}") from error
