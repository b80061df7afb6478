"""Model files (docs/SPEC.md section 7): describe, check, write, read.

A `ModelFile` holds what the file holds and nothing that can be derived from it. `write` and `read` both run
`validate`, so a file that exists keeps every promise of the specification.
"""

from __future__ import annotations

import heapq
import math
import re
import struct
import zlib
from dataclasses import dataclass, field

import numpy as np

VERSION = 2
NONE, RELU = 0, 1  # activations
CLASSES = 8
STATES = 6  # of a symbol's neighbours (4.1)
MAP_CELLS = 64
TOTAL = 4096  # sum of the frequencies of a distribution
MAX_CHANNELS = 112
MAX_SYMBOLS = 2**18 - 1
MAX_PLACES = 4096
NOT_COUNTED = 15  # shift of a stage that the activity leaves out


class ModelError(ValueError):
    """A model that the format does not allow, or bytes that are no model file."""


@dataclass
class Layer:
    """One convolution: a stage of the chain or a layer of the saliency branch (1.2, 1.3)."""

    kernel: int
    stride: int
    padding: int
    outputs: int
    pass_: int
    activation: int
    bias: np.ndarray  # int32 [outputs]
    multiplier: np.ndarray  # uint32 [outputs]
    weights: np.ndarray  # int8 [outputs, ky, kx, inputs]


@dataclass
class Narrow:
    """Statistics of a narrow unit's symbols (4.2)."""

    bias: int  # b
    shape: int  # number of a shape
    negative: int  # n: share of -1 among the symbols that are not 0
    one: int  # r: share of 1 behind an earlier symbol that is not 0
    zero: int  # z: added behind an earlier symbol that is 0


@dataclass
class Channel:
    rounding: int  # 0 dead zone .. 128 nearest
    points: list[int]  # d of each plane
    narrow: list[Narrow | None]  # of each plane; None for the base of a wide channel
    base: list[int] | None = None  # of a wide channel: number of the base distribution for each class

    @property
    def planes(self) -> int:
        return len(self.points)

    @property
    def wide(self) -> bool:
        return self.base is not None


@dataclass
class Unit:
    channel: int
    plane: int
    offset: int


@dataclass
class Distribution:
    """Base symbols lo .. lo + len(cumulative) - 1; the first cumulative frequency is 0, the end is 4096."""

    lo: int
    cumulative: list[int]

    @property
    def hi(self) -> int:
        return self.lo + len(self.cumulative) - 1


@dataclass
class Map:
    """What both kinds of map have: how levels become classes, and how they are coded (2.3, 4.4)."""

    thresholds: list[int]  # 7, in eighths of a level
    shift: int  # from a mean of levels to the context of the next one
    distributions: np.ndarray  # [(levels >> shift) + 1, levels] cumulative


@dataclass
class Saliency(Map):
    """Levels from a branch of the network (2.1)."""

    kind = 1
    levels = 32
    stage: int  # whose outputs the branch reads
    layers: list[Layer]


@dataclass
class Activity(Map):
    """Levels from the sizes of the latent values (2.2)."""

    kind = 2
    levels = 16
    shifts: list[int]  # e of each stage
    offset: int
    lowest: int  # half octaves


@dataclass
class ModelFile:
    name: str
    width: int
    height: int
    stages: list[Layer]
    channels: list[Channel]  # in the order of section 1.4: last stage first
    units: list[Unit]
    before_map: int
    weight: int
    shapes: np.ndarray  # [shapes, 8 classes, 6 states]
    distributions: list[Distribution] = field(default_factory=list)
    map: Map | None = None

    # ---- what follows from the above -------------------------------------------------------------------------

    def stage_grids(self) -> list[tuple[int, int]]:
        """(height, width) of every stage's outputs."""
        return _grids((self.height, self.width), self.stages)

    def latents(self) -> list[tuple[int, int]]:
        """(stage, output) of every latent channel, by number (1.4)."""
        return [
            (s, output)
            for s in reversed(range(len(self.stages)))
            for output in range(self.stages[s].pass_, self.stages[s].outputs)
        ]

    def channel_grid(self, channel: int) -> tuple[int, int]:
        return self.stage_grids()[self.latents()[channel][0]]

    def symbols(self) -> int:
        """Symbols of a whole picture, the map's levels included."""
        places = [math.prod(self.channel_grid(c)) * channel.planes for c, channel in enumerate(self.channels)]
        return sum(places) + (MAP_CELLS if self.map else 0)

    def validate(self) -> None:
        _validate(self)


