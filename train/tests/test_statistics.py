"""Order, classes and tables that training fits, against brute force and the independent implementation of SPEC.md."""

import itertools
import pathlib

import numpy as np
import pytest
import torch

from limitnet_train import config, maps, reference, tables
from limitnet_train.modelfile import Activity
from limitnet_train.planes import Layout, Planes, hull

torch.set_num_threads(1)
CONFIGS = pathlib.Path(__file__).parents[1] / "configs"


def test_the_hull_is_the_best_order():
    """At every cut between groups no other choice of first planes saves more for its bits: the slope of the least concave function above."""
    rng = np.random.default_rng(1)
    for _ in range(200):
        saved, bits = rng.uniform(0.01, 5, 6), rng.uniform(0.1, 3, 6)
        s, b = np.append(0, saved.cumsum()), np.append(0, bits.cumsum())
        above = [max(np.interp(b[k], [b[i], b[j]], [s[i], s[j]]) if i < j else s[k] for i in range(k + 1) for j in range(k, 7)) for k in range(7)]
        assert hull(saved, bits) == pytest.approx(np.diff(above) / bits)


def test_levels_and_classes_are_those_of_the_specification():
    rng = np.random.default_rng(2)
    c = config.load(CONFIGS / "pyramid-36.toml")
    layout = Layout(c, 224, 224)
    mapping = maps.ActivityMap(3)
    grids = [torch.from_numpy(rng.integers(0, 200, (3, ch, h, w)) >> rng.integers(0, 8, (3, 1, h, w))).float() for ch, h, w in layout.shapes]
    mapping.choose(layout, grids, None)
    assert mapping.shifts.tolist() == [15, 2, 0]
    cells = mapping.make(layout, grids, None)
    own = Activity([int(t) for t in mapping.thresholds], 0, None, [0, 2, 15], int(mapping.sizes[0]), int(mapping.sizes[1]))
    for i in range(3):
        s = np.full((8, 8), own.offset, np.int64)
        for grid, shift in zip(grids[1:], (2, 0)):
            s += reference.sums_of_cells(grid[i].sum(0).long().numpy()) << shift
        levels = reference.activity_levels(own, s)
        assert np.array_equal(cells[i, 0].numpy(), levels)
        for _, h, w in layout.shapes:
            assert np.array_equal(mapping.eighths(cells, h, w)[i, 0].numpy(), reference.eighths_on_grid(levels, h, w))
    classes = mapping.classes(layout, cells)
    assert classes.shape == (3, layout.channel.numel()) and classes.min() == 0 and classes.max() == 7


def test_half_octaves_at_their_borders():
    borders = [1, 2, 3, 2 ** 31, 2 ** 32 - 1] + [x + d for k in range(2, 64) for x in (2 ** (k / 2),) for d in (-1, 0, 1)]
    x = torch.tensor([int(b) for b in borders if b >= 1], dtype=torch.double)
    assert maps.half_octaves(x).tolist() == [reference.half_octaves(int(v)) for v in x]


def test_a_crop_has_the_activity_of_its_picture():
    """A picture that repeats itself: a crop of a quarter of it has the same levels."""
    c = config.load(CONFIGS / "pyramid-36.toml")
    whole, crop = Layout(c, 224, 224), Layout(c, 112, 112)
    mapping = maps.ActivityMap(3)
    rng = np.random.default_rng(3)
    parts = [torch.from_numpy(rng.integers(0, 50, (1, ch, h, w))).float() for ch, h, w in crop.shapes]
    tiled = [p.repeat(1, 1, 2, 2) if p.shape[2] * 2 == h else torch.zeros(1, ch, h, w) for p, (ch, h, w) in zip(parts, whole.shapes)]
    mapping.choose(whole, tiled, None)
    assert crop.cells == (4, 4)
    assert torch.equal(mapping.make(crop, parts, None).repeat(1, 1, 2, 2), mapping.make(whole, tiled, None))


