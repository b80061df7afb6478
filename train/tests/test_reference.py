"""The reference against other ways to compute the same: torch, fractions, brute force."""

import itertools
import math
import random
import re
from fractions import Fraction

import numpy as np
import pytest
import torch

from limitnet_train import golden, modelfile, reference
from limitnet_train.modelfile import Activity
from limitnet_train.reference import MAP, Encoded, PacketError, Receiver, Sender

NAMES = [r.name for r in golden.recipes()]


def load(name):
    data = (golden.MODELS / f"{name}.lnm").read_bytes()
    return modelfile.read(data), modelfile.checksum(data)


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
    levels = rng.integers(0, model.map.levels, (8, 8)) if model.map else None
    if model.map and rng.random() < 0.3:
        levels[:] = rng.integers(0, model.map.levels)
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
    text = (golden.ROOT / "docs" / "SPEC.md").read_text().split("## Appendix A")[1].split("## Appendix B")[0]
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
        if model.map:
            levels = np.concatenate([e.map.reshape(-1) for e in encoded])
            grids = set(model.stage_grids())
            classes = [reference.classes_on_grid(model, e.map, *g).reshape(-1) for e in encoded for g in grids]
            assert len(np.unique(levels)) > 6 and len(np.unique(np.concatenate(classes))) >= 5


def test_golden_streams_meet_every_state():
    """All classes, all neighbour states, and all three that the earlier plane's symbol can be."""
    classes, states, earlier = set(), set(), set()
    for name in NAMES:
        model, checksum = load(name)
        sender = Sender(model, checksum, reference.encode(model, picture(model)), 0)
        narrow = sender.tables.narrow

        def noted(channel, plane, cls, state, before):
            classes.add(cls), states.add(state), earlier.add(before)
            return narrow(channel, plane, cls, state, before)

        sender.tables.narrow = noted
        list(itertools.islice(sender.stream([51]), 200))
    assert classes == set(range(8)) and states == set(range(6)) and earlier == {None, False, True}


def test_a_picture_of_the_wrong_size_is_refused():
    model, _ = load("tiny")
    with pytest.raises(ValueError, match="8 x 8 x 3"):
        reference.encode(model, np.zeros((8, 9, 3), np.uint8))


# ---- map ------------------------------------------------------------------------------------------------------


GRIDS = [(28, 28), (14, 14), (7, 7), (1, 1), (9, 17), (56, 24), (64, 64), (8, 8), (3, 5)]


@pytest.mark.parametrize("h, w", GRIDS)
def test_sums_of_cells(h, w):
    values = np.random.default_rng(h).integers(0, 256, (h, w))
    got = reference.sums_of_cells(values)
    # Each place 8 times along both axes; then the cells are blocks of h x w.
    fine = np.repeat(np.repeat(values, 8, 0), 8, 1)
    assert np.array_equal(got, fine.reshape(8, h, 8, w).sum((1, 3)))
    if h % 8 == 0 and w % 8 == 0:
        area = torch.nn.functional.interpolate(torch.tensor(values, dtype=torch.float64)[None, None], (8, 8), mode="area")
        assert np.abs(got / (h * w) - area[0, 0].numpy()).max() <= 1e-9


@pytest.mark.parametrize("h, w", GRIDS)
def test_saliency_levels(h, w):
    saliency = np.random.default_rng(h).integers(0, 256, (h, w))
    got, sums = reference.saliency_levels(saliency), reference.sums_of_cells(saliency)
    for i, j in itertools.product(range(8), repeat=2):
        mean = Fraction(int(sums[i, j]), h * w)
        assert got[i, j] == (mean * 31 / 255 + Fraction(1, 2)).__floor__()
    assert np.all(reference.saliency_levels(np.full((h, w), 255)) == 31)
    assert np.all(reference.saliency_levels(np.zeros((h, w), int)) == 0)


