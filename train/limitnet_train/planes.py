"""Values as symbols in planes, their cost, and the order in which they go out (SPEC 3 to 5).

Shapes: a batch of pictures has N values each, all channels one after the other in transmission order (coarse grid first). C = channels, P = the largest
number of planes. Symbols are B x N x P.
"""

import torch

from .network import area_matrix, bilinear_matrix, quantise, resample

CLASSES = 4
PASSES = 4              # over the places of the units before the map (SPEC 5)
MAP_BYTES = 31          # about the size of the coded map; the packet coder knows the exact cost
PACKET_BYTES, CODE_SHARE = 51, 0.925     # share of a small LoRaWAN packet that is left for symbols, without header and packet end


class Layout:
    """Where each value of a picture lies: channel, grid, place."""

    def __init__(self, config, width, height):
        self.config, self.shapes, self.channel, self.place, self.planes, self.base_limit = config, [], [], [], [], []
        w, h, grids = width, height, []
        for i, s in enumerate(config.stages):
            w, h = ((n + 2 * s.padding - s.kernel) // s.stride + 1 for n in (w, h))
            grids.append((i, s, h, w))
        for i, s, h, w in grids[::-1]:
            if not s.latent:
                continue
            self.shapes.append((s.latent, h, w))
            for _ in range(s.latent):
                self.channel.append(torch.full((h * w,), len(self.planes)))
                self.place.append(torch.arange(h * w))
                self.planes.append(config.planes[i])
                self.base_limit.append(config.base_limit[i])
        self.channel, self.place = torch.cat(self.channel), torch.cat(self.place)
        self.planes, self.base_limit = torch.tensor(self.planes), torch.tensor(self.base_limit)
        self.channels, self.depth = len(self.planes), int(self.planes.max())
        self.mapless = False        # True: no map is sent, the order is that of the channels alone
        self.cells = (max(1, round(8 * height / 224)), max(1, round(8 * width / 224)))      # whole pictures: 8 x 8

    def flat(self, grids):
        return torch.cat([g.flatten(1) for g in grids], 1)

    def grids(self, flat):
        parts = flat.split([c * h * w for c, h, w in self.shapes], 1)
        return [p.reshape(-1, c, h, w) for p, (c, h, w) in zip(parts, self.shapes)]

    def map_levels(self, saliency):
        """Saliency B x 1 x h x w (0..1) -> levels of the map that is sent, B x 1 x cells, 0..31."""
        if self.mapless:
            return torch.zeros(len(saliency), 1, *self.cells)
        h, w = saliency.shape[2:]
        small = resample(torch.floor(saliency * 255 + 0.5), area_matrix(h, self.cells[0]), area_matrix(w, self.cells[1]))
        return torch.floor(small * (31 / 255) + 0.5)

    def levels(self, cells):
        """Map levels -> the level at every value, B x N."""
        out = []
        for c, h, w in self.shapes:
            grid = resample(cells, bilinear_matrix(h, cells.shape[2]), bilinear_matrix(w, cells.shape[3]))
            out.append(torch.floor(grid + 0.5).expand(-1, c, -1, -1))
        return self.flat(out).long()


class Planes:
    """Symbol counts, reconstruction points and score offsets of a model, fitted on training pictures."""

    def __init__(self, config, layout):
        self.config = config
        c, p = layout.channels, layout.depth
        self.limit = int(layout.base_limit.max())
        self.base = torch.full((CLASSES, c, 2 * self.limit + 1), 0.02)
        self.refinement = torch.full((CLASSES, c, max(p - 1, 1), 3), 0.02)
        self.point = torch.full((c, p), 0.5)
        self.sensitivity = torch.zeros(c)       # octaves of recognition loss per squared error; all 0: the order follows the squared error alone
        self.offset = torch.zeros(c, p)
        for plane in range(p):
            self.offset[:, plane] = -1000.0 * plane - torch.arange(c)

    def state(self):
        return {k: getattr(self, k) for k in ("base", "refinement", "point", "sensitivity", "offset")}

    def load(self, state):
        for k, v in state.items():
            getattr(self, k).copy_(v)

    def split(self, values, layout):
        """Real values in finest steps (B x N) -> symbols B x N x P, and the receiver's reading of each value from 0, 1, .. P
        planes: B x N x (P + 1)."""
        e = (layout.planes - 1)[layout.channel]
        q = quantise(values, self.config.rounding)
        sign, magnitude = q.sign(), torch.minimum(q.abs(), ((layout.base_limit[layout.channel] + 1) << e) - 1)
        symbols, known, before = [], [torch.zeros_like(values)], None
        for k in range(layout.depth):
            step = 2.0 ** (e - k).clamp_min(0)
            t = torch.floor(magnitude / step)
            if k == 0:
                symbol = sign * t
            else:
                symbol = torch.where(before == 0, sign * t, t - 2 * before) * (k <= e)
            taken = sign * torch.where(t > 0, t + self.point[layout.channel, k], torch.zeros(())) * step
            symbols.append(symbol)
            known.append(torch.where(k <= e, taken, known[-1]))
            before = t
        return torch.stack(symbols, -1).long(), torch.stack(known, -1)

    def classes(self, levels, layout):
        """Class of every symbol, B x N x P; symbols before the map have class 0."""
        c = (levels >> 3)[..., None].expand(-1, -1, layout.depth).clone()
        c[:, layout.channel < self.config.before_map, 0] = 0
        return c

    def count(self, symbols, classes, layout):
        ch = layout.channel.expand_as(classes[..., 0])
        one = torch.ones(ch.numel())
        self.base.index_put_((classes[..., 0].reshape(-1), ch.reshape(-1), symbols[..., 0].reshape(-1) + self.limit), one, accumulate=True)
        for k in range(1, layout.depth):
            plane = torch.full((ch.numel(),), k - 1)
            self.refinement.index_put_((classes[..., k].reshape(-1), ch.reshape(-1), plane, symbols[..., k].reshape(-1) + 1), one, accumulate=True)

    def cost(self, symbols, classes, layout):
        """Bits of every symbol, B x N x P; 0 for planes a channel does not have."""
        base = -torch.log2(self.base / self.base.sum(-1, keepdim=True))
        ref = -torch.log2(self.refinement / self.refinement.sum(-1, keepdim=True))
        ch = layout.channel.expand_as(classes[..., 0])
        bits = [base[classes[..., 0], ch, symbols[..., 0] + self.limit]]
        for k in range(1, layout.depth):
            b = ref[classes[..., k], ch, k - 1, symbols[..., k] + 1]
            bits.append(b * (k < layout.planes[layout.channel]))
        return torch.stack(bits, -1)

    def order(self, levels, layout):
        """Symbols (flat over N x P) in order of score, B x (N P), and how many of them go before the map."""
        first = layout.channel < self.config.before_map
        score = self.offset[layout.channel] + 4 * self.config.weight * (levels[..., None] >> 2).float()
        score[:, first, 0] = 1e6 - (layout.place[first] % PASSES * 1000 + layout.channel[first]).float()
        score.masked_fill_(torch.arange(layout.depth) >= layout.planes[layout.channel][:, None], -1e6)
        return torch.sort(score.flatten(1), dim=1, descending=True, stable=True)[1], int(first.sum())

    def received(self, levels, bits, budget, layout, area, loss=None):
        """Planes of each value that a receiver knows after `budget` bits (B), B x N.

        loss: probability of losing a packet, for each picture (B), or None. The map always arrives. A crop has the share `area` of a
        whole picture's symbols, and its packets are smaller by the same share: each carries as much of the picture as a whole one."""
        order, before = self.order(levels, layout)
        spent = bits.flatten(1).gather(1, order).cumsum(1)
        if not layout.mapless:
            spent[:, before:] += MAP_BYTES * 8 * area
        keep = spent <= budget[:, None]
        if loss is not None:
            packet = (spent / (PACKET_BYTES * 8 * CODE_SHARE * area)).long().clamp(max=2047)
            keep &= (torch.rand(len(budget), 2048) >= loss[:, None]).gather(1, packet)
        flags = torch.zeros_like(spent).scatter_(1, order, keep.float()).view(bits.shape)
        flags = flags * (torch.arange(layout.depth) < layout.planes[layout.channel][:, None])
        return flags.cumprod(-1).sum(-1).long()

    @torch.no_grad()
    def fit(self, encoder, pictures, layout):
        """Counts symbols, reconstruction points and offsets again on training pictures (a tensor, 0..255)."""
        self.base.fill_(0.02), self.refinement.fill_(0.02)
        seen, top, count = [], torch.zeros_like(self.point), torch.full_like(self.point, 1e-6)
        for part in pictures.split(50):
            latents, saliency = encoder(part)
            values, levels = layout.flat(latents), layout.levels(layout.map_levels(saliency))
            symbols, _ = self.split(values, layout)
            classes = self.classes(levels, layout)
            self.count(symbols, classes, layout)
            self.centroids(values, layout, top, count)
            seen.append((values, symbols, classes))
        self.point.copy_((top / count).clamp(0.05, 0.95))
        if self.config.gradual is not None:
            step = round(31 * self.config.weight * self.config.gradual)
            self.offset.copy_((step * torch.arange(layout.channels - 1, -1, -1.0))[:, None])
            return
        fall, bits = torch.zeros_like(self.offset), torch.zeros_like(self.offset)
        for values, symbols, classes in seen:
            _, known = self.split(values, layout)
            error = (known - values[..., None]) ** 2
            fall.index_add_(0, layout.channel, (error[..., :-1] - error[..., 1:]).sum(0))
            bits.index_add_(0, layout.channel, self.cost(symbols, classes, layout).sum(0))
        slope = torch.log2(fall.clamp_min(1e-3) / bits.clamp_min(1e-3)) + self.sensitivity[:, None]
        slope = torch.cummin(slope, 1)[0]      # a plane never goes before the plane it refines
        unit = 31 * self.config.weight / self.config.octaves
        self.offset.copy_(torch.round((slope - slope.max()) * unit) - torch.arange(layout.depth))

    def centroids(self, values, layout, top, count):
        """The mean place of a value in its bin, for every (channel, plane)."""
        e = (layout.planes - 1)[layout.channel]
        magnitude = values.abs() + self.config.rounding / 256
        for k in range(layout.depth):
            scaled = magnitude / 2.0 ** (e - k).clamp_min(0)
            inside = (scaled >= 1) & (k <= e) & (scaled < layout.base_limit[layout.channel] * 2.0 ** k)
            part = (scaled - torch.floor(scaled) - self.config.rounding / 256 / 2.0 ** (e - k).clamp_min(0)) * inside
            top[:, k].index_add_(0, layout.channel, part.sum(0))
            count[:, k].index_add_(0, layout.channel, inside.float().sum(0))
