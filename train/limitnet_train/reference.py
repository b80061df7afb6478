"""docs/SPEC.md once more, in the most obvious way: what the C code must equal byte for byte.

Nothing here is tuned and nothing is shared with the C code or with the training network; each function names the
section that it follows. Pictures, tensors and latent channels are numpy arrays of whole numbers.
"""

from __future__ import annotations

import binascii
import bisect
import functools
import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from .modelfile import (
    CLASSES,
    MAP_CELLS,
    NOT_COUNTED,
    RELU,
    TOTAL,
    Activity,
    Layer,
    ModelFile,
    Saliency,
    narrow_frequencies,
)

MAP = -1  # stands for the channel of the map's cells
PLAIN, NUMBERED, REPAIR = 0, 1, 2  # forms of a packet
HEADER, NUMBERED_HEADER, CHECK, BODY_HEADER = 4, 5, 2, 4  # bytes
MAX_PACKET = 255
PICTURES = 2048  # numbers of pictures
BLOCKS, MAX_WINDOW, MAX_SUMS, INDICES = 256, 128, 8, 4  # of a picture, a window, a packet; tell packets apart
MIN_BLOCK, MAX_BLOCK = 5, 64  # bytes
MOST_PROTECTION = 80  # percent


class PacketError(ValueError):
    """Bytes that are no packet of this picture, or a damaged one."""


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
    """Largest magnitudes below and above zero whose base symbol can be coded in this class (3.3)."""
    c = model.channels[channel]
    lo, hi = -1, 1
    if c.wide:
        d = model.distributions[c.base[cls]]
        lo, hi = d.lo, d.hi
    return ((1 - lo) << (c.planes - 1)) - 1, ((hi + 1) << (c.planes - 1)) - 1


def channel_limit(model: ModelFile, channel: int) -> int:
    return max(max(class_limits(model, channel, cls)) for cls in range(CLASSES))


@dataclass
class Encoded:
    """What a camera knows of a picture."""

    latent: list[np.ndarray]  # [channel] -> [h, w]
    saliency: np.ndarray | None  # [h, w], 0 to 255
    map: np.ndarray | None  # [8, 8] levels


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
    if isinstance(model.map, Saliency):
        tensor, zero = outputs[model.map.stage]
        for layer in model.map.layers:
            tensor = passed_on(convolve(tensor, zero, layer), layer.multiplier, layer.activation)
            zero = zero_point(layer.activation)
        saliency = SALIENCY[tensor[..., 0]]
        return Encoded(latent, saliency, saliency_levels(saliency))
    if isinstance(model.map, Activity):
        return Encoded(latent, None, activity_levels(model.map, activity_sums(model, latent)))
    return Encoded(latent, None, None)


# ---- 2 Map ----------------------------------------------------------------------------------------------------

# 2.1 and appendix A. No value lies near a half, so the float decides nothing.
SALIENCY = np.array([math.floor(255 / (1 + math.exp(-(u - 128) / 16)) + 0.5) for u in range(256)])


def sums_of_cells(values: np.ndarray) -> np.ndarray:
    """Sums [8, 8] of values [h, w], each as often as the cell overlaps its place (2)."""

    def overlap(n: int) -> np.ndarray:
        return np.array([[max(0, min(8 * (p + 1), n * (i + 1)) - max(8 * p, n * i)) for p in range(n)] for i in range(8)])

    h, w = values.shape
    return overlap(h) @ values.astype(np.int64) @ overlap(w).T


def saliency_levels(saliency: np.ndarray) -> np.ndarray:
    """Levels [8, 8] of 0 to 31 of a saliency map [h, w] (2.1)."""
    h, w = saliency.shape
    return (62 * sums_of_cells(saliency) + 255 * h * w) // (510 * h * w)


def activity_sums(model: ModelFile, latent: list[np.ndarray]) -> np.ndarray:
    """Sums [8, 8] of the latent values' sizes (2.2)."""
    s = np.full((8, 8), model.map.offset, np.int64)
    for (stage, _), v in zip(model.latents(), latent, strict=True):
        if model.map.shifts[stage] != NOT_COUNTED:
            s += sums_of_cells(np.abs(v)) << model.map.shifts[stage]
    return s


