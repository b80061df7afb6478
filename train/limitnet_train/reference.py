"""docs/SPEC.md once more, in the most obvious way: what the C code must equal byte for byte.

Nothing here is tuned and nothing is shared with the C code or with the training network; each function names the
section that it follows. Pictures, tensors and latent channels are numpy arrays of whole numbers.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass, field

import numpy as np

from .modelfile import CLASSES, MAP_CELLS, RELU, TOTAL, Layer, ModelFile, refinement_frequencies

MAP = -1  # stands for the channel of the map's cells
HEADER = 3
MIN_PAYLOAD, MAX_PAYLOAD = 11, 242


class PacketError(ValueError):
    """Bytes that are no packet of this model, or a damaged one."""


# ---- 1 Encoder ------------------------------------------------------------------------------------------------


def convolve(tensor: np.ndarray, zero: int, layer: Layer) -> np.ndarray:
    """Accumulators [h, w, outputs] of a convolution (1.2).

    The products run in float64, where every sum below 2^53 is exact; the format keeps them below 2^31.
    """
    x = tensor.astype(np.float64) - zero
    x = np.pad(x, [(layer.padding, layer.padding)] * 2 + [(0, 0)])  # the number 0
    windows = np.lib.stride_tricks.sliding_window_view(x, (layer.kernel, layer.kernel), axis=(0, 1))
    windows = windows[:: layer.stride, :: layer.stride]  # [h, w, inputs, ky, kx]
    h, w = windows.shape[:2]
    columns = windows.transpose(0, 1, 3, 4, 2).reshape(h * w, -1)
    weights = layer.weights.reshape(layer.outputs, -1).astype(np.float64)
    acc = (columns @ weights.T).astype(np.int64) + layer.bias.astype(np.int64)
    return acc.reshape(h, w, layer.outputs)


def passed_on(acc: np.ndarray, multiplier: np.ndarray, activation: int) -> np.ndarray:
    """Bytes of the next tensor (1.3)."""
    r = (acc * multiplier.astype(np.int64) + 2**31) >> 32
    return np.clip(r, 0, 255) if activation == RELU else np.clip(r, -128, 127) + 128


def zero_point(activation: int) -> int:
    return 0 if activation == RELU else 128


def latent_values(acc: np.ndarray, multiplier: int, activation: int, rounding: int) -> np.ndarray:
    """Values of one latent channel in finest steps, not limited yet (1.3)."""
    magnitude = (np.abs(acc) * int(multiplier) + rounding * 2**24) >> 32
    v = np.where(acc < 0, -magnitude, magnitude)
    return np.where(acc < 0, 0, v) if activation == RELU else v


def class_limits(model: ModelFile, channel: int, cls: int) -> tuple[int, int]:
    """Largest magnitudes below and above zero whose base symbol the class's distribution has (4.2)."""
    e = model.channels[channel].planes - 1
    d = model.distributions[int(model.base_index[channel][cls])]
    return ((1 - d.lo) << e) - 1, ((d.hi + 1) << e) - 1


def channel_limit(model: ModelFile, channel: int) -> int:
    return max(max(class_limits(model, channel, cls)) for cls in range(CLASSES))


@dataclass
class Encoded:
    """What a camera knows of a picture."""

    latent: list[np.ndarray]  # [channel] -> [h, w]
    saliency: np.ndarray | None  # [h, w], 0 to 255
    map: np.ndarray | None  # [8, 8], 0 to 31


def encode(model: ModelFile, picture: np.ndarray) -> Encoded:
    """Latent values and map of a picture [height, width, 3] of bytes."""
    if picture.shape != (model.height, model.width, 3) or picture.dtype != np.uint8:
        raise ValueError(f"the picture must be {model.height} x {model.width} x 3 bytes")
    numbers = {place: c for c, place in enumerate(model.latents())}
    latent: list = [None] * len(numbers)
    outputs = []  # per stage: all its outputs as bytes, as the branch reads them (2.1)
    tensor, zero = picture, 128
    for s, stage in enumerate(model.stages):
        acc = convolve(tensor, zero, stage)
        tensor = passed_on(acc[..., : stage.pass_], stage.multiplier[: stage.pass_], stage.activation)
        zero = zero_point(stage.activation)
        rest = []
        for o in range(stage.pass_, stage.outputs):
            c = numbers[s, o]
            v = latent_values(acc[..., o], stage.multiplier[o], stage.activation, model.channels[c].rounding)
            limit = channel_limit(model, c)
            latent[c] = np.clip(v, -limit, limit)
            rest.append(np.clip(latent[c], 0, 255) if zero == 0 else np.clip(latent[c], -128, 127) + 128)
        outputs.append((np.concatenate([tensor] + [r[..., None] for r in rest], axis=2), zero))
    if not model.layers:
        return Encoded(latent, None, None)
    tensor, zero = outputs[model.saliency_stage]
    for layer in model.layers:
        tensor = passed_on(convolve(tensor, zero, layer), layer.multiplier, layer.activation)
        zero = zero_point(layer.activation)
    saliency = SALIENCY[tensor[..., 0]]
    return Encoded(latent, saliency, map_levels(saliency))


