"""The map of 8x8 levels and the classes of places, in the integers of docs/SPEC.md (section 2), held in doubles.

A crop has as many cells as fit it at the same size, so its sums are scaled to those of a whole picture."""

import functools

import torch
import torch.nn.functional as F

from .modelfile import CLASSES, NOT_COUNTED, Activity, Saliency

ROOT = 3037000500           # 2^31 times the square root of 2
OFFSET_SHARE = 1.0          # of the median activity: what lies well below it is told apart no further
RARE = 0.03                 # share of all places
CONTEXT_SHIFT = {"activity": 0, "saliency": 2}      # from a mean of levels to the context of the next one (SPEC 4.4)


@functools.cache
def overlaps(places, cells):
    """cells x places: by how much each cell overlaps each place (SPEC 2)."""
    i, p = torch.arange(cells)[:, None], torch.arange(places)[None]
    low, high = torch.maximum(cells * p, places * i), torch.minimum(cells * (p + 1), places * (i + 1))
    return (high - low).clamp_min(0).double()


@functools.cache
def slopes(places, cells):
    """places x cells: weights of the bilinear enlargement along one axis (SPEC 2.3), each row summing to 2 places."""
    p = torch.arange(places)
    t = cells * (2 * p + 1) - places
    i = torch.div(t, 2 * places, rounding_mode="floor")
    f = (t - 2 * places * i).double()
    m = torch.zeros(places, cells, dtype=torch.double)
    m[p, i.clamp(0, cells - 1)] += 2 * places - f
    m[p, (i + 1).clamp(0, cells - 1)] += f
    return m


def sums_of_cells(x, cells):
    """Sums of N x C x h x w over the cells, N x C x cells."""
    return overlaps(x.shape[2], cells[0]) @ x.double() @ overlaps(x.shape[3], cells[1]).T


def half_octaves(x):
    """Logarithm to the base of the square root of 2 of whole numbers in doubles, rounded down (SPEC 2.2)."""
    fraction, exponent = torch.frexp(x.clamp(max=2.0 ** 32 - 1))
    return 2.0 * (exponent - 1) + (fraction * 2.0 ** 32 >= ROOT)


class Map:
    """What both kinds of map have, and a model without one: its levels are all 0."""

    levels = 1

    def __init__(self, grids):
        """grids: number of grids with latent channels."""
        self.thresholds = torch.zeros(CLASSES - 1)      # eighths of a level
        self.counts = torch.zeros(1, self.levels)       # of levels, by context

    def state(self):
        return {"thresholds": self.thresholds, "counts": self.counts}

    def make(self, layout, magnitudes, saliency):
        """Levels N x 1 x cells from the sizes of all latent values (a list of grids, coarsest first) and the saliency (0..1)."""
        return torch.zeros(len(magnitudes[0]), 1, *layout.cells)

    def choose(self, layout, magnitudes, saliency):
        """Fits on whole training pictures what levels and classes depend on."""

    def eighths(self, cells, h, w):
        """The level at every place of a grid, N x 1 x h x w, in eighths (SPEC 2.3)."""
        s = slopes(h, cells.shape[2]) @ cells.double() @ slopes(w, cells.shape[3]).T
        return torch.floor(2 * s / (h * w))

    def classes(self, layout, cells):
        """The class of every value, N x values."""
        parts = []
        for c, h, w in layout.shapes:
            found = torch.searchsorted(self.thresholds, self.eighths(cells, h, w).float(), right=True)
            parts.append(found.expand(-1, c, -1, -1))
        return layout.flat(parts)

    def contexts(self, cells):
        """The context of every level when the whole map stands in one packet (SPEC 4.4), N x 1 x cells."""
        left, up = F.pad(cells, (1, 0))[..., :-1], F.pad(cells, (0, 0, 1, 0))[..., :-1, :]
        mean = torch.floor((left + up + 1) / 2)
        mean[..., 0, :], mean[..., :, 0] = left[..., 0, :], up[..., :, 0]
        contexts = torch.floor(mean / 2 ** self.shift)
        contexts[..., 0, 0] = len(self.counts) - 1
        return contexts.long()

    def count(self, cells):
        """Counts levels by context, each context with a small share of the overall histogram."""
        pairs = (self.contexts(cells) * self.levels + cells.long()).flatten()
        counts = torch.bincount(pairs, minlength=self.counts.numel()).float().reshape(self.counts.shape)
        counts[-1] = counts.sum(0)
        self.counts.copy_(counts + 2 * (counts[-1] + 1) / (counts[-1] + 1).sum())

    def bits(self):
        """Mean size of the map in packets, bits."""
        if self.levels == 1:
            return 0.0
        share = self.counts / self.counts.sum(1, keepdim=True)
        rows = -(share * torch.log2(share)).sum(1)
        often = self.counts[:-1].sum(1)
        return float(rows[-1] + 63 * (rows[:-1] * often).sum() / often.sum())


