"""Encoder, saliency branch and decoder. The encoder computes in the integers of docs/SPEC.md, held in floats.

Quantisation is part of training: weights are rounded to 8 bits per output, activations to bytes, and gradients pass
straight through the rounding. So the exported network is the trained one.
"""

import functools
import math

import torch
import torch.nn.functional as F
from torch import nn


def straight(hard, soft):
    """`hard` in the forward pass, the gradient of `soft` in the backward pass."""
    return soft + (hard - soft).detach()


def rounded(x, low, high):
    """Round half up and clamp, as SPEC 1.3 does; no gradient where it clamps."""
    soft = x.clamp(low, high)
    return straight(torch.floor(x + 0.5).clamp(low, high), soft)


def weight_scale(w):
    return w.detach().abs().amax((1, 2, 3), keepdim=True).clamp_min(1e-9) / 127


YCBCR = torch.tensor([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])     # JFIF: rows Y, Cb, Cr of R, G, B


@functools.cache
def bilinear_matrix(places, cells):
    """places x cells: weights of the bilinear enlargement along one axis (SPEC 2.3), each row summing to 1."""
    p = torch.arange(places)
    t = cells * (2 * p + 1) - places
    i = torch.div(t, 2 * places, rounding_mode="floor")
    f = (t - 2 * places * i).float() / (2 * places)
    m = torch.zeros(places, cells)
    m[p, i.clamp(0, cells - 1)] += 1 - f
    m[p, (i + 1).clamp(0, cells - 1)] += f
    return m


def resample(x, rows, columns):
    """Applies one matrix per axis to N x C x h x w."""
    return rows @ x @ columns.T


def fine_chroma(w):
    """Averages Cb and Cr (JFIF) of kernels on RGB over 2x2 pixels."""
    weights = torch.einsum("oihw,ij->ojhw", w, torch.linalg.inv(YCBCR))[:, 1:]      # of the chroma components
    halved = F.interpolate(F.avg_pool2d(weights, 2), scale_factor=2, mode="nearest")
    return torch.einsum("ojhw,ji->oihw", weights - halved, YCBCR[1:])


class Layer(nn.Module):
    """A convolution with 8-bit weights whose input is integers with one scale per channel.

    symmetric: each output's kernel is even or odd under a flip of its rows, and of its columns. At this scale pictures look the same
    when flipped, so it costs next to nothing, and a camera folds pixels before it multiplies: a quarter of the work.

    half_chroma: kernels see both chroma components averaged over 2x2 pixels, as in JPEG's 4:2:0."""

    def __init__(self, inputs, outputs, kernel, stride, padding, symmetric=False, half_chroma=False):
        super().__init__()
        conv = nn.Conv2d(inputs, outputs, kernel)
        self.weight, self.bias = conv.weight, conv.bias
        self.stride, self.padding, self.half_chroma, self.integer = stride, padding, half_chroma, True
        self.register_buffer("scale_out", torch.ones(outputs))     # real size of one step of an output's byte
        self.register_buffer("parity", torch.ones(2, outputs, 1, 1, 1) if symmetric else None)   # 1 even, -1 odd: rows, columns

    def kernels(self):
        """The weights in use: with the parity of each output, if it has one."""
        w = self.weight
        for parity, axis in zip(() if self.parity is None else self.parity, (2, 3)):
            w = (w + parity * w.flip(axis)) / 2
        return w - fine_chroma(w) if self.half_chroma else w

    @torch.no_grad()
    def choose_parity(self):
        """Gives each output the parity nearest to its present weights."""
        for parity, axis in zip(self.parity, (2, 3)):
            parity.copy_((self.weight * self.weight.flip(axis)).sum((1, 2, 3), keepdim=True).sign())

    def integer_weights(self, scale_in):
        """int8 weights as floats, and the real size of one unit of each output's accumulator."""
        w = self.kernels() * scale_in[None, :, None, None]
        s = weight_scale(w)
        return (w / s).round(), s

    def forward(self, x, scale_in):
        w = self.kernels() * scale_in[None, :, None, None]
        if self.integer:
            s = weight_scale(w)
            w = straight((w / s).round() * s, w)
        return F.conv2d(x, w, self.bias, self.stride, self.padding)

    def calibrate(self, y, top):
        """Sets the bytes' scale so that all but a ten-thousandth of `y` fits."""
        flat = y.detach().abs().transpose(0, 1).flatten(1)
        k = max(1, int(flat.shape[1] * 0.9999))
        self.scale_out.copy_((flat.kthvalue(k, 1).values * 1.05 / top).clamp_min(1e-6))


