"""Models on the disk: what camera and receiver share."""

import functools
import os
import pathlib
from typing import Any

from limitnet._limitnet import ffi, lib
from limitnet.errors import keep, path_bytes, raise_for, refuse, whole

FOLDER = pathlib.Path(__file__).parent / "models"  #: of the models in this package
DEFAULT_MODEL: str = ffi.string(lib.LN_DEFAULT_MODEL).decode()


class Model:
    """A trained model. Nothing changes it, so that threads may share it.

    Model(name): a folder, a model file, or the name of a model: first in $LIMITNET_MODELS, then in this package
    ("pyramid-224", "pyramid-224-small", "pyramid-224-detect", "pyramid-32", "paper-224"), then where the program looks.

    Errors: Error (not found, unreadable, damaged, or of another version).
    """

    name: str  #: as the model file says
    checksum: int  #: CRC-32 of the model file, which tells models apart
    width: int  #: of pictures, pixels
    height: int  #: of pictures, pixels
    channels: int  #: latent channels
    symbols: int  #: of a whole picture, the map's levels included
    map_levels: int  #: a cell of the map has a level of 0..map_levels - 1; 0 without a map
    encoder_path: str  #: of the model file
    decoder_path: str  #: of the decoder beside it, for vision models, whether or not that exists
    eyes_path: str  #: of the decoder for eyes, that is, for people; decoder_path if there is none
    vision_path: str | None  #: of a vision model that was trained behind the decoder; None: there is none

    def __init__(self, name: str | os.PathLike[str] = DEFAULT_MODEL):
        bundle, error = ffi.new("ln_bundle *"), ffi.new("ln_error *")
        raise_for(lib.ln_bundle_open(bundle, path_bytes(_find(name)), error), error)
        keep(self, bundle, lib.ln_bundle_close)
        self._bundle = bundle
        model = self.pointer
        self.name = ffi.string(model.name).decode("ascii", "replace")
        self.checksum, self.width, self.height = model.checksum, model.width, model.height
        self.channels, self.symbols, self.map_levels = model.channels, model.symbols, model.map_levels
        self.encoder_path = os.fsdecode(ffi.string(bundle.encoder_path))
        self.decoder_path = os.fsdecode(ffi.string(bundle.decoder_path))
        self.eyes_path = os.fsdecode(ffi.string(bundle.eyes_path))
        self.vision_path = os.fsdecode(ffi.string(bundle.vision_path)) if bundle.vision_path else None

    def __repr__(self) -> str:
        return f"<limitnet.Model {self.name} {self.width} x {self.height}, checksum {self.checksum:08x}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Model, (self.encoder_path,)

    @staticmethod
    def find(checksum: int) -> "Model":
        """Finds the model with this checksum, which a packet file names, where Model finds names.

        Errors: Error (there is none)."""
        for place in _places():
            for folder in sorted(place.glob("*/encoder.lnm")):
                if (model := Model(folder.parent)).checksum == checksum:
                    return model
        bundle, error = ffi.new("ln_bundle *"), ffi.new("ln_error *")
        raise_for(lib.ln_bundle_find(bundle, whole("checksum", checksum, 0, 2**32 - 1), error), error)
        try:
            return Model(os.fsdecode(ffi.string(bundle.encoder_path)))
        finally:
            lib.ln_bundle_close(bundle)

    @property
    def pointer(self) -> Any:
        """The `ln_model`, for functions of C."""
        return ffi.addressof(self._bundle, "model")

    @property
    def bundle(self) -> Any:
        """The `ln_bundle`, for functions of C."""
        return self._bundle

    def places(self, channel: int) -> int:
        """Places (width x height) of a channel's grid; 0 for a channel that the model does not have."""
        return int(lib.ln_model_places(self.pointer, channel)) if 0 <= channel < self.channels else 0


def _places() -> list[pathlib.Path]:
    users = os.environ.get("LIMITNET_MODELS")
    return ([pathlib.Path(users)] if users else []) + [FOLDER]


def _find(name: str | os.PathLike[str]) -> str | os.PathLike[str]:
    text = os.fspath(name)
    if not isinstance(text, str):
        raise TypeError(f"a model's name is text, not {type(text).__name__}")
    if not text:
        refuse("a model's name is empty: give a name or a folder")
    if "/" in text or text in (".", "..") or "\0" in text:
        return text
    for place in _places():
        if (place / text).is_dir():
            return place / text
    return text


@functools.cache
def _open_named(name: str) -> Model:
    return Model(name)


def the_model(model: Model | str | os.PathLike[str] | None) -> Model:
    """The model that a caller means: one that is open, the name of one, which is then kept open, or the default."""
    if isinstance(model, Model):
        return model
    return _open_named(os.fspath(DEFAULT_MODEL if model is None else model))