def checksum(data: bytes) -> int:
    """The checksum of a model file, by which packets and decoders know the model."""
    return zlib.crc32(data[:-4])


# ---- tables ---------------------------------------------------------------------------------------------------


def frequencies(counts, total: int = TOTAL) -> list[int]:
    """Whole frequencies >= 1 with the given sum that code symbols of these counts in the fewest bits.

    `counts` may be counts or probabilities; zeros are allowed. The cost -sum count log(frequency) is convex in each
    frequency, so giving one unit at a time to the symbol that gains most ends at the exact optimum.
    """
    counts = [float(c) for c in counts]
    if not 1 <= len(counts) <= total:
        raise ModelError(f"a table has 1 to {total} symbols, not {len(counts)}")
    if not all(math.isfinite(c) and c >= 0 for c in counts):
        raise ModelError("counts and probabilities must be finite and not negative")
    if sum(counts) == 0:
        counts = [1.0] * len(counts)
    freq = [1] * len(counts)
    heap = [(-c * math.log(2.0), i) for i, c in enumerate(counts)]
    heapq.heapify(heap)
    for _ in range(total - len(counts)):
        _, i = heap[0]
        freq[i] += 1
        heapq.heapreplace(heap, (-counts[i] * math.log1p(1.0 / freq[i]), i))
    return freq


def cumulative(counts) -> list[int]:
    """Strictly rising 12-bit cumulative frequencies (the first is 0) of the optimal `frequencies`."""
    sums = [0]
    for f in frequencies(counts)[:-1]:
        sums.append(sums[-1] + f)
    return sums


# Appendix B: frequency of 0 by the sum of log-odds. No value lies near a half, so the float decides nothing.
ZERO = [min(max(math.floor(TOTAL / (1 + math.exp((i - 128) / 16)) + 0.5), 2), TOTAL - 2) for i in range(256)]


def narrow_frequencies(log_odds: int, negative: int) -> tuple[int, int, int]:
    """Frequencies of the narrow symbols 0, -1, 1; `log_odds` is the sum of section 4.2 without its 128."""
    rest = TOTAL - ZERO[min(max(128 + log_odds, 0), 255)]
    minus = min(max(rest * negative >> 8, 1), rest - 1)
    return TOTAL - rest, minus, rest - minus


# ---- checks ---------------------------------------------------------------------------------------------------


def _need(condition, message: str) -> None:
    if not condition:
        raise ModelError(message)


def _range(value, lowest: int, highest: int, what: str) -> None:
    _need(int(value) == value and lowest <= value <= highest, f"{what} must be {lowest} to {highest}, not {value}")