# ---- 2 Saliency map -------------------------------------------------------------------------------------------

# 2.1 and appendix A. No value lies near a half, so the float decides nothing.
SALIENCY = np.array([math.floor(255 / (1 + math.exp(-(u - 128) / 16)) + 0.5) for u in range(256)])


def map_levels(saliency: np.ndarray) -> np.ndarray:
    """8 x 8 levels of 0 to 31 of a saliency map [h, w] (2.2)."""
    h, w = saliency.shape

    def overlap(n: int) -> np.ndarray:
        return np.array([[max(0, min(8 * (p + 1), n * (i + 1)) - max(8 * p, n * i)) for p in range(n)] for i in range(8)])

    s = overlap(h) @ saliency.astype(np.int64) @ overlap(w).T
    return (62 * s + 255 * h * w) // (510 * h * w)


def levels_on_grid(levels: np.ndarray | None, h: int, w: int) -> np.ndarray:
    """The map's level at every place of a grid (2.3)."""
    if levels is None:
        return np.zeros((h, w), np.int64)

    def axis(n: int) -> np.ndarray:
        weights = np.zeros((n, 8), np.int64)
        for p in range(n):
            t = 8 * (2 * p + 1) - n
            i = t // (2 * n)
            f = t - 2 * n * i
            weights[p, min(max(i, 0), 7)] += 2 * n - f
            weights[p, min(max(i + 1, 0), 7)] += f
        return weights

    s = axis(h) @ np.asarray(levels, np.int64).reshape(8, 8) @ axis(w).T
    return (s + 2 * h * w) // (4 * h * w)


# ---- 3 Symbols ------------------------------------------------------------------------------------------------


def limited(model: ModelFile, channel: int, cls: int, v: int) -> int:
    """The value that is really sent for v at a place of this class (4.2)."""
    below, above = class_limits(model, channel, cls)
    return max(-below, min(above, v))


def symbol_of(model: ModelFile, channel: int, plane: int, v: int) -> int:
    """Symbol of a plane of an already limited value (3)."""
    e = model.channels[channel].planes - 1
    sign = -1 if v < 0 else 1
    t = abs(v) >> (e - plane)
    if plane == 0:
        return sign * t
    before = abs(v) >> (e - plane + 1)
    return sign * t if before == 0 else t - 2 * before


def value_of(model: ModelFile, channel: int, symbols: list[int]) -> int:
    """Value in 1/256 of the finest step from the symbols of the first planes (3)."""
    if not symbols:
        return 0
    e = model.channels[channel].planes - 1
    t, sign = abs(symbols[0]), -1 if symbols[0] < 0 else 1
    for s in symbols[1:]:
        if t == 0:
            t, sign = abs(s), -1 if s < 0 else 1
        else:
            t = 2 * t + abs(s)  # a -1 where 0 or 1 is due counts as 1
    k = len(symbols) - 1
    d = model.recon_points[channel][k]
    return sign * ((256 * t + d) << (e - k)) if t else 0


# ---- 5 Order --------------------------------------------------------------------------------------------------


@dataclass
class Order:
    """All symbols of a picture, most important first: (channel, plane, place, class); MAP for the map's cells."""

    ids: list[tuple[int, int, int, int]]
    symbols: int  # of the whole picture; more than len(ids) while the map is missing
    map_start: int  # rank of the map's first cell; where the part behind the map starts, without a branch

    @property
    def complete(self) -> bool:
        return len(self.ids) == self.symbols


PASSES = 4  # over the places of the units before the map


def order_of(model: ModelFile, levels: np.ndarray | None = None) -> Order:
    """The order; only its part up to the map's end while the map is missing."""
    ids: list[tuple[int, int, int, int]] = []
    for first in range(PASSES):
        for u in model.units[: model.before_map]:
            h, w = model.channel_grid(u.channel)
            ids += [(u.channel, u.plane, place, 0) for place in range(first, h * w, PASSES)]
    map_start = len(ids)
    if model.layers:
        ids += [(MAP, 0, cell, 0) for cell in range(MAP_CELLS)]
    if not model.layers or levels is not None:
        keyed = []
        on_grid = {grid: levels_on_grid(levels, *grid).reshape(-1).tolist() for grid in set(model.stage_grids())}
        for n, u in enumerate(model.units):
            if n < model.before_map:
                continue
            for place, level in enumerate(on_grid[model.channel_grid(u.channel)]):
                score = u.offset + model.weight * level
                keyed.append((-score, n, place, level >> 3))
        keyed.sort()
        ids += [(model.units[n].channel, model.units[n].plane, place, cls) for _, n, place, cls in keyed]
    return Order(ids, model.symbols(), map_start)


