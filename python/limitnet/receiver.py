"""The receiving end: packets of many devices become pictures."""

import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from limitnet._limitnet import ffi, lib
from limitnet.camera import map_of
from limitnet.decoder import Decoder, own_decoder
from limitnet.errors import fail, keep, raise_for, raise_for_status, whole
from limitnet.model import Model, the_model
from limitnet.picture import Pixels
from limitnet.stream import packet_bytes

REASONS = {lib.LN_CLOSE_IDLE: "idle", lib.LN_CLOSE_DROPPED: "dropped", lib.LN_CLOSE_ASKED: "asked"}


@dataclasses.dataclass(frozen=True)
class Traffic:
    """How many packets, and their bytes with headers."""

    packets: int
    bytes: int


@dataclasses.dataclass(frozen=True)
class ImageInfo:
    """What is known of a picture on its way."""

    id: int  #: in its receiver; never 0, never given twice
    device: int
    number: int  #: from its packets, 0 to 2047
    began_ms: int  #: when its first packet came
    last_ms: int  #: and its latest
    symbols: int  #: known
    total: int  #: symbols of a whole picture
    accepted: Traffic  #: packets that brought something new
    duplicate: Traffic  #: that brought nothing new
    waiting: Traffic  #: that wait for the map
    refused: Traffic  #: without room to wait, or contradicting
    contradicting: int  #: refused packets that waited first
    recovered: int  #: packets that were lost and brought back


@dataclasses.dataclass(frozen=True)
class ReceiverInfo:
    """What a receiver has done so far."""

    images: int  #: open pictures
    image_bytes: int  #: memory of one picture
    repair_bytes: int  #: more for a picture with repair packets
    opened: int
    idle: int  #: of those opened, closed for this reason
    dropped: int
    closed: int
    refused: Traffic  #: packets of no picture
    undecided: Traffic  #: packets of which nothing tells to which picture they belong


class _Gate:
    """Many readers at a time, or one writer, who goes first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._readers = self._waiting = 0
        self._writer: int | None = None

    def _refuse_own(self) -> None:
        if self._writer == threading.get_ident():
            fail(lib.LN_ERR_STATE, "the receiver is at work: `closed` and `model_of` may not call it")

    @contextlib.contextmanager
    def read(self) -> Iterator[None]:
        with self._changed:
            self._refuse_own()
            self._changed.wait_for(lambda: self._writer is None and not self._waiting)
            self._readers += 1
        try:
            yield
        finally:
            with self._changed:
                self._readers -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def write(self) -> Iterator[None]:
        with self._changed:
            self._refuse_own()
            self._waiting += 1
            self._changed.wait_for(lambda: self._writer is None and not self._readers)
            self._waiting -= 1
            self._writer = threading.get_ident()
        try:
            yield
        finally:
            with self._changed:
                self._writer = None
                self._changed.notify_all()


class _Callbacks:
    """What the C functions of a receiver's settings call. It outlives the receiver in C."""

    def __init__(self, model_of: Callable[[int], Model | None] | None, closed: Callable[[int, Any, int], None]):
        self.model_of, self.closed = model_of, closed
        self.models: dict[int, Model] = {}  # all that were named, since they must outlive the receiver
        self.trouble: BaseException | None = None

    def find_model(self, device: int) -> Any:
        model = self.model_of(device) if self.model_of else None
        if model is None:
            return ffi.NULL
        return self.models.setdefault(id(model), model).pointer




@ffi.def_extern()  # type: ignore[untyped-decorator]
def python_model_of(context: Any, device: int) -> Any:
    callbacks: _Callbacks = ffi.from_handle(context)
    try:
        return callbacks.find_model(device)
    except BaseException as trouble:  # noqa: B902 - it goes on where the receiver was called
        callbacks.trouble = trouble
        return ffi.NULL


@ffi.def_extern()  # type: ignore[untyped-decorator]
def python_closed(context: Any, image: Any, reason: int) -> None:
    callbacks: _Callbacks = ffi.from_handle(context)
    try:
        info = ffi.new("ln_image_info *")
        lib.ln_image_get_info(image, info)
        callbacks.closed(int(info.id), image, reason)
    except BaseException as trouble:  # noqa: B902
        callbacks.trouble = trouble


