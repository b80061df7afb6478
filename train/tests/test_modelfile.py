"""Model files: written files are read back, files that break a rule are refused, tables are rounded as well as possible."""

import itertools
import math
import random
import re
import struct
import zlib

import numpy as np
import pytest

from limitnet_train import golden, modelfile
from limitnet_train.modelfile import Activity, Distribution, ModelError, Narrow, Saliency, Unit

NAMES = [r.name for r in golden.recipes()]


def load(name):
    return (golden.MODELS / f"{name}.lnm").read_bytes()


def equal(a, b):
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.array_equal(np.asarray(a), np.asarray(b))
    if isinstance(a, list):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b))
    if hasattr(a, "__dataclass_fields__"):
        return all(equal(getattr(a, f), getattr(b, f)) for f in a.__dataclass_fields__)
    return a == b


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_read_back(name):
    data = load(name)
    model = modelfile.read(data)
    assert model.name == name
    assert modelfile.write(model) == data
    assert equal(modelfile.read(modelfile.write(model)), model)


def test_layout_of_the_paper():
    model = modelfile.read(load("random-paper"))
    assert model.stage_grids() == [(112, 112), (28, 28), (28, 28)]
    assert model.symbols() == 9408 + 64


def test_layout_of_the_pyramid():
    model = modelfile.read(load("random-pyramid"))
    assert [model.channel_grid(c) for c in (0, 15, 16, 27, 28, 35)] == [(7, 7)] * 2 + [(14, 14)] * 2 + [(28, 28)] * 2
    assert model.latents()[0] == (2, 0) and model.latents()[16] == (1, 4) and model.latents()[28] == (0, 4)


def test_layout_of_many_channels():
    model = modelfile.read(load("random-36"))
    assert [model.channel_grid(c) for c in (0, 16, 28, 59)] == [(7, 7), (14, 14), (28, 28), (28, 28)]
    assert model.symbols() > 65535 and not any(c.wide for c in model.channels)


def test_the_models_have_every_kind_of_map_and_of_channel():
    models = [modelfile.read(load(name)) for name in NAMES]
    kinds = {(m.map.kind if m.map else 0, m.weight > 0, m.before_map > 0) for m in models}
    assert kinds >= {(0, False, False), (1, True, False), (1, True, True), (2, False, False), (2, False, True), (2, True, True)}
    assert {m.map.shift for m in models if m.map} == {0, 1, 2, 3}
    assert any(len({c.wide for c in m.channels}) == 2 for m in models)
    assert any(isinstance(m.map, Activity) and 15 in m.map.shifts for m in models)
    assert {c.planes for m in models for c in m.channels} == {1, 2, 3, 4, 5, 6, 8}


def test_fields_stand_where_the_specification_puts_them():
    data = load("random-wide")
    model = modelfile.read(data)
    assert data[:8] == b"LNM\x02" + struct.pack("<I", len(data)) and data[8:24] == b"random-wide".ljust(16, b"\0")
    assert struct.unpack("<HHBBBBBBHHBBI", data[24:44]) == (50, 30, 3, 2, 0, 0, 18, 3, 0, 0, 0, model.map.lowest, 1)
    assert data[44:56] == bytes([15, 0, 3, 0, *model.map.thresholds, 0])
    assert data[56:80] == bytes([5, 2, 1, 5, 4, 1, 0, 0, 3, 3, 2, 5, 2, 0, 0, 0, 1, 1, 0, 2, 0, 0, 0, 0])
    at = 80
    for channel in model.channels:
        assert data[at : at + 4] == bytes([channel.planes, channel.wide, channel.rounding, 0])
        at += 4
    for unit in model.units:
        assert data[at : at + 4] == bytes([unit.channel, unit.plane, 0, 0])
        at += 4
    assert data[at : at + 24] == bytes(model.channels[1].base + model.channels[3].base + model.channels[4].base)
    at += 24
    first, second = model.channels[0].narrow[0], model.channels[1].narrow[1]
    for n, unit in ((0, first), (4, second)):
        row = struct.unpack("bBBBb", data[at + 5 * n : at + 5 * n + 5])
        assert row == (unit.bias, unit.shape, unit.negative, unit.one, unit.zero)
    at += 5 * (24 - 3)
    assert list(data[at : at + 24]) == [d for channel in model.channels for d in channel.points]
    at += 24
    assert struct.unpack("b", data[at + 48 + 6 * 5 + 2 : at + 48 + 6 * 5 + 3])[0] == model.shapes[1][5][2]
    at += 3 * 48
    assert data[at : at + 4] == bytes([model.distributions[0].lo & 255, len(model.distributions[0].cumulative), 0, 0])
    assert struct.unpack("<I", data[-4:])[0] == modelfile.checksum(data)


