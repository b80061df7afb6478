"""Vision models: pixels in, classes or objects out."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import threading
from collections.abc import Mapping, Sequence
from typing import Any, overload

from limitnet._limitnet import ffi, lib
from limitnet.errors import keep, path_bytes, raise_for, refuse, share, whole
from limitnet.model import Model, the_model
from limitnet.picture import Picture, Pixels, borrow, fit_of, pixels_of

CLASSIFIER = pathlib.Path(__file__).parent / "vision" / "efficientnet-lite0.onnx"  #: in this package
Pictures = Sequence[Picture]


@dataclasses.dataclass(frozen=True)
class Class:
    """A class that a vision model sees in a picture."""

    index: int  #: of the class, from 0
    label: str  #: its name; empty without labels
    score: float  #: probability, 0..1


@dataclasses.dataclass(frozen=True)
class Object:
    """An object that a detector finds in a picture."""

    index: int  #: of the class, from 0
    label: str  #: its name; empty without labels
    score: float  #: probability, 0..1
    x: float  #: left edge of the box, pixels of the picture
    y: float  #: upper edge
    width: float  #: of the box, pixels
    height: float


class Vision:
    """A vision model, a classifier or a detector. Threads take turns: for looking side by side, give each one its own.

    Vision(model, settings=None, threads=0)
      model: an ONNX or TensorFlow Lite file (default: $LIMITNET_VISION, or EfficientNet-Lite0 for the 1000 classes of
          ImageNet, which comes with this package).
      settings: how to feed it, as in a `.vision` file, such as {"task": "detect", "width": 640, "mean": (0, 0, 0)};
          they are explained in cloud.h. Without them, the `.vision` file beside the model says it.
      threads: of the network; 0: one a core.
    Errors: ArgumentError (settings), Error (a file is missing or wrong, or what it gives is not sure).
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        settings: Mapping[str, Any] | None = None,
        *,
        threads: int = 0,
    ):
        path = model if model is not None else os.environ.get("LIMITNET_VISION") or CLASSIFIER
        self._lock = threading.Lock()
        handle, error = ffi.new("ln_vision **"), ffi.new("ln_error *")
        config = ffi.NULL if settings is None else _configure(settings)
        count = whole("threads", threads, 0, 1024)
        raise_for(lib.ln_vision_open(handle, path_bytes(path), config, count, error), error)
        self._vision, self._threads = handle[0], count
        keep(self, handle[0], lib.ln_vision_close)
        self.task = "detect" if lib.ln_vision_task(handle[0]) == lib.LN_TASK_DETECT else "classify"
        self.classes = int(lib.ln_vision_classes(handle[0]))  #: how many the model knows

    def adapt(self, model: Model | str | os.PathLike[str] | None = None) -> None:
        """Has the vision model that a trained model brings (Model.vision_path) look at pictures of which few bytes came:
        it was trained behind the model's decoder. For pictures with `received`; without such a model, nothing changes.

        model: a Model or a name (default: pyramid-224).
        Errors: ArgumentError (there is one already), Error (its file is wrong, or knows another number of classes)."""
        error, bundle = ffi.new("ln_error *"), the_model(model).bundle
        with self._lock:
            status = lib.ln_vision_adapt(self._vision, bundle, self._threads, error)
        raise_for(status, error)

    def _looking(self, received: int | None) -> Any:
        """The `ln_vision` that looks at pictures of which so many bytes came."""
        return self._vision if received is None else lib.ln_vision_for(self._vision, whole("received", received, 0, 2**64 - 1))

    def label(self, index: int) -> str:
        """The name of a class; empty without labels, and for an index behind the last."""
        return _text(lib.ln_vision_label(self._vision, index)) if index >= 0 else ""

    @overload
    def classify(  # type: ignore[overload-overlap] # text is a sequence too
        self, pictures: Picture, top: int = 5, fit: str = "stretch", received: int | None = None
    ) -> list[Class]: ...
    @overload
    def classify(
        self, pictures: Pictures, top: int = 5, fit: str = "stretch", received: int | None = None
    ) -> list[list[Class]]: ...
    def classify(
        self, pictures: Picture | Pictures, top: int = 5, fit: str = "stretch", received: int | None = None
    ) -> list[Class] | list[list[Class]]:
        """Says which classes a picture shows, the best first.

        pictures: one of any size, or a list or tuple of them, which gives a list for each.
        top: how many classes, 1 or more; at most those that the model knows.
        fit: "stretch" squeezes a picture into the network's input; "crop" cuts off what does not fit.
        received: how many bytes came of each of them (image.info().accepted.bytes); None: they are whole. See `adapt`.
        Errors: ArgumentError (also a detector), Error (the network failed)."""
        how = fit_of(fit)
        pixels, single = _all_pixels(pictures)
        count = min(whole("top", top, 1, 2**32 - 1), self.classes)
        if not pixels:
            return []
        classes, error = ffi.new("ln_class[]", len(pixels) * count), ffi.new("ln_error *")
        borrowed = _borrow_all(pixels)
        with self._lock:
            status = lib.ln_vision_classify(self._looking(received), borrowed, len(pixels), how, count, classes, error)
        raise_for(status, error)
        found = [Class(int(c.index), _text(c.label), float(c.score)) for c in classes]
        results = [found[i * count : (i + 1) * count] for i in range(len(pixels))]
        return results[0] if single else results

    @overload
    def detect(  # type: ignore[overload-overlap]
        self, pictures: Picture, score: float | None = None, overlap: float | None = None, received: int | None = None
    ) -> list[Object]: ...
    @overload
    def detect(
        self, pictures: Pictures, score: float | None = None, overlap: float | None = None, received: int | None = None
    ) -> list[list[Object]]: ...
    def detect(
        self,
        pictures: Picture | Pictures,
        score: float | None = None,
        overlap: float | None = None,
        received: int | None = None,
    ) -> list[Object] | list[list[Object]]:
        """Finds objects in a picture, the best first, 300 at most.

        pictures: as for `classify`.
        score: objects below it are left out, 0..1; overlap: of two boxes of a class that overlap more, the better one
        stays, 0..1. Give both or none; without them, the model's own count.
        received: as for `classify`.
        Errors: ArgumentError (also a classifier), Error (the network failed, or its numbers cannot be)."""
        selection = ffi.NULL
        if (score is None) != (overlap is None):
            refuse("give score and overlap together, or none of them")
        if score is not None and overlap is not None:
            shares = {"score": share("score", score) / 1e6, "overlap": share("overlap", overlap) / 1e6}
            selection = ffi.new("ln_selection *", shares)
        pixels, single = _all_pixels(pictures)
        if not pixels:
            return []
        most = lib.LN_MAX_OBJECTS
        objects, found = ffi.new("ln_object[]", most * len(pixels)), ffi.new("size_t[]", len(pixels))
        error, borrowed = ffi.new("ln_error *"), _borrow_all(pixels)
        with self._lock:
            status = lib.ln_vision_detect(self._looking(received), borrowed, len(pixels), selection, objects, found, error)
        raise_for(status, error)
        results = [[_object(objects[i * most + k]) for k in range(found[i])] for i in range(len(pixels))]
        return results[0] if single else results


