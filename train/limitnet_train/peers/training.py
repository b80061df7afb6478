"""Training of the peers with the phases, checkpoints and losses of the models."""

import functools

import torch
import torch.nn.functional as F
from torch import nn

from ..classifier import Classifier
from ..device import short_floats
from ..losses import recognition_loss
from ..model import Averaged
from ..trainer import Trainer
from .networks import make
from .prior import Prior

PART = 50                    # pictures at a time when statistics are taken
PICTURE_VARIANCE = 0.06      # variance of pixels 0..1, about: one weight of the squared error then serves pictures and features


class Peer(Averaged):
    """Everything that is trained, and its averaged copy."""

    def __init__(self, config, classifier):
        self.config = config
        torch.manual_seed(config.seed)
        self.network = make(config, classifier)
        self.prior = Prior(config.channels, config.gain)
        self.modules = nn.ModuleDict({"network": self.network, "prior": self.prior})
        self.start_average()

    def start(self, pictures):
        self.settle(pictures)

    @torch.no_grad()
    def settle(self, pictures):
        """Takes the statistics of batch normalisation over whole pictures, with the present weights."""
        norms = [m for m in self.network.modules() if isinstance(m, nn.BatchNorm2d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None                     # the mean over all parts
        self.network.train()
        for part in pictures.split(PART) if norms else ():
            self.network.decode(self.symbols(part))
        for norm in norms:
            norm.momentum = 0.1
        self.network.eval()

    def symbols(self, picture):
        return self.network.rounded(self.network.encode(picture))


class PeerTrainer(Trainer):
    SUMS = 4

    def __init__(self, config, packed, out):
        classifier = Classifier()
        self.make_model = functools.partial(Peer, classifier=classifier)
        super().__init__(config, packed, out)
        self.classifier = classifier

    def prepare(self, phase):
        network = self.model.network
        self.model.modules.requires_grad_(True)
        self.model.prior.requires_grad_(phase.encoder)
        network.encoder.requires_grad_(phase.encoder)
        network.train()
        network.encoder.train(phase.encoder)

    def refit(self):
        """Nothing to fit in training: tables are counted when a peer is exported."""

    def fit(self, phase):
        self.model.settle(self.sample)
        self.prepare(phase)

    def groups(self):
        """Trained parameters. The prior learns faster, so that its price is right before it shapes the encoder."""
        parts = (self.model.network, 1.0), (self.model.prior, 10.0)
        return [{"params": [p for p in part.parameters() if p.requires_grad], "factor": factor} for part, factor in parts]

    def step(self, phase, optimizer, trained):
        picture, _ = self.pictures.batch(self.rng, phase.batch, phase.crop)
        network = self.model.network
        values = network.encode(picture)
        bits = self.model.prior.bits(values + torch.rand_like(values) - 0.5).mean()
        symbols = network.rounded(values)
        if self.config.dropout:
            symbols = symbols * kept(symbols.shape)
        with short_floats():
            result = network.decode(symbols)
        squared, feature, divergence = self.losses(phase, picture, result.float())
        weight = (0 if phase.loss == "reconstruction" else 1, 20 if phase.loss == "reconstruction" else 8)
        loss = weight[0] * (feature + 0.1 * divergence) + weight[1] * squared + self.config.rate_weight * bits
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 2.0)
        optimizer.step()
        return torch.stack([v.detach() for v in (loss, squared, feature, bits)])

    def losses(self, phase, picture, result):
        """Squared error of the picture or, on the same scale, of the features; and the recognition loss if the phase has it."""
        first, rest = self.classifier.first, self.classifier.rest
        zero = torch.zeros(())
        with short_floats():
            with torch.no_grad():
                stem = first(picture)
                teacher = rest(stem) if phase.loss == "recognition" else None
            if teacher:
                student = rest(result if self.model.network.features else first(result.clamp(0, 1) * 255))
        if self.model.network.features:
            stem = stem.float()
            squared = F.mse_loss(result, stem) / stem.var() * PICTURE_VARIANCE
        else:
            squared = F.mse_loss(result, picture / 255)
        if not teacher:
            return squared, zero, zero
        features, divergence = recognition_loss(student, teacher)
        return squared, features.mean(), divergence

    @staticmethod
    def summary(mean):
        return f"loss {mean[0]:.4f} squared {mean[1]:.5f} features {mean[2]:.4f} bits/symbol {mean[3]:.3f}"



def kept(shape):
    """1 for symbols that arrive, 0 for lost ones. The share that arrives is drawn evenly from 0 to 1 for each picture."""
    return (torch.rand(shape) >= torch.rand(shape[0], 1, 1, 1)).float()
