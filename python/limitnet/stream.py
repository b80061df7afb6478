"""Packet files, and the headers of packets."""

import dataclasses
import os
from collections.abc import Iterable
from typing import Any

from limitnet._limitnet import ffi, lib
from limitnet.errors import path_bytes, raise_for, raise_for_status, whole
from limitnet.model import Model, the_model

FORMS = {
    lib.LN_PACKET_PLAIN: "plain",
    lib.LN_PACKET_NUMBERED: "numbered",
    lib.LN_PACKET_REPAIR: "repair",
}


def packet_bytes(packet: Any) -> bytes:
    """Any bytes-like object as bytes."""
    if isinstance(packet, str | int):
        raise TypeError(f"a packet is bytes, not {type(packet).__name__}")
    return bytes(memoryview(packet))


def packets_of(stream: Any) -> list[bytes]:
    """The packets of an `ln_stream`, which is then empty."""
    packets = []
    at, size = ffi.new("size_t *"), ffi.new("size_t *")
    try:
        while packet := lib.ln_stream_next(stream, at, size):
            packets.append(bytes(ffi.buffer(packet, size[0])))
    finally:
        lib.ln_stream_free(stream)
    return packets


@dataclasses.dataclass(frozen=True)
class Stream:
    """The packets of a file (.lnp), in the order of sending."""

    packets: tuple[bytes, ...]
    checksum: int  #: of the model that encoded them
    cut: bool = False  #: the file ended inside a packet, which was left out

    @staticmethod
    def read(path: str | os.PathLike[str]) -> "Stream":
        """Reads a packet file; what the packets hold is not looked at.

        Errors: Error (missing, unreadable, no packet file, without a whole packet, or of another version)."""
        stream, error = ffi.new("ln_stream *"), ffi.new("ln_error *")
        raise_for(lib.ln_stream_read(stream, path_bytes(path), error), error)
        checksum, cut = int(stream.checksum), bool(stream.cut)
        return Stream(tuple(packets_of(stream)), checksum, cut)

    @staticmethod
    def of(packets: Iterable[bytes], model: Model | str | os.PathLike[str] | None = None) -> "Stream":
        """The packets that a model encoded."""
        return Stream(tuple(map(packet_bytes, packets)), the_model(model).checksum)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes a packet file, which gets its name when it is complete.

        Errors: ArgumentError (a packet that is not 5 to 255 bytes long), Error (the file cannot be written)."""
        checksum = whole("checksum", self.checksum, 0, 2**32 - 1)
        stream, error = ffi.new("ln_stream *", {"checksum": checksum}), ffi.new("ln_error *")
        try:
            for packet in self.packets:
                raise_for(lib.ln_stream_add(stream, packet, len(packet), error), error)
            raise_for(lib.ln_stream_write(stream, path_bytes(path), error), error)
        finally:
            lib.ln_stream_free(stream)

    def check(self, model: Model, name: str = "the packets") -> None:
        """Raises Error if another model encoded the packets. `name` is theirs, for the message."""
        stream, error = ffi.new("ln_stream *", {"checksum": self.checksum}), ffi.new("ln_error *")
        raise_for(lib.ln_stream_check(stream, model.pointer, name.encode(), error), error)

    def model(self) -> Model:
        """The model that encoded the packets: the default one, or another of those that Model finds by name.

        Errors: Error (there is none)."""
        default = the_model(None)
        return default if default.checksum == self.checksum else Model.find(self.checksum)


@dataclasses.dataclass(frozen=True)
class PacketHeader:
    """The header of a packet; 0 in the fields that its form does not have. See core.h for their meaning."""

    form: str  #: "plain", "numbered" or "repair"
    checked: bool  #: the packet ends with a check
    picture: int  #: number of the picture, 0 to 2047
    number: int  #: numbered: of the first block; repair: of the last block in its window
    index: int  #: repair: 0 to 3
    count: int  #: repair: blocks in its window
    sums: int  #: repair: how many it carries
    rank: int  #: plain and numbered: of the first symbol


def packet_peek(packet: bytes) -> PacketHeader:
    """Reads the header of a packet; the rest is not looked at.

    Errors: Error (too short, too long, or of a later version)."""
    data, header = packet_bytes(packet), ffi.new("ln_packet_header *")
    raise_for_status(lib.ln_packet_peek(ffi.from_buffer(data), len(data), header), "the packet is refused")
    fields = (int(getattr(header, name)) for name in ("picture", "number", "index", "count", "sums", "rank"))
    return PacketHeader(FORMS[header.form], bool(header.checked), *fields)


@dataclasses.dataclass(frozen=True)
class Feedback:
    """What a receiver may tell a camera (SPEC 6.9), in a downlink of three bytes."""

    picture: int  #: its number, 0 to 2047
    enough: bool  #: send no more of it
    loss: int  #: share of packets lost lately, in 1/256: 0 to 255
    bytes: int  #: of packets of the picture that have come


def feedback_write(feedback: Feedback) -> bytes:
    """Feedback as three bytes; loss and bytes are rounded to their steps. Errors: ArgumentError."""
    fields = {
        "picture": whole("picture", feedback.picture, 0, lib.LN_PICTURES - 1),
        "enough": bool(feedback.enough),
        "loss": whole("loss", feedback.loss, 0, 255),
        "bytes": whole("bytes", feedback.bytes, 0, 2**32 - 1),
    }
    written = ffi.new("uint8_t[]", lib.LN_FEEDBACK_BYTES)
    raise_for_status(lib.ln_feedback_write(ffi.new("ln_feedback *", fields), written), "the feedback is refused")
    return bytes(ffi.buffer(written))


def feedback_read(feedback: bytes) -> Feedback:
    """Reads feedback; loss and bytes are the lowest of their steps. Errors: Error (not three bytes, later version)."""
    data, read = packet_bytes(feedback), ffi.new("ln_feedback *")
    raise_for_status(lib.ln_feedback_read(read, ffi.from_buffer(data), len(data)), "the feedback is refused")
    return Feedback(int(read.picture), bool(read.enough), int(read.loss), int(read.bytes))