def broken(name, change, words):
    model = modelfile.read(load(name))
    change(model)
    with pytest.raises(ModelError, match=words):
        modelfile.write(model)


def narrow(field, value):
    return lambda m: setattr(m.channels[4].narrow[1], field, value)


RULES = [
    (lambda m: setattr(m, "name", "Paper"), "name must be"),
    (lambda m: setattr(m, "name", ""), "name must be"),
    (lambda m: setattr(m, "width", 7), "width must be 8 to 1024, not 7"),
    (lambda m: setattr(m, "height", 1025), "height must be"),
    (lambda m: setattr(m, "weight", 65), "weight of the class"),
    (lambda m: setattr(m, "stages", []), "stages must be 1 to 4"),
    (lambda m: setattr(m, "before_map", 1000), "units before the map"),
    (lambda m: setattr(m.stages[0], "kernel", 17), "stage 0: kernel"),
    (lambda m: setattr(m.stages[0], "stride", 0), "stage 0: stride"),
    (lambda m: setattr(m.stages[0], "padding", 16), "stage 0: padding"),
    (lambda m: setattr(m.stages[0], "outputs", 113), "stage 0: outputs"),
    (lambda m: setattr(m.stages[1], "pass_", 0), "the next stage needs an input"),
    (lambda m: setattr(m.stages[2], "pass_", 1), "the last stage passes none"),
    (lambda m: setattr(m.stages[1], "activation", 2), "stage 1: activation"),
    (lambda m: setattr(m.stages[0], "weights", m.stages[0].weights[:, :-1]), "stage 0: weights has shape"),
    (lambda m: setattr(m.stages[0], "bias", m.stages[0].bias.astype(float)), "stage 0: bias must be integers"),
    (lambda m: m.stages[0].multiplier.__setitem__(3, 0), "stage 0: multipliers"),
    (lambda m: m.stages[0].multiplier.__setitem__(3, 2**31), "stage 0: multipliers"),
    (lambda m: m.stages[0].bias.__setitem__(0, 2**31 - 1), "reaches 2\\^31"),
    (lambda m: m.channels.pop(), "channels are described"),
    (lambda m: m.channels[2].points.append(9), "channel 2: statistics of 6 planes, not 7"),
    (lambda m: m.channels[2].points.extend([9, 9, 9]), "channel 2: planes must be 1 to 8"),
    (lambda m: m.channels[2].points.clear(), "channel 2: planes must be 1 to 8"),
    (lambda m: m.channels[2].points.__setitem__(0, 256), "channel 2: reconstruction point"),
    (lambda m: setattr(m.channels[2], "rounding", 129), "channel 2: rounding"),
    (lambda m: m.channels[2].narrow.__setitem__(0, None), "channel 2, plane 0: the base of a wide channel"),
    (lambda m: setattr(m.channels[2], "base", [0] * 8), "channel 2: number of a base distribution must be 0 to -1"),
    (narrow("bias", 128), "channel 4, plane 1: bias"),
    (narrow("shape", 5), "channel 4, plane 1: number of a shape must be 0 to 4"),
    (narrow("negative", 0), "channel 4, plane 1: share of -1"),
    (narrow("one", 0), "channel 4, plane 1: share of 1"),
    (narrow("one", 256), "channel 4, plane 1: share of 1"),
    (narrow("zero", -129), "channel 4, plane 1: number added"),
    (lambda m: m.units.pop(), "exactly once"),
    (lambda m: m.units.__setitem__(5, Unit(0, 0, 0)), "exactly once"),
    (lambda m: setattr(m.units[20], "offset", 1), "with weight 0 its offset must be 0"),
    (lambda m: setattr(m.units[0], "offset", -1), "with weight 0 its offset must be 0"),
    (lambda m: (setattr(m, "weight", 1), setattr(m.units[20], "offset", 1)), "rises"),
    (lambda m: setattr(m.units[-1], "offset", -32769), "offset must be"),
    (lambda m: setattr(m, "shapes", m.shapes[:0]), "shapes must be 1 to 32, not 0"),
    (lambda m: setattr(m, "shapes", np.zeros((33, 8, 6), int)), "shapes must be 1 to 32, not 33"),
    (lambda m: setattr(m, "shapes", m.shapes[:, :, :5]), "shapes has shape"),
    (lambda m: setattr(m, "shapes", m.shapes.astype(int) + 128), "does not fit into 8 bits"),
    (lambda m: setattr(m, "distributions", [Distribution(0, [0])] * 65), "base distributions must be 0 to 64"),
    (lambda m: m.map.thresholds.pop(), "7 thresholds, not 6"),
    (lambda m: m.map.thresholds.__setitem__(3, 256), "threshold must be 0 to 255"),
    (lambda m: m.map.thresholds.__setitem__(3, 0), "never fall"),
    (lambda m: setattr(m.map, "shift", 4), "shift of the map"),
    (lambda m: setattr(m.map, "shift", 0), "the map's distributions have shape"),
    (lambda m: m.map.distributions.__setitem__((2, 0), 1), "map distribution 2: the first"),
    (lambda m: m.map.distributions.__setitem__((2, 15), 4096), "map distribution 2: cumulative frequencies must end"),
    (lambda m: m.map.shifts.pop(), "2 shifts of the activity for 3 stages"),
    (lambda m: m.map.shifts.__setitem__(0, 16), "shift of the activity must be 0 to 15"),
    (lambda m: setattr(m.map, "offset", 0), "offset of the activity"),
    (lambda m: setattr(m.map, "offset", 2**31 + 1), "offset of the activity"),
    (lambda m: setattr(m.map, "lowest", 64), "lowest half octave"),
]