def _text(label: Any) -> str:
    return str(ffi.string(label).decode("utf-8", "replace"))


def _object(o: Any) -> Object:
    return Object(int(o.index), _text(o.label), float(o.score), float(o.x), float(o.y), float(o.width), float(o.height))


def _setting(value: Any) -> str:
    if isinstance(value, str):
        return value
    return " ".join(map(str, value)) if isinstance(value, Sequence) else str(value)


def _configure(settings: Mapping[str, Any]) -> Any:
    config, error = ffi.new("ln_vision_config *"), ffi.new("ln_error *")
    lib.ln_vision_config_default(config)
    for key, value in settings.items():
        key_bytes, value_bytes = key.encode(), _setting(value).encode()
        if b"\0" in key_bytes + value_bytes:
            refuse(f"settings: {key!r} holds a zero byte")
        raise_for(lib.ln_vision_config_set(config, key_bytes, value_bytes, f"settings[{key!r}]".encode(), error), error)
    return config


def _all_pixels(pictures: Any) -> tuple[list[Pixels], bool]:
    """The pixels of all pictures, and whether a single one was given."""
    if isinstance(pictures, list | tuple):
        return [pixels_of(picture) for picture in pictures], False
    return [pixels_of(pictures)], True


def _borrow_all(pixels: list[Pixels]) -> Any:
    array = ffi.new("ln_picture[]", len(pixels))
    for i, each in enumerate(pixels):
        array[i] = borrow(each)[0]
    return array
