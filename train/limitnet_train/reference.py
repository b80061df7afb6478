"""docs/SPEC.md in the most obvious code: the C code must give the same bytes.

Nothing here is tuned, and nothing is shared with the C code or with the training network. Each function names its section of the
specification. Pictures, tensors and latent channels are numpy arrays of whole numbers.
"""

from __future__ import annotations

import bisect
import functools
import math
from dataclasses import dataclass, field

import numpy as np

from .modelfile import CLASSES, MAP_CELLS, RELU, TOTAL, Layer, ModelFile, refinement_frequencies

MAP = -1  # stands for the channel of the map's cells
HEADER = 3
MIN_PAYLOAD, MAX_PAYLOAD = 11, 242
IMAGES = 8  # numbers of pictures
PROTECTED = 8  # in the first byte (6)
REPAIR = 128  # in the second byte of a protected packet (6.6)
REPAIR_HEADER = 3
MIN_BODY = 3  # the rank and a byte of code
NUMBERS, INDICES, MAX_WINDOW = 128, 4, 63


class PacketError(ValueError):
    """The bytes are no packet of this model, or a damaged one."""


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
    """Largest magnitudes below and above zero whose base symbols are in the class's distribution (4.2)."""
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
    outputs = []  # for each stage: all its outputs as bytes, for the branch (2.1)
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
    """The value that is sent for v at a place of this class (4.2)."""
    below, above = class_limits(model, channel, cls)
    return max(-below, min(above, v))


def symbol_of(model: ModelFile, channel: int, plane: int, v: int) -> int:
    """Symbol of a plane of a limited value (3)."""
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
            t = 2 * t + abs(s)  # -1 counts as 1 where only 0 or 1 is allowed
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
    """The order. Without the map, only its part up to the map's end."""
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
                score = u.offset + 4 * model.weight * (level >> 2)
                keyed.append((-score, n, place, level >> 3))
        keyed.sort()
        ids += [(model.units[n].channel, model.units[n].plane, place, cls) for _, n, place, cls in keyed]
    return Order(ids, model.symbols(), map_start)


# ---- 4 Entropy model ------------------------------------------------------------------------------------------


@dataclass
class Table:
    """A distribution as a list of symbols with cumulative frequencies, which end at 4096."""

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
        """The distribution of a symbol; `levels`: the map's cells read from this packet so far."""
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
    """The sending range coder (6.1). `low` is the whole number so far, so carries need no care."""

    low: int = 0
    range: int = 2**32 - 1
    out: int = 0  # bytes written

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
        assert 0 <= image < IMAGES
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
        """The plain packet of at most `room` bytes that begins at a rank, and the rank behind its last symbol (6.2, 6.3)."""
        assert MIN_PAYLOAD - 2 <= room <= MAX_PAYLOAD and rank < self.order.symbols
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

    def repair_packet(self, last: int, index: int, bodies: list[bytes]) -> bytes:
        """The repair packet of the packets with these bodies; the last of them has the number `last` (6.6)."""
        total = bytes(len(bodies[-1]))
        for number, body in enumerate(bodies, last - len(bodies) + 1):
            total = added(total, body, factor_of(last, index, number))
        return bytes([self.tag << 4 | PROTECTED | self.image, REPAIR | last, index << 6 | len(bodies)]) + total

    def stream(self, rooms, share: int = 0, capacity: int = MAX_WINDOW) -> list[bytes]:
        """All packets in order. `rooms` gives the packets' largest sizes and is repeated when it ends.

        `share` is the percentage of repair packets, 0 for a plain stream; a window has at most `capacity` packets. The
        format leaves both, and the places of the repair packets, to the sender; this is how ours chooses.
        """
        assert 0 <= share <= 75 and 1 <= capacity <= MAX_WINDOW
        packets, rank, number = [], 0, 0
        window: list[bytes] = []  # bodies of the newest packets, all of one length
        owed, index = 0, 0  # hundredths of repair packets; repair packets since the last numbered packet
        while True:
            room = rooms[len(packets) % len(rooms)]
            protected = share > 0 and number < NUMBERS
            due = owed + share
            if protected and due >= 100 and window and index < INDICES and room >= REPAIR_HEADER + len(window[-1]):
                packets.append(self.repair_packet(number - 1, index, window))
                owed, index = due - 100, index + 1
            elif rank == self.order.symbols:
                return packets
            elif protected:
                plain, rank = self.packet(rank, room - 2)
                body = plain[1:]
                packets.append(bytes([plain[0] | PROTECTED, number]) + body)
                if window and len(body) != len(window[-1]):
                    window = []
                window = (window + [body])[-capacity:]
                owed, index, number = min(due, 200), 0, number + 1
            else:
                packet, rank = self.packet(rank, room)
                packets.append(packet)