def test_contexts_of_the_map_are_those_of_the_specification():
    mapping = maps.SaliencyMap(1)
    levels = np.random.default_rng(4).integers(0, 32, (8, 8))
    contexts = mapping.contexts(torch.tensor(levels)[None, None].float())[0, 0]
    for y, x in itertools.product(range(8), range(8)):
        near = [levels[y, x - 1]] * (x > 0) + [levels[y - 1, x]] * (y > 0)
        due = (sum(near) + len(near) // 2) // len(near) >> 2 if near else 8
        assert contexts[y, x] == due


def test_neighbours_count_by_state():
    counts = torch.zeros(1, 8, 3, 3, 2)
    unknown = tables.UNKNOWN
    for n, (left, upper) in enumerate(itertools.product(range(3), range(3))):
        counts[0, 5, left, upper, 1] = 10.0 ** n
    found = tables.by_state(counts)[0, 5, :, 1]
    one = {busy: sum(10.0 ** (3 * a + b) for a, b in ((busy, unknown), (unknown, busy))) for busy in (0, 1)}
    started = {busy: sum(10.0 ** (3 * busy + b) + 10.0 ** (3 * b + busy) for b in (0, 1)) for busy in (0, 1)}
    every = sum(10.0 ** (3 * a + b) for a in (0, 1) for b in (0, 1))
    due = [1e8 + 0.01 * every, one[0] + 0.1 * started[0], one[1] + 0.1 * started[1], 1e0, 1e1 + 1e3, 1e4]
    assert found.tolist() == pytest.approx(due)


def test_shapes_find_what_made_the_counts():
    """Units drawn from four shapes and any bias cost hardly more with fitted shapes than with their own."""
    g = torch.Generator().manual_seed(5)
    shapes = torch.randn(4, 8, 6, generator=g, dtype=torch.double) * 25
    bias, number = -40 + 30 * torch.randn(60, generator=g, dtype=torch.double), torch.randint(4, (60,), generator=g)
    log_odds = bias[:, None, None] + shapes[number]
    n = 2000 * torch.rand(60, 8, 6, generator=g, dtype=torch.double)
    p = torch.sigmoid(log_odds / tables.SCALE)
    counts = torch.stack([n * (1 - p), n * p], -1)
    fitted, index, made = tables.fit(counts, 4)
    cost = tables.information(counts, fitted[:, None, None] + made[index]).sum()
    assert cost < 1.003 * tables.information(counts, log_odds).sum()
    assert all(x.abs().max() <= 128 and torch.equal(x, x.round()) for x in (fitted, made))


def test_the_number_behind_a_zero_is_found():
    base = torch.zeros(3, 8, 6, dtype=torch.double)
    p = torch.sigmoid(torch.tensor([-30.0, 0.0, 17.0], dtype=torch.double) / tables.SCALE)[:, None, None].expand(3, 8, 6)
    assert tables.zero_after_zero(torch.stack([1000 * (1 - p), 1000 * p], -1), torch.zeros(3), base).tolist() == [-30, 0, 17]


def test_saved_error_is_that_of_the_reconstruction():
    """The sums over sizes, which the order is made of, are those of the values that a receiver takes."""
    c = config.load(CONFIGS / "pyramid-36.toml")
    layout = Layout(c, 32, 32)
    planes = Planes(c, layout)
    values = torch.randn(4, layout.channel.numel(), generator=torch.Generator().manual_seed(6)) * 20
    points = torch.zeros(5, layout.channels, planes.depth, dtype=torch.double)
    planes.count_sizes(values, layout, points)
    bits = torch.ones(layout.channels, planes.depth)
    planes.point.uniform_(0.2, 0.8)
    planes.fit_order(bits, points)
    _, known = planes.split(values, layout)
    error = ((known - values[:, None]) ** 2).sum(0)
    for ch in range(0, layout.channels, 7):
        saved = (error[:-1] - error[1:])[:, layout.channel == ch].sum(1)[:int(planes.number[ch])]
        due = torch.tensor(hull(saved.clamp_min(1e-3).tolist(), [1.0] * len(saved))).log2()
        assert torch.allclose(planes.score[ch, :len(saved)], due.float(), atol=1e-3)