@pytest.mark.parametrize("change, words", RULES)
def test_every_rule_is_checked(change, words):
    broken("random-pyramid", change, words)


SALIENCY_RULES = [
    (lambda m: setattr(m, "weight", -1), "weight of the class"),
    (lambda m: setattr(m, "map", None), "a model without a map has the weight 0, not 64"),
    (lambda m: setattr(m.map, "stage", 2), "stage that the branch reads"),
    (lambda m: setattr(m.map, "layers", []), "layers of the branch must be 1 to 6"),
    (lambda m: setattr(m.map, "layers", m.map.layers * 4), "layers of the branch must be 1 to 6"),
    (lambda m: setattr(m.map.layers[0], "pass_", 3), "branch layer 0: pass must equal outputs"),
    (lambda m: setattr(m.map.layers[-1], "activation", 1), "last layer must have activation none"),
    (lambda m: setattr(m.map, "layers", m.map.layers[:-1]), "must have one output"),
    (lambda m: setattr(m.map, "distributions", m.map.distributions[:4]), "the map's distributions have shape"),
    (lambda m: setattr(m.units[20], "offset", 32000), "rises"),
    (lambda m: m.channels[0].base.pop(), "channel 0: base has 7 numbers"),
    (lambda m: m.channels[0].base.__setitem__(2, 18), "channel 0: number of a base distribution must be 0 to 17"),
    (lambda m: m.channels[0].narrow.__setitem__(0, Narrow(0, 0, 1, 1, 0)), "channel 0, plane 0: the base of a wide"),
    (lambda m: m.channels[0].narrow.__setitem__(1, None), "channel 0, plane 1: the base of a wide"),
    (lambda m: m.distributions.__setitem__(1, Distribution(1, [0, 9])), "distribution 1: lo"),
    (lambda m: m.distributions.__setitem__(1, Distribution(-3, [0, 9])), "highest symbol"),
    (lambda m: m.distributions.__setitem__(1, Distribution(-1, list(range(129)))), "number of symbols must be 1 to 128"),
    (lambda m: m.distributions.__setitem__(1, Distribution(0, [1, 9])), "must be 0"),
    (lambda m: m.distributions.__setitem__(1, Distribution(0, [0, 9, 9])), "rise strictly"),
    (lambda m: m.distributions.__setitem__(1, Distribution(0, [0, 4096])), "end below 4096"),
]


