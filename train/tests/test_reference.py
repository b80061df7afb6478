"""The reference against other ways to compute the same results: torch, fractions, brute force."""

import itertools
import random
import re
from fractions import Fraction

import numpy as np
import pytest
import torch

from limitnet_train import golden, modelfile, reference
from limitnet_train.reference import MAP, Encoded, PacketError, Receiver, Sender

NAMES = [r.name for r in golden.recipes()]


def load(name):
    data = (golden.MODELS / f"{name}.lnm").read_bytes()
    return modelfile.read(data), modelfile.tag(data)


def picture(model, title="photo"):
    return golden.read_ppm(golden.GOLDEN / f"{title}-{model.width}x{model.height}.ppm")


def random_encoded(model, seed):
    """Latent values from tiny to far outside, and any map."""
    rng = np.random.default_rng(seed)
    latent = []
    for c in range(len(model.channels)):
        limit = reference.channel_limit(model, c)
        z = rng.laplace(0, rng.choice([0.3, 3, 30, 300]), model.channel_grid(c)).astype(np.int64)
        latent.append(np.clip(z, -limit, limit))
    levels = rng.integers(0, 32, (8, 8)) if model.layers else None
    if model.layers and rng.random() < 0.3:
        levels[:] = rng.integers(0, 32)
    return Encoded(latent, None, levels)


# ---- encoder --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_convolution_equals_torch(name):
    model, _ = load(name)
    rng = np.random.default_rng(3)
    size = (model.height, model.width, 3)
    for layer in model.stages:
        zero = int(rng.choice([0, 128]))
        tensor = rng.integers(0, 256, size)
        x = torch.from_numpy((tensor - zero).astype(np.float64)).permute(2, 0, 1)[None]
        w = torch.from_numpy(layer.weights.astype(np.float64)).permute(0, 3, 1, 2)
        b = torch.from_numpy(layer.bias.astype(np.float64))
        y = torch.nn.functional.conv2d(x, w, b, layer.stride, layer.padding)
        acc = reference.convolve(tensor, zero, layer)
        assert np.array_equal(acc, y[0].permute(1, 2, 0).numpy())
        size = acc.shape[:2] + (layer.pass_,)


def test_requantisation_rounds_to_the_nearest():
    rng = random.Random(5)
    accs = [rng.randrange(-(2**31) + 1, 2**31) for _ in range(500)] + [0, 1, -1, 2**31 - 1, -(2**31) + 1]
    for m in (1, 2**31 - 1, 2**31 - 7, 12345678, 2**24):
        for activation, low, high, zero in ((modelfile.NONE, -128, 127, 128), (modelfile.RELU, 0, 255, 0)):
            got = reference.passed_on(np.array(accs), np.array([m], np.uint32), activation)
            for acc, u in zip(accs, got):
                r = (Fraction(acc) * m / 2**32 + Fraction(1, 2)).__floor__()
                assert u == max(low, min(high, r)) + zero
        for rounding in (0, 13, 128):
            got = reference.latent_values(np.array(accs), m, modelfile.NONE, rounding)
            relu = reference.latent_values(np.array(accs), m, modelfile.RELU, rounding)
            for acc, v, w in zip(accs, got, relu):
                magnitude = (Fraction(abs(acc)) * m / 2**32 + Fraction(rounding, 256)).__floor__()
                assert v == (magnitude if acc >= 0 else -magnitude)
                assert w == (magnitude if acc >= 0 else 0)


def test_the_curve_is_that_of_the_specification():
    text = (golden.ROOT / "docs" / "SPEC.md").read_text().split("## Appendix A")[1]
    assert [int(x) for x in re.findall(r"\b\d+\b", text)] == reference.SALIENCY.tolist()


@pytest.mark.parametrize("name", NAMES)
def test_test_models_use_their_ranges(name):
    model, _ = load(name)
    encoded = [reference.encode(model, picture(model, title)) for title in ("photo", "synthetic")]
    if name.startswith("random"):
        values = np.concatenate([z.reshape(-1) for e in encoded for z in e.latent])
        limits = np.concatenate(
            [np.full(z.size, reference.channel_limit(model, c)) for e in encoded for c, z in enumerate(e.latent)]
        )
        assert np.any(np.abs(values) == limits) and np.any(values == 0) and len(np.unique(values)) > 20
        if model.layers:
            levels = np.concatenate([e.map.reshape(-1) for e in encoded])
            assert len(np.unique(levels)) > 15 and set(levels >> 3) == {0, 1, 2, 3}