def half_octaves(x: int) -> int:
    """Logarithm of a sum to the base of the square root of 2 (2.2)."""
    octaves = x.bit_length() - 1
    return 2 * octaves + (x << (31 - octaves) >= 3037000500)


def activity_levels(activity: Activity, sums: np.ndarray) -> np.ndarray:
    """Levels [8, 8] of 0 to 15 (2.2)."""
    octaves = np.array([[half_octaves(min(int(s), 2**32 - 1)) for s in row] for row in sums])
    return np.clip(octaves - activity.lowest, 0, 15)


def eighths_on_grid(levels: np.ndarray, h: int, w: int) -> np.ndarray:
    """The map's level at every place of a grid, in eighths (2.3)."""

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
    return 2 * s // (h * w)


def classes_on_grid(model: ModelFile, levels: np.ndarray | None, h: int, w: int) -> np.ndarray:
    """The class of every place of a grid behind the map (2.3)."""
    if levels is None:
        return np.zeros((h, w), np.int64)
    return np.searchsorted(model.map.thresholds, eighths_on_grid(levels, h, w), side="right")


# ---- 3 Symbols ------------------------------------------------------------------------------------------------


def limited(model: ModelFile, channel: int, cls: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The values that are really sent for values at places of these classes (3.3)."""
    limits = np.array([class_limits(model, channel, c) for c in range(CLASSES)])
    return np.clip(v, -limits[cls, 0], limits[cls, 1])


def symbols_of(model: ModelFile, channel: int, plane: int, v: np.ndarray) -> np.ndarray:
    """Symbols of a plane of limited values (3.1)."""
    e = model.channels[channel].planes - 1
    t = np.abs(v) >> (e - plane)
    if plane == 0:
        return np.sign(v) * t
    before = np.abs(v) >> (e - plane + 1)
    return np.where(before == 0, np.sign(v) * t, t - 2 * before)


def value_of(model: ModelFile, channel: int, symbols: list[int]) -> int:
    """Value in 1/256 of the finest step from the symbols of the first planes (3.2)."""
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
    d = model.channels[channel].points[k]
    return sign * ((256 * t + d) << (e - k)) if t else 0


# ---- 5 Order --------------------------------------------------------------------------------------------------


@dataclass
class Order:
    """All symbols of a picture, most important first: (channel, plane, place, class); MAP for the map's cells."""

    ids: list[tuple[int, int, int, int]]
    symbols: int  # of the whole picture; more than len(ids) while the map is missing
    map_start: int  # rank of the map's first cell; without a map, of the first symbol behind the units before it

    @property
    def complete(self) -> bool:
        return len(self.ids) == self.symbols


def order_of(model: ModelFile, levels: np.ndarray | None = None) -> Order:
    """The order; only its part up to the map's end while the map is missing."""
    ids: list[tuple[int, int, int, int]] = []
    for u in model.units[: model.before_map]:
        ids += [(u.channel, u.plane, place, 0) for place in range(math.prod(model.channel_grid(u.channel)))]
    map_start = len(ids)
    if model.map:
        ids += [(MAP, 0, cell, 0) for cell in range(MAP_CELLS)]
    if not model.map or levels is not None:
        grids = {grid: classes_on_grid(model, levels, *grid).reshape(-1).tolist() for grid in set(model.stage_grids())}
        behind = []
        for n, u in enumerate(model.units[model.before_map :]):
            for place, cls in enumerate(grids[model.channel_grid(u.channel)]):
                score = u.offset + 4 * model.weight * cls
                behind.append((-score, n, place, (u.channel, u.plane, place, cls)))
        if model.weight:
            behind.sort()
        ids += [symbol_id for _, _, _, symbol_id in behind]
    return Order(ids, model.symbols(), map_start)


# ---- 4 Entropy model ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
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


def neighbour_state(left: int | None, upper: int | None) -> int:
    """State 0 to 5 of two neighbours, None for one that is not known (4.1)."""
    known = [s for s in (left, upper) if s is not None]
    first = [0, 1, 3][len(known)]
    return first + sum(s != 0 for s in known)


class Tables:
    """All distributions of a model.

    `known` are the symbols that the same packet carried before, by (channel, plane, place); channel MAP for the map's
    cells.
    """

    def __init__(self, model: ModelFile):
        self.model = model
        self.base = [Table(list(range(d.lo, d.hi + 1)), list(d.cumulative)) for d in model.distributions]
        self.map = [Table(list(range(model.map.levels)), row.tolist()) for row in model.map.distributions] if model.map else []
        self.widths = [model.channel_grid(c)[1] for c in range(len(model.channels))]
        self.narrow = functools.cache(self._narrow)

    def of(self, symbol_id: tuple[int, int, int, int], known: dict) -> Table:
        """The distribution of a symbol."""
        channel, plane, place, cls = symbol_id
        if channel == MAP:
            return self._map(place, known)
        c = self.model.channels[channel]
        if c.wide and plane == 0:
            return self.base[c.base[cls]]
        if self.model.weight:
            return self.narrow(channel, plane, cls, 0, None)
        width = self.widths[channel]
        left = known.get((channel, plane, place - 1)) if place % width else None
        upper = known.get((channel, plane, place - width))
        earlier = known.get((channel, plane - 1, place))
        return self.narrow(channel, plane, cls, neighbour_state(left, upper), None if earlier is None else earlier != 0)

    def _narrow(self, channel: int, plane: int, cls: int, state: int, earlier: bool | None) -> Table:
        """4.2; `earlier`: whether the earlier plane's symbol is not 0, None when it is not known."""
        unit = self.model.channels[channel].narrow[plane]
        if earlier:
            return Table([0, 1], [0, TOTAL - 16 * unit.one])
        log_odds = unit.bias + int(self.model.shapes[unit.shape][cls][state]) + (unit.zero if earlier is False else 0)
        zero, minus, _ = narrow_frequencies(log_odds, unit.negative)
        return Table([0, -1, 1], [0, zero, zero + minus])

    def _map(self, cell: int, known: dict) -> Table:
        """4.4"""
        left = known.get((MAP, 0, cell - 1)) if cell % 8 else None
        near = [level for level in (left, known.get((MAP, 0, cell - 8))) if level is not None]
        if not near:
            return self.map[-1]
        mean = near[0] if len(near) == 1 else (near[0] + near[1] + 1) >> 1
        return self.map[mean >> self.model.map.shift]


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


def check_of(checksum: int, packet: bytes) -> bytes:
    """The check of a packet, which is given without it (6.5)."""
    return binascii.crc_hqx(checksum.to_bytes(4, "big") + packet, 0xFFFF).to_bytes(CHECK, "big")


def body_of(rank: int, code: bytes) -> bytes:
    """The body of a numbered packet (6.6)."""
    return rank.to_bytes(3, "big") + bytes([len(code)]) + code


def blocks_of(body: bytes, size: int) -> list[bytes]:
    """The blocks of a body, each of that many bytes (6.6)."""
    return [body[at : at + size].ljust(size, b"\0") for at in range(0, len(body), size)]


class Sender:
    """Packets of one picture."""

    def __init__(self, model: ModelFile, checksum: int, encoded: Encoded, picture: int, checked: bool = False):
        assert 0 <= picture < PICTURES
        self.checksum, self.picture, self.checked = checksum, picture, checked
        self.tables = Tables(model)
        self.order = order_of(model, encoded.map)
        early = {u.channel for u in model.units[: model.before_map]}  # bases before the map: class 0 limits them
        planes = {}
        self.latent = []  # as they are sent
        for c, v in enumerate(encoded.latent):
            v = limited(model, c, classes_on_grid(model, None if c in early else encoded.map, *v.shape), v)
            self.latent.append(v)
            for k in range(model.channels[c].planes):
                planes[c, k] = symbols_of(model, c, k, v).reshape(-1).tolist()
        if model.map:
            planes[MAP, 0] = encoded.map.reshape(-1).tolist()
        self.values = [planes[channel, plane][place] for channel, plane, place, _ in self.order.ids]

    def code(self, rank: int, n: int) -> tuple[bytes, int]:
        """Code of at most n bytes from a rank on, and the rank behind its last symbol (6.2, 6.3)."""
        assert n >= 3 and rank < self.order.symbols
        coder, at, known = Coder(), rank, {}
        while at < self.order.symbols:
            symbol_id, symbol = self.order.ids[at], self.values[at]
            c, f = self.tables.of(symbol_id, known).interval(symbol)
            if n - coder.out <= 2:
                tried = coder.code(*GO_STOP.interval(1)).code(c, f)
                q = n - tried.out
                if not (q >= 2 or (q == 1 and tried.range >= 2**27)):
                    coder = coder.code(*GO_STOP.interval(0))
                    break
                coder = tried
            else:
                coder = coder.code(c, f)
            known[symbol_id[:3]] = symbol
            at += 1
        if at == self.order.symbols:
            n = min(n, coder.out + 3)
        return coder.finish(n), at

    def packet(self, form: int, low18: int, rest: bytes) -> bytes:
        """A packet from its form, the last 18 bits of its header and what follows the header (6)."""
        packet = (form << 30 | self.checked << 29 | self.picture << 18 | low18).to_bytes(HEADER, "big") + rest
        return packet + check_of(self.checksum, packet) if self.checked else packet

    def plain(self, rank: int, code: bytes) -> bytes:
        return self.packet(PLAIN, rank, code)

    def numbered(self, number: int, rank: int, code: bytes) -> bytes:
        return self.packet(NUMBERED, rank, bytes([number]) + code)

    def repair(self, last: int, index: int, blocks: list[bytes], sums: int) -> bytes:
        """The repair packet of a window of blocks, of which the last has the number `last` (6.6)."""
        w = (len(blocks) - 1) // 4
        assert len(blocks) == min(4 * (w + 1), last + 1)
        totals = []
        for row in range(sums):
            total = b""
            for number, block in enumerate(blocks, last - len(blocks) + 1):
                total = added(total, block, factor_of(last, index, row, number))
            totals.append(total)
        return self.packet(REPAIR, last << 10 | index << 8 | w << 3 | sums - 1, b"".join(totals))

    def stream(self, rooms: Iterable[int], share: int = 0, memory: int = 4096) -> Iterator[bytes]:
        """All packets in order, as our sender makes them (appendix C).

        `rooms` gives the packets' largest sizes, from its start again when it is used up; `share` is the percentage of
        repair packets, 0 for a plain stream; `memory` is what the kept blocks may take, in bytes.
        """
        assert 0 <= share <= MOST_PROTECTION and memory >= MAX_PACKET
        rank, number, owes = 0, 0, 0  # owed in hundredths of a block
        repairs, since = 0, 0  # repair packets: all, since the last numbered one
        size = 0  # of a block
        blocks: list[bytes] = []
        for room in itertools.cycle(min(room, MAX_PACKET) for room in rooms):
            most = room - HEADER - CHECK * self.checked
            size = size or most // -(-most // 48)
            protects, ended = share > 0 and number < BLOCKS, rank == self.order.symbols
            sums = min(MAX_SUMS, most // size)
            if ended:
                sums = min(sums, owes // (100 - share))
            if protects and blocks and sums >= 1 and owes >= sums * (100 - share) and since < INDICES:
                window = blocks if len(blocks) == number else blocks[len(blocks) % 4 :]
                yield self.repair(number - 1, repairs % INDICES, window, sums)
                owes, repairs, since = owes - sums * (100 - share), repairs + 1, since + 1
            elif ended:
                return
            elif protects:
                body = size * min(MAX_SUMS, most // size, BLOCKS - number) if most >= size else most
                code, end = self.code(rank, body - BODY_HEADER)
                yield self.numbered(number, rank, code)
                added_blocks = blocks_of(body_of(rank, code), size)
                blocks = (blocks + added_blocks)[-min(MAX_WINDOW, memory // size) :]
                rank, number, since = end, number + len(added_blocks), 0
                owes = min(owes + len(added_blocks) * share, 3200)
            else:
                code, end = self.code(rank, most)
                yield self.plain(rank, code)
                rank = end


@dataclass(frozen=True)
class Carrier:
    """A plain or a numbered packet, taken apart."""

    picture: int
    rank: int
    code: bytes
    number: int | None  # of its first block; None: plain


@dataclass(frozen=True)
class Repair:
    """A repair packet, taken apart."""

    picture: int
    last: int
    index: int
    count: int  # blocks in the window
    totals: list[bytes]


def parse(checksum: int, packet: bytes) -> Carrier | Repair:
    """A packet taken apart; its code is not looked at."""
    if not HEADER < len(packet) <= MAX_PACKET:
        raise PacketError(f"a packet has 5 to 255 bytes, not {len(packet)}")
    head = int.from_bytes(packet[:HEADER], "big")
    form, checked, picture, low18 = head >> 30, head >> 29 & 1, head >> 18 & 2047, head & 0x3FFFF
    if checked:
        if len(packet) <= HEADER + CHECK or check_of(checksum, packet[:-CHECK]) != packet[-CHECK:]:
            raise PacketError("the check is wrong: the packet is damaged or of another model")
        packet = packet[:-CHECK]
    rest = packet[HEADER:]
    if form == PLAIN:
        return Carrier(picture, low18, rest, None)
    if form == NUMBERED:
        if len(rest) < 2:
            raise PacketError("a numbered packet without code")
        return Carrier(picture, low18, rest[1:], rest[0])
    if form == REPAIR:
        last, index, w, sums = low18 >> 10, low18 >> 8 & 3, low18 >> 3 & 31, (low18 & 7) + 1
        size = len(rest) // sums
        if size * sums != len(rest) or not MIN_BLOCK <= size <= MAX_BLOCK:
            raise PacketError("the sums of the repair packet have an impossible length")
        totals = [rest[at : at + size] for at in range(0, len(rest), size)]
        return Repair(picture, last, index, min(4 * (w + 1), last + 1), totals)
    raise PacketError("the packet has the form of a later version")


def read_code(tables: Tables, order: Order, rank: int, data: bytes) -> tuple[list, bool]:
    """Symbols of a code as [(id, symbol)], and whether it must be read again when the map is known (6.1 to 6.4)."""
    if rank >= order.symbols:
        raise PacketError("the rank is outside the order")
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

    symbols, known = [], {}
    while rank < order.symbols:
        if q <= 2:
            if q == 1 and rng < 2**27:
                raise PacketError("the code is damaged")
            if not decode(GO_STOP):
                break
        if rank >= len(order.ids):
            return symbols, True
        symbol_id = order.ids[rank]
        symbol = decode(tables.of(symbol_id, known))
        symbols.append((symbol_id, symbol))
        known[symbol_id[:3]] = symbol
        rank += 1
    if q > 3 or value >= 2 ** (32 - 8 * q):
        raise PacketError("the code is damaged")
    return symbols, False


def read_packet(tables: Tables, checksum: int, order: Order, packet: bytes) -> tuple[list, bool]:
    """The same of a packet. The number of a numbered packet says nothing about its symbols; a repair packet has none."""
    parsed = parse(checksum, packet)
    if isinstance(parsed, Repair):
        raise PacketError("a repair packet has no symbols")
    return read_code(tables, order, parsed.rank, parsed.code)


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
    """a + factor b, byte by byte, zeros behind the shorter one; a - factor b is the same."""
    return bytes(x ^ y for x, y in itertools.zip_longest(a, b.translate(multiples(factor)), fillvalue=0))


def factor_of(last: int, index: int, row: int, number: int) -> int:
    """Factor of a block in a sum of a repair packet."""
    return inverse((128 + (last + 32 * index + row) % 128) ^ number % 128)


@dataclass(frozen=True)
class Equation:
    """The sum over `factors` of factor times the block of that number is `total`."""

    factors: dict[int, int]  # none is 0
    total: bytes

    def times(self, factor: int) -> "Equation":
        factors = {number: multiples(factor)[f] for number, f in self.factors.items()}
        return Equation(factors, self.total.translate(multiples(factor)))

    def without(self, number: int, other: "Equation") -> "Equation":
        """This less the multiple of another one, in which the number has the factor 1, that takes the number away."""
        if number not in self.factors:
            return self
        factor = self.factors[number]
        factors = dict(self.factors)
        for n, f in other.factors.items():
            factors[n] = factors.get(n, 0) ^ multiples(factor)[f]
        return Equation({n: f for n, f in factors.items() if f}, added(self.total, other.total, factor))


class Equations:
    """All that numbered packets and repair packets tell of the blocks, solved as far as it goes.

    Each equation stands under one of its numbers, which has the factor 1 there and is in no other equation.
    """

    def __init__(self):
        self.solved_for: dict[int, Equation] = {}

    def add(self, factors: dict[int, int], total: bytes) -> None:
        equation = Equation(factors, total)
        for number, other in self.solved_for.items():
            equation = equation.without(number, other)
        if not equation.factors:
            if any(equation.total):
                raise PacketError("the packet contradicts others")
            return
        number = min(equation.factors)
        equation = equation.times(inverse(equation.factors[number]))
        self.solved_for = {n: other.without(number, equation) for n, other in self.solved_for.items()}
        self.solved_for[number] = equation

    def drop(self, number: int) -> None:
        """Forgets a block that is known; nothing if it is not."""
        if number in self.blocks():
            del self.solved_for[number]

    def blocks(self) -> dict[int, bytes]:
        """The blocks that are known, by number, in ascending order."""
        return {n: e.total for n, e in sorted(self.solved_for.items()) if len(e.factors) == 1}


def brought_back(number: int, blocks: dict[int, bytes], behind: int) -> Carrier | None:
    """The packet that begins with that block, among blocks that are known (6.6); None: some of it is missing.

    The block `behind` belongs to another one.
    """
    if number not in blocks:
        return None
    block, size = blocks[number], len(blocks[number])
    length = BODY_HEADER + block[3]
    if not BODY_HEADER < length <= MAX_PACKET - NUMBERED_HEADER + BODY_HEADER:
        raise PacketError("the length of the packet is impossible")
    own = [blocks.get(n) for n in range(number, number + -(-length // size))]
    if number + len(own) > behind:
        raise PacketError("the packet has blocks of another")
    if None in own:
        return None
    body = b"".join(own)
    if any(body[length:]):
        raise PacketError("the length of the packet is impossible")
    return Carrier(0, int.from_bytes(body[:3], "big"), body[BODY_HEADER:length], number)


class Receiver:
    """One picture from packets in any order, with any of them missing or doubled.

    Its caller decides by the packets' picture numbers which of them it gets.
    """

    def __init__(self, model: ModelFile, checksum: int):
        self.model, self.checksum = model, checksum
        self.tables = Tables(model)
        self.order = order_of(model)
        self.symbols: dict[tuple[int, int, int], int] = {}  # (channel, plane, place), channel MAP for the map's levels
        self.waiting: list[tuple[Carrier, bool]] = []  # packet, whether it was brought back
        self.size: int | None = None  # of a block, when a repair packet has told it
        self.equations = Equations()
        self.bodies: dict[int, bytes] = {}  # of the packets that count, by the numbers of their first blocks
        self.spans: dict[int, tuple[int, int | None]] = {}  # number -> first rank, rank behind the last if it is known

    def push(self, packet: bytes) -> None:
        """Takes a packet, or raises PacketError and stays as it is."""
        parsed = parse(self.checksum, packet)
        if isinstance(parsed, Repair):
            self._solve(parsed)
        else:
            self._read(parsed, False)
            if parsed.number is not None:
                self._keep(parsed)
        self._bring_back()
        if not self.order.complete and len(self.levels) == MAP_CELLS:
            self.order = order_of(self.model, np.array([self.levels[cell] for cell in range(MAP_CELLS)]))
            waiting, self.waiting = self.waiting, []
            for carrier, back in sorted(waiting, key=lambda entry: entry[1]):  # those that came tell about the others
                try:
                    self._read(carrier, back)
                except PacketError:
                    self.spans.pop(carrier.number, None)
                    self.bodies.pop(carrier.number, None)
                    self.equations.drop(carrier.number)

    @property
    def levels(self) -> dict[int, int]:
        """The map's levels that are known, by cell."""
        return {cell: level for (channel, _, cell), level in self.symbols.items() if channel == MAP}

    def _behind(self, number: int) -> int:
        """The number of the next packet that is known, or 256."""
        return min((n for n in self.bodies if n > number), default=BLOCKS)

    def _suits(self, size: int) -> bool:
        """Whether the packets that are known lie as they must with blocks of that size."""
        for number, body in self.bodies.items():
            end, behind = number + -(-len(body) // size), self._behind(number)
            if end > behind or (behind in self.spans and not self._follow(end, self.spans[number][1], behind)):
                return False
        return True

    def _follow(self, end: int, rank: int | None, behind: int) -> bool:
        """Whether packets follow each other in blocks just if they do in ranks; the first of them ends at a rank."""
        return rank is None or (end == behind) == (rank == self.spans[behind][0])

    def _solve(self, repair: Repair) -> None:
        size = len(repair.totals[0])
        if self.size not in (None, size) or not self._suits(size):
            raise PacketError("the packet contradicts others: its blocks have another size")
        solved = dict(self.equations.solved_for)
        try:
            if self.size is None:
                for number, body in self.bodies.items():
                    self._add_blocks(number, body, size)
            window = range(repair.last - repair.count + 1, repair.last + 1)
            for row, total in enumerate(repair.totals):
                self.equations.add({n: factor_of(repair.last, repair.index, row, n) for n in window}, total)
        except PacketError:
            self.equations.solved_for = solved
            raise
        self.size = size

    def _add_blocks(self, number: int, body: bytes, size: int) -> None:
        for n, block in enumerate(blocks_of(body, size), number):
            self.equations.add({n: 1}, block)

    def _keep(self, carrier: Carrier) -> None:
        """Keeps the body of a packet that can be read, so that others come back; nothing if it cannot be right."""
        number, body = carrier.number, body_of(carrier.rank, carrier.code)
        size = self.size or MAX_BLOCK
        before = [n for n in self.bodies if n < number]
        clear = all(n + -(-len(self.bodies[n]) // size) <= number for n in before)
        if number in self.bodies or not clear or number + -(-len(body) // size) > self._behind(number):
            return
        self.bodies[number] = body
        if self.size:
            try:
                self._add_blocks(number, body, self.size)
            except PacketError:
                pass  # of no use to bring others back

    def _bring_back(self) -> None:
        """Reads every packet all of whose blocks are known and that begins behind a known one."""
        number, known = 0, self.equations.blocks()
        while self.size and number < BLOCKS:
            if number not in self.bodies:
                try:
                    carrier = brought_back(number, known, self._behind(number))
                    if carrier:
                        self._read(carrier, True)
                        self.bodies[number] = body_of(carrier.rank, carrier.code)
                except PacketError:
                    self.equations.drop(number)
            body = self.bodies.get(number)
            number = number + -(-len(body) // self.size) if body else self._behind(number)

    def _read(self, carrier: Carrier, back: bool) -> None:
        """Takes a packet; `back`: it was brought back."""
        symbols, waits = read_code(self.tables, self.order, carrier.rank, carrier.code)
        end = None if waits else carrier.rank + len(symbols)
        if back and not self._fits(carrier, end):
            raise PacketError("the packet does not follow the one before or precede the next")
        found = {symbol_id[:3]: symbol for symbol_id, symbol in symbols}
        if any(self.symbols.get(key, symbol) != symbol for key, symbol in found.items()):
            raise PacketError("the packet contradicts what is known: it is damaged or of another picture (6.7)")
        self.symbols |= found
        if carrier.number is not None:
            self.spans[carrier.number] = carrier.rank, end
        if waits:
            self.waiting.append((carrier, back))

    def _fits(self, carrier: Carrier, end: int | None) -> bool:
        """Whether a packet that was brought back lies where its neighbours leave room, as far as they are known (6.6)."""
        number, behind = carrier.number, self._behind(carrier.number)
        begin = self.spans[max(n for n in self.bodies if n < number)][1] if number else 0
        blocks = len(blocks_of(body_of(carrier.rank, carrier.code), self.size))
        return begin in (None, carrier.rank) and (behind == BLOCKS or self._follow(number + blocks, end, behind))

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


# ---- 6.8 Packet file ------------------------------------------------------------------------------------------

LNP = b"LNP\x02"


def write_lnp(checksum: int, packets: Iterable[bytes]) -> bytes:
    """A .lnp file."""
    return LNP + checksum.to_bytes(4, "big") + b"".join(len(p).to_bytes(2, "big") + p for p in packets)


def read_lnp(data: bytes) -> tuple[int, list[bytes]]:
    """Checksum of the model and packets of a .lnp file."""
    if len(data) < 8 or data[:4] != LNP:
        raise PacketError("not a packet file of version 2")
    packets, at = [], 8
    while at < len(data):
        size = int.from_bytes(data[at : at + 2], "big")
        if at + 2 + size > len(data):
            raise PacketError("the file ends in the middle of a packet")
        packets.append(data[at + 2 : at + 2 + size])
        at += 2 + size
    return int.from_bytes(data[4:8], "big"), packets
