"""Test models (tests/models) and golden vectors (tests/golden), made by the reference from seeded numbers.

    python -m limitnet_train.golden            writes them
    python -m limitnet_train.golden --check    makes them again and compares

Run it in train/. The photographs tests/golden/photo-*.ppm are inputs: they are read, never written.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from . import modelfile, reference
from .modelfile import NONE, RELU, Activity, Channel, Distribution, Layer, Map, ModelFile, Narrow, Saliency, Unit

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "tests" / "models"
GOLDEN = ROOT / "tests" / "golden"
STREAMS = {"11": [11], "51": [51], "varying": [11, 51, 242, 12, 115, 33, 20, 222, 255]}
TURNS = [51, 242, 11, 115, 48, 222]  # begins with a room for long blocks
CHECKED_VARYING = [13, 51, 242, 21, 115, 33, 222, 255]
SHARE = 40  # of the protected streams
MEMORY, MEMORY_VARYING = 4096, 2048  # windows of long blocks are limited by memory, those of short ones by 128 blocks
PICTURES = {"photo": 1285, "synthetic": 2042}  # number of the picture in its packets


def numbers(seed: int, *shape: int) -> np.ndarray:
    """The same 64-bit numbers on every machine and in every version (SplitMix64)."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed << 32) + np.arange(1, math.prod(shape) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return z.reshape(shape)


def between(seed: int, lowest: int, highest: int, *shape: int) -> np.ndarray:
    return (numbers(seed, *shape) % np.uint64(highest - lowest + 1)).astype(np.int64) + lowest