def test_half_octaves_are_logarithms():
    rng = random.Random(21)
    numbers = list(range(1, 3000)) + [2**k + d for k in range(12, 33) for d in (-1, 0, 1)]
    numbers += [math.isqrt(2 ** (2 * k + 1)) + d for k in range(2, 32) for d in (0, 1)]
    numbers += [rng.randrange(1, 2**32) for _ in range(2000)]
    for x in numbers:
        if 1 <= x < 2**32:
            o = reference.half_octaves(x)
            assert 2**o <= x**2 < 2 ** (o + 1) or (x > 2**31 and abs(x**2 / 2**o - 1) < 1e-9)  # 3037000500 is rounded


@pytest.mark.parametrize("name", ["random-pyramid", "random-wide", "random-36", "tiny"])
def test_activity(name):
    """Cell by cell, in fractions."""
    model, _ = load(name)
    for encoded in (reference.encode(model, picture(model)), random_encoded(model, 3)):
        levels = reference.activity_levels(model.map, reference.activity_sums(model, encoded.latent))
        for i, j in [(0, 0), (3, 5), (7, 7), (2, 6)]:
            total = Fraction(model.map.offset)
            for c, v in enumerate(encoded.latent):
                shift = model.map.shifts[model.latents()[c][0]]
                if shift == 15:
                    continue
                h, w = v.shape
                for y, x in np.ndindex(h, w):
                    # of the unit square: the part of the place that lies in the cell, times 64 h w
                    rows = min(Fraction(y + 1, h), Fraction(i + 1, 8)) - max(Fraction(y, h), Fraction(i, 8))
                    columns = min(Fraction(x + 1, w), Fraction(j + 1, 8)) - max(Fraction(x, w), Fraction(j, 8))
                    if rows > 0 and columns > 0:
                        total += rows * columns * 64 * h * w * abs(int(v[y, x])) * 2**shift
            assert total.denominator == 1
            octaves = math.floor(2 * math.log2(min(total, 2**32 - 1)) + 1e-12)
            assert levels[i, j] == min(max(octaves - model.map.lowest, 0), 15)


def test_activity_ends_at_32_bits():
    activity = Activity([0] * 7, 0, golden.map_tables(16, 0), [0], 1, 49)
    sums = np.array([[1, 2**24, 2**32 - 1, 2**32, 2**46, 3037000499, 3037000500, 2**31]])
    assert reference.activity_levels(activity, sums).tolist() == [[0, 0, 14, 14, 14, 13, 14, 13]]


@pytest.mark.parametrize("h, w", GRIDS)
def test_bilinear_levels(h, w):
    levels = np.random.default_rng(w).integers(0, 32, (8, 8))
    got = reference.eighths_on_grid(levels, h, w)
    x = torch.tensor(levels, dtype=torch.float64)[None, None]
    exact = 8 * torch.nn.functional.interpolate(x, (h, w), mode="bilinear", align_corners=False)[0, 0].numpy()
    assert np.all(got <= exact + 1e-9) and np.all(got > exact - 1 - 1e-9)
    if (h, w) == (8, 8):
        assert np.array_equal(got, 8 * levels)
    assert np.all(reference.eighths_on_grid(np.full((8, 8), 31), h, w) == 248)


@pytest.mark.parametrize("name", [n for n in NAMES if "nomap" not in n])
def test_classes_count_thresholds(name):
    model, _ = load(name)
    levels = np.random.default_rng(7).integers(0, model.map.levels, (8, 8))
    for grid in set(model.stage_grids()):
        got, eighths = reference.classes_on_grid(model, levels, *grid), reference.eighths_on_grid(levels, *grid)
        for place in np.ndindex(grid):
            assert got[place] == sum(t <= eighths[place] for t in model.map.thresholds)
        assert not reference.classes_on_grid(model, None, *grid).any()
    model.map.thresholds = [0] * 3 + [255] * 4
    assert np.all(reference.classes_on_grid(model, levels, 5, 7) == 3)


