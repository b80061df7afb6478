"""Model files (docs/SPEC.md section 7): describe, check, write, read.

A `ModelFile` holds the content of a file and nothing that follows from it. `write` and `read` both run `validate`, so every file
keeps the rules of the specification.
"""

from __future__ import annotations

import functools
import heapq
import math
import re
import struct
import zlib
from dataclasses import dataclass, field

import numpy as np

VERSION = 1
NONE, RELU = 0, 1  # activations
CLASSES = 4
MAP_CELLS = 64
MAP_LEVELS = 32
MAP_CONTEXTS = 9
TOTAL = 4096  # sum of the frequencies of a distribution
MAX_SYMBOLS = 65535
MAX_PLACES = 4096


class ModelError(ValueError):
    """The format does not allow this model, or the bytes are no model file."""


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
class Channel:
    planes: int
    rounding: int  # 0 dead zone .. 128 nearest


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
class ModelFile:
    name: str
    width: int
    height: int
    stages: list[Layer]
    channels: list[Channel]  # in the order of section 1.4: last stage first
    units: list[Unit]
    before_map: int
    weight: int
    base_index: np.ndarray  # [channels, 4]: number of a distribution
    refinement: np.ndarray  # [units - channels, 4, 2]: q0, qn; channel by channel, plane 1 first
    recon_points: list[list[int]]  # [channels][planes]: d
    distributions: list[Distribution]
    layers: list[Layer] = field(default_factory=list)  # saliency branch; empty: no map
    saliency_stage: int = 0
    map_distributions: np.ndarray | None = None  # [9, 32] cumulative; None without a branch

    # ---- derived -------------------------------------------------------------------------

    def stage_grids(self) -> list[tuple[int, int]]:
        """(height, width) of every stage's outputs."""
        return _grids((self.height, self.width), self.stages)

    def branch_grid(self) -> tuple[int, int]:
        """(height, width) of the saliency branch's output."""
        return _grids(self.stage_grids()[self.saliency_stage], self.layers)[-1]

    def latents(self) -> list[tuple[int, int]]:
        """(stage, output) of every latent channel, by number (1.4)."""
        return [
            (s, output)
            for s in reversed(range(len(self.stages)))
            for output in range(self.stages[s].pass_, self.stages[s].outputs)
        ]

    def channel_grid(self, channel: int) -> tuple[int, int]:
        return self.stage_grids()[self.latents()[channel][0]]

    def unit_number(self, channel: int, plane: int) -> int:
        """Place of (channel, plane) in channel-by-channel counting, as `recon_points` lie in the file."""
        return sum(c.planes for c in self.channels[:channel]) + plane

    def refinement_number(self, channel: int, plane: int) -> int:
        """Row of `refinement` of (channel, plane > 0)."""
        return self.unit_number(channel, plane) - channel - 1

    def symbols(self) -> int:
        """Symbols of a whole picture, including the map's levels."""
        places = [math.prod(self.channel_grid(c)) * self.channels[c].planes for c in range(len(self.channels))]
        return sum(places) + (MAP_CELLS if self.layers else 0)

    def validate(self) -> None:
        _validate(self)


def crc(data: bytes) -> int:
    """The checksum at the end of a model file."""
    return zlib.crc32(data[:-4])


def tag(data: bytes) -> int:
    """The tag (0 to 14) that packets of this model file carry."""
    return struct.unpack("<I", data[-4:])[0] % 15


# ---- tables ---------------------------------------------------------------------------------------------------