# ---- 4 Entropy model ------------------------------------------------------------------------------------------


@dataclass
class Table:
    """A distribution as a list of symbols with cumulative frequencies; the end is 4096."""

    symbols: list[int]
    cumulative: list[int]

    def interval(self, symbol: int) -> tuple[int, int]:
        i = self.symbols.index(symbol)
        ends = self.cumulative + [TOTAL]
        return ends[i], ends[i + 1] - ends[i]

    def at(self, target: int) -> int:
        return self.symbols[bisect.bisect_right(self.cumulative, target) - 1]


GO_STOP = Table([1, 0], [0, 3584])


@dataclass
class Tables:
    """All distributions of a model."""

    model: ModelFile
    base: dict = field(default_factory=dict)
    refinement: dict = field(default_factory=dict)
    map: list = field(default_factory=list)

    def __post_init__(self):
        m = self.model
        for c, channel in enumerate(m.channels):
            for cls in range(CLASSES):
                d = m.distributions[int(m.base_index[c][cls])]
                self.base[c, cls] = Table(list(range(d.lo, d.hi + 1)), [int(x) for x in d.cumulative])
                for k in range(1, channel.planes):
                    q0, qn = (int(q) for q in m.refinement[m.refinement_number(c, k)][cls])
                    zero, negative, _ = refinement_frequencies(q0, qn)
                    self.refinement[c, k, cls] = Table([0, -1, 1], [0, zero, zero + negative])
        if m.layers:
            self.map = [Table(list(range(32)), [int(x) for x in row]) for row in m.map_distributions]

    def of(self, symbol_id: tuple[int, int, int, int], levels: dict[int, int]) -> Table:
        """The distribution of a symbol; `levels`: the map's cells that this packet carried before."""
        channel, plane, place, cls = symbol_id
        if channel == MAP:
            near = []
            if place % 8 and place - 1 in levels:
                near.append(levels[place - 1])
            if place - 8 in levels:
                near.append(levels[place - 8])
            if not near:
                return self.map[8]
            mean = near[0] if len(near) == 1 else (near[0] + near[1] + 1) >> 1
            return self.map[mean >> 2]
        return self.base[channel, cls] if plane == 0 else self.refinement[channel, plane, cls]


# ---- 6 Packets ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Coder:
    """The sending range coder (6.1). `low` is the whole number so far, so carries run by themselves."""

    low: int = 0
    range: int = 2**32 - 1
    out: int = 0  # bytes that went out

    def code(self, c: int, f: int) -> "Coder":
        r = self.range >> 12
        low, rng, out = self.low + r * c, r * f, self.out
        while rng < 2**24:
            low, rng, out = low << 8, rng << 8, out + 1
        return Coder(low, rng, out)

    def finish(self, n: int) -> bytes:
        """The code of n bytes (6.3)."""
        q = n - self.out
        assert 1 <= q <= 3
        step = 32 - 8 * q
        return (-(-self.low >> step)).to_bytes(n, "big")


class Sender:
    """Packets of one picture."""

    def __init__(self, model: ModelFile, tag: int, encoded: Encoded, image: int):
        self.model, self.tag, self.image = model, tag, image
        self.tables = Tables(model)
        self.order = order_of(model, encoded.map)
        self.levels = None if encoded.map is None else [int(x) for x in encoded.map.reshape(-1)]
        flat = [z.reshape(-1).tolist() for z in encoded.latent]
        early = {u.channel for u in model.units[: model.before_map]}  # bases before the map: class 0 limits them
        self.values = []
        for channel, plane, place, cls in self.order.ids:
            if channel == MAP:
                self.values.append(self.levels[place])
            else:
                v = limited(model, channel, 0 if channel in early else cls, flat[channel][place])
                self.values.append(symbol_of(model, channel, plane, v))

    def packet(self, rank: int, room: int) -> tuple[bytes, int]:
        """The packet of at most `room` bytes from a rank on, and the rank behind its last symbol (6.2, 6.3)."""
        assert MIN_PAYLOAD <= room <= MAX_PAYLOAD and rank < self.order.symbols
        n = room - HEADER
        coder, at, levels = Coder(), rank, {}
        while at < self.order.symbols:
            table = self.tables.of(self.order.ids[at], levels)
            c, f = table.interval(self.values[at])
            if n - coder.out <= 2:
                tried = coder.code(*GO_STOP.interval(1)).code(c, f)
                q = n - tried.out
                if not (q >= 2 or (q == 1 and tried.range >= 2**27)):
                    coder = coder.code(*GO_STOP.interval(0))
                    break
                coder = tried
            else:
                coder = coder.code(c, f)
            if self.order.ids[at][0] == MAP:
                levels[self.order.ids[at][2]] = self.values[at]
            at += 1
        if at == self.order.symbols:
            n = min(n, coder.out + 3)
        header = bytes([self.tag << 4 | self.image]) + rank.to_bytes(2, "big")
        return header + coder.finish(n), at

    def stream(self, rooms) -> list[bytes]:
        """All packets in order; `rooms` gives the packets' largest sizes, from its start again when it is used up."""
        packets, rank = [], 0
        while rank < self.order.symbols:
            packet, rank = self.packet(rank, rooms[len(packets) % len(rooms)])
            packets.append(packet)
        return packets