class SaliencyMap(Map):
    levels, shift = Saliency.levels, CONTEXT_SHIFT["saliency"]

    def __init__(self, grids):
        super().__init__(grids)
        self.thresholds = 28 + 32 * torch.arange(CLASSES - 1.0)     # classes of four levels each
        self.counts = torch.ones((self.levels >> self.shift) + 1, self.levels)

    def make(self, layout, magnitudes, saliency):
        h, w = saliency.shape[2:]
        s = sums_of_cells(torch.floor(saliency * 255 + 0.5), layout.cells)
        return torch.floor((62 * s + 255 * h * w) / (510 * h * w)).float()


class ActivityMap(Map):
    levels, shift = Activity.levels, CONTEXT_SHIFT["activity"]

    def __init__(self, grids):
        super().__init__(grids)
        self.counts = torch.ones((self.levels >> self.shift) + 1, self.levels)
        self.shifts = torch.full((grids,), NOT_COUNTED)
        self.sizes = torch.tensor([1.0, 0.0])                       # offset, lowest

    def state(self):
        return super().state() | {"shifts": self.shifts, "sizes": self.sizes}

    def make(self, layout, magnitudes, saliency):
        return (half_octaves(self.sums(layout, magnitudes) + float(self.sizes[0])) - float(self.sizes[1])).clamp(0, self.levels - 1).float()

    def sums(self, layout, magnitudes):
        total = torch.zeros(len(magnitudes[0]), 1, *layout.cells, dtype=torch.double)
        for shift, x, (h, w) in zip(self.shifts.tolist(), magnitudes, layout.whole):
            if shift != NOT_COUNTED:
                whole = h * w / (x.shape[2] * x.shape[3])           # 1 for a whole picture
                total += 2.0 ** shift * whole * sums_of_cells(x.sum(1, keepdim=True), layout.cells)
        return total

    def choose(self, layout, magnitudes, saliency):
        """The finest grids count, the coarsest does not: its values are means of brightness. A mean weighs the same on each grid. Classes
        divide the levels evenly from the one that RARE of all places stay below to the one that RARE of them exceed."""
        finest = layout.whole[-1]
        for g, (h, w) in enumerate(layout.whole):
            counts = g > 0 or len(layout.whole) == 1
            self.shifts[g] = round(2 * torch.log2(torch.tensor(finest[0] / h)).item()) if counts else NOT_COUNTED
        sums = self.sums(layout, magnitudes)
        self.sizes[0] = torch.round(OFFSET_SHARE * sums.median()).clamp(1, 2 ** 24)     # a float holds it exactly
        self.sizes[1] = half_octaves(self.sizes[0].double())
        eighths = self.eighths(self.make(layout, magnitudes, saliency), *finest)
        ranked = eighths.flatten().sort()[0]
        low, high = ranked[int(RARE * len(ranked))], ranked[int((1 - RARE) * len(ranked))]
        self.thresholds.copy_(torch.linspace(float(low), float(high), CLASSES + 1)[1:-1].round())


KINDS = {"none": Map, "saliency": SaliencyMap, "activity": ActivityMap}