def synthetic(width: int, height: int) -> np.ndarray:
    """A picture with ramps, a disc, noise, and areas that are all black and all white."""
    y, x = np.mgrid[:height, :width]
    ramps = [(255 * x) // (width - 1), (255 * y) // (height - 1), (255 * (x + y)) // (width + height - 2)]
    picture = np.stack(ramps, axis=2)
    disc = (2 * x - width) ** 2 + (3 * y - 2 * height) ** 2 < (min(width, height) * 2 // 3) ** 2
    picture[disc] = 255 - picture[disc]
    stripes = ((x // 3 + y // 5) % 2 == 0) & (x > width * 3 // 4)
    picture[stripes] //= 3
    picture += between(1, -12, 12, height, width, 3)
    picture[height // 10 : height // 4, width // 10 : width // 3] = 0
    picture[height // 2 : height * 2 // 3, width // 12 : width // 4] = 255
    return np.clip(picture, 0, 255).astype(np.uint8)


def read_ppm(path: Path) -> np.ndarray:
    data = path.read_bytes()
    head = re.match(rb"P6\s+(\d+)\s+(\d+)\s+255\s", data)
    if not head:
        raise ValueError(f"{path}: not a PPM of 8 bits without comments")
    width, height = int(head[1]), int(head[2])
    return np.frombuffer(data, np.uint8, width * height * 3, head.end()).reshape(height, width, 3)


def write_ppm(picture: np.ndarray) -> bytes:
    height, width, _ = picture.shape
    return b"P6\n%d %d\n255\n" % (width, height) + picture.tobytes()


# ---- models ---------------------------------------------------------------------------------------------------


def laplacian(lo: int, hi: int, ratio: Fraction) -> Distribution:
    """Each symbol is `ratio` times as likely as its neighbour nearer to 0."""
    return Distribution(lo, modelfile.cumulative([float(ratio ** abs(s)) for s in range(lo, hi + 1)]))


def map_tables(levels: int, shift: int) -> np.ndarray:
    """Levels near the context's are likely; without a context, low ones."""
    step = 1 << shift
    near = [
        [float(Fraction(3, 4) ** abs(level - (step * k + step // 2))) for level in range(levels)]
        for k in range(levels >> shift)
    ]
    return np.array([modelfile.cumulative(row) for row in near + [[3.0] * (levels // 4) + [1.0] * (levels * 3 // 4)]])


def filters(seed: int, outputs: int, kernel: int, inputs: int, activation: int) -> np.ndarray:
    """Smooth random filters; the first adds up brightness, with ReLU others do so too; most see only differences."""
    w = between(seed, -90, 90, outputs, kernel, kernel, inputs)
    if kernel > 3:
        for axis in (1, 2):
            w = w + np.roll(w, 1, axis) + np.roll(w, 2, axis)
    w = w * 100 // np.abs(w).max(axis=(1, 2, 3), keepdims=True)
    mean = w.sum(axis=(1, 2, 3), keepdims=True) // w[0].size
    keep = (np.arange(outputs) % (5 if activation == RELU else outputs) == 0)[:, None, None, None]
    w = np.where(keep, w // 4 + 20, w - mean)
    return np.clip(w, -128, 127).astype(np.int8)


def percentile(acc: np.ndarray, share: int) -> int:
    """The magnitude below which `share` % of the accumulators lie."""
    ordered = np.sort(np.abs(acc).reshape(-1))
    return max(1, int(ordered[(len(ordered) - 1) * share // 100]))


def scale(target: int, size: int) -> int:
    return max(1, min(2**31 - 1, (target << 32) // size))


def rising(count: int, first: int, step: int) -> list[int]:
    return [first + step * n for n in range(count)]


def saliency(shift: int, stage: int, thresholds: list[int]) -> Saliency:
    """Its branch comes from the recipe."""
    return Saliency(thresholds, shift, map_tables(Saliency.levels, shift), stage, [])


def activity(shift: int, shifts: list[int], offset: int, thresholds: list[int]) -> Activity:
    """Its lowest half octave comes from the pictures."""
    return Activity(thresholds, shift, map_tables(Activity.levels, shift), shifts, offset, 0)


@dataclass
class Recipe:
    name: str
    width: int
    height: int
    stages: list[tuple]  # kernel, stride, padding, outputs, pass, activation
    planes: list[int]
    rounding: list[int]
    units: list[Unit]
    before_map: int = 0
    weight: int = 0
    map: Map | None = None
    branch: list[tuple] = field(default_factory=list)  # of a saliency map: kernel, stride, padding, outputs, activation
    shapes: int = 1
    distributions: list[Distribution] = field(default_factory=list)
    base: dict[int, list[int]] = field(default_factory=dict)  # of the wide channels


def shape_tables(seed: int, count: int) -> np.ndarray:
    """More activity and neighbours that are not 0 make 0 less likely, more or less; a few numbers are extreme."""
    cls, state = np.mgrid[:8, :6]
    trend = 9 * cls - 30 + np.array([0, -25, 20, -45, 0, 35])[state]
    table = trend + between(seed, -12, 12, count, 8, 6)
    extreme = between(seed + 1, 0, 40, count, 8, 6)
    return np.where(extreme == 0, -128, np.where(extreme == 1, 127, table)).astype(np.int8)


def statistics(recipe: Recipe, seed: int) -> list[Channel]:
    d = iter(between(seed, 80, 130, sum(recipe.planes)).tolist())
    count = sum(recipe.planes)
    numbers = [
        between(seed + 1, -70, 40, count),  # b
        between(seed + 2, 0, recipe.shapes - 1, count),
        between(seed + 3, 1, 255, count) // 4 + 96,  # n
        between(seed + 4, 1, 255, count) // 2 + 64,  # r
        between(seed + 5, -60, 20, count),  # z
    ]
    numbers = [n.copy() for n in numbers]
    for n, (lowest, highest) in zip(numbers, [(-128, 127), (0, recipe.shapes - 1), (1, 255), (1, 255), (-128, 127)]):
        n[count // 3], n[count // 2] = lowest, highest
    rows = iter(zip(*[n.tolist() for n in numbers]))
    made = []
    for c, planes in enumerate(recipe.planes):
        narrow = [Narrow(*next(rows)) for _ in range(planes)]
        if c in recipe.base:
            narrow[0] = None
        made.append(Channel(recipe.rounding[c], [next(d) for _ in range(planes)], narrow, recipe.base.get(c)))
    return made


def build(recipe: Recipe, pictures: list[np.ndarray]) -> ModelFile:
    """A model with random weights, scaled so that about 1 % of the values on these pictures exceed the range."""
    seed = sum(ord(ch) << i for i, ch in enumerate(recipe.name))

    def layer(n: int, spec: tuple, inputs: int) -> Layer:
        kernel, stride, padding, outputs, pass_, activation = spec
        weights = filters(seed + n, outputs, kernel, inputs, activation)
        bias = between(seed + 50 + n, -2000, 2000, outputs)
        multiplier = np.ones(outputs, np.uint32)
        return Layer(kernel, stride, padding, outputs, pass_, activation, bias.astype(np.int32), multiplier, weights)

    stages, inputs = [], 3
    for n, spec in enumerate(recipe.stages):
        stages.append(layer(n, spec, inputs))
        inputs = stages[-1].pass_
    layers = []
    if recipe.branch:
        inputs = stages[recipe.map.stage].outputs
        for n, (kernel, stride, padding, outputs, activation) in enumerate(recipe.branch):
            layers.append(layer(20 + n, (kernel, stride, padding, outputs, outputs, activation), inputs))
            inputs = outputs
    model = ModelFile(
        name=recipe.name,
        width=recipe.width,
        height=recipe.height,
        stages=stages,
        channels=statistics(recipe, seed + 100),
        units=recipe.units,
        before_map=recipe.before_map,
        weight=recipe.weight,
        shapes=shape_tables(seed + 110, recipe.shapes),
        distributions=recipe.distributions,
        map=replace(recipe.map, layers=layers) if layers else recipe.map,
    )
    model.validate()

    numbered = {place: c for c, place in enumerate(model.latents())}
    tensors, zero, branch_input = pictures, 128, None
    for s, stage in enumerate(stages):
        accs = [reference.convolve(t, zero, stage) for t in tensors]
        for o in range(stage.outputs):
            size = percentile(np.stack([a[..., o] for a in accs]), 99)
            target = 255 if stage.activation == RELU else 127
            if o >= stage.pass_:
                below, above = reference.class_limits(model, numbered[s, o], 1)
                target = max(below, above)
            stage.multiplier[o] = scale(target, size)
        tensors = [reference.passed_on(a, stage.multiplier, stage.activation) for a in accs]
        zero = reference.zero_point(stage.activation)
        if layers and s == model.map.stage:
            branch_input = tensors, zero
        tensors = [t[..., : stage.pass_] for t in tensors]
    if layers:
        tensors, zero = branch_input
        for n, made in enumerate(layers):
            accs = [reference.convolve(t, zero, made) for t in tensors]
            if n == len(layers) - 1:  # half of the places above the middle
                middle = int(np.sort(np.stack(accs).reshape(-1))[np.stack(accs).size // 2])
                made.bias -= np.int32(middle)
                accs = [a - middle for a in accs]
            for o in range(made.outputs):
                target = 255 if made.activation == RELU else 90
                made.multiplier[o] = scale(target, percentile(np.stack([a[..., o] for a in accs]), 97))
            tensors = [reference.passed_on(a, made.multiplier, made.activation) for a in accs]
            zero = reference.zero_point(made.activation)
    if isinstance(model.map, Activity):  # the busiest areas are beyond the highest level
        sums = [reference.activity_sums(model, reference.encode(model, picture).latent).max() for picture in pictures]
        lowest = reference.half_octaves(min(int(max(sums)), 2**32 - 1)) - 16
        model.map = replace(model.map, lowest=min(max(lowest, 0), 63))
    return model


def planes_by_score(planes: list[int], step: int, channel_step: int, first: list[Unit], weight: int = 1) -> list[Unit]:
    """`first`, then all other units, coarse planes and low channels first; some offsets are equal, all with weight 0."""
    listed = {(u.channel, u.plane) for u in first}
    rest = [
        Unit(c, k, 1000 - step * k - channel_step * (c // 3))
        for c, count in enumerate(planes)
        for k in range(count)
        if (c, k) not in listed
    ]
    rest.sort(key=lambda u: (-u.offset, u.plane, u.channel))
    return first + [replace(u, offset=u.offset if weight else 0) for u in rest]


# Base distributions of the pyramids: four families of four, one for each class; some are not symmetrical.
PYRAMID_TABLES = [
    laplacian(lo - f % 2, hi + f // 2, Fraction(20 + 10 * cls + 5 * f, 100))
    for f in range(4)
    for cls, (lo, hi) in enumerate([(-2, 2), (-3, 3), (-4, 3), (-5, 6)])
]


def recipes() -> list[Recipe]:
    paper = Recipe(
        name="random-paper",
        width=224,
        height=224,
        stages=[(7, 2, 3, 16, 16, RELU), (5, 4, 1, 16, 16, RELU), (3, 1, 1, 12, 0, RELU)],
        planes=[1] * 12,
        rounding=[128] * 12,
        units=[Unit(c, 0, 31 * (11 - c)) for c in range(12)],
        weight=5,
        map=saliency(2, 2, rising(7, 28, 32)),
        branch=[(3, 1, 1, n, RELU) for n in (16, 16, 8, 4)] + [(3, 1, 1, 1, NONE)],
        distributions=[laplacian(0, 63, Fraction(70 + 3 * i, 100)) for i in range(9)],
        base={c: [min(8, c // 4 + cls) for cls in range(8)] for c in range(12)},
    )
    planes = [6] * 16 + [5, 6] * 6 + [5] * 8
    pyramid = Recipe(
        name="random-pyramid",
        width=224,
        height=224,
        stages=[(16, 8, 4, 12, 4, NONE), (4, 2, 1, 16, 4, NONE), (4, 2, 1, 16, 0, NONE)],
        planes=planes,
        rounding=[0] * 36,
        units=planes_by_score(planes, 60, 11, [Unit(c, 0, 0) for c in range(16)], 0),
        before_map=16,
        map=activity(1, [3, 1, 0], 1, rising(7, 75, 7)),
        shapes=5,
    )
    nomap = replace(pyramid, name="random-nomap", map=None, before_map=0, units=planes_by_score(planes, 60, 11, [], 0))
    # ReLU and latent channels in one stage, 8 planes, 128 symbols, refinements before the map, narrow and wide channels.
    cifar_planes = [3, 4, 4, 4, 2, 2, 1, 8, 3, 4, 1, 2]
    cifar = Recipe(
        name="random-cifar",
        width=32,
        height=32,
        stages=[(8, 4, 2, 8, 4, RELU), (4, 2, 1, 8, 0, NONE)],
        planes=cifar_planes,
        rounding=[128 if p == 1 else 13 * c % 65 for c, p in enumerate(cifar_planes)],
        units=planes_by_score(cifar_planes, 40, 9, [Unit(0, 0, 0), Unit(1, 0, 0), Unit(0, 1, 0), Unit(2, 0, 5)]),
        before_map=4,
        weight=64,
        map=saliency(3, 0, rising(7, 20, 30)),
        branch=[(3, 1, 1, 6, RELU), (3, 1, 1, 1, NONE)],
        shapes=2,
        distributions=PYRAMID_TABLES + [laplacian(-64, 63, Fraction(95, 100)), laplacian(0, 40, Fraction(9, 10))],
        base={c: [4 * (c % 4) + cls // 2 for cls in range(8)] for c in (0, 2, 3, 5, 8, 11)} | {6: [16] * 8, 10: [17] * 8},
    )
    # Nothing square, nothing that divides: width 50, height 30; an alphabet of one symbol; a stage that does not count.
    wide_planes = [4, 4, 5, 3, 2, 6]
    wide = Recipe(
        name="random-wide",
        width=50,
        height=30,
        stages=[(5, 2, 1, 5, 4, RELU), (3, 3, 2, 5, 2, NONE), (1, 1, 0, 2, 0, NONE)],
        planes=wide_planes,
        rounding=[0, 128, 64, 0, 32, 0],
        units=planes_by_score(wide_planes, 35, 20, [], 0),
        map=activity(0, [15, 0, 3], 1, rising(7, 72, 8)),
        shapes=3,
        distributions=PYRAMID_TABLES + [Distribution(0, [0]), laplacian(-1, 0, Fraction(1, 2))],
        base={1: [4 + cls // 2 for cls in range(8)], 3: [16 + cls % 2 for cls in range(8)], 4: [cls for cls in range(8)]},
    )
    # The geometry of linear blocks with many fine channels of few planes.
    fine = [6] * 16 + [5] * 12 + [1 + n % 5 for n in range(31, -1, -1)]
    many = Recipe(
        name="random-36",
        width=224,
        height=224,
        stages=[(8, 8, 0, 36, 4, NONE), (2, 2, 0, 16, 4, NONE), (2, 2, 0, 16, 0, NONE)],
        planes=fine,
        rounding=[0] * 60,
        units=planes_by_score(fine, 60, 3, [Unit(c, 0, 0) for c in range(16)], 0),
        before_map=16,
        map=activity(0, [2, 0, 1], 1000, rising(7, 68, 8)),
        shapes=12,
    )
    tiny_planes = [2, 1, 2, 1]
    tiny = Recipe(
        name="tiny",
        width=8,
        height=8,
        stages=[(4, 4, 0, 4, 2, NONE), (2, 2, 0, 2, 0, NONE)],
        planes=tiny_planes,
        rounding=[0] * 4,
        units=planes_by_score(tiny_planes, 50, 20, [Unit(0, 0, 0)]),
        before_map=1,
        weight=2,
        map=activity(2, [2, 0], 1, rising(7, 62, 6)),
        shapes=2,
        distributions=PYRAMID_TABLES[:8],
        base={c: [4 * (c % 2) + cls // 2 for cls in range(8)] for c in (0, 2)},
    )
    nomap_planes = [6, 5, 6, 5]
    tiny_nomap = replace(
        tiny,
        name="tiny-nomap",
        planes=nomap_planes,
        units=planes_by_score(nomap_planes, 50, 20, [], 0),
        before_map=0,
        weight=0,
        map=None,
        base={3: [cls for cls in range(8)]},
    )
    return [paper, pyramid, nomap, cifar, wide, many, tiny, tiny_nomap]


# ---- files ----------------------------------------------------------------------------------------------------


def make() -> dict[Path, bytes]:
    """Every file of this module, with its bytes."""
    files: dict[Path, bytes] = {}
    for recipe in recipes():
        size = f"{recipe.width}x{recipe.height}"
        pictures = {
            "photo": read_ppm(GOLDEN / f"photo-{size}.ppm"),
            "synthetic": synthetic(recipe.width, recipe.height),
        }
        files[GOLDEN / f"synthetic-{size}.ppm"] = write_ppm(pictures["synthetic"])
        data = modelfile.write(build(recipe, list(pictures.values())))
        files[MODELS / f"{recipe.name}.lnm"] = data
        model = modelfile.read(data)
        for title, picture in pictures.items():
            encoded = reference.encode(model, picture)
            stem = f"{recipe.name}-{title}"
            if encoded.map is not None:
                files[GOLDEN / f"{stem}.map"] = encoded.map.astype(np.uint8).tobytes()
            checksum = modelfile.checksum(data)
            sender = reference.Sender(model, checksum, encoded, PICTURES[title])
            flat = np.concatenate([z.reshape(-1) for z in sender.latent])
            files[GOLDEN / f"{stem}.latent"] = flat.astype("<i2").tobytes()
            checked = reference.Sender(model, checksum, encoded, PICTURES[title], checked=True)
            small = model.symbols() < 5000
            streams = {"51": sender.stream([51])}
            if title == "photo":
                streams["varying"] = sender.stream(STREAMS["varying"])
                streams["protected"] = sender.stream([51], SHARE, MEMORY)
                streams["protected-varying"] = sender.stream(STREAMS["varying"], SHARE, MEMORY_VARYING)
                streams["protected-turns"] = sender.stream(TURNS, SHARE, MEMORY)
                if small:
                    streams["11"] = sender.stream([11])
                    streams["checked"] = checked.stream([51])
                    streams["checked-protected-varying"] = checked.stream(CHECKED_VARYING, SHARE, MEMORY_VARYING)
            for label, packets in streams.items():
                files[GOLDEN / f"{stem}-{label}.lnp"] = reference.write_lnp(checksum, packets)
    return files


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the files that are there, write nothing")
    check = parser.parse_args().check
    wrong = 0
    files = make()
    for path, data in files.items():
        if check and (not path.exists() or path.read_bytes() != data):
            print(f"golden: {path.relative_to(ROOT)} differs from what the reference makes", file=sys.stderr)
            wrong += 1
        elif not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    total = sum(len(data) for data in files.values())
    print(f"golden: {len(files)} files, {total} bytes, {wrong} differ" if check else f"golden: wrote {len(files)} files, {total} bytes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
