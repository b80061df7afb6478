"""What was received becomes pixels again."""

import contextlib
import os
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from limitnet._limitnet import ffi, lib
from limitnet.errors import keep, path_bytes, raise_for, refuse, whole
from limitnet.model import Model, the_model
from limitnet.picture import Pixels

if TYPE_CHECKING:
    from limitnet.receiver import Image


class Decoder:
    """The network that makes pixels of what was received of pictures, whatever is missing. Threads take turns: for
    decoding side by side, give each one its own.

    Decoder(model, path=None, threads=1)
      model: whose pictures it decodes, a Model or a name.
      path: of another network than model.decoder_path, which is for vision models: model.eyes_path, for people, or an
          ONNX file of yours.
      threads: of the network; 0: one a core, as the program has. Sums of floats depend on it: a few values may differ
          by one.
    Errors: Error (no such file, damaged, or of another model), ArgumentError.
    """

    def __init__(
        self,
        model: Model | str | os.PathLike[str] | None = None,
        path: str | os.PathLike[str] | None = None,
        *,
        threads: int = 1,
    ):
        self.model = the_model(model)
        self._lock = threading.Lock()
        handle, error = ffi.new("ln_decoder **"), ffi.new("ln_error *")
        file = path_bytes(self.model.decoder_path if path is None else path)
        count = whole("threads", threads, 0, 1024)
        raise_for(lib.ln_decoder_open(handle, self.model.pointer, file, count, error), error)
        self._decoder = handle[0]
        keep(self, handle[0], lib.ln_decoder_close, self.model)

    def run(self, images: "Sequence[Image | None]") -> Pixels:
        """Decodes pictures in one run of the network.

        images: at least one; None for a picture of which nothing came.
        Result: N x height x width x 3 bytes.
        Errors: Error (a picture that is closed, or of another model)."""
        count = len(images)
        if count == 0:
            refuse("there are no pictures to decode")
        rgb = np.empty((count, self.model.height, self.model.width, 3), np.uint8)
        pointers, error = ffi.new("const ln_image *[]", count), ffi.new("ln_error *")
        with contextlib.ExitStack() as readers:
            for i, image in enumerate(images):
                if image is not None:
                    pointers[i] = readers.enter_context(image.reading())
            with self._lock:
                status = lib.ln_decoder_run(
                    self._decoder, pointers, count, ffi.from_buffer("uint8_t[]", rgb), error
                )
        raise_for(status, error)
        return rgb


_decoders = threading.local()


def own_decoder(model: Model, path: str) -> Decoder:
    """This thread's own decoder of a model, decoder_path or eyes_path, which is kept open."""
    mine: dict[Any, Decoder] = _decoders.__dict__.setdefault("of", {})
    key = (path, model.checksum)
    if key not in mine:
        mine[key] = Decoder(model, path)
    return mine[key]