def check_header(tag: int, packet: bytes) -> None:
    if not HEADER + 1 <= len(packet) <= MAX_PAYLOAD:
        raise PacketError(f"a packet has 4 to 242 bytes, not {len(packet)}")
    if packet[0] >> 4 != tag:
        raise PacketError("the packet is of another model")


def read_packet(tables: Tables, tag: int, order: Order, packet: bytes) -> tuple[list, bool]:
    """Symbols of a packet as [(id, symbol)], and whether the packet must be read again when the map is known (6).

    The number of a protected packet says nothing about its symbols; a repair packet has none.
    """
    check_header(tag, packet)
    if packet[0] & PROTECTED:
        if packet[1] & REPAIR:
            raise PacketError("a repair packet has no symbols")
        packet = packet[:1] + packet[2:]
        if len(packet) < HEADER + 1:
            raise PacketError("a protected packet has 5 bytes or more")
    rank = int.from_bytes(packet[1:3], "big")
    if rank >= order.symbols:
        raise PacketError("the rank is outside the order")
    data = packet[HEADER:]
    q = len(data)  # bytes left
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


# ---- 6.6 Protection -------------------------------------------------------------------------------------------


def product(a: int, b: int) -> int:
    """Product in the field of 256 elements: of polynomials over 0 and 1, modulo x^8 + x^4 + x^3 + x^2 + 1."""
    out = 0
    for bit in range(8):
        if b >> bit & 1:
            out ^= a << bit
    for bit in range(14, 7, -1):
        if out >> bit & 1:
            out ^= 0x11D << (bit - 8)
    return out


@functools.cache
def inverse(a: int) -> int:
    return next(b for b in range(256) if product(a, b) == 1)


@functools.cache
def multiples(a: int) -> bytes:
    return bytes(product(a, b) for b in range(256))


def added(a: bytes, b: bytes, factor: int) -> bytes:
    """a + factor b, byte by byte; a - factor b is the same."""
    return bytes(x ^ y for x, y in zip(a, b.translate(multiples(factor)), strict=True))


def factor_of(last: int, index: int, number: int) -> int:
    """Factor of a packet in a repair packet."""
    return inverse((128 + (last + 32 * index) % 128) ^ number)


@dataclass(frozen=True)
class Equation:
    """The sum over `factors` of factor times the body of the packet of that number is `total`."""

    factors: dict[int, int]  # none is 0
    total: bytes

    def times(self, factor: int) -> "Equation":
        factors = {number: product(factor, f) for number, f in self.factors.items()}
        return Equation(factors, self.total.translate(multiples(factor)))

    def without(self, number: int, other: "Equation") -> "Equation":
        """Eliminates `number`: subtracts the multiple of `other`, in which the number has the factor 1, that cancels it."""
        if number not in self.factors:
            return self
        factor = self.factors[number]
        factors = dict(self.factors)
        for n, f in other.factors.items():
            factors[n] = factors.get(n, 0) ^ product(factor, f)
        return Equation({n: f for n, f in factors.items() if f}, added(self.total, other.total, factor))


