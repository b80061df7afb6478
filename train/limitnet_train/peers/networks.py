"""Encoders and decoders of the peers. Each network has

    encode(picture)    N x 3 x h x w, 0..255 -> real values N x channels x h/8 x w/8, in steps of one symbol
    decode(symbols)    -> picture 0..1 (not clamped), or the classifier's features at its split
    rounded(values)    whole numbers within the peer's range, with a straight-through gradient

Networks for features begin with the classifier's frozen stem, which they do not train."""

import torch
import torch.nn.functional as F
from torch import nn

from ..classifier import STEM_CHANNELS
from ..network import rounded

STRIDE = 8                     # of every peer's grid of symbols


class Network(nn.Module):
    features = False           # whether `decode` restores features instead of a picture

    def __init__(self, config):
        super().__init__()
        self.lowest, self.highest, self.gain = config.lowest, config.highest, config.gain

    def rounded(self, values):
        return rounded(values, self.lowest, self.highest)


class Residual(nn.ModuleList):
    """x + relu(conv(x)), repeated."""

    def __init__(self, width, blocks):
        super().__init__(nn.Conv2d(width, width, 3, 1, 1) for _ in range(blocks))

    def forward(self, x):
        for conv in self:
            x = x + F.relu(conv(x))
        return x


class Autoencoder(Network):
    """Three convolutions with the strides of LimitNet's encoder, and the models' decoder without its inputs about missing values: a
    linear synthesis plus a small network that ends in depth-to-space."""

    def __init__(self, config, _):
        super().__init__(config)
        a, b = config.widths
        self.encoder = nn.ModuleList([nn.Conv2d(3, a, 7, 2, 3), nn.Conv2d(a, b, 5, 4, 1), nn.Conv2d(b, config.channels, 3, 1, 1)])
        w = config.decoder_width
        self.synthesis = nn.ConvTranspose2d(config.channels, 3, 2 * STRIDE, STRIDE, STRIDE // 2)
        self.head, self.body = nn.Conv2d(config.channels, w, 5, 1, 2), Residual(w, config.decoder_blocks)
        self.tail = nn.Conv2d(w, 3 * STRIDE ** 2, 3, 1, 1)

    def encode(self, picture):
        x = (picture - 128) / 255
        for conv in self.encoder:
            x = F.relu(conv(x))
        return x * self.gain

    def decode(self, symbols):
        x = symbols / self.gain
        detail = self.tail(self.body(F.relu(self.head(x))))
        return 0.5 + self.synthesis(x).float() + 0.1 * F.pixel_shuffle(detail.float(), STRIDE)


class Bottleneck(Network):
    """BottleNet++: one convolution shrinks the features at the split, batch normalisation and a sigmoid bound them; one transposed
    convolution, batch normalisation and ReLU restore them."""

    features = True

    def __init__(self, config, classifier):
        super().__init__(config)
        self.stem = [classifier.first]            # in a list, so that it adds no parameters to this network
        shrink = STRIDE // 2                      # the stem has halved the picture
        self.encoder = nn.Sequential(nn.Conv2d(STEM_CHANNELS, config.channels, shrink, shrink), nn.BatchNorm2d(config.channels))
        self.decoder = nn.Sequential(nn.ConvTranspose2d(config.channels, STEM_CHANNELS, shrink, shrink), nn.BatchNorm2d(STEM_CHANNELS))

    def encode(self, picture):
        return torch.sigmoid(self.encoder(self.stem[0](picture))) * self.gain

    def decode(self, symbols):
        return F.relu(self.decoder(symbols / self.gain))


class Compressive(Network):
    """DeepCOD: one linear convolution samples the picture; a far heavier decoder restores the classifier's features."""

    features = True

    def __init__(self, config, _):
        super().__init__(config)
        w = config.decoder_width
        self.encoder = nn.Conv2d(3, config.channels, STRIDE, STRIDE)
        self.head, self.body = nn.Conv2d(config.channels, w, 5, 1, 2), Residual(w, config.decoder_blocks)
        self.enlarge, self.fine = nn.Conv2d(w, w, 3, 1, 1), Residual(w // 4, 2)
        self.tail = nn.Conv2d(w // 4, 4 * STEM_CHANNELS, 3, 1, 1)

    def encode(self, picture):
        return self.encoder((picture - 128) / 255) * self.gain

    def decode(self, symbols):
        x = self.body(F.relu(self.head(symbols / self.gain)))
        x = self.fine(F.relu(F.pixel_shuffle(self.enlarge(x), 2)))
        return F.relu(F.pixel_shuffle(self.tail(x), 2))


class Gdn(nn.Module):
    """Generalised divisive normalisation (Ballé et al., ICLR 2016), and its approximate inverse."""

    def __init__(self, channels, inverse=False):
        super().__init__()
        self.inverse = inverse
        self.beta, self.gamma = nn.Parameter(torch.ones(channels)), nn.Parameter(0.1 * torch.eye(channels))

    def forward(self, x):
        weight = self.gamma.clamp_min(0)[:, :, None, None]
        norm = torch.sqrt(F.conv2d(x * x, weight, self.beta.clamp_min(1e-3)))
        return x * norm if self.inverse else x / norm


class Factorised(Network):
    """The factorised-prior model of Ballé et al. 2018: convolutions of stride 2 with GDN between them."""

    def __init__(self, config, _):
        super().__init__(config)
        sizes = [3, *config.widths, config.channels]
        analysis, synthesis = [], []
        for n, m in zip(sizes, sizes[1:]):
            analysis += [nn.Conv2d(n, m, 5, 2, 2), Gdn(m)]
            synthesis = [Gdn(n, inverse=True), nn.ConvTranspose2d(m, n, 5, 2, 2, 1)][::-1] + synthesis
        self.encoder, self.decoder = nn.Sequential(*analysis[:-1]), nn.Sequential(*synthesis[:-1])

    def encode(self, picture):
        return self.encoder((picture - 128) / 255) * self.gain

    def decode(self, symbols):
        return 0.5 + self.decoder(symbols / self.gain)


def make(config, classifier):
    return {"autoencoder": Autoencoder, "bottleneck": Bottleneck, "compressive": Compressive, "factorised": Factorised}[config.network](config, classifier)