def test_a_picture_of_the_wrong_size_is_refused():
    model, _ = load("tiny")
    with pytest.raises(ValueError, match="8 x 8 x 3"):
        reference.encode(model, np.zeros((8, 9, 3), np.uint8))


# ---- map ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("h, w", [(28, 28), (14, 14), (7, 7), (1, 1), (9, 17), (56, 24), (64, 64), (3, 5)])
def test_area_reduction(h, w):
    saliency = np.random.default_rng(h).integers(0, 256, (h, w))
    got = reference.map_levels(saliency)
    # Each place 8 times along both axes; then the cells are blocks of h x w.
    fine = np.repeat(np.repeat(saliency, 8, 0), 8, 1)
    sums = fine.reshape(8, h, 8, w).sum((1, 3))
    for i, j in itertools.product(range(8), repeat=2):
        mean = Fraction(int(sums[i, j]), h * w)
        assert got[i, j] == (mean * 31 / 255 + Fraction(1, 2)).__floor__()
    if h % 8 == 0 and w % 8 == 0:
        area = torch.nn.functional.interpolate(torch.tensor(saliency, dtype=torch.float64)[None, None], (8, 8), mode="area")
        assert np.abs(got - area[0, 0].numpy() * 31 / 255).max() <= 0.5 + 1e-9
    assert np.all(reference.map_levels(np.full((h, w), 255)) == 31)
    assert np.all(reference.map_levels(np.zeros((h, w), int)) == 0)


@pytest.mark.parametrize("h, w", [(28, 28), (14, 14), (7, 7), (1, 1), (9, 17), (56, 24), (64, 64), (8, 8), (3, 5)])
def test_bilinear_levels(h, w):
    levels = np.random.default_rng(w).integers(0, 32, (8, 8))
    got = reference.levels_on_grid(levels, h, w)
    x = torch.tensor(levels, dtype=torch.float64)[None, None]
    exact = torch.nn.functional.interpolate(x, (h, w), mode="bilinear", align_corners=False)[0, 0].numpy()
    assert np.abs(got - exact).max() <= 0.5 + 1e-9
    sure = np.abs(exact - np.floor(exact) - 0.5) > 1e-9
    assert np.array_equal(got[sure], np.floor(exact + 0.5)[sure])
    if (h, w) == (8, 8):
        assert np.array_equal(got, levels)
    assert np.all(reference.levels_on_grid(np.full((8, 8), 31), h, w) == 31)


# ---- symbols and order ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["random-pyramid", "random-cifar", "random-wide"])
def test_planes_carry_the_value(name):
    model, _ = load(name)
    for c, channel in enumerate(model.channels):
        e = channel.planes - 1
        for cls in range(4):
            below, above = reference.class_limits(model, c, cls)
            d = model.distributions[int(model.base_index[c][cls])]
            for v in range(-below, above + 1):
                symbols = [reference.symbol_of(model, c, k, v) for k in range(channel.planes)]
                assert d.lo <= symbols[0] <= d.hi
                assert all(s in (-1, 0, 1) for s in symbols[1:])
                for known in range(channel.planes + 1):
                    got = reference.value_of(model, c, symbols[:known])
                    if known == 0 or abs(v) >> (e - known + 1) == 0:
                        assert got == 0
                        continue
                    step = 256 << (e - known + 1)
                    low = (abs(v) * 256) // step * step
                    assert got * v > 0 and low <= abs(got) < low + step
                assert abs(reference.value_of(model, c, symbols)) >> 8 == abs(v)
            for v in (-(10**6), 10**6):
                base = reference.symbol_of(model, c, 0, reference.limited(model, c, cls, v))
                assert base == (d.hi if v > 0 else d.lo)


def test_a_refinement_of_the_wrong_sign_counts_as_one():
    model, _ = load("random-cifar")
    c = 1
    assert reference.value_of(model, c, [3, -1]) == reference.value_of(model, c, [3, 1])
    assert reference.value_of(model, c, [-3, -1]) == -reference.value_of(model, c, [3, 1])