class Equations:
    """What numbered packets and repair packets tell about the bodies, solved as far as possible.

    Each equation is filed under one of its numbers, which has the factor 1 in it and is in no other equation.
    """

    def __init__(self):
        self.solved_for: dict[int, Equation] = {}
        self.lengths: dict[int, int] = {}  # of the bodies

    def add(self, factors: dict[int, int], total: bytes) -> None:
        if any(self.lengths.get(number, len(total)) != len(total) for number in factors):
            raise PacketError("the packets of the window have another length")
        equation = Equation(factors, total)
        for number, other in self.solved_for.items():
            equation = equation.without(number, other)
        if not equation.factors:
            if any(equation.total):
                raise PacketError("the packet contradicts others")
            return
        self.lengths |= dict.fromkeys(factors, len(total))
        number = min(equation.factors)
        equation = equation.times(inverse(equation.factors[number]))
        self.solved_for = {n: other.without(number, equation) for n, other in self.solved_for.items()}
        self.solved_for[number] = equation

    def drop(self, number: int) -> None:
        """Forgets a known body, if there is one."""
        if number in self.bodies():
            del self.solved_for[number]

    def bodies(self) -> dict[int, bytes]:
        """The known bodies by number, in ascending order."""
        return {n: e.total for n, e in sorted(self.solved_for.items()) if len(e.factors) == 1}


class Receiver:
    """One picture from packets in any order; any packet may be missing or doubled."""

    def __init__(self, model: ModelFile, tag: int):
        self.model, self.tag = model, tag
        self.tables = Tables(model)
        self.order = order_of(model)
        self.levels: dict[int, int] = {}
        self.symbols: dict[tuple[int, int, int], int] = {}  # (channel, plane, place)
        self.waiting: list[tuple[bytes, bool]] = []  # packet, whether a repair packet restored it
        self.equations = Equations()
        self.spans: dict[int, tuple[int, int | None]] = {}  # number -> first rank, rank behind the last if known

    def push(self, packet: bytes) -> None:
        check_header(self.tag, packet)
        if packet[0] & PROTECTED and packet[1] & REPAIR:
            self._repair(packet)
        else:
            self._read(packet)
            if packet[0] & PROTECTED:
                try:
                    self.equations.add({packet[1]: 1}, packet[2:])
                except PacketError:
                    pass  # readable, so it counts, but useless for restoring others
        for number, body in self.equations.bodies().items():
            if number not in self.spans:
                self._read_or_drop(bytes([self.tag << 4 | PROTECTED, number]) + body, True)
        if self.model.layers and not self.order.complete and len(self.levels) == MAP_CELLS:
            self.order = order_of(self.model, np.array([self.levels[i] for i in range(MAP_CELLS)]).reshape(8, 8))
            waiting, self.waiting = self.waiting, []
            for entry in sorted(waiting, key=lambda entry: entry[1]):  # received packets tell about restored ones
                self._read_or_drop(*entry)

    def _repair(self, packet: bytes) -> None:
        """Takes a repair packet (6.6)."""
        if len(packet) < REPAIR_HEADER + MIN_BODY:
            raise PacketError(f"a repair packet has 6 to 242 bytes, not {len(packet)}")
        last, index, count = packet[1] & 127, packet[2] >> 6, packet[2] & 63
        if not 1 <= count <= last + 1:
            raise PacketError("the window of the repair packet has no packets or begins before number 0")
        window = range(last - count + 1, last + 1)
        self.equations.add({number: factor_of(last, index, number) for number in window}, packet[REPAIR_HEADER:])

    def _read(self, packet: bytes, brought_back: bool = False) -> None:
        """Takes a plain or a numbered packet."""
        symbols, waits = read_packet(self.tables, self.tag, self.order, packet)
        if packet[0] & PROTECTED:
            number, rank = packet[1], int.from_bytes(packet[2:4], "big")
            end = None if waits else rank + len(symbols)
            if brought_back and not self._fits(number, rank, end):
                raise PacketError("the packet does not follow the one before or precede the next")
            self.spans[number] = rank, end
        self._take(symbols)
        if waits:
            self.waiting.append((packet, brought_back))

    def _fits(self, number: int, rank: int, end: int | None) -> bool:
        """Whether a restored packet fits between its neighbours, as far as they are known (6.6)."""
        begin = self.spans.get(number - 1, (None, None))[1] if number else 0
        following = self.spans.get(number + 1, (None, None))[0]
        return begin in (None, rank) and (end is None or following in (None, end))

    def _read_or_drop(self, packet: bytes, brought_back: bool) -> None:
        """Takes a packet that could not be checked completely when it came."""
        try:
            self._read(packet, brought_back)
        except PacketError:  # damaged
            if packet[0] & PROTECTED:
                self.spans.pop(packet[1], None)
                self.equations.drop(packet[1])

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