class Receiver:
    """Receives pictures from any number of devices, in bounded memory. Threads may share it.

    Receiver(model, ...)
      model: of all devices, a Model or a name (default: pyramid-224), or a function that gives the Model of a device
          (a number), or None for one that is not known, whose packets are refused.
      max_images: pictures that are open at a time, 1 to 2^20.
      max_images_per_device: of these, how many are one device's at most; 0: 16.
      idle_ms: a picture is closed when no packet came for longer than this, milliseconds.
      late_ms: how much later than in the order of sending a packet may come; 0: 10 seconds.
      max_frames: counters of the network that one picture covers at most; 0: 4096.
      check_required: packets without a check are refused.
      max_waiting_bytes: room in each picture for packets that wait for its map, 0 to 2^24.
      closed: called as closed(image, reason) just before a picture is closed, the last moment to look at it. The reason
          is "idle", "dropped" or "asked". It may decode the image, and may not call the receiver. What it raises comes
          out of the receiver's function that closed the picture.
    Errors: ArgumentError, Error.
    """

    def __init__(
        self,
        model: Model | str | Callable[[int], Model | None] | None = None,
        *,
        max_images: int = 1000,
        max_images_per_device: int = 0,
        idle_ms: int = 3_600_000,
        late_ms: int = 0,
        max_frames: int = 0,
        check_required: bool = False,
        max_waiting_bytes: int = 4096,
        closed: "Callable[[Image, str], None] | None" = None,
    ):
        self._gate = _Gate()
        self._closing: tuple[int, Any] | None = None
        self._closed = closed
        function = model if callable(model) else None
        self._callbacks = _Callbacks(function, self._close)
        context = ffi.new_handle(self._callbacks)
        config = ffi.new("ln_receiver_config *")
        if function is None:
            self._model: Model | None = the_model(model)  # type: ignore[arg-type]
            config.model = self._model.pointer
        else:
            self._model = None
            config.model_of = lib.python_model_of
        most = 2**64 - 1
        config.max_images = whole("max_images", max_images, 1, 2**20)
        config.max_images_per_device = whole("max_images_per_device", max_images_per_device, 0, 2**20)
        config.idle_ms = whole("idle_ms", idle_ms, 0, most)
        config.late_ms = whole("late_ms", late_ms, 0, most)
        config.max_frames = whole("max_frames", max_frames, 0, 2**32 - 1)
        config.check_required = bool(check_required)
        config.max_waiting_bytes = whole("max_waiting_bytes", max_waiting_bytes, 0, 2**24)
        config.closed = lib.python_closed if closed else ffi.NULL
        config.context = context
        handle, error = ffi.new("ln_receiver **"), ffi.new("ln_error *")
        raise_for(lib.ln_receiver_open(handle, config, error), error)
        self._receiver = handle[0]
        keep(self, handle[0], lib.ln_receiver_close, self._model, self._callbacks.models)
        self._context = context

    def _close(self, id: int, pointer: Any, reason: int) -> None:
        assert self._closed
        self._closing = (id, pointer)
        try:
            self._closed(Image(self, id), REASONS[reason])
        finally:
            self._closing = None

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Around a call of C that may call back."""
        with self._gate.write():
            yield
            trouble, self._callbacks.trouble = self._callbacks.trouble, None
        if trouble is not None:
            raise trouble

    def push(
        self, packet: bytes, *, device: int = 0, counter: int | None = None, time_ms: int | None = None
    ) -> "Image":
        """Takes a packet: any bytes, in any order, any number of times.

        device: your number for the sender, such as a LoRaWAN DevEUI, 0 to 2^64 - 1.
        counter: of the frame, if the network gives one that rises with each frame (LoRaWAN's FCntUp, 32 bits).
        time_ms: when it came, on your clock, milliseconds (default: now, since 1970).
        Result: the picture that it belongs to.
        Errors: Error; the receiver counts the packet and goes on: push the next one. Its status tells why
        (`ln_receiver_push` in cloud.h): ERR_PACKET, ERR_VERSION, ERR_MISMATCH, ERR_STATE, ERR_SPACE."""
        data = packet_bytes(packet)
        arrival, id = ffi.new("ln_arrival *"), ffi.new("uint64_t *")
        arrival.device = whole("device", device, 0, 2**64 - 1)
        if counter is not None:
            arrival.counter, arrival.has_counter = whole("counter", counter, 0, 2**32 - 1), 1
        arrival.time_ms = time.time_ns() // 1_000_000 if time_ms is None else whole("time_ms", time_ms, 0, 2**64 - 1)
        with self._changing():
            status = lib.ln_receiver_push(self._receiver, arrival, ffi.from_buffer(data), len(data), id)
        if status != lib.LN_NEED_MAP:
            raise_for_status(status, "the packet is refused")
        return Image(self, int(id[0]))

    def expire(self, now_ms: int) -> None:
        """Closes every picture that has been idle for longer than idle_ms, at this time of your clock. `push` does so
        too, with the packet's time."""
        now = whole("now_ms", now_ms, 0, 2**64 - 1)
        with self._changing():
            lib.ln_receiver_expire(self._receiver, now)

    def close_image(self, image: "Image | int") -> bool:
        """Closes a picture, or the one with this id, that you are done with. Whether it was open."""
        id = image.id if isinstance(image, Image) else whole("id", image, 0, 2**64 - 1)
        with self._changing():
            was_open = bool(lib.ln_receiver_close_image(self._receiver, id))
        return was_open

    def image(self, id: int) -> "Image | None":
        """The picture with this id; None if it is closed."""
        id = whole("id", id, 0, 2**64 - 1)
        with self._gate.read():
            is_open = lib.ln_receiver_image(self._receiver, id) != ffi.NULL
        return Image(self, id) if is_open else None

    def info(self) -> ReceiverInfo:
        """What the receiver has done so far."""
        info = ffi.new("ln_receiver_info *")
        with self._gate.read():
            lib.ln_receiver_get_info(self._receiver, info)
        names = ("images", "image_bytes", "repair_bytes", "opened", "idle", "dropped", "closed")
        return ReceiverInfo(
            **{name: int(getattr(info, name)) for name in names},
            refused=_traffic(info.refused),
            undecided=_traffic(info.undecided),
        )

    @contextlib.contextmanager
    def _reading(self, id: int) -> Iterator[Any]:
        if self._closing and self._closing[0] == id and self._gate._writer == threading.get_ident():
            yield self._closing[1]
            return
        with self._gate.read():
            pointer = lib.ln_receiver_image(self._receiver, id)
            if not pointer:
                fail(lib.LN_ERR_STATE, f"picture {id} is closed: look at it earlier, or in `closed` of the receiver")
            yield pointer


class Image:
    """A picture as far as it was received. It grows with its packets until its receiver closes it; from then on its
    functions raise Error."""

    def __init__(self, receiver: Receiver, id: int):
        self._receiver = receiver
        self.id = id  #: of this picture in its receiver

    def __repr__(self) -> str:
        return f"<limitnet.Image {self.id}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Image) and (self.id, self._receiver) == (other.id, other._receiver)

    def __hash__(self) -> int:
        return hash((self.id, id(self._receiver)))

    def reading(self) -> "contextlib.AbstractContextManager[Any]":
        """The `ln_image`, which stays open in this context."""
        return self._receiver._reading(self.id)

    def decode(self, decoder: Decoder | None = None, *, eyes: bool = True) -> Pixels:
        """Makes pixels of what has come: height x width x 3 bytes (RGB8), of the model's size.

        decoder: default: one that this thread keeps open for the model of the picture's device, on one core. Name
        another one for detectors, Decoder("pyramid-224-detect"), or for more cores.
        eyes: without a decoder: True shows the picture to people (Model.eyes_path), False to a vision model
        (Model.decoder_path).
        Errors: Error."""
        if decoder is None:
            model = self._model()
            decoder = own_decoder(model, model.eyes_path if eyes else model.decoder_path)
        pixels: Pixels = decoder.run([self])[0]
        return pixels

    def _model(self) -> Model:
        if self._receiver._model is not None:
            return self._receiver._model
        with self.reading() as pointer:
            checksum = lib.ln_image_model(pointer).checksum
        return next(m for m in self._receiver._callbacks.models.values() if m.checksum == checksum)

    def info(self) -> ImageInfo:
        """What is known of the picture."""
        info = ffi.new("ln_image_info *")
        with self.reading() as pointer:
            lib.ln_image_get_info(pointer, info)
        names = ("id", "device", "number", "began_ms", "last_ms", "symbols", "total")
        traffic = info.traffic
        return ImageInfo(
            **{name: int(getattr(info, name)) for name in names},
            accepted=_traffic(traffic.accepted),
            duplicate=_traffic(traffic.duplicate),
            waiting=_traffic(traffic.waiting),
            refused=_traffic(traffic.refused),
            contradicting=int(traffic.contradicting),
            recovered=int(traffic.recovered),
        )

    def map(self) -> Pixels | None:
        """The map: 8 x 8 levels of 0 to map_levels - 1. None while it is incomplete, and for models without one."""
        with self.reading() as pointer:
            return map_of(lib.ln_image_map(pointer))

    def known(self, channel: int, place: int) -> int:
        """How many planes of a value are known: 0 to the planes of the channel; 0 outside the ranges.

        channel: below model.channels. place: y * width of the grid + x, below model.places(channel)."""
        if min(channel, place) < 0:
            return 0
        with self.reading() as pointer:
            return int(lib.ln_image_known(pointer, channel, place))

    def value(self, channel: int, place: int) -> int:
        """The value that these planes stand for, in 1/256 of the channel's finest step; 0 if none is known."""
        if min(channel, place) < 0:
            return 0
        with self.reading() as pointer:
            return int(lib.ln_image_value(pointer, channel, place))


def _traffic(traffic: Any) -> Traffic:
    return Traffic(int(traffic.packets), int(traffic.bytes))