@pytest.mark.parametrize("name", NAMES)
def test_order_is_a_permutation_by_score(name):
    model, _ = load(name)
    levels = np.random.default_rng(6).integers(0, 32, (8, 8)) if model.layers else None
    order = reference.order_of(model, levels)
    assert order.complete and len(set(order.ids)) == model.symbols()
    units = {(u.channel, u.plane): (n, u.offset) for n, u in enumerate(model.units)}
    seen = {}
    last = None
    for rank, (channel, plane, place, cls) in enumerate(order.ids):
        if channel == MAP:
            assert order.map_start <= rank < order.map_start + 64 and place == rank - order.map_start
            continue
        assert seen.get((channel, place), -1) == plane - 1
        seen[channel, place] = plane
        n, offset = units[channel, plane]
        if n < model.before_map:
            assert rank < order.map_start
            continue
        h, w = model.channel_grid(channel)
        level = int(reference.levels_on_grid(levels, h, w)[place // w, place % w])
        assert cls == level >> 3
        key = (-(offset + 4 * model.weight * (level >> 2)), n, place)
        assert last is None or last < key
        last = key
    if model.layers:
        unknown = reference.order_of(model)
        assert not unknown.complete and unknown.ids == order.ids[: order.map_start + 64]


# ---- packets --------------------------------------------------------------------------------------------------


def sent(sender, packets_at):
    """(channel, plane, place) -> symbol and cell -> level of the packets' ranks."""
    symbols, levels = {}, {}
    for first, end in packets_at:
        for rank in range(first, end):
            channel, plane, place, _ = sender.order.ids[rank]
            if channel == MAP:
                levels[place] = sender.values[rank]
            else:
                symbols[channel, plane, place] = sender.values[rank]
    return symbols, levels


def cut(sender, rooms):
    """Packets with their ranks."""
    packets, rank, n = [], 0, 0
    while rank < sender.order.symbols:
        room = rooms[n % len(rooms)]
        packet, end = sender.packet(rank, room)
        assert len(packet) <= room and end > rank
        packets.append((packet, (rank, end)))
        rank, n = end, n + 1
    return packets


def check_subset(model, tag, sender, some):
    receiver = Receiver(model, tag)
    for packet, _ in some:
        receiver.push(packet)
    symbols, levels = sent(sender, [ranks for _, ranks in some])
    assert receiver.levels == levels
    if model.layers and len(levels) < 64:
        symbols = {k: v for k, v in symbols.items() if k in early_keys(sender)}
    assert receiver.symbols == symbols


def early_keys(sender):
    return {i[:3] for i in sender.order.ids[: sender.order.map_start]}


@pytest.mark.parametrize("name", ["tiny", "tiny-nomap"])
def test_every_subset_in_every_order(name):
    model, tag = load(name)
    for seed in range(3):
        sender = Sender(model, tag, random_encoded(model, seed), 7)
        packets = cut(sender, [11] if seed < 2 else [12, 11, 14])
        for bits in range(1 << len(packets)):
            some = [p for i, p in enumerate(packets) if bits >> i & 1]
            orders = itertools.permutations(some) if len(some) <= 4 else [some, some[::-1], some[1:] + some[:1]]
            for order in orders:
                check_subset(model, tag, sender, list(order))
        check_subset(model, tag, sender, packets + packets[::-1])


@pytest.mark.parametrize("name", NAMES)
def test_random_values_in_random_packets(name):
    model, tag = load(name)
    rng = random.Random(8)
    for seed in range(2 if model.symbols() > 5000 else 30):
        sender = Sender(model, tag, random_encoded(model, seed), seed % 8)
        packets = cut(sender, [rng.randint(11, 242) for _ in range(20)])
        check_subset(model, tag, sender, packets)
        some = [p for p in packets if rng.random() < 0.7]
        some += rng.choices(packets, k=3)
        rng.shuffle(some)
        check_subset(model, tag, sender, some)


def test_values_that_arrive_are_the_values_that_were_made():
    model, tag = load("random-cifar")
    encoded = reference.encode(model, picture(model))
    receiver = Receiver(model, tag)
    for packet in Sender(model, tag, encoded, 0).stream([51]):
        receiver.push(packet)
    for c, got in enumerate(receiver.values()):
        cls = reference.levels_on_grid(encoded.map, *model.channel_grid(c)) >> 3
        if any(u.channel == c for u in model.units[: model.before_map]):
            cls[:] = 0
        for place in np.ndindex(got.shape):
            v = reference.limited(model, c, int(cls[place]), int(encoded.latent[c][place]))
            assert abs(got[place]) >> 8 == abs(v) and got[place] * v >= 0


def test_frequencies_of_one_end_a_packet_cleanly():
    """The most expensive symbols, so that packets end in every possible way."""
    model, tag = load("random-cifar")
    for d in model.distributions:
        top = len(d.cumulative) - 1
        d.cumulative = list(range(top)) + [4095] if top else [0]
    for seed in range(60):
        sender = Sender(model, tag, random_encoded(model, seed), 1)
        rng = random.Random(seed)
        packets = cut(sender, [rng.randint(11, 30) for _ in range(50)])
        check_subset(model, tag, sender, packets)


def test_the_last_packet_is_short():
    model, tag = load("random-wide")
    encoded = reference.encode(model, picture(model))
    last = cut(Sender(model, tag, encoded, 0), [242])[-1][0]
    assert 4 <= len(last) < 242


@pytest.mark.parametrize("name", ["tiny", "random-wide", "random-cifar"])
def test_damage_is_refused_or_stays_in_its_packet(name):
    model, tag = load(name)
    rng = random.Random(9)
    sender = Sender(model, tag, reference.encode(model, picture(model)), 2)
    packets = [p for p, _ in cut(sender, [51])]
    damaged, passed = 0, 0
    for packet in packets:
        for i in range(len(packet)):
            wrong = bytearray(packet)
            wrong[i] ^= rng.randint(1, 255)
            for bytes_ in (bytes(wrong), packet[:i]):
                damaged += 1
                try:
                    symbols, waits = reference.read_packet(sender.tables, tag, sender.order, bytes_)
                except PacketError:
                    continue
                passed += 1
                assert not waits
                rank = int.from_bytes(bytes_[1:3], "big")
                assert [s[0] for s in symbols] == sender.order.ids[rank : rank + len(symbols)]
    assert passed < damaged * 0.2


def test_packets_of_others_are_refused():
    model, tag = load("tiny")
    sender = Sender(model, tag, reference.encode(model, picture(model)), 2)
    packet, _ = sender.packet(0, 51)
    for wrong, words in (
        (b"", "4 to 242"),
        (packet[:3], "4 to 242"),
        (packet + bytes(240), "4 to 242"),
        (bytes([packet[0] ^ 0x10]) + packet[1:], "another model"),
        (bytes([0xF0 | packet[0]]) + packet[1:], "another model"),
        (packet[:1] + b"\xff\xff" + packet[3:], "rank"),
    ):
        with pytest.raises(PacketError, match=words):
            reference.read_packet(sender.tables, tag, sender.order, wrong)


def test_any_bytes_are_survived():
    model, tag = load("random-cifar")
    sender = Sender(model, tag, reference.encode(model, picture(model)), 2)
    rng = random.Random(10)
    for order in (sender.order, reference.order_of(model)):
        for _ in range(1500):
            noise = bytes([tag << 4]) + rng.randrange(model.symbols()).to_bytes(2, "big") + rng.randbytes(rng.randint(1, 60))
            try:
                reference.read_packet(sender.tables, tag, order, noise)
            except PacketError:
                pass


def test_lnp_files():
    packets = [bytes([i] * (4 + i)) for i in range(20)]
    data = reference.write_lnp(packets)
    assert reference.read_lnp(data) == packets
    with pytest.raises(PacketError):
        reference.read_lnp(data[:-1])


# ---- golden vectors -------------------------------------------------------------------------------------------


def test_golden_vectors_are_current():
    files = golden.make()
    for path, data in files.items():
        assert path.read_bytes() == data, path.name
    owned = {p for p in files} | set(golden.GOLDEN.glob("photo-*.ppm")) | {golden.GOLDEN / "README.md"}
    assert set(golden.GOLDEN.iterdir()) <= owned