# ---- symbols and order ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["random-pyramid", "random-cifar", "random-wide"])
def test_planes_carry_the_value(name):
    model, _ = load(name)
    for c, channel in enumerate(model.channels):
        e = channel.planes - 1
        for cls in range(8):
            below, above = reference.class_limits(model, c, cls)
            lo, hi = -1, 1
            if channel.wide:
                d = model.distributions[channel.base[cls]]
                lo, hi = d.lo, d.hi
            else:
                assert below == above == reference.channel_limit(model, c) == 2**channel.planes - 1
            values = np.arange(-below, above + 1)
            symbols = np.array([reference.symbols_of(model, c, k, values) for k in range(channel.planes)]).T.tolist()
            for v, its in list(zip(values.tolist(), symbols))[:: 1 if cls == 0 else 7]:
                assert lo <= its[0] <= hi
                assert all(s in (-1, 0, 1) for s in its[1:])
                assert all(s != -1 for s, before in zip(its[1:], its) if before != 0)
                for known in range(channel.planes + 1):
                    got = reference.value_of(model, c, its[:known])
                    if known == 0 or abs(v) >> (e - known + 1) == 0:
                        assert got == 0
                        continue
                    step = 256 << (e - known + 1)
                    low = (abs(v) * 256) // step * step
                    assert got * v > 0 and low <= abs(got) < low + step
                assert abs(reference.value_of(model, c, its)) >> 8 == abs(v)
            for v in (-(10**6), 10**6):
                limited = reference.limited(model, c, np.array([cls]), np.array([v]))
                assert reference.symbols_of(model, c, 0, limited)[0] == (hi if v > 0 else lo)


def test_a_refinement_of_the_wrong_sign_counts_as_one():
    model, _ = load("random-cifar")
    c = 2
    assert reference.value_of(model, c, [3, -1]) == reference.value_of(model, c, [3, 1])
    assert reference.value_of(model, c, [-3, -1]) == -reference.value_of(model, c, [3, 1])


@pytest.mark.parametrize("name", NAMES)
def test_order_is_a_permutation_by_score(name):
    model, _ = load(name)
    levels = np.random.default_rng(6).integers(0, model.map.levels, (8, 8)) if model.map else None
    order = reference.order_of(model, levels)
    assert order.complete and len(set(order.ids)) == model.symbols()
    units = {(u.channel, u.plane): (n, u.offset) for n, u in enumerate(model.units)}
    classes = {grid: reference.classes_on_grid(model, levels, *grid) for grid in model.stage_grids()}
    seen = {}
    last = None
    for rank, (channel, plane, place, cls) in enumerate(order.ids):
        if channel == MAP:
            assert order.map_start <= rank < order.map_start + 64 and place == rank - order.map_start
            last = None
            continue
        assert seen.get((channel, place), -1) == plane - 1
        seen[channel, place] = plane
        n, offset = units[channel, plane]
        key = n, place
        if n < model.before_map:
            assert rank < order.map_start and cls == 0
        else:
            grid = model.channel_grid(channel)
            assert cls == classes[grid][divmod(place, grid[1])]
            if model.weight:
                key = -(offset + 4 * model.weight * cls), n, place
        assert last is None or last < key
        last = key
    if model.map:
        unknown = reference.order_of(model)
        assert not unknown.complete and unknown.ids == order.ids[: order.map_start + 64]


# ---- entropy model --------------------------------------------------------------------------------------------


def test_neighbour_states():
    states = [((None, None), 0), ((0, None), 1), ((None, 0), 1), ((-1, None), 2), ((None, 1), 2), ((0, 0), 3)]
    states += [((1, 0), 4), ((0, -1), 4), ((1, -1), 5), ((1, 1), 5)]
    for (left, upper), state in states:
        assert reference.neighbour_state(left, upper) == state


def frequencies(table):
    return dict(zip(table.symbols, np.diff(table.cumulative + [4096]).tolist()))