def _grids(size: tuple[int, int], layers: list[Layer]) -> list[tuple[int, int]]:
    grids = []
    for layer in layers:
        size = tuple((n + 2 * layer.padding - layer.kernel) // layer.stride + 1 for n in size)
        grids.append(size)
    return grids


def _check_layer(layer: Layer, inputs: int, size: tuple[int, int], what: str) -> tuple[int, int]:
    _range(layer.kernel, 1, 16, f"{what}: kernel")
    _range(layer.stride, 1, 16, f"{what}: stride")
    _range(layer.padding, 0, layer.kernel - 1, f"{what}: padding")
    _range(layer.outputs, 1, MAX_CHANNELS, f"{what}: outputs")
    _range(layer.pass_, 0, layer.outputs, f"{what}: pass")
    _need(layer.activation in (NONE, RELU), f"{what}: activation must be 0 (none) or 1 (ReLU), not {layer.activation}")
    for n in size:
        _need(n + 2 * layer.padding >= layer.kernel, f"{what}: the kernel {layer.kernel} is larger than its input")
    shape = (layer.outputs, layer.kernel, layer.kernel, inputs)
    bias, multiplier, weights = (np.asarray(a) for a in (layer.bias, layer.multiplier, layer.weights))
    for name, array, due in (("bias", bias, shape[:1]), ("multiplier", multiplier, shape[:1]), ("weights", weights, shape)):
        _need(array.shape == due, f"{what}: {name} has shape {array.shape}, not {due}")
        _need(array.dtype.kind in "iu", f"{what}: {name} must be integers, not {array.dtype}")
    _need(np.all(np.abs(bias.astype(np.int64)) < 2**31), f"{what}: a bias does not fit into 32 bits")
    _need(np.all((multiplier >= 1) & (multiplier <= 2**31 - 1)), f"{what}: multipliers must be 1 to 2^31 - 1")
    _need(np.all((weights >= -128) & (weights <= 127)), f"{what}: a weight does not fit into 8 bits")
    reach = np.abs(bias.astype(np.int64)) + 255 * np.abs(weights.astype(np.int64)).sum(axis=(1, 2, 3))
    _need(np.all(reach < 2**31), f"{what}: |bias| + 255 sum |weights| reaches 2^31")
    return _grids(size, [layer])[0]


def _check_cumulative(table, what: str) -> None:
    table = [int(x) for x in table]
    _need(table[0] == 0, f"{what}: the first cumulative frequency must be 0, not {table[0]}")
    _need(all(a < b for a, b in zip(table, table[1:])), f"{what}: cumulative frequencies must rise strictly")
    _need(table[-1] < TOTAL, f"{what}: cumulative frequencies must end below {TOTAL}, not at {table[-1]}")


def _check_stages(m: ModelFile) -> None:
    _range(len(m.stages), 1, 4, "stages")
    inputs, size = 3, (m.height, m.width)
    for s, stage in enumerate(m.stages):
        what = f"stage {s}"
        size = _check_layer(stage, inputs, size, what)
        if s == len(m.stages) - 1:
            _need(stage.pass_ == 0, f"{what}: the last stage passes none, not {stage.pass_}")
        else:
            _need(stage.pass_ >= 1, f"{what}: the next stage needs an input, so pass must be at least 1")
        if stage.pass_ < stage.outputs:
            _range(size[0] * size[1], 1, MAX_PLACES, f"{what}: places of a grid with latent channels")
        inputs = stage.pass_


def _check_map(m: ModelFile) -> None:
    made = m.map
    if made is None:
        _need(m.weight == 0, f"a model without a map has the weight 0, not {m.weight}")
        return
    _range(m.weight, 0, 64, "weight of the class")
    _need(len(made.thresholds) == CLASSES - 1, f"a map has {CLASSES - 1} thresholds, not {len(made.thresholds)}")
    for threshold in made.thresholds:
        _range(threshold, 0, 255, "threshold")
    _need(list(made.thresholds) == sorted(made.thresholds), "the thresholds must never fall")
    _range(made.shift, 0, 3, "shift of the map")
    tables, due = np.asarray(made.distributions), ((made.levels >> made.shift) + 1, made.levels)
    _need(tables.shape == due, f"the map's distributions have shape {tables.shape}, not {due}")
    for n, table in enumerate(tables):
        _check_cumulative(table, f"map distribution {n}")
    if isinstance(made, Activity):
        _need(len(made.shifts) == len(m.stages), f"{len(made.shifts)} shifts of the activity for {len(m.stages)} stages")
        for e in made.shifts:
            _range(e, 0, NOT_COUNTED, "shift of the activity")
        _range(made.offset, 1, 2**31, "offset of the activity")
        _range(made.lowest, 0, 63, "lowest half octave of the activity")
        return
    _range(len(made.layers), 1, 6, "layers of the branch")
    _range(made.stage, 0, len(m.stages) - 1, "stage that the branch reads")
    inputs, size = m.stages[made.stage].outputs, m.stage_grids()[made.stage]
    for n, layer in enumerate(made.layers):
        what = f"branch layer {n}"
        size = _check_layer(layer, inputs, size, what)
        _need(layer.pass_ == layer.outputs, f"{what}: pass must equal outputs")
        _range(size[0] * size[1], 1, MAX_PLACES, f"{what}: places")
        inputs = layer.outputs
    _need(made.layers[-1].outputs == 1, f"the branch's last layer must have one output, not {made.layers[-1].outputs}")
    _need(made.layers[-1].activation == NONE, "the branch's last layer must have activation none")


def _check_channels(m: ModelFile) -> None:
    count = len(m.latents())
    _range(count, 1, MAX_CHANNELS, "latent channels")
    _need(len(m.channels) == count, f"{len(m.channels)} channels are described, the stages make {count}")
    for c, channel in enumerate(m.channels):
        what = f"channel {c}"
        _range(channel.planes, 1, 8, f"{what}: planes")
        _range(channel.rounding, 0, 128, f"{what}: rounding")
        for d in channel.points:
            _range(d, 0, 255, f"{what}: reconstruction point")
        if channel.wide:
            _need(len(channel.base) == CLASSES, f"{what}: base has {len(channel.base)} numbers, not one for each class")
            for number in channel.base:
                _range(number, 0, len(m.distributions) - 1, f"{what}: number of a base distribution")
        _need(len(channel.narrow) == channel.planes, f"{what}: statistics of {len(channel.narrow)} planes, not {channel.planes}")
        for k, narrow in enumerate(channel.narrow):
            what = f"channel {c}, plane {k}"
            _need((narrow is None) == (channel.wide and k == 0), f"{what}: the base of a wide channel, and only that, is not narrow")
            if narrow is not None:
                _range(narrow.bias, -128, 127, f"{what}: bias")
                _range(narrow.shape, 0, len(m.shapes) - 1, f"{what}: number of a shape")
                _range(narrow.negative, 1, 255, f"{what}: share of -1")
                _range(narrow.one, 1, 255, f"{what}: share of 1")
                _range(narrow.zero, -128, 127, f"{what}: number added behind a 0")
    _need(m.symbols() <= MAX_SYMBOLS, f"a picture has {m.symbols()} symbols; at most {MAX_SYMBOLS} can be numbered")


def _check_units(m: ModelFile) -> None:
    planes = [(c, k) for c, channel in enumerate(m.channels) for k in range(channel.planes)]
    _need(sorted((u.channel, u.plane) for u in m.units) == planes, "the units must name each (channel, plane) exactly once")
    _range(m.before_map, 0, len(m.units), "units before the map")
    seen = [0] * len(m.channels)
    for n, u in enumerate(m.units):
        _range(u.offset, -(2**15), 2**15 - 1, f"unit {n}: offset")
        _need(m.weight or not u.offset, f"unit {n}: with weight 0 its offset must be 0, not {u.offset}")
        _need(u.plane == seen[u.channel], f"unit {n}: plane {u.plane} of channel {u.channel} stands before an earlier plane")
        seen[u.channel] += 1
        if n > m.before_map:
            _need(u.offset <= m.units[n - 1].offset, f"unit {n}: its offset rises above that of the unit before it")


def _check_tables(m: ModelFile) -> None:
    shapes = np.asarray(m.shapes)
    _need(shapes.ndim == 3 and shapes.shape[1:] == (CLASSES, STATES), f"shapes has shape {shapes.shape}, not (1 to 32, {CLASSES}, {STATES})")
    _range(len(shapes), 1, 32, "shapes")
    _need(np.all((shapes >= -128) & (shapes <= 127)), "a number of a shape does not fit into 8 bits")
    _range(len(m.distributions), 0, 64, "base distributions")
    for n, distribution in enumerate(m.distributions):
        what = f"distribution {n}"
        _range(distribution.lo, -128, 0, f"{what}: lo")
        _range(len(distribution.cumulative), 1, 128, f"{what}: number of symbols")
        _need(distribution.hi >= 0, f"{what}: its highest symbol is {distribution.hi}, below 0")
        _check_cumulative(distribution.cumulative, what)


def _validate(m: ModelFile) -> None:
    _need(re.fullmatch(r"[a-z0-9-]{1,16}", m.name), f"name must be 1 to 16 of a-z, 0-9 and -, not {m.name!r}")
    _range(m.width, 8, 1024, "width")
    _range(m.height, 8, 1024, "height")
    _check_stages(m)
    _check_map(m)
    _check_tables(m)
    _check_channels(m)
    _check_units(m)


# ---- bytes ----------------------------------------------------------------------------------------------------

HEADER = "<16sHHBBBBBBHHBBI4s7sB"  # behind the four bytes that name the format and the four of the size


def write(model: ModelFile) -> bytes:
    """The model file. Raises ModelError when the model breaks a rule of the format."""
    model.validate()
    saliency = model.map if isinstance(model.map, Saliency) else None
    activity = model.map if isinstance(model.map, Activity) else None
    layers = model.stages + (saliency.layers if saliency else [])
    out = bytearray()
    out += struct.pack(
        HEADER,
        model.name.encode("ascii"),
        model.width,
        model.height,
        len(model.stages),
        model.map.kind if model.map else 0,
        len(saliency.layers) if saliency else 0,
        saliency.stage if saliency else 0,
        len(model.distributions),
        len(model.shapes),
        model.before_map,
        model.weight,
        model.map.shift if model.map else 0,
        activity.lowest if activity else 0,
        activity.offset if activity else 0,
        bytes(activity.shifts if activity else []),  # filled up with zeros, as the thresholds are
        bytes(model.map.thresholds if model.map else []),
        0,
    )
    for layer in layers:
        out += bytes([layer.kernel, layer.stride, layer.padding, layer.outputs, layer.pass_, layer.activation, 0, 0])
    for channel in model.channels:
        out += struct.pack("<BBH", channel.planes, channel.wide, channel.rounding)
    for unit in model.units:
        out += struct.pack("<BBh", unit.channel, unit.plane, unit.offset)
    for channel in model.channels:
        out += bytes(channel.base or [])
    for channel in model.channels:
        for narrow in channel.narrow:
            if narrow is not None:
                out += struct.pack("<bBBBb", narrow.bias, narrow.shape, narrow.negative, narrow.one, narrow.zero)
    for channel in model.channels:
        out += bytes(channel.points)
    out += np.asarray(model.shapes).astype(np.int8).tobytes()
    for distribution in model.distributions:
        out += struct.pack("<bB", distribution.lo, len(distribution.cumulative))
        out += np.asarray(distribution.cumulative).astype("<u2").tobytes()
    if model.map:
        out += np.asarray(model.map.distributions).astype("<u2").tobytes()
    for layer in layers:
        for o in range(layer.outputs):
            out += struct.pack("<iI", int(layer.bias[o]), int(layer.multiplier[o]))
            out += np.asarray(layer.weights[o]).astype(np.int8).tobytes()
    head = b"LNM" + bytes([VERSION]) + struct.pack("<I", len(out) + 12)
    data = head + bytes(out)
    return data + struct.pack("<I", zlib.crc32(data))


class _Reader:
    def __init__(self, data: bytes, end: int):
        self.data, self.at, self.end = data, 0, end

    def take(self, size: int) -> bytes:
        _need(self.at + size <= self.end, "the file ends in the middle of a field")
        self.at += size
        return self.data[self.at - size : self.at]

    def unpack(self, form: str) -> tuple:
        return struct.unpack(form, self.take(struct.calcsize(form)))

    def array(self, dtype: str, *shape: int) -> np.ndarray:
        dtype = np.dtype(dtype)
        raw = self.take(dtype.itemsize * math.prod(shape))
        return np.frombuffer(raw, dtype).reshape(shape).astype(dtype.newbyteorder("="))


def _read_channels(r: _Reader, count: int) -> tuple[list[Channel], list[Unit]]:
    heads = []
    for c in range(count):
        planes, wide, rounding = r.unpack("<BBH")
        _range(planes, 1, 8, f"channel {c}: planes")
        _need(wide in (0, 1), f"channel {c}: it is 0 (narrow) or 1 (wide), not {wide}")
        heads.append((planes, wide, rounding))
    units = [Unit(*r.unpack("<BBh")) for planes, _, _ in heads for _ in range(planes)]
    base = [list(r.take(CLASSES)) if wide else None for _, wide, _ in heads]
    narrow = [
        [None if wide and k == 0 else Narrow(*r.unpack("<bBBBb")) for k in range(planes)] for planes, wide, _ in heads
    ]
    points = [list(r.take(planes)) for planes, _, _ in heads]
    return [Channel(heads[c][2], points[c], narrow[c], base[c]) for c in range(count)], units


def _read_layers(r: _Reader, heads: list, inputs: int) -> list[Layer]:
    made = []
    for kernel, stride, padding, outputs, pass_, activation in heads:
        bias = np.zeros(outputs, np.int32)
        multiplier = np.zeros(outputs, np.uint32)
        weights = np.zeros((outputs, kernel, kernel, inputs), np.int8)
        for o in range(outputs):
            bias[o], multiplier[o] = r.unpack("<iI")
            weights[o] = r.array("i1", kernel, kernel, inputs)
        made.append(Layer(kernel, stride, padding, outputs, pass_, activation, bias, multiplier, weights))
        inputs = pass_
    return made


def read(data: bytes) -> ModelFile:
    """The model in a file. Raises ModelError when it is none, is damaged or breaks a rule of the format."""
    data = bytes(data)
    _need(len(data) >= 12 + struct.calcsize(HEADER) and data[:3] == b"LNM", "not a model file")
    _need(data[3] == VERSION, f"model file of version {data[3]}; this program knows version {VERSION}")
    size, stored = struct.unpack("<I", data[4:8])[0], struct.unpack("<I", data[-4:])[0]
    _need(size == len(data), f"the file has {len(data)} bytes, not {size} as it says")
    _need(stored == checksum(data), "the checksum is wrong: the file is damaged")

    r = _Reader(data, len(data) - 4)
    r.take(8)
    (raw_name, width, height, stages, kind, layers, stage, distributions, shapes, before_map, weight, shift, lowest,
     offset, shifts, thresholds, zero) = r.unpack(HEADER)
    _range(stages, 1, 4, "stages")
    _range(kind, 0, 2, "kind of map")
    _range(shapes, 1, 32, "shapes")
    _need(zero == 0, "the byte behind the thresholds must be 0")
    if kind == Saliency.kind:
        _range(layers, 1, 6, "layers of the branch")
        _range(stage, 0, stages - 1, "stage that the branch reads")
    else:
        _need(layers == stage == 0, "only a saliency map has a branch")
    used = stages if kind == Activity.kind else 0
    _need(not any(shifts[used:]), "shifts of stages that are not there must be 0")
    _need(kind == Activity.kind or lowest == offset == 0, "only an activity map has an offset and a lowest half octave")
    _need(kind or (shift == 0 and not any(thresholds)), "a model without a map has neither thresholds nor a shift")
    heads = []
    for n in range(stages + layers):
        *head, zero1, zero2 = r.unpack("8B")
        _need(zero1 == zero2 == 0, f"layer {n}: the last two bytes must be 0")
        _need(head[4] <= head[3], f"layer {n}: pass is above outputs")
        heads.append(head)
    count = sum(outputs - pass_ for _, _, _, outputs, pass_, _ in heads[:stages])
    _range(count, 1, MAX_CHANNELS, "latent channels")
    channels, units = _read_channels(r, count)
    shape_table = r.array("i1", shapes, CLASSES, STATES)
    tables = []
    for _ in range(distributions):
        lo, symbols = r.unpack("<bB")
        _need(symbols > 0, "a distribution without symbols")
        tables.append(Distribution(lo, [int(x) for x in r.array("<u2", symbols)]))
    made = None
    if kind:
        levels = (Saliency if kind == Saliency.kind else Activity).levels
        common = list(thresholds), shift, r.array("<u2", (levels >> shift) + 1, levels)
    made_stages = _read_layers(r, heads[:stages], 3)
    if kind == Saliency.kind:
        made = Saliency(*common, stage, _read_layers(r, heads[stages:], made_stages[stage].outputs))
    elif kind == Activity.kind:
        made = Activity(*common, list(shifts[:stages]), offset, lowest)
    _need(r.at == r.end, f"{r.end - r.at} bytes too many")
    model = ModelFile(
        name=raw_name.rstrip(b"\0").decode("ascii", "replace"),
        width=width,
        height=height,
        stages=made_stages,
        channels=channels,
        units=units,
        before_map=before_map,
        weight=weight,
        shapes=shape_table,
        distributions=tables,
        map=made,
    )
    model.validate()
    return model
