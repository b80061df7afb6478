"""The camera's end: pictures become packets."""

import os
import threading
from typing import Any

import numpy as np

from limitnet._limitnet import ffi, lib
from limitnet.errors import raise_for, raise_for_status, refuse, whole
from limitnet.model import Model, the_model
from limitnet.picture import Picture, Pixels, borrow, pixels_of
from limitnet.stream import packets_of


def encode(
    picture: Picture,
    *,
    model: Model | str | os.PathLike[str] | None = None,
    mtu: int = 51,
    max_bytes: int | None = None,
    protect: int = 0,
    check: bool = False,
    crop: bool = False,
    as_stored: bool = False,
) -> list[bytes]:
    """Encodes a picture into packets, the most important first: what `limitnet encode` does.

    picture: of any size; it is fitted to the model's. Its packets have the picture number 0.
    model: a Model, or the name of one (default: pyramid-224).
    mtu: largest packet, 11 to 255 bytes; with `protect` and `check`, 13 or more.
    max_bytes: of all packets together, at least what `mtu` may be; the last packet is made to fit (default: the whole
        picture).
    protect: percentage of the bytes for repair packets, 0 to 80; 40 suits a link that loses 30 % of the packets.
    check: packets end with a check of two bytes, for links that deliver damaged packets.
    crop: keep the aspect ratio and cut off what does not fit; without it, the picture is squeezed.
    as_stored: do not turn a file or a PIL image as its EXIF orientation says.
    Errors: ArgumentError, TypeError; Error for a file that cannot be read.
    """
    how = ffi.new("ln_sending *")
    how.protection = whole("protect", protect, 0, lib.LN_MOST_PROTECTION)
    how.check, how.crop = bool(check), bool(crop)
    how.mtu = whole("mtu", mtu, lib.ln_least_mtu(how), lib.LN_MAX_PAYLOAD)
    most = 2**64 - 1
    how.max_bytes = most if max_bytes is None else whole("max_bytes", max_bytes, lib.ln_least_mtu(how), most)
    used, pixels = the_model(model), pixels_of(picture, as_stored)
    stream, error = ffi.new("ln_stream *"), ffi.new("ln_error *")
    status = lib.ln_send_picture(used.pointer, borrow(pixels), how, stream, error)
    raise_for(status, error)
    return packets_of(stream)


class Camera:
    """A camera as it runs on a microcontroller: rows go in, packets come out, each as large as the radio allows then.
    It keeps its place, so that pictures get numbers and payloads may change. Threads take turns.

    Camera(model, protect=0, check=False): as for `encode`.
    """

    def __init__(
        self, model: Model | str | os.PathLike[str] | None = None, *, protect: int = 0, check: bool = False
    ):
        self.model = the_model(model)
        self._lock = threading.Lock()
        pointer, kernels = self.model.pointer, lib.ln_all_kernels
        size = lib.ln_camera_size(pointer, kernels)
        self._memory = ffi.new("uint32_t[]", (size + 3) // 4)
        self._protection = ffi.new("uint8_t[]", lib.LN_PROTECTION_BYTES)
        handle = ffi.new("ln_camera **")
        raise_for_status(lib.ln_camera_init(handle, pointer, kernels, self._memory, size), "the camera")
        self._camera = handle[0]
        self.check(check)
        self.protect(protect)

    def begin(self, picture: int) -> None:
        """Begins a picture of this number, 0 to 2047, and forgets the one before."""
        number = whole("picture", picture, 0, lib.LN_PICTURES - 1)
        with self._lock:
            raise_for_status(lib.ln_camera_begin(self._camera, number), "the picture is not begun")

    def push_rows(self, rows: Pixels) -> None:
        """Takes the next rows, top to bottom: rows x width x 3 bytes of the model's width.

        Errors: ArgumentError (another shape, or too many rows), Error (no picture was begun)."""
        if not isinstance(rows, np.ndarray):
            raise TypeError(f"rows are a numpy array, not {type(rows).__name__}")
        pixels = pixels_of(rows)
        bytes, count = ffi.from_buffer("uint8_t[]", pixels), pixels.shape[0]
        with self._lock:
            status = lib.ln_camera_push_rows(self._camera, bytes, pixels.nbytes, count)
        raise_for_status(status, "the rows are refused")

    def finish(self) -> None:
        """Ends the picture. Errors: Error (no picture was begun, or rows are missing; they may still be pushed)."""
        with self._lock:
            raise_for_status(lib.ln_camera_finish(self._camera), "the picture is not finished")

    def next(self, room: int) -> bytes | None:
        """The next packet, of at most `room` bytes (11 or more), or None when everything was sent.

        Errors: Error (the picture is not finished, or the room is too small)."""
        room = whole("room", room, 0, 2**31)
        packet, size = ffi.new("uint8_t[]", lib.LN_MAX_PAYLOAD), ffi.new("size_t *")
        with self._lock:
            status = lib.ln_camera_next(self._camera, min(room, lib.LN_MAX_PAYLOAD), packet, size)
        return self._packet(status, packet, size)

    def packet(self, rank: int, room: int) -> tuple[bytes, int] | None:
        """The plain packet whose symbols begin at `rank`, and the rank behind its last symbol; None behind the last.
        For sending again what a receiver lacks. Errors: as `next`, and ArgumentError (no such rank)."""
        rank, room = whole("rank", rank, 0, self.model.symbols), whole("room", room, 0, 2**31)
        packet, size, behind = ffi.new("uint8_t[]", lib.LN_MAX_PAYLOAD), ffi.new("size_t *"), ffi.new("unsigned *")
        with self._lock:
            status = lib.ln_camera_packet(
                self._camera, rank, min(room, lib.LN_MAX_PAYLOAD), packet, size, behind
            )
        made = self._packet(status, packet, size)
        return None if made is None else (made, int(behind[0]))

    @staticmethod
    def _packet(status: int, packet: Any, size: Any) -> bytes | None:
        if status == lib.LN_END:
            return None
        raise_for_status(status, "there is no packet")
        return bytes(ffi.buffer(packet, size[0]))

    def check(self, on: bool) -> None:
        """Whether packets end with a check. A picture that is being sent starts again."""
        with self._lock:
            raise_for_status(lib.ln_camera_check(self._camera, bool(on)), "the check is refused")

    def protect(self, share: int) -> None:
        """The percentage of bytes for repair packets, 0 to 80. A picture that is being sent starts again."""
        share = whole("protect", share, 0, lib.LN_MOST_PROTECTION)
        with self._lock:
            status = lib.ln_camera_protect(self._camera, share, self._protection, lib.LN_PROTECTION_BYTES)
        raise_for_status(status, "the protection is refused")

    def map(self) -> Pixels | None:
        """The map that goes out with the picture: 8 x 8 levels of 0 to model.map_levels - 1. None before `finish`, and
        for models without one."""
        with self._lock:
            levels = lib.ln_camera_map(self._camera)
            return map_of(levels)


def map_of(levels: Any) -> Pixels | None:
    """A copy of a map's levels."""
    if not levels:
        return None
    side = lib.LN_MAP_SIDE
    return np.frombuffer(ffi.buffer(levels, lib.LN_MAP_CELLS), np.uint8).reshape(side, side).copy()


def share_for_loss(loss: float) -> int:
    """The `protect` for a link that loses this share of its packets, 0..1: what `limitnet infer` chooses."""
    if not 0 <= loss <= 1:
        refuse(f"loss: {loss} is not within 0 to 1")
    return int(lib.ln_share_for_loss((round(loss * 1_000_000) * 256 + 500_000) // 1_000_000))