@pytest.mark.parametrize("change, words", SALIENCY_RULES)
def test_every_rule_of_a_branch_and_of_wide_channels_is_checked(change, words):
    broken("random-cifar", change, words)


def test_offsets_before_the_map_are_free():
    model = modelfile.read(load("random-cifar"))
    model.units[model.before_map - 1].offset = -32768
    assert equal(modelfile.read(modelfile.write(model)), model)


def test_planes_stand_in_order():
    def change(model):
        first = next(i for i, u in enumerate(model.units) if (u.channel, u.plane) == (0, 1))
        second = next(i for i, u in enumerate(model.units) if (u.channel, u.plane) == (0, 2))
        model.units[first].plane, model.units[second].plane = 2, 1

    broken("random-pyramid", change, "before an earlier plane")


def with_planes(model, planes):
    for channel in model.channels:
        channel.points, channel.narrow = [128] * planes, [Narrow(0, 0, 128, 128, 0)] * planes
    model.units = [Unit(c, k, 0) for c in range(len(model.channels)) for k in range(planes)]


def test_too_many_symbols():
    model = modelfile.read(load("random-36"))
    with_planes(model, 8)
    assert model.symbols() == 8 * (32 * 784 + 12 * 196 + 16 * 49) + 64
    model.validate()
    model.width = model.height = 256
    with pytest.raises(ModelError, match="at most 262143 can be numbered"):
        model.validate()


def test_too_many_channels():
    model = modelfile.read(load("random-36"))
    stage = model.stages[0]
    stage.outputs = 64
    stage.bias, stage.multiplier = np.zeros(64, np.int32), np.ones(64, np.uint32)
    stage.weights = np.zeros((64, 8, 8, 3), np.int8)
    last = model.stages[2]
    for outputs, good in ((40, True), (41, False)):
        last.outputs = outputs
        last.bias, last.multiplier = np.zeros(outputs, np.int32), np.ones(outputs, np.uint32)
        last.weights = np.zeros((outputs, 2, 2, 4), np.int8)
        model.channels = [modelfile.Channel(0, [128], [Narrow(0, 0, 128, 128, 0)]) for _ in range(60 + 12 + outputs)]
        with_planes(model, 1)
        if good:
            assert equal(modelfile.read(modelfile.write(model)), model)
        else:
            with pytest.raises(ModelError, match="latent channels must be 1 to 112"):
                model.validate()


def test_grids_that_are_too_large():
    def change(model):
        model.width = model.height = 1024

    broken("random-paper", change, "branch layer 0: places|places of a grid with latent channels")


def sealed(data):
    data = bytearray(data)
    data[4:8] = struct.pack("<I", len(data))
    data[-4:] = struct.pack("<I", zlib.crc32(data[:-4]))
    return data


@pytest.mark.parametrize("name, at, value, words", [
    ("random-nomap", 29, 3, "kind of map must be 0 to 2"),
    ("random-nomap", 30, 1, "only a saliency map has a branch"),
    ("random-pyramid", 31, 1, "only a saliency map has a branch"),
    ("random-cifar", 30, 7, "layers of the branch"),
    ("random-cifar", 31, 2, "stage that the branch reads"),
    ("random-nomap", 33, 0, "shapes must be 1 to 32"),
    ("random-nomap", 36, 1, "has the weight 0"),
    ("random-nomap", 38, 1, "neither thresholds nor a shift"),
    ("random-nomap", 48, 1, "neither thresholds nor a shift"),
    ("random-cifar", 39, 1, "only an activity map has an offset"),
    ("random-cifar", 40, 1, "only an activity map has an offset"),
    ("random-cifar", 44, 1, "shifts of stages that are not there"),
    ("random-pyramid", 47, 1, "shifts of stages that are not there"),
    ("random-pyramid", 55, 1, "byte behind the thresholds"),
    ("random-pyramid", 62, 1, "last two bytes must be 0"),
    ("random-pyramid", 81, 2, "narrow"),
])
def test_bytes_that_must_be_zero(name, at, value, words):
    data = sealed(load(name))
    assert data == load(name)
    data[at] = value
    with pytest.raises(ModelError, match=words):
        modelfile.read(sealed(data))