def read_packet(tables: Tables, tag: int, order: Order, packet: bytes) -> tuple[list, bool]:
    """Symbols of a packet as [(id, symbol)], and whether it must be read again when the map is known (6)."""
    if not HEADER + 1 <= len(packet) <= MAX_PAYLOAD:
        raise PacketError(f"a packet has 4 to 242 bytes, not {len(packet)}")
    if packet[0] >> 4 != tag:
        raise PacketError("the packet is of another model")
    rank = int.from_bytes(packet[1:3], "big")
    if rank >= order.symbols:
        raise PacketError("the rank is outside the order")
    data = packet[HEADER:]
    q = len(data)  # bytes that remain
    reader = iter(data)
    value = 0  # code minus low
    for _ in range(4):
        value = value << 8 | next(reader, 0)
    rng = 2**32 - 1

    def decode(table: Table) -> int:
        nonlocal value, rng, q
        r = rng >> 12
        if value >= TOTAL * r:
            raise PacketError("the code is damaged")
        symbol = table.at(value // r)
        c, f = table.interval(symbol)
        value -= r * c
        rng = r * f
        while rng < 2**24:
            value = value << 8 | next(reader, 0)
            rng <<= 8
            q -= 1
        if q < 1:
            raise PacketError("the code is damaged")
        return symbol

    symbols, levels = [], {}
    while rank < order.symbols:
        if q <= 2:
            if q == 1 and rng < 2**27:
                raise PacketError("the code is damaged")
            if not decode(GO_STOP):
                break
        if rank >= len(order.ids):
            return symbols, True
        symbol_id = order.ids[rank]
        symbol = decode(tables.of(symbol_id, levels))
        symbols.append((symbol_id, symbol))
        if symbol_id[0] == MAP:
            levels[symbol_id[2]] = symbol
        rank += 1
    if q > 3 or value >= 2 ** (32 - 8 * q):
        raise PacketError("the code is damaged")
    return symbols, False


class Receiver:
    """One picture from packets in any order, with any of them missing or doubled."""

    def __init__(self, model: ModelFile, tag: int):
        self.model, self.tag = model, tag
        self.tables = Tables(model)
        self.order = order_of(model)
        self.levels: dict[int, int] = {}
        self.symbols: dict[tuple[int, int, int], int] = {}  # (channel, plane, place)
        self.waiting: list[bytes] = []

    def push(self, packet: bytes) -> None:
        symbols, waits = read_packet(self.tables, self.tag, self.order, packet)
        self._take(symbols)
        if waits:
            self.waiting.append(packet)
        if self.model.layers and not self.order.complete and len(self.levels) == MAP_CELLS:
            self.order = order_of(self.model, np.array([self.levels[i] for i in range(MAP_CELLS)]).reshape(8, 8))
            waiting, self.waiting = self.waiting, []
            for packet in waiting:
                try:
                    self._take(read_packet(self.tables, self.tag, self.order, packet)[0])
                except PacketError:
                    pass  # damaged: its symbols before the map's end could not be told

    def _take(self, symbols: list) -> None:
        for (channel, plane, place, _), symbol in symbols:
            if channel == MAP:
                self.levels[place] = symbol
            else:
                self.symbols[channel, plane, place] = symbol

    def values(self) -> list[np.ndarray]:
        """Every channel in 1/256 of its finest step; 0 where nothing is known."""
        out = []
        for c, channel in enumerate(self.model.channels):
            h, w = self.model.channel_grid(c)
            flat = []
            for place in range(h * w):
                known = []
                while len(known) < channel.planes and (c, len(known), place) in self.symbols:
                    known.append(self.symbols[c, len(known), place])
                flat.append(value_of(self.model, c, known))
            out.append(np.array(flat).reshape(h, w))
        return out


def write_lnp(packets: list[bytes]) -> bytes:
    """A .lnp file (6.5)."""
    return b"".join(len(p).to_bytes(2, "big") + p for p in packets)


def read_lnp(data: bytes) -> list[bytes]:
    packets, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        if at + 2 + size > len(data):
            raise PacketError("the file ends in the middle of a packet")
        packets.append(data[at + 2 : at + 2 + size])
        at += 2 + size
    return packets
