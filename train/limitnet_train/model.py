"""Everything that is trained, and the average of its weights over the last steps."""

import torch
from torch import nn

from .checkpoint import weights
from .classifier import Classifier
from .device import on_gpu
from .inherit import inherit
from .modelfile import CLASSES
from .network import Decoder, Encoder, start_from_cosines
from .planes import Layout, Planes
from .rate import Rate

EMA = 0.998


class Averaged:
    """Modules and the average of their weights. The owner fills `modules` before start_average."""

    def start_average(self):
        self.average = [p.detach().clone() for p in self.modules.parameters()]

    def update_average(self, steps):
        keep = min(EMA, steps / (steps + 20))
        pairs = [(a, p.detach()) for a, p in zip(self.average, self.modules.parameters()) if p.requires_grad]
        average, present = ([pair[k] for pair in pairs] for k in range(2))
        with torch.no_grad():
            torch._foreach_mul_(average, keep)
            torch._foreach_add_(average, present, alpha=1 - keep)

    @torch.no_grad()
    def take_average(self):
        """Goes on from the average."""
        for p, a in zip(self.modules.parameters(), self.average):
            p.copy_(a)

    def swap_average(self):
        """Exchanges the weights with their average; a second call undoes it."""
        for p, a in zip(self.modules.parameters(), self.average):
            p.data, a.data = a.data, p.data

    def state(self):
        return {"modules": self.modules.state_dict(), "average": self.average}

    def load(self, state):
        """A state without an average (checkpoint.py) holds the averaged weights themselves. What it lacks stays as made."""
        self.modules.load_state_dict(self.modules.state_dict() | weights(state["modules"]))
        for a, s in zip(self.average, state.get("average", [p.detach() for p in self.modules.parameters()])):
            a.copy_(s)


class Model(Averaged):
    """Encoder, decoder, stand-in for the entropy model and, where a phase trains it, the vision model behind the decoder."""

    def __init__(self, config):
        self.config = config
        torch.manual_seed(config.seed)
        self.encoder, self.decoder = Encoder(config), Decoder(config)
        self.layout = self.layout_for(config.width, config.height)
        self.planes = Planes(config, self.layout)
        self.rate = Rate(CLASSES * self.planes.depth, self.layout.channels)
        self.modules = nn.ModuleDict({"encoder": self.encoder, "decoder": self.decoder, "rate": self.rate})
        if any(p.loss == "vision" for p in config.phases):
            self.modules["vision"] = Classifier()
        if on_gpu():
            for layer in (m for m in self.modules.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)):
                layer.to(memory_format=torch.channels_last)
        self.start_average()

    def layout_for(self, width, height):
        return Layout(self.config, width, height)

    def start(self, pictures):
        if self.config.start:
            inherit(self, self.config.start)
        elif not any(s.relu for s in self.config.stages):
            start_from_cosines(self.encoder, self.decoder, pictures)
        if not self.config.start:
            with torch.no_grad():
                self.decoder.fit(self.encoder(pictures)[0])
        self.start_average()
        self.calibrate(pictures)

    @torch.no_grad()
    def calibrate(self, pictures):
        self.encoder.calibrating = True
        self.encoder(pictures[:len(pictures) // 2])
        self.encoder.calibrating = False
        self.planes.choose(self.encoder, pictures, self.layout)
        self.planes.fit(self.encoder, pictures, self.layout)

    def state(self):
        return super().state() | {"planes": self.planes.state()}

    def load(self, state):
        super().load(state)
        self.planes.load(state["planes"])