@pytest.mark.parametrize("name", ["tiny", "random-wide"])
def test_every_damaged_byte_and_every_cut_is_refused(name):
    data = load(name)
    for i in range(len(data)):
        wrong = bytearray(data)
        wrong[i] ^= 1 << i % 8
        with pytest.raises(ModelError):
            modelfile.read(wrong)
        with pytest.raises(ModelError):
            modelfile.read(data[:i])
    with pytest.raises(ModelError):
        modelfile.read(data + b"\0")


@pytest.mark.parametrize("name", ["tiny", "tiny-nomap", "random-cifar"])
def test_hostile_files_with_a_right_checksum_are_refused_or_obey_the_rules(name):
    rng = random.Random(4)
    data = load(name)
    obeyed = 0
    for _ in range(2000):
        wrong = bytearray(data)
        for _ in range(rng.randint(1, 3)):
            wrong[rng.randrange(8, 400)] = rng.randrange(256)
        if rng.random() < 0.2:
            del wrong[rng.randrange(60, len(wrong)) :]
            wrong += b"\0" * 4
        wrong = sealed(wrong)
        try:
            model = modelfile.read(wrong)
        except ModelError:
            continue
        assert modelfile.write(model) == wrong
        obeyed += 1
    assert obeyed > 100


def test_version_and_foreign_files():
    for version in (1, 3):
        data = bytearray(load("tiny"))
        data[3] = version
        with pytest.raises(ModelError, match=f"version {version}"):
            modelfile.read(data)
    with pytest.raises(ModelError, match="not a model file"):
        modelfile.read(b"\x89PNG" + bytes(100))


# ---- tables ---------------------------------------------------------------------------------------------------


def test_frequencies_are_the_best_ones():
    rng = random.Random(1)
    for _ in range(40):
        count, total = rng.randint(1, 4), rng.randint(4, 14)
        weights = [rng.choice([0, rng.random(), rng.randint(0, 1000)]) for _ in range(count)]
        if sum(weights) == 0:
            continue
        cost = lambda f: -sum(w * math.log(x) for w, x in zip(weights, f))
        all_tables = [f for f in itertools.product(range(1, total + 1), repeat=count) if sum(f) == total]
        got = modelfile.frequencies(weights, total)
        assert sum(got) == total and min(got) >= 1
        assert cost(got) <= min(map(cost, all_tables)) + 1e-9


def test_cumulative_tables_hold_every_symbol():
    for weights in ([1], [0, 0, 0], [1e9, 0, 0, 1e-9], list(range(128)), [0.25] * 4):
        table = modelfile.cumulative(weights)
        assert table[0] == 0 and table[-1] < 4096 and all(a < b for a, b in zip(table, table[1:]))
    assert modelfile.cumulative([0.25] * 4) == [0, 1024, 2048, 3072]
    assert modelfile.cumulative([5]) == [0]


def test_wrong_counts_are_refused():
    for weights in ([], [-1, 2], [float("nan")], [float("inf"), 1], [1] * 4097):
        with pytest.raises(ModelError):
            modelfile.cumulative(weights)


def test_frequencies_of_zero_are_those_of_the_specification():
    text = (golden.ROOT / "docs" / "SPEC.md").read_text().split("## Appendix B")[1].split("## Appendix C")[0]
    rows = [line for line in text.splitlines() if line.startswith("    ")]
    assert [int(x) for row in rows for x in re.findall(r"\d+", row)] == modelfile.ZERO
    assert modelfile.ZERO[128] == 2048 and modelfile.ZERO[0] == 4094 and modelfile.ZERO[255] == 2
    assert all(a + b == 4096 for a, b in zip(modelfile.ZERO[1:], modelfile.ZERO[:0:-1]))


def test_narrow_frequencies_stay_possible():
    for log_odds, negative in itertools.product(range(-400, 400, 3), range(1, 256)):
        zero, minus, plus = modelfile.narrow_frequencies(log_odds, negative)
        assert zero + minus + plus == 4096 and min(zero, minus, plus) >= 1
        assert zero == modelfile.ZERO[min(max(128 + log_odds, 0), 255)]
        assert minus == min(max((4096 - zero) * negative // 256, 1), 4096 - zero - 1)