def frequencies(counts, total: int = TOTAL) -> list[int]:
    """Whole frequencies >= 1 with the given sum that code symbols of these counts in the fewest bits.

    `counts` may be counts or probabilities; zeros are allowed. The cost -sum count log(frequency) is convex in each
    frequency, so giving one unit at a time to the symbol with the largest gain ends at the exact optimum.
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


def refinement_frequencies(q0: int, qn: int) -> tuple[int, int, int]:
    """Frequencies of the refinement symbols 0, -1, 1 (4.1)."""
    rest = TOTAL - 16 * q0
    negative = max(1, (rest * qn) >> 8)
    return 16 * q0, negative, rest - negative


@functools.cache
def _refinement_costs() -> np.ndarray:
    """Bits of the symbols 0, -1, 1 for every q0 (rows) and qn (columns)."""
    f = [[refinement_frequencies(q0, qn) for qn in range(1, 256)] for q0 in range(1, 256)]
    return -np.log2(np.array(f, dtype=np.float64) / TOTAL)


def refinement_bytes(zero: float, negative: float, positive: float) -> tuple[int, int]:
    """The bytes (q0, qn) that code refinements of these counts in the fewest bits."""
    bits = _refinement_costs() @ np.array([zero, negative, positive], dtype=np.float64)
    q0, qn = np.unravel_index(np.argmin(bits), bits.shape)
    return int(q0) + 1, int(qn) + 1


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
    _range(layer.outputs, 1, 64, f"{what}: outputs")
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


def _validate(m: ModelFile) -> None:
    _need(re.fullmatch(r"[a-z0-9-]{1,16}", m.name), f"name must be 1 to 16 of a-z, 0-9 and -, not {m.name!r}")
    _range(m.width, 8, 1024, "width")
    _range(m.height, 8, 1024, "height")
    _range(len(m.stages), 1, 4, "stages")
    _range(len(m.layers), 0, 6, "layers of the branch")
    _range(len(m.distributions), 1, 64, "base distributions")
    _range(m.weight, 1, 64, "weight of the saliency")

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

    _range(m.saliency_stage, 0, len(m.stages) - 1, "stage that the branch reads")
    if m.layers:
        inputs, size = m.stages[m.saliency_stage].outputs, m.stage_grids()[m.saliency_stage]
        for n, layer in enumerate(m.layers):
            what = f"branch layer {n}"
            size = _check_layer(layer, inputs, size, what)
            _need(layer.pass_ == layer.outputs, f"{what}: pass must equal outputs")
            _range(size[0] * size[1], 1, MAX_PLACES, f"{what}: places")
            inputs = layer.outputs
        _need(m.layers[-1].outputs == 1, f"the branch's last layer must have one output, not {m.layers[-1].outputs}")
        _need(m.layers[-1].activation == NONE, "the branch's last layer must have activation none")

    latents = m.latents()
    _range(len(latents), 1, 64, "latent channels")
    _need(len(m.channels) == len(latents), f"{len(m.channels)} channels are described, the stages make {len(latents)}")
    for c, channel in enumerate(m.channels):
        _range(channel.planes, 1, 8, f"channel {c}: planes")
        _range(channel.rounding, 0, 128, f"channel {c}: rounding")
    _need(m.symbols() <= MAX_SYMBOLS, f"a picture has {m.symbols()} symbols; at most {MAX_SYMBOLS} can be numbered")

    planes = [(c, k) for c, channel in enumerate(m.channels) for k in range(channel.planes)]
    listed = [(u.channel, u.plane) for u in m.units]
    _need(sorted(listed) == planes, "the units must name each (channel, plane) exactly once")
    _range(m.before_map, 0, len(m.units), "units before the map")
    seen = [0] * len(m.channels)
    for n, u in enumerate(m.units):
        _range(u.offset, -(2**15), 2**15 - 1, f"unit {n}: offset")
        _need(u.plane == seen[u.channel], f"unit {n}: plane {u.plane} of channel {u.channel} stands before an earlier plane")
        seen[u.channel] += 1
        if n > m.before_map:
            _need(u.offset <= m.units[n - 1].offset, f"unit {n}: its offset rises above that of the unit before it")

    base_index, refinement = np.asarray(m.base_index), np.asarray(m.refinement)
    _need(base_index.shape == (len(m.channels), CLASSES), f"base_index has shape {base_index.shape}, not {(len(m.channels), CLASSES)}")
    _need(
        np.all((base_index >= 0) & (base_index < len(m.distributions))),
        f"base_index names a distribution outside 0 to {len(m.distributions) - 1}",
    )
    due = (len(m.units) - len(m.channels), CLASSES, 2)
    _need(refinement.size == math.prod(due), f"refinement has shape {refinement.shape}, not {due}")
    if refinement.size:
        _need(refinement.shape == due, f"refinement has shape {refinement.shape}, not {due}")
        _need(np.all((refinement >= 1) & (refinement <= 255)), "q0 and qn must be 1 to 255")
    _need(
        [len(p) for p in m.recon_points] == [c.planes for c in m.channels],
        "recon_points must have one number for each plane of each channel",
    )
    for c, points in enumerate(m.recon_points):
        for d in points:
            _range(d, 0, 255, f"channel {c}: reconstruction point")
    for n, distribution in enumerate(m.distributions):
        what = f"distribution {n}"
        _range(distribution.lo, -128, 0, f"{what}: lo")
        _range(len(distribution.cumulative), 1, 128, f"{what}: number of symbols")
        _need(distribution.hi >= 0, f"{what}: its highest symbol is {distribution.hi}, below 0")
        _check_cumulative(distribution.cumulative, what)
    if m.layers:
        _need(m.map_distributions is not None, "a model with a branch needs map distributions")
        tables = np.asarray(m.map_distributions)
        _need(tables.shape == (MAP_CONTEXTS, MAP_LEVELS), f"map_distributions has shape {tables.shape}, not (9, 32)")
        for n, table in enumerate(tables):
            _check_cumulative(table, f"map distribution {n}")
    else:
        _need(m.map_distributions is None, "a model without a branch has no map distributions")


# ---- bytes ----------------------------------------------------------------------------------------------------


def write(model: ModelFile) -> bytes:
    """The model file. Raises ModelError when the model breaks a rule of the format."""
    model.validate()
    out = bytearray()
    out += struct.pack(
        "<16sHHBBBBHH",
        model.name.encode("ascii"),
        model.width,
        model.height,
        len(model.stages),
        len(model.layers),
        model.saliency_stage,
        len(model.distributions),
        model.before_map,
        model.weight,
    )
    for layer in model.stages + model.layers:
        out += bytes([layer.kernel, layer.stride, layer.padding, layer.outputs, layer.pass_, layer.activation, 0, 0])
    for channel in model.channels:
        out += struct.pack("<BBH", channel.planes, 0, channel.rounding)
    for unit in model.units:
        out += struct.pack("<BBh", unit.channel, unit.plane, unit.offset)
    out += np.asarray(model.base_index).astype(np.uint8).tobytes()
    out += np.asarray(model.refinement).astype(np.uint8).tobytes()
    for points in model.recon_points:
        out += bytes(int(d) for d in points)
    for distribution in model.distributions:
        out += struct.pack("<bB", distribution.lo, len(distribution.cumulative))
        out += np.asarray(distribution.cumulative).astype("<u2").tobytes()
    if model.layers:
        out += np.asarray(model.map_distributions).astype("<u2").tobytes()
    for layer in model.stages + model.layers:
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


def read(data: bytes) -> ModelFile:
    """The model in a file. Raises ModelError if the bytes are no model file, are damaged or break a rule of the format."""
    data = bytes(data)
    _need(len(data) >= 40 and data[:3] == b"LNM", "not a model file")
    _need(data[3] == VERSION, f"model file of version {data[3]}; this program knows version {VERSION}")
    size, checksum = struct.unpack("<I", data[4:8])[0], struct.unpack("<I", data[-4:])[0]
    _need(size == len(data), f"the file has {len(data)} bytes, not {size} as it says")
    _need(checksum == crc(data), "the checksum is wrong: the file is damaged")

    r = _Reader(data, len(data) - 4)
    r.take(8)
    raw_name, width, height, stages, layers, saliency_stage, distributions, before_map, weight = r.unpack("<16sHHBBBBHH")
    name = raw_name.rstrip(b"\0").decode("ascii", "replace")
    _range(stages, 1, 4, "stages")
    _range(layers, 0, 6, "layers of the branch")
    shapes = []
    for n in range(stages + layers):
        *shape, zero1, zero2 = r.unpack("8B")
        _need(zero1 == zero2 == 0, f"layer {n}: the last two bytes must be 0")
        _need(shape[4] <= shape[3], f"layer {n}: pass is above outputs")
        shapes.append(shape)
    count = sum(outputs - pass_ for _, _, _, outputs, pass_, _ in shapes[:stages])
    _range(count, 1, 64, "latent channels")
    channels = []
    for c in range(count):
        planes, zero, rounding = r.unpack("<BBH")
        _range(planes, 1, 8, f"channel {c}: planes")
        _need(zero == 0, f"channel {c}: the byte behind planes must be 0")
        channels.append(Channel(planes, rounding))
    total = sum(c.planes for c in channels)
    units = [Unit(*r.unpack("<BBh")) for _ in range(total)]
    base_index = r.array("u1", count, CLASSES)
    refinement = r.array("u1", total - count, CLASSES, 2)
    recon_points = [list(r.take(c.planes)) for c in channels]
    tables = []
    for _ in range(distributions):
        lo, symbols = r.unpack("<bB")
        _need(symbols > 0, "a distribution without symbols")
        tables.append(Distribution(lo, [int(x) for x in r.array("<u2", symbols)]))
    map_distributions = r.array("<u2", MAP_CONTEXTS, MAP_LEVELS) if layers else None

    def parameters(part: list, inputs: int) -> list[Layer]:
        made = []
        for kernel, stride, padding, outputs, pass_, activation in part:
            bias = np.zeros(outputs, np.int32)
            multiplier = np.zeros(outputs, np.uint32)
            weights = np.zeros((outputs, kernel, kernel, inputs), np.int8)
            for o in range(outputs):
                bias[o], multiplier[o] = r.unpack("<iI")
                weights[o] = r.array("i1", kernel, kernel, inputs)
            made.append(Layer(kernel, stride, padding, outputs, pass_, activation, bias, multiplier, weights))
            inputs = pass_
        return made

    made_stages = parameters(shapes[:stages], 3)
    branch_inputs = made_stages[saliency_stage].outputs if saliency_stage < stages else 0
    made_layers = parameters(shapes[stages:], branch_inputs)
    _need(r.at == r.end, f"{r.end - r.at} bytes too many")
    model = ModelFile(
        name=name,
        width=width,
        height=height,
        stages=made_stages,
        layers=made_layers,
        saliency_stage=saliency_stage,
        channels=channels,
        units=units,
        before_map=before_map,
        weight=weight,
        base_index=base_index,
        refinement=refinement,
        recon_points=recon_points,
        distributions=tables,
        map_distributions=map_distributions,
    )
    model.validate()
    return model