class Encoder(nn.Module):
    """Pictures N x 3 x h x w (0..255) -> latent values in finest steps, a list from the last stage to the first, and the
    saliency of every place of the branch's grid (0..1), None without a branch."""

    def __init__(self, config):
        super().__init__()
        self.config, inputs = config, 3
        self.stages = nn.ModuleList()
        for s in config.stages:
            self.stages.append(Layer(inputs, s.outputs, s.kernel, s.stride, s.padding, s.symmetric, s.half_chroma))
            inputs = s.pass_
        self.branch, inputs = nn.ModuleList(), config.stages[config.map.stage].outputs
        for outputs in config.map.outputs:
            self.branch.append(Layer(inputs, outputs, 3, 1, 1))
            inputs = outputs
        self.calibrating = False

    def set_integer(self, integer):
        """False: weights and activations are not rounded, to measure the cost of rounding. Latent values are still sent in planes."""
        for layer in [*self.stages, *self.branch]:
            layer.integer = integer

    PICTURE_SCALE = 1 / 255.0
    BRANCH_SCALE = 1 / 32.0       # keeps the branch's inputs near 1; any constant would do

    def forward(self, picture):
        x, scale = picture - 128, torch.full((3,), self.PICTURE_SCALE)
        latents, seen = [], None
        for i, (layer, stage) in enumerate(zip(self.stages, self.config.stages)):
            y = layer(x, scale)
            latent = y[:, stage.pass_:] * self.config.gain
            if stage.relu:
                latent = F.relu(latent)
            x, scale = self.activation(layer, y, stage.relu, stage.pass_)
            if self.branch and i == self.config.map.stage:
                seen = torch.cat([x, self.branch_input(latent, stage.relu)], 1).detach()
            latents.insert(0, latent)
        return [v for v in latents if v.shape[1]], self.saliency(seen) if self.branch else None

    def activation(self, layer, y, relu, count):
        """The bytes passed to the next stage (as numbers, without zero point) and the real size of their steps."""
        low, high = (0, 255) if relu else (-128, 127)
        if self.calibrating:
            layer.calibrate(y, high)
        scale = layer.scale_out[:count]
        y = y[:, :count] / scale[None, :, None, None]
        return rounded(y, low, high) if layer.integer else y.clamp(0 if relu else -torch.inf), scale

    def branch_input(self, latent, relu):
        """Latent values as the branch reads them: limited as for sending (SPEC 3.3), then limited to a byte."""
        stage = self.config.map.stage
        limit = ((self.config.base_limit[stage] + 1) << max(self.config.planes[stage] - 1, 0)) - 1
        return quantise(latent, self.config.rounding).clamp(0 if relu else -min(limit, 128), min(limit, 255 if relu else 127))

    def saliency(self, x):
        scale = torch.full((x.shape[1],), self.BRANCH_SCALE)
        for layer in self.branch[:-1]:
            y = layer(x, scale)
            x, scale = self.activation(layer, y, True, y.shape[1])
        logit = self.branch[-1](x, scale)
        return torch.sigmoid(rounded(logit * 16, -128, 127) / 16)


def quantise(v, rounding):
    """Latent integers of SPEC 1.3 from real values in finest steps."""
    return v.sign() * torch.floor(v.abs() + rounding / 256)


