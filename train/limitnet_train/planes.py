"""Values as symbols in planes, their cost, and the order in which they are sent (SPEC 3 to 5).

Shapes: a batch of pictures has N values each, all channels one after the other in transmission order (coarse grid first). C = channels, P = the largest
number of planes. Symbols are B x P x N. A unit is one plane of one channel.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from . import tables
from .maps import KINDS
from .modelfile import CLASSES, STATES
from .network import quantise

SMALL_PACKET, LARGE_PACKET = 51, 242     # bytes, in LoRaWAN
FRAME_BYTES = 5         # header and packet end
PART = 50               # pictures at a time
FEW = 0.02              # count of a symbol that never occurred
EARLY_BYTES, LATE_WEIGHT = 6000, 0.1    # of a stream: units that shapes are fitted for above all; what others weigh
NEIGHBOURS = 9          # pairs of left and upper neighbour: 0, not 0, unknown


def code_share(packet_bytes):
    """Share of a packet that is left for symbols."""
    return 1 - FRAME_BYTES / packet_bytes


class Layout:
    """Position of each value of a picture or of a crop: channel, grid, place."""

    def __init__(self, config, width, height):
        sizes = [(config.width, config.height), (width, height)]
        self.shapes, self.whole, self.stages, self.channel = [], [], [], []     # whole: grids of a whole picture
        grids = []
        for i, s in enumerate(config.stages):
            sizes = [tuple((n + 2 * s.padding - s.kernel) // s.stride + 1 for n in size) for size in sizes]
            grids.append((i, s, *sizes))
        for i, s, (whole_w, whole_h), (w, h) in grids[::-1]:
            if s.latent:
                self.shapes.append((s.latent, h, w))
                self.whole.append((whole_h, whole_w))
                for _ in range(s.latent):
                    self.channel.append(torch.full((h * w,), len(self.stages)))
                    self.stages.append(i)
        self.channels, self.channel = len(self.stages), torch.cat(self.channel)
        self.cells = (max(1, round(8 * height / config.height)), max(1, round(8 * width / config.width)))    # whole pictures: 8 x 8
        self.mapless = config.map.kind == "none"        # True: no map is sent

    def flat(self, grids):
        return torch.cat([g.flatten(1) for g in grids], 1)

    def grids(self, flat):
        parts = flat.split([c * h * w for c, h, w in self.shapes], 1)
        return [p.reshape(-1, c, h, w) for p, (c, h, w) in zip(parts, self.shapes)]


@dataclass
class Sent:
    """What a camera sends of a batch of pictures."""
    cells: torch.Tensor     # levels of the map, B x 1 x cells
    classes: torch.Tensor   # of values, B x N
    taken: torch.Tensor     # for the value when 0 to P planes are known, B x (P + 1) x N
    bits: torch.Tensor      # of symbols, B x P x N


def limits(number, base_limit):
    """The largest sizes of values (SPEC 3.3) by the number of planes and the largest base symbol."""
    return ((base_limit + 1) << (number - 1)) - 1


def hull(saved, bits):
    """Error saved by bit for each plane of a channel, where a plane that saves more by bit than the one before it goes together with it:
    the slopes of the convex hull, which never rise (as in JPEG 2000)."""
    groups = []
    for s, b in zip(saved, bits):
        groups.append([s, b, 1])
        while len(groups) > 1 and groups[-1][0] * groups[-2][1] > groups[-2][0] * groups[-1][1]:
            s, b, n = groups.pop()
            groups[-1] = [groups[-1][0] + s, groups[-1][1] + b, groups[-1][2] + n]
    return [s / b for s, b, n in groups for _ in range(n)]


class Planes:
    """Number of planes, map, symbol statistics, reconstruction points and order of a model, fitted on training pictures."""

    STATE = ("number", "wide", "bias", "shape", "negative", "one", "zero", "shapes", "base", "point", "sensitivity", "score")

    def __init__(self, config, layout):
        self.config, self.mapping = config, KINDS[config.map.kind](len(layout.shapes))
        c, p = layout.channels, max(config.planes)
        self.most = torch.tensor([config.planes[s] for s in layout.stages])         # planes
        self.largest = torch.tensor([config.base_limit[s] for s in layout.stages])  # base symbol of a wide channel
        self.depth, self.limit = p, int(self.largest.max())
        self.number, self.wide = self.most.clone(), self.largest > 1
        self.bias, self.shape, self.zero = (torch.zeros(c, p, dtype=torch.long) for _ in range(3))
        self.negative, self.one = torch.full((c, p), 128), torch.full((c, p), 128)
        self.shapes = torch.zeros(1 if config.weight else tables.SHAPES, CLASSES, STATES, dtype=torch.long)
        self.base = torch.full((CLASSES, c, 2 * self.limit + 1), FEW)
        self.point = torch.full((c, p), 0.5)
        self.sensitivity = torch.zeros(c)       # octaves of recognition loss by squared error; 0 everywhere: by squared error alone
        self.score = -1000.0 * torch.arange(p) - torch.arange(c)[:, None]
        self.tabulate()

    def state(self):
        return {k: getattr(self, k) for k in self.STATE} | {f"map.{k}": v for k, v in self.mapping.state().items()}

    def load(self, state):
        for k, v in self.state().items():
            v.copy_(state[k])
        self.tabulate()

    # ---- symbols -----------------------------------------------------------------------------------------------

    def limits(self):
        """The largest size of a value of each channel."""
        return limits(self.number, torch.where(self.wide, self.largest, 1))

    def magnitudes(self, values, layout):
        """Sizes of values in whole finest steps, limited."""
        return torch.minimum(quantise(values, self.config.rounding).abs(), self.limits()[layout.channel])

    def split(self, values, layout):
        """Real values in finest steps (B x N) -> symbols B x P x N, and what a receiver takes the value for when it knows
        0, 1, .. P planes: B x (P + 1) x N."""
        e, sign, magnitude = (self.number - 1)[layout.channel], values.sign(), self.magnitudes(values, layout)
        symbols, known, before = [], [torch.zeros_like(values)], None
        for k in range(self.depth):
            step = 2.0 ** (e - k).clamp_min(0)
            t = torch.floor(magnitude / step)
            symbols.append((sign * t if k == 0 else torch.where(before == 0, sign * t, t - 2 * before)) * (k <= e))
            taken = sign * (t + self.point[layout.channel, k]) * (t > 0) * step
            known.append(torch.where(k <= e, taken, known[-1]))
            before = t
        return torch.stack(symbols, 1).long(), torch.stack(known, 1)

    @torch.no_grad()
    def send(self, values, saliency, layout):
        cells = self.map(values, saliency, layout)
        classes = self.classes(cells, layout)
        symbols, taken = self.split(values, layout)
        return Sent(cells, classes, taken, self.cost(symbols, classes, layout))

    def known(self, count, layout):
        """Share of the planes that are known, as the decoder gets it."""
        return layout.grids(count.float() / self.number[layout.channel])

    def map(self, values, saliency, layout):
        """Levels of the map, B x 1 x cells."""
        if layout.mapless:
            return torch.zeros(len(values), 1, *layout.cells)
        return self.mapping.make(layout, layout.grids(self.magnitudes(values, layout)), saliency)

    def classes(self, cells, layout):
        """Class of every value, B x N."""
        if layout.mapless:
            return torch.zeros(len(cells), layout.channel.numel(), dtype=torch.long)
        return self.mapping.classes(layout, cells)

    def map_input(self, cells):
        """The map as the decoder gets it, 0..1."""
        return cells / max(self.mapping.levels - 1, 1)

    def neighbours(self, symbols, layout):
        """Left and upper neighbour of every symbol in one number: 3 left + upper, each 0, 1 (not 0) or UNKNOWN; all planes whole in one
        packet. With another weight than 0 none is known."""
        busy = (symbols != 0).to(torch.int8).flatten(0, 1)
        if self.config.weight:
            return torch.full_like(symbols, 4 * tables.UNKNOWN)
        parts = []
        for x in layout.grids(busy):
            left = F.pad(x, (1, 0), value=tables.UNKNOWN)[..., :-1]
            upper = F.pad(x, (0, 0, 1, 0), value=tables.UNKNOWN)[..., :-1, :]
            parts.append(3 * left + upper)
        return layout.flat(parts).view(symbols.shape).long()

    # ---- cost and order ----------------------------------------------------------------------------------------

    def tabulate(self):
        """Bits by (plane, channel, class, neighbours, symbol + 1) and by (class, channel, base symbol + limit)."""
        pairs = torch.arange(NEIGHBOURS)
        left, upper = pairs // 3, pairs % 3
        known = (left < tables.UNKNOWN).long() + (upper < tables.UNKNOWN)
        states = torch.tensor([0, 1, 3])[known] + (left == 1) + (upper == 1)
        log_odds = self.bias[..., None, None] + self.shapes[self.shape][..., states]
        bits = tables.narrow_bits(log_odds, self.negative[..., None, None])
        bits[torch.arange(self.depth) >= self.number[:, None]] = 0
        self.narrow_bits = bits.transpose(0, 1).flatten()
        self.base_bits = -torch.log2(self.base / self.base.sum(-1, keepdim=True))

    def cost(self, symbols, classes, layout):
        """Bits of every symbol, B x P x N; 0 for planes that a channel does not have. Neighbours count as if planes stood whole in one
        packet, earlier planes in others."""
        unit = torch.arange(self.depth)[:, None] * layout.channels + layout.channel
        cell = (unit * CLASSES + classes[:, None]) * NEIGHBOURS + self.neighbours(symbols, layout)
        bits = self.narrow_bits[cell * 3 + symbols.clamp(-1, 1) + 1]
        wide = self.wide[layout.channel].nonzero()[:, 0]
        if len(wide):
            bits[:, 0, wide] = self.base_bits[classes[:, wide], layout.channel[wide], symbols[:, 0, wide] + self.limit]
        return bits

    def order(self, classes, layout):
        """Symbols (flat over P x N) in the order in which they are sent, behind the map: (P N) of all pictures, or B x (P N) if classes
        move places."""
        there = torch.arange(self.depth)[:, None] < self.number[layout.channel]
        score = torch.where(there, self.score.T[:, layout.channel], -1e6)
        if self.config.weight:
            score = score + 4 * self.config.weight * classes[:, None]
            return torch.sort(score.flatten(1), dim=1, descending=True, stable=True)[1]
        rank = torch.empty(self.score.numel(), dtype=torch.long)
        rank[self.score.flatten().sort(descending=True, stable=True)[1]] = torch.arange(len(rank))
        rank = torch.where(there, rank.view(self.score.shape).T[:, layout.channel], len(rank))
        return torch.sort(rank.flatten(), stable=True)[1]

    def received(self, sent, budget, layout, area=1.0, loss=None):
        """Planes of each value that a receiver knows after `budget` bits (B), B x N.

        loss: probability for each picture that a packet is lost (B), or None. The map is taken as received. A crop has `area` of a
        whole picture's symbols, so its packets are smaller by the same factor: each packet carries the same share of the picture."""
        order = self.order(sent.classes, layout)
        flat = sent.bits.flatten(1)
        spent = (flat.gather(1, order) if order.dim() > 1 else flat[:, order]).cumsum(1)
        if not layout.mapless:
            spent += self.mapping.bits() * area
        keep = spent <= budget[:, None]
        if loss is not None:
            packet = (spent / (SMALL_PACKET * 8 * code_share(SMALL_PACKET) * area)).long().clamp(max=2047)
            keep &= (torch.rand(len(budget), 2048) >= loss[:, None]).gather(1, packet)
        flags = torch.zeros_like(spent).scatter_(1, order.expand_as(spent), keep.float()).view(sent.bits.shape)
        flags *= torch.arange(self.depth)[:, None] < self.number[layout.channel]
        return flags.cumprod(1).sum(1).long()

    # ---- fitting -----------------------------------------------------------------------------------------------

    @torch.no_grad()
    def choose(self, encoder, pictures, layout):
        """Fits on whole training pictures (0..255) what the decoder depends on: the number of planes and the map."""
        top, seen = torch.zeros(layout.channels), []
        for part in pictures.split(PART):
            latents, saliency = encoder(part)
            values = layout.flat(latents)
            largest = quantise(values, self.config.rounding).abs().amax(0)
            top = torch.maximum(top, torch.zeros_like(top).scatter_reduce_(0, layout.channel, largest, "amax"))
            seen.append((values, saliency))
        need = torch.frexp(top)[1].long().clamp_min(1)
        self.number.copy_(torch.minimum(need, self.most))
        self.wide.copy_((need > self.most) & (self.largest > 1))
        magnitudes = layout.grids(torch.cat([self.magnitudes(values, layout) for values, _ in seen]))
        self.mapping.choose(layout, magnitudes, torch.cat([s for _, s in seen]) if seen[0][1] is not None else None)

    @torch.no_grad()
    def fit(self, encoder, pictures, layout):
        """Fits statistics, reconstruction points and order on whole training pictures (0..255)."""
        c, p = layout.channels, self.depth
        counts = torch.zeros(p, c * CLASSES * NEIGHBOURS * 6, dtype=torch.double)
        points, maps = torch.zeros(5, c, p, dtype=torch.double), []
        self.base.fill_(FEW)
        for part in pictures.split(PART):
            latents, saliency = encoder(part)
            values = layout.flat(latents)
            maps.append(self.map(values, saliency, layout))
            classes = self.classes(maps[-1], layout)
            symbols, _ = self.split(values, layout)
            self.count_symbols(symbols, classes, layout, counts)
            self.count_sizes(values, layout, points)
        if not layout.mapless:
            self.mapping.count(torch.cat(maps))
        counts = counts.view(p, c, CLASSES, 3, 3, 2, 3).transpose(0, 1)
        self.point.copy_((points[1] / points[0].clamp_min(1e-6)).clamp(0.05, 0.95))
        bits = self.bits_of_units(counts)
        if self.config.gradual is not None:
            step = round(31 * self.config.weight * self.config.gradual)
            self.score.copy_((step * torch.arange(c - 1, -1, -1.0))[:, None])
        else:
            self.fit_order(bits, points)
        self.fit_units(counts, self.early(bits / len(pictures)))
        self.tabulate()

    def count_symbols(self, symbols, classes, layout, counts):
        """Adds to counts by plane and (channel, class, neighbours, earlier symbol not 0, symbol), and to those of base symbols."""
        near = self.neighbours(symbols, layout)
        key = layout.channel * CLASSES + classes
        for k in range(self.depth):
            earlier = (symbols[:, k - 1] != 0).long() if k else torch.zeros_like(key)
            cell = ((key * NEIGHBOURS + near[:, k]) * 2 + earlier) * 3 + symbols[:, k].clamp(-1, 1) + 1
            counts[k] += torch.bincount(cell.flatten(), minlength=counts.shape[1])
        index = classes.flatten(), layout.channel.expand_as(classes).flatten(), symbols[:, 0].flatten() + self.limit
        self.base.index_put_(index, torch.ones(1).expand(classes.numel()), accumulate=True)

    def count_sizes(self, values, layout, points):
        """Adds to numbers by (channel, plane), in steps: of values whose bin is not 0 how many, and the sum and the squares of what exceeds
        the lower end of the bin; the squares of the other values; the squares of all."""
        e, size = (self.number - 1)[layout.channel], self.magnitudes(values, layout)
        real = torch.minimum(values.abs(), self.limits()[layout.channel] + 1)
        for k in range(self.depth):
            step = 2.0 ** (e - k).clamp_min(0)
            t = torch.floor(size / step)
            there, x = t > 0, real / step
            over = (x - t) * there
            for n, part in enumerate((there, over, over ** 2, x ** 2 * ~there, x ** 2)):
                points[n, :, k].index_add_(0, layout.channel, part.double().sum(0))

    def bits_of_units(self, counts):
        """Bits of all symbols of each (channel, plane) with full tables, from counts C x P x CLASSES x 3 x 3 x 2 x 3."""
        bits = entropy(counts.sum(5)).flatten(2).sum(2)
        bits[self.wide, 0] = entropy(self.base.double()).sum(0)[self.wide]
        return bits

    def fit_order(self, bits, points):
        """Scores: octaves of error saved by bit, the planes of a channel along their convex hull."""
        step = 2.0 ** (self.number[:, None] - 1 - torch.arange(self.depth)).clamp_min(0)
        there, over, squares, zeros, whole = points
        d = self.point.double()
        error = (squares - 2 * d * over + d ** 2 * there + zeros) * step ** 2
        saved = torch.cat([whole[:, :1] * step[:, :1] ** 2, error[:, :-1]], 1) - error
        for c, n in enumerate(self.number.tolist()):
            slopes = torch.tensor(hull(saved[c, :n].clamp_min(1e-3).tolist(), bits[c, :n].clamp_min(1e-3).tolist()))
            self.score[c, :n] = slopes.log2() + self.sensitivity[c]

    def early(self, bits):
        """Which units are in the first EARLY_BYTES, C x P, from the bits that a picture has of each."""
        there = torch.arange(self.depth) < self.number[:, None]
        order = torch.where(there, self.score, -1e6).flatten().sort(descending=True, stable=True)[1]
        early = torch.empty(len(order), dtype=torch.bool)
        early[order] = (bits.flatten()[order] * there.flatten()[order]).cumsum(0) < 8 * EARLY_BYTES
        return early.view(there.shape)

    def fit_units(self, counts, early):
        """Statistics of narrow units from counts C x P x CLASSES x 3 x 3 x 2 x 3; shapes serve the early ones above all."""
        c, p = early.shape
        narrow = ((torch.arange(p) < self.number[:, None]) & ~(self.wide[:, None] & (torch.arange(p) == 0))).flatten()
        counts, weight = counts.flatten(0, 1), torch.where(early.flatten(), 1.0, LATE_WEIGHT)[narrow]
        total, after = counts.sum((1, 2, 3, 4)), counts[..., 1, :].sum((1, 2, 3))
        self.negative.copy_(tables.share(total[:, [2, 0]]).view(c, p))
        self.one.copy_(tables.share(after[:, 1:]).view(c, p))
        if narrow.any():
            either, after_zero = (flags(tables.by_state(x))[narrow] for x in (counts.sum(4), counts[..., 0, :]))
            bias, number, shapes = tables.fit(either * weight[:, None, None, None], len(self.shapes))
            zero = tables.zero_after_zero(after_zero, bias, shapes[number])
            self.shapes.copy_(shapes)
            for own, found in ((self.bias, bias), (self.shape, number), (self.zero, zero)):
                own.view(-1)[narrow] = found.long()


def entropy(counts):
    """Bits of all symbols of each distribution (last axis: symbols), coded with these counts."""
    share = counts / counts.sum(-1, keepdim=True).clamp_min(1e-9)
    return -(counts * share.clamp_min(1e-9).log2()).sum(-1)


def flags(counts):
    """Counts of the symbols -1, 0, 1 (last axis) -> of 0 and of the others."""
    return torch.stack([counts[..., 1], counts[..., 0] + counts[..., 2]], -1)
