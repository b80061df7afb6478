"""Model files: written files are read back, files that break a rule are refused, tables are rounded as well as possible."""

import itertools
import math
import random
import struct
import zlib

import numpy as np
import pytest

from limitnet_train import golden, modelfile
from limitnet_train.modelfile import Distribution, ModelError, Unit

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


def broken(name, change, words):
    model = modelfile.read(load(name))
    change(model)
    with pytest.raises(ModelError, match=words):
        modelfile.write(model)


RULES = [
    (lambda m: setattr(m, "name", "Paper"), "name must be"),
    (lambda m: setattr(m, "name", ""), "name must be"),
    (lambda m: setattr(m, "width", 7), "width must be 8 to 1024, not 7"),
    (lambda m: setattr(m, "height", 1025), "height must be"),
    (lambda m: setattr(m, "weight", 0), "weight of the saliency"),
    (lambda m: setattr(m, "weight", 65), "weight of the saliency"),
    (lambda m: setattr(m, "stages", []), "stages must be 1 to 4"),
    (lambda m: setattr(m, "distributions", []), "base distributions"),
    (lambda m: setattr(m, "saliency_stage", 3), "stage that the branch reads"),
    (lambda m: setattr(m, "before_map", 1000), "units before the map"),
    (lambda m: setattr(m.stages[0], "kernel", 17), "stage 0: kernel"),
    (lambda m: setattr(m.stages[0], "padding", 16), "stage 0: padding"),
    (lambda m: setattr(m.stages[1], "pass_", 0), "the next stage needs an input"),
    (lambda m: setattr(m.stages[2], "pass_", 1), "the last stage passes none"),
    (lambda m: setattr(m.stages[1], "activation", 2), "stage 1: activation"),
    (lambda m: setattr(m.stages[0], "weights", m.stages[0].weights[:, :-1]), "stage 0: weights has shape"),
    (lambda m: setattr(m.stages[0], "bias", m.stages[0].bias.astype(float)), "stage 0: bias must be integers"),
    (lambda m: m.stages[0].multiplier.__setitem__(3, 0), "stage 0: multipliers"),
    (lambda m: m.stages[0].multiplier.__setitem__(3, 2**31), "stage 0: multipliers"),
    (lambda m: m.stages[0].bias.__setitem__(0, 2**31 - 1), "reaches 2\\^31"),
    (lambda m: setattr(m.layers[0], "pass_", 3), "branch layer 0: pass must equal outputs"),
    (lambda m: setattr(m.layers[-1], "activation", 1), "last layer must have activation none"),
    (lambda m: setattr(m, "layers", m.layers[:-1]), "must have one output"),
    (lambda m: m.channels.pop(), "channels are described"),
    (lambda m: setattr(m.channels[2], "planes", 9), "channel 2: planes"),
    (lambda m: setattr(m.channels[2], "rounding", 129), "channel 2: rounding"),
    (lambda m: m.units.pop(), "exactly once"),
    (lambda m: m.units.__setitem__(5, Unit(0, 0, 0)), "exactly once"),
    (lambda m: setattr(m.units[20], "offset", 32000), "rises"),
    (lambda m: setattr(m.units[-1], "offset", -32769), "offset must be"),
    (lambda m: m.base_index.__setitem__((3, 2), 16), "base_index names"),
    (lambda m: m.refinement.__setitem__((3, 2, 0), 0), "q0 and qn"),
    (lambda m: m.recon_points[4].pop(), "recon_points"),
    (lambda m: m.recon_points[4].__setitem__(0, 256), "reconstruction point"),
    (lambda m: m.distributions.__setitem__(1, Distribution(1, [0, 9])), "distribution 1: lo"),
    (lambda m: m.distributions.__setitem__(1, Distribution(-3, [0, 9])), "highest symbol"),
    (lambda m: m.distributions.__setitem__(1, Distribution(0, [1, 9])), "must be 0"),
    (lambda m: m.distributions.__setitem__(1, Distribution(0, [0, 9, 9])), "rise strictly"),
    (lambda m: m.distributions.__setitem__(1, Distribution(0, [0, 4096])), "end below 4096"),
    (lambda m: setattr(m, "map_distributions", None), "needs map distributions"),
    (lambda m: setattr(m, "map_distributions", m.map_distributions[:8]), "map_distributions has shape"),
]


@pytest.mark.parametrize("change, words", RULES)
def test_every_rule_is_checked(change, words):
    broken("random-pyramid", change, words)


def test_planes_stand_in_order():
    def change(model):
        first = next(i for i, u in enumerate(model.units) if (u.channel, u.plane) == (0, 1))
        second = next(i for i, u in enumerate(model.units) if (u.channel, u.plane) == (0, 2))
        model.units[first].plane, model.units[second].plane = 2, 1

    broken("random-pyramid", change, "before an earlier plane")


def test_too_many_symbols():
    def change(model):
        for channel in model.channels:
            channel.planes = 8

    broken("random-pyramid", change, "at most 65535")


def test_grids_that_are_too_large():
    def change(model):
        model.width = model.height = 1024

    broken("random-paper", change, "branch layer 0: places|places of a grid with latent channels")


def test_a_model_without_branch_has_no_map_tables():
    broken("random-nomap", lambda m: setattr(m, "map_distributions", golden.map_tables()), "no map distributions")


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


def test_hostile_files_with_a_right_checksum_are_refused_or_obey_the_rules():
    rng = random.Random(4)
    data = load("tiny")
    for _ in range(3000):
        wrong = bytearray(data)
        for _ in range(rng.randint(1, 3)):
            wrong[rng.randrange(8, 300)] = rng.randrange(256)
        if rng.random() < 0.2:
            del wrong[rng.randrange(36, len(wrong)) :]
            wrong += b"\0" * 4
        wrong[4:8] = struct.pack("<I", len(wrong))
        wrong[-4:] = struct.pack("<I", zlib.crc32(wrong[:-4]))
        try:
            model = modelfile.read(wrong)
        except ModelError:
            continue
        assert modelfile.write(model) == wrong


def test_version_and_foreign_files():
    data = bytearray(load("tiny"))
    data[3] = 2
    with pytest.raises(ModelError, match="version 2"):
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


def test_refinement_bytes_are_the_best_ones():
    def cost(q, counts):
        return -sum(c * math.log2(f / 4096) for c, f in zip(counts, modelfile.refinement_frequencies(*q)))

    rng = random.Random(2)
    for counts in [(700, 150, 150), (1, 0, 0), (0, 1, 0), (0, 0, 1), (5, 90, 5)] + [
        tuple(rng.randint(0, 1000) for _ in range(3)) for _ in range(3)
    ]:
        got = modelfile.refinement_bytes(*counts)
        assert all(1 <= q <= 255 for q in got)
        assert cost(got, counts) <= min(cost(q, counts) for q in itertools.product(range(1, 256), repeat=2)) + 1e-9


def test_refinement_frequencies_stay_possible():
    for q in itertools.product(range(1, 256), repeat=2):
        f = modelfile.refinement_frequencies(*q)
        assert sum(f) == 4096 and min(f) >= 1
