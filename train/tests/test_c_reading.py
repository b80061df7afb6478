"""The C packet reader against the reference: both take, refuse or keep the same packets, with the same symbols.

Compiles src/core into a temporary library and calls it; needs a C compiler (CC, else cc).
"""

import ctypes
import itertools
import os
import random
import shutil
import subprocess

import numpy as np
import pytest

from limitnet_train import golden, modelfile, reference
from limitnet_train.reference import MAP, PacketError

OK, NEED_MAP, ERR_VERSION, ERR_PACKET = 0, 2, 7, 8  # ln_status
REPAIR, LATER = 2, 3  # forms of packets
MODEL_BYTES = 1 << 16  # more than an ln_model
READER_BYTES = 1 << 13  # more than an ln_packet_reader
MOST_SYMBOLS = 1 << 18


class SymbolId(ctypes.Structure):
    _fields_ = [("channel", ctypes.c_uint8), ("plane", ctypes.c_uint8), ("place_class", ctypes.c_uint8), ("place", ctypes.c_uint16)]


class Header(ctypes.Structure):
    _fields_ = [
        ("form", ctypes.c_uint8),
        ("checked", ctypes.c_uint8),
        ("picture", ctypes.c_uint16),
        ("number", ctypes.c_uint8),
        ("index", ctypes.c_uint8),
        ("count", ctypes.c_uint8),
        ("rank", ctypes.c_uint32),
    ]


SINK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(SymbolId), ctypes.c_int)


@pytest.fixture(scope="session")
def core(tmp_path_factory):
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if not compiler:
        pytest.skip("no C compiler")
    library = tmp_path_factory.mktemp("core") / "libcore.so"
    sources = sorted((golden.ROOT / "src/core").glob("*.c"))
    options = ["-std=c99", "-O1", "-shared", "-fPIC", f"-I{golden.ROOT / 'include'}", f"-I{golden.ROOT / 'src'}"]
    subprocess.run([compiler, *options, *sources, "-o", library], check=True)
    loaded = ctypes.CDLL(str(library))
    loaded.ln_order_size.restype = ctypes.c_size_t
    return loaded


class COrder:
    """An ln_order, with or without its map."""

    def __init__(self, core, data, levels=None):
        self.core = core
        self.data = ctypes.create_string_buffer(data, len(data))
        self.model = ctypes.create_string_buffer(MODEL_BYTES)
        assert core.ln_model_open(self.model, self.data, ctypes.c_size_t(len(data))) == OK
        size = core.ln_order_size(self.model)
        self.memory = ctypes.create_string_buffer(size)
        self.order = ctypes.c_void_p()
        assert core.ln_order_init(ctypes.byref(self.order), self.model, self.memory, ctypes.c_size_t(size)) == OK
        if levels is not None:
            assert core.ln_order_set_map(self.order, bytes(int(x) for x in levels.reshape(-1))) == OK

    def read(self, packet):
        symbols = []

        def sink(_, pointer, symbol):
            i = pointer.contents
            channel = MAP if i.channel == 255 else i.channel
            symbols.append(((channel, i.plane, i.place), symbol))

        header, part, length = Header(), ctypes.c_void_p(), ctypes.c_uint()
        whole, size = ctypes.create_string_buffer(packet, max(1, len(packet))), ctypes.c_size_t(len(packet))
        found = ctypes.byref(header), ctypes.byref(part), ctypes.byref(length)
        status = self.core.ln_packet_open(self.model, whole, size, *found)
        if status == OK and header.form == REPAIR:
            return ERR_PACKET, symbols
        if status == OK:
            reader = ctypes.create_string_buffer(READER_BYTES)
            decoded = ctypes.create_string_buffer(MOST_SYMBOLS)
            self.core.ln_packet_reader_init(reader, self.model, header.rank, part, length, decoded)
            status = self.core.ln_packet_reader_decode(reader, self.order)
        if status in (OK, NEED_MAP):
            self.core.ln_packet_reader_hand_out(reader, self.order, SINK(sink), None)
        return status, symbols


def read_both(c_order, tables, checksum, order, packet):
    status, symbols = c_order.read(packet)
    try:
        due, waits = reference.read_packet(tables, checksum, order, packet)
        assert status == (NEED_MAP if waits else OK)
        assert symbols == [(i[:3], s) for i, s in due]
    except PacketError:
        later = 5 <= len(packet) <= 255 and packet[0] >> 6 == LATER
        assert status == (ERR_VERSION if later else ERR_PACKET)
        assert symbols == []
    return status


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("name", ["random-paper", "random-36", "random-cifar", "random-wide", "tiny", "tiny-nomap"])
def test_damaged_packets_are_judged_alike(core, name, checked):
    data = (golden.MODELS / f"{name}.lnm").read_bytes()
    model, checksum = modelfile.read(data), modelfile.checksum(data)
    picture = golden.read_ppm(golden.GOLDEN / f"photo-{model.width}x{model.height}.ppm")
    encoded = reference.encode(model, picture)
    sender = reference.Sender(model, checksum, encoded, 3, checked)
    levels = encoded.map
    readers = [(COrder(core, data, levels), sender.order), (COrder(core, data), reference.order_of(model))]
    rng = random.Random(13)
    packets = []
    for rooms in ([13], [51], golden.CHECKED_VARYING):
        for share in (0, 40):
            packets += rng.sample(stream := list(itertools.islice(sender.stream(rooms, share), 100)), min(6, len(stream)))
    seen = set()
    for packet in packets:
        tries = [packet] + [packet[:n] for n in range(0, len(packet), 3)] + [packet + b"\0", packet + bytes(250)]
        for _ in range(60):
            wrong = bytearray(packet)
            wrong[rng.randrange(len(wrong))] ^= rng.randint(1, 255)
            tries.append(bytes(wrong))
        for c_order, order in readers:
            for attempt in tries:
                seen.add(read_both(c_order, sender.tables, checksum, order, attempt))
    assert {OK, ERR_PACKET, ERR_VERSION} <= seen


@pytest.mark.parametrize("name", ["random-pyramid", "random-paper", "random-cifar", "tiny"])
def test_noise_is_judged_alike(core, name):
    data = (golden.MODELS / f"{name}.lnm").read_bytes()
    model, checksum = modelfile.read(data), modelfile.checksum(data)
    levels = np.random.default_rng(14).integers(0, model.map.levels, (8, 8))
    tables = reference.Tables(model)
    rng = random.Random(15)
    for c_order, order in (
        (COrder(core, data, levels), reference.order_of(model, levels)),
        (COrder(core, data), reference.order_of(model)),
    ):
        for _ in range(1000):
            rank = rng.randrange(order.symbols if rng.random() < 0.5 else min(order.symbols, order.map_start + 80))
            number = rng.choice([None, rng.randrange(160)])
            head = (number is not None) << 30 | rng.randrange(2048) << 18 | rank
            noise = head.to_bytes(4, "big") + (b"" if number is None else bytes([number]))
            noise += rng.randbytes(rng.choice([1, 2, 3, 4, 5, 8, 48]))
            if rng.random() < 0.3:  # with a right check
                noise = bytes([noise[0] | 32]) + noise[1:]
                noise += reference.check_of(checksum, noise)
            read_both(c_order, tables, checksum, order, noise)