class Decoder(nn.Module):
    """Latent values, how much of each is known, and the map -> picture, 0..1 (not clamped).

    A linear synthesis from the coarse grid to the fine one, plus a correction: a small CNN that works on the finest grid and ends in
    depth-to-space (none if its width is 0). The same weights serve any picture whose sides are multiples of the coarsest stride.

    How large a correction may be follows from what is known at its place. Otherwise what few bytes need, large corrections, is noise in
    pictures of many bytes, which the synthesis alone shows better.
    """

    CORRECTION, KNOWN_FALL = 0.5, 2.0       # at first: of a place of which nothing is known, and e to the power of how much smaller where all is

    def __init__(self, config):
        super().__init__()
        self.gain = config.gain
        coded = [s for s in config.stages if s.latent]
        strides, stride = [], 1
        for s in config.stages:
            stride *= s.stride
            if s.latent:
                strides.append(stride)
        self.ratios = [b // a for a, b in zip([1] + strides, strides)][::-1]           # last stage first
        passes = [3] + [s.pass_ for s in coded[:-1]]
        self.synthesis = nn.ModuleList(
            nn.ConvTranspose2d(s.latent + (s.pass_ if s is not coded[-1] else 0), p, 2 * r, r, r // 2)
            for s, p, r in zip(coded[::-1], passes[::-1], self.ratios))
        fine, w = coded[0], config.decoder_width
        known = sum(s.latent for s in coded)
        inputs = fine.latent + (fine.pass_ if fine is not coded[-1] else 0)
        self.register_buffer("size", torch.ones(inputs, 1, 1))
        self.head = nn.Conv2d(inputs + known + 1, w, 5, 1, 2) if w else None
        self.body = nn.ModuleList(nn.Conv2d(w, w, 3, 1, 1) for _ in range(config.decoder_blocks))
        self.tail = nn.Conv2d(w + inputs, 3 * self.ratios[-1] ** 2, 3, 1, 1) if w else None
        self.amplitude = nn.Conv2d(known, 1, 1) if w else None       # its logarithm
        if w:
            nn.init.constant_(self.amplitude.weight, -self.KNOWN_FALL / known)
            nn.init.constant_(self.amplitude.bias, math.log(self.CORRECTION))
        self.trust = nn.ParameterList(torch.zeros(s.latent) for s in coded[::-1])

    def forward(self, latents, known, level):
        """latents, known: lists from the coarsest grid; level: N x 1 x cells x cells, 0..1."""
        x, low = self.synthesise([self.conceal(*channel) for channel in zip(latents, known, self.trust)])
        if self.head is None:
            return 0.5 + low.float()
        x = x / self.size
        n, m = int(x.shape[2]), int(x.shape[3])
        near = [k if int(k.shape[2]) == n else F.interpolate(k, scale_factor=n // int(k.shape[2]), mode="nearest") for k in known]
        smooth = resample(level, bilinear_matrix(n, int(level.shape[2])), bilinear_matrix(m, int(level.shape[3])))
        near = torch.cat(near, 1)
        h = F.relu(self.head(torch.cat([x, near, smooth], 1)))
        for conv in self.body:
            h = h + F.relu(conv(h))
        correction = self.tail(torch.cat([h, x], 1)).float() * self.amplitude(near).float().exp()
        return 0.5 + low.float() + F.pixel_shuffle(correction, self.ratios[-1])

    def synthesise(self, latents):
        """The values on the finest grid, those synthesised from coarser grids first, and the picture that they give."""
        low = None
        for latent, synthesis in zip(latents, self.synthesis):
            x = latent / self.gain
            x = x if low is None else torch.cat([low, x], 1)
            low = synthesis(x)
        return x, low

    @staticmethod
    def conceal(latent, known, trust):
        """Replaces a missing value by the mean of the known values around it, times the trust of its channel (how far the channel follows
        its neighbours): a lost packet of coarse values leaves a blur, not a hole."""
        here = (known > 0).float()
        return latent * here + (1 - here) * trust[:, None, None] * neighbours(latent * here, here)

    @torch.no_grad()
    def fit(self, latents):
        """From whole latents: sets the usual size of values, and each channel's trust to the one of least squared error when a single value
        is missing."""
        self.size.copy_(self.synthesise(latents)[0].std((0, 2, 3))[:, None, None].clamp_min(1 / self.gain))       # at least a finest step
        for trust, latent in zip(self.trust, latents):
            near = neighbours(latent, torch.ones_like(latent))
            trust.copy_(((latent * near).sum((0, 2, 3)) / (near ** 2).sum((0, 2, 3)).clamp_min(1e-6)).clamp(0, 1))


@functools.cache
def around(channels):
    """Weights of the 24 places around a place, for each channel."""
    d = torch.arange(-2.0, 3.0) ** 2
    kernel = torch.exp(-(d[:, None] + d[None]))
    kernel[2, 2] = 0
    return kernel.repeat(channels, 1, 1, 1)


def neighbours(x, here):
    """Mean of the known values around each place; nearer values weigh more."""
    channels = int(x.shape[1])
    blur = functools.partial(F.conv2d, weight=around(channels), padding=2, groups=channels)
    return blur(x) / (blur(here) + 1e-3)


def cosines(n):
    """The orthonormal cosine transform of n values, slowest first: each row is exactly even or odd."""
    k, x = torch.arange(n, dtype=torch.double)[:, None], torch.arange(n, dtype=torch.double)
    m = torch.cos((2 * x + 1) * k * math.pi / (2 * n)) * math.sqrt(2 / n)
    m[0] /= math.sqrt(2)
    return ((m + (1 - k % 2 * 2) * m.flip(1)) / 2).float()       # rounding of cosines is not quite even


@torch.no_grad()
def start_from_cosines(encoder, decoder, pictures):
    """Starts a linear encoder as products of cosines on blocks and components of their inputs, stage by stage, those of the largest variance
    first, and the decoder as its transpose. The blocks do not overlap: a larger kernel has zeros around its block."""
    x = pictures / 255 - 0.5
    for i, (layer, stage, up) in enumerate(zip(encoder.stages, encoder.config.stages, list(decoder.synthesis)[::-1])):
        inputs, k = x.shape[1], stage.stride
        components = torch.eye(inputs)                           # outputs of the stage before are uncorrelated enough
        if i == 0:                                               # colours are not
            pixels = x.transpose(0, 1).flatten(1)[:, ::97]
            components = torch.linalg.eigh(pixels @ pixels.T)[1].flip(1).T
        rows = cosines(k)
        basis = torch.einsum("ci,ay,bx->cabiyx", components, rows, rows).reshape(-1, inputs, k, k)
        h, w = x.shape[2] // k * k, x.shape[3] // k * k
        variance = sum((F.conv2d(part[..., :h, :w], basis, None, k) ** 2).mean((0, 2, 3)) for part in x.split(20))
        basis = basis[variance.argsort(descending=True, stable=True)[:stage.outputs]]
        for target, edge in ((layer, (stage.kernel - k) // 2), (up, (up.kernel_size[0] - k) // 2)):
            target.weight.zero_()
            target.bias.zero_()
            target.weight[:, :, edge:edge + k, edge:edge + k] = basis
        if stage.symmetric:
            layer.choose_parity()
        if stage.pass_:
            x = torch.cat([F.conv2d(part, layer.kernels()[:stage.pass_], None, k, stage.padding) for part in x.split(20)])
    decoder.synthesis[-1].bias.fill_(0.5 / 255)                  # the encoder's zero is 128, the decoder's 127.5