@pytest.mark.parametrize("name", ["random-pyramid", "random-wide", "tiny-nomap"])
def test_contexts_are_what_the_packet_holds(name):
    """Against ranks: known is what stands at or behind the packet's first rank and before the symbol."""
    model, checksum = load(name)
    sender = Sender(model, checksum, reference.encode(model, picture(model)), 0)
    order = sender.order
    ranks = {symbol_id[:3]: rank for rank, symbol_id in enumerate(order.ids)}
    for first in (0, order.symbols // 3, order.symbols // 2):
        known = {}
        for rank in range(first, min(order.symbols, first + 4000)):
            channel, plane, place, cls = order.ids[rank]
            table = sender.tables.of(order.ids[rank], known)
            known[channel, plane, place] = sender.values[rank]
            if channel == MAP or model.channels[channel].narrow[plane] is None:
                continue
            y, x = divmod(place, model.channel_grid(channel)[1])

            def symbol(there, plane, y, x):
                at = ranks.get((channel, plane, y * model.channel_grid(channel)[1] + x), -1) if there else -1
                return sender.values[at] if first <= at < rank else None

            left, upper = symbol(x > 0, plane, y, x - 1), symbol(y > 0, plane, y - 1, x)
            earlier = symbol(plane > 0, plane - 1, y, x)
            unit = model.channels[channel].narrow[plane]
            if earlier:
                due = {0: 4096 - 16 * unit.one, 1: 16 * unit.one}
            else:
                near = [s for s in (left, upper) if s is not None]
                state = {0: 0, 1: 1, 2: 3}[len(near)] + sum(s != 0 for s in near)
                i = 128 + unit.bias + int(model.shapes[unit.shape, cls, state]) + (unit.zero if earlier == 0 else 0)
                zero, minus, plus = modelfile.narrow_frequencies(i - 128, unit.negative)
                due = {0: zero, -1: minus, 1: plus}
            assert frequencies(table) == due
            assert sender.values[rank] in due


def test_without_weight_nothing_is_known_of_neighbours():
    model, _ = load("random-cifar")
    tables = reference.Tables(model)
    known = {(1, 1, 0): 1, (1, 1, 4): 1, (1, 0, 5): 1}
    assert tables.of((1, 1, 5, 2), known) == tables.of((1, 1, 5, 2), {})


@pytest.mark.parametrize("name", ["random-paper", "random-pyramid", "random-cifar", "tiny"])
def test_map_contexts(name):
    model, _ = load(name)
    tables, shift, top = reference.Tables(model), model.map.shift, model.map.levels - 1
    of = lambda cell, known: tables.map.index(tables.of((MAP, 0, cell, 0), {(MAP, 0, c): s for c, s in known.items()}))
    assert len(tables.map) == (model.map.levels >> shift) + 1
    assert of(0, {}) == of(9, {2: 4, 7: 3, 10: 5}) == model.map.levels >> shift
    assert of(9, {8: 13}) == of(9, {1: 13}) == 13 >> shift
    assert of(9, {8: 12, 1: 13}) == of(9, {8: 13, 1: 13}) == 13 >> shift
    assert of(8, {7: top}) == model.map.levels >> shift  # the last of the row above is no neighbour
    assert of(63, {62: top, 55: top}) == top >> shift


# ---- packets --------------------------------------------------------------------------------------------------


def sent(sender, packets_at):
    """(channel, plane, place) -> symbol of the packets' ranks."""
    ranks = {rank for first, end in packets_at for rank in range(first, end)}
    return {sender.order.ids[rank][:3]: sender.values[rank] for rank in ranks}


def cut(sender, rooms):
    """Plain packets with the ranks that they cover."""
    packets, rank, n = [], 0, 0
    while rank < sender.order.symbols:
        room = rooms[n % len(rooms)]
        code, end = sender.code(rank, room - 4 - 2 * sender.checked)
        packet = sender.plain(rank, code)
        assert len(packet) <= room and end > rank
        packets.append((packet, (rank, end)))
        rank, n = end, n + 1
    return packets


def known_of(sender, model, spans):
    """What a receiver knows that got the packets of these ranks."""
    symbols = sent(sender, spans)
    if model.map and sum(key[0] == MAP for key in symbols) < 64:
        early = {symbol_id[:3] for symbol_id in sender.order.ids[: sender.order.map_start + 64]}
        symbols = {key: symbol for key, symbol in symbols.items() if key in early}
    return symbols


def check_subset(model, checksum, sender, some):
    receiver = Receiver(model, checksum)
    for packet, _ in some:
        receiver.push(packet)
    assert receiver.symbols == known_of(sender, model, [ranks for _, ranks in some])


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("name", ["random-pyramid", "tiny"])
def test_headers(name, checked):
    model, checksum = load(name)
    sender = Sender(model, checksum, random_encoded(model, 1), 0b10110011101, checked)
    for rank in (0, 77, model.symbols() - 1):
        code, _ = sender.code(rank, 40)
        packet = sender.plain(rank, code)
        assert packet[0] == (0b00110110 if checked else 0b00010110) and packet[1] >> 2 == 0b011101
        assert (packet[1] & 3) << 16 | packet[2] << 8 | packet[3] == rank
        assert packet[4 : len(packet) - 2 * checked] == code
        numbered = sender.numbered(99, rank, code)
        assert numbered[0] == packet[0] | 0x40 and numbered[1:4] == packet[1:4] and numbered[4] == 99
        assert numbered[5 : len(numbered) - 2 * checked] == code
        for p, number in ((packet, None), (numbered, 99)):
            assert reference.parse(checksum, p) == reference.Carrier(0b10110011101, rank, code, number)


def crc16(data):
    """Bit by bit."""
    register = 0xFFFF
    for byte in data:
        for bit in range(8):
            top = register >> 15 ^ byte >> (7 - bit) & 1
            register = (register << 1 & 0xFFFF) ^ (0x1021 if top else 0)
    return register


def test_check():
    assert crc16(b"123456789") == 0x29B1
    assert reference.check_of(int.from_bytes(b"1234", "big"), b"56789") == bytes([0x29, 0xB1])
    rng = random.Random(22)
    for _ in range(50):
        data = rng.randbytes(rng.randint(0, 260))
        assert reference.check_of(0x31323334, data) == crc16(b"1234" + data).to_bytes(2, "big")


@pytest.mark.parametrize("name", ["tiny", "random-cifar"])
def test_every_damaged_byte_of_a_checked_packet_is_found(name):
    model, checksum = load(name)
    sender = Sender(model, checksum, reference.encode(model, picture(model)), 2, True)
    rng = random.Random(23)
    receiver = Receiver(model, checksum)
    for packet in sender.stream([51], 40):
        for i in range(len(packet)):
            for value in range(1, 256) if i in (1, 3, 7) else [rng.randint(1, 255)]:
                wrong = bytearray(packet)
                wrong[i] ^= value
                if i == 0 and value & 0x20:
                    continue  # the check is no longer asked for
                with pytest.raises(PacketError, match="check"):
                    receiver.push(bytes(wrong))
        with pytest.raises(PacketError, match="check"):
            Receiver(model, checksum ^ 1 << rng.randrange(32)).push(packet)
    assert not receiver.symbols


@pytest.mark.parametrize("name", ["tiny", "tiny-nomap"])
def test_every_subset_in_every_order(name):
    model, checksum = load(name)
    for seed in range(4):
        sender = Sender(model, checksum, random_encoded(model, seed), 2047, seed == 3)
        packets = cut(sender, [11] if seed < 2 else [13, 15, 14])
        assert 2 <= len(packets) < 14
        for bits in range(1 << len(packets)):
            some = [p for i, p in enumerate(packets) if bits >> i & 1]
            orders = itertools.permutations(some) if len(some) <= 4 else [some, some[::-1], some[1:] + some[:1]]
            for order in orders:
                check_subset(model, checksum, sender, list(order))
        check_subset(model, checksum, sender, packets + packets[::-1])


@pytest.mark.parametrize("name", NAMES)
def test_random_values_in_random_packets(name):
    model, checksum = load(name)
    rng = random.Random(8)
    for seed in range(2 if model.symbols() > 5000 else 30):
        sender = Sender(model, checksum, random_encoded(model, seed), rng.randrange(2048), seed % 3 == 1)
        packets = cut(sender, [rng.randint(9, 255) for _ in range(20)])
        check_subset(model, checksum, sender, packets)
        some = [p for p in packets if rng.random() < 0.7]
        some += rng.choices(packets, k=3)
        rng.shuffle(some)
        check_subset(model, checksum, sender, some)


@pytest.mark.parametrize("name", NAMES)
def test_values_that_arrive_are_the_values_that_were_made(name):
    model, checksum = load(name)
    encoded = reference.encode(model, picture(model))
    receiver = Receiver(model, checksum)
    for packet in Sender(model, checksum, encoded, 0).stream([51]):
        receiver.push(packet)
    for c, got in enumerate(receiver.values()):
        cls = reference.classes_on_grid(model, encoded.map, *model.channel_grid(c))
        if any(u.channel == c for u in model.units[: model.before_map]):
            cls[:] = 0
        v = reference.limited(model, c, cls, encoded.latent[c])
        assert np.all(np.abs(got) >> 8 == np.abs(v)) and np.all(got * v >= 0)


@pytest.mark.parametrize("name", ["random-cifar", "random-wide"])
def test_the_dearest_symbols_end_a_packet_cleanly(name):
    """The dearest symbols there are, so that the code's end is met in every way."""
    model, checksum = load(name)
    for d in model.distributions:
        top = len(d.cumulative) - 1
        d.cumulative = list(range(top)) + [4095] if top else [0]
    for channel in model.channels:
        for narrow in filter(None, channel.narrow):
            narrow.bias, narrow.negative, narrow.one = random.Random(narrow.bias).choice([(-128, 255, 1), (127, 1, 255)])
    for seed in range(40):
        sender = Sender(model, checksum, random_encoded(model, seed), 1)
        rng = random.Random(seed)
        packets = cut(sender, [rng.randint(7, 30) for _ in range(50)])
        check_subset(model, checksum, sender, packets)


def test_the_last_packet_is_short():
    model, checksum = load("random-wide")
    encoded = reference.encode(model, picture(model))
    last = cut(Sender(model, checksum, encoded, 0), [242])[-1][0]
    assert 5 <= len(last) < 242


@pytest.mark.parametrize("name", ["tiny", "random-wide", "random-cifar", "random-paper"])
def test_damage_is_refused_or_stays_in_its_packet(name):
    model, checksum = load(name)
    rng = random.Random(9)
    sender = Sender(model, checksum, reference.encode(model, picture(model)), 2)
    packets = [p for p, _ in cut(sender, [51])][:60]
    damaged, passed = 0, 0
    for packet in packets:
        for i in range(4, len(packet)):
            wrong = bytearray(packet)
            wrong[i] ^= rng.randint(1, 255)
            for bytes_ in (bytes(wrong), packet[:i]):
                damaged += 1
                try:
                    symbols, waits = reference.read_packet(sender.tables, checksum, sender.order, bytes_)
                except PacketError:
                    continue
                passed += 1
                assert not waits
                rank = int.from_bytes(bytes_[1:4], "big") & 0x3FFFF
                assert [s[0] for s in symbols] == sender.order.ids[rank : rank + len(symbols)]
    assert passed < damaged * 0.12


def test_wrong_packets_are_refused():
    model, checksum = load("tiny")
    sender = Sender(model, checksum, reference.encode(model, picture(model)), 2)
    packet = sender.plain(0, sender.code(0, 47)[0])
    numbered = sender.numbered(0, 0, packet[4:])
    for wrong, words in (
        (b"", "5 to 255"),
        (packet[:4], "5 to 255"),
        (packet + bytes(256 - len(packet)), "5 to 255"),
        (bytes([packet[0] | 0xC0]) + packet[1:], "later version"),
        (bytes([packet[0] | 0x20]) + packet[1:], "check"),
        (bytes([packet[0] | 0x20]) + packet[1:6], "check"),
        (packet[:1] + bytes([packet[1] | 3, 255, 255]) + packet[4:], "rank"),
        (numbered[:5], "without code"),
    ):
        with pytest.raises(PacketError, match=words):
            reference.read_packet(sender.tables, checksum, sender.order, wrong)
        with pytest.raises(PacketError, match=words):
            Receiver(model, checksum).push(wrong)


@pytest.mark.parametrize("name", ["random-cifar", "random-wide"])
def test_any_bytes_are_survived(name):
    model, checksum = load(name)
    sender = Sender(model, checksum, reference.encode(model, picture(model)), 2)
    rng = random.Random(10)
    for order in (sender.order, reference.order_of(model)):
        for _ in range(1000):
            noise = rng.randrange(model.symbols()).to_bytes(4, "big") + rng.randbytes(rng.randint(1, 60))
            try:
                reference.read_packet(sender.tables, checksum, order, noise)
            except PacketError:
                pass


@pytest.mark.parametrize("name", ["tiny", "random-cifar", "random-wide"])
def test_a_packet_that_contradicts_is_refused_whole(name):
    """Packets of another picture with the same number: none of their symbols gets in, once they can be read."""
    model, checksum = load(name)
    one, other = (Sender(model, checksum, random_encoded(model, seed), 9) for seed in (5, 6))
    receiver = Receiver(model, checksum)
    for packet, _ in cut(one, [40]):
        receiver.push(packet)
    whole = dict(receiver.symbols)
    assert whole == sent(one, [(0, one.order.symbols)])
    refused = 0
    for packet, _ in cut(other, [23]):
        try:
            receiver.push(packet)
        except PacketError:
            refused += 1
        assert receiver.symbols == whole
    assert refused > 2


def test_waiting_packets_that_contradict_are_dropped():
    model, checksum = load("random-wide")
    one, other = (Sender(model, checksum, random_encoded(model, seed), 9) for seed in (5, 6))
    ours, foreign = cut(one, [40]), cut(other, [40])
    behind = [p for p, (first, _) in ours if first > one.order.map_start + 64]
    receiver = Receiver(model, checksum)
    receiver.push(behind[0])
    receiver.push(next(p for p, (first, end) in foreign if first > one.order.map_start + 64))
    for packet, (first, _) in ours:
        if first <= one.order.map_start + 64:
            receiver.push(packet)
    assert receiver.order.complete
    due = sent(one, [ranks for p, ranks in ours if ranks[0] <= one.order.map_start + 64 or p == behind[0]])
    assert receiver.symbols == due


def test_lnp_files():
    packets = [bytes([i] * (5 + i)) for i in range(20)]
    data = reference.write_lnp(0x12345678, packets)
    assert data[:10] == b"LNP\x02\x12\x34\x56\x78\x00\x05"
    assert reference.read_lnp(data) == (0x12345678, packets)
    for wrong in (data[:-1], data[:7], b"LNP\x01" + data[4:], b""):
        with pytest.raises(PacketError):
            reference.read_lnp(wrong)


def test_a_stream_comes_piece_by_piece():
    model, checksum = load("random-36")
    sender = Sender(model, checksum, reference.encode(model, picture(model)), 0)
    some = list(itertools.islice(sender.stream([51]), 5))
    assert some == list(sender.stream([51]))[:5]


# ---- golden vectors -------------------------------------------------------------------------------------------


def test_golden_vectors_are_current():
    files = golden.make()
    for path, data in files.items():
        assert path.read_bytes() == data, path.name
    owned = {p for p in files} | set(golden.GOLDEN.glob("photo-*.ppm")) | {golden.GOLDEN / "README.md"}
    assert set(golden.GOLDEN.iterdir()) <= owned
