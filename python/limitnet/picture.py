"""Pictures: numpy arrays, PIL images or files."""

import os
import struct
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from limitnet._limitnet import ffi, lib
from limitnet.errors import path_bytes, raise_for, refuse, whole

if TYPE_CHECKING:
    import PIL.Image

Pixels: TypeAlias = npt.NDArray[np.uint8]
"""height x width x 3 bytes: red, green, blue, from the top left corner."""

Picture: TypeAlias = "Pixels | PIL.Image.Image | str | os.PathLike[str]"
"""Pixels, an image of Pillow, or the path of a file (JPEG, PNG, WebP, PPM or PGM)."""

FITS = {"stretch": lib.LN_FIT_STRETCH, "crop": lib.LN_FIT_CROP}


def fit_of(name: str) -> int:
    """The `ln_fit` of a name."""
    if name not in FITS:
        refuse(f"fit: {name!r} is neither 'stretch' nor 'crop'")
    return int(FITS[name])


def _checked(array: Any) -> Pixels:
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
        refuse(
            f"a picture is an array of height x width x 3 uint8, not {' x '.join(map(str, array.shape))} {array.dtype}"
        )
    height, width = array.shape[:2]
    most = lib.LN_PICTURE_MAX_SIDE
    if not (0 < width <= most and 0 < height <= most and width * height <= lib.LN_PICTURE_MAX_PIXELS):
        refuse(f"a picture of {width} x {height} pixels is empty or too large: {most} a side are the most")
    return np.ascontiguousarray(array)


def _turned(image: Any) -> Any:
    """Broken EXIF data count as none, as those of files do."""
    import PIL.ImageOps

    image.load()  # EXIF data may be behind the pixels
    try:
        return PIL.ImageOps.exif_transpose(image)
    except (SyntaxError, struct.error, ValueError, TypeError, KeyError):
        return image


def _from_pillow(image: Any, as_stored: bool) -> Pixels:
    """Upright, and transparent pixels are shown on white, as those of files are."""
    if not as_stored:
        image = _turned(image)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = image.copy()
        white.paste((255, 255, 255, 255), (0, 0, *image.size))
        white.alpha_composite(image)
        image = white
    return np.asarray(image.convert("RGB"))


def pixels_of(picture: Picture, as_stored: bool = False) -> Pixels:
    """The pixels of a picture, without gaps. `as_stored` is about files, see picture_read, and images of Pillow, which
    have the EXIF data of their file until `PIL.ImageOps.exif_transpose` has turned them."""
    if isinstance(picture, np.ndarray):
        return _checked(picture)
    if isinstance(picture, str | os.PathLike):
        return picture_read(picture, as_stored=as_stored)
    if hasattr(picture, "convert") and hasattr(picture, "getpixel"):
        return _checked(_from_pillow(picture, as_stored))
    raise TypeError(f"a picture is a numpy array, a PIL image or a path, not {type(picture).__name__}")


def borrow(pixels: Pixels) -> Any:
    """An `ln_picture` with these pixels, which must outlive it."""
    height, width = pixels.shape[:2]
    return ffi.new("ln_picture *", {"width": width, "height": height, "rgb": ffi.from_buffer("uint8_t[]", pixels)})


def _take(picture: Any) -> Pixels:
    """The pixels of an `ln_picture`, which is then empty."""
    shape = (picture.height, picture.width, 3)
    try:
        pixels = np.empty(shape, np.uint8)
        ffi.memmove(ffi.from_buffer(pixels), picture.rgb, pixels.nbytes)
    finally:
        lib.ln_picture_free(picture)
    return pixels


def picture_read(path: str | os.PathLike[str], *, as_stored: bool = False) -> Pixels:
    """Reads a picture file: JPEG, PNG, WebP, or binary PPM or PGM; its content decides which.

    as_stored: do not turn the picture as its EXIF orientation says.
    Result: height x width x 3 bytes; a side has 8 to 16,384 pixels.
    Errors: Error (missing, unreadable, damaged, cut short, animated, too small or too large).
    """
    picture, error = ffi.new("ln_picture *"), ffi.new("ln_error *")
    read = lib.ln_picture_read_as_stored if as_stored else lib.ln_picture_read
    raise_for(read(picture, path_bytes(path), error), error)
    return _take(picture)


def picture_resize(picture: Picture, width: int, height: int, *, fit: str = "stretch") -> Pixels:
    """A copy of another size, by the bicubic filter that cameras' pictures are made with.

    width, height: 1 to 16,384 pixels.
    fit: "stretch", or "crop": the largest part around the centre that has the aspect of the target.
    Errors: ArgumentError; those of picture_read.
    """
    most = lib.LN_PICTURE_MAX_SIDE
    size, how = (whole("width", width, 1, most), whole("height", height, 1, most)), fit_of(fit)
    pixels = pixels_of(picture)
    result, error = ffi.new("ln_picture *"), ffi.new("ln_error *")
    raise_for(lib.ln_picture_resize(borrow(pixels), *size, how, result, error), error)
    return _take(result)


def picture_write_png(picture: Picture, path: str | os.PathLike[str]) -> None:
    """Writes a PNG file, which gets its name when it is complete.

    Errors: Error (the file cannot be written); those of picture_read.
    """
    pixels = pixels_of(picture)
    error = ffi.new("ln_error *")
    raise_for(lib.ln_picture_write_png(borrow(pixels), path_bytes(path), error), error)
