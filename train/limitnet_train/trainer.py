"""Training: phases of a configuration, resumable at any moment.

Every step draws a byte budget for each picture, sends the symbols that fit it in the model's order, and decodes them.
Gradual Scoring (paper, Eq. 4 to 6) drops the lowest scores. A byte budget, spent at the entropy model's cost, is the same rule
in the unit that a link counts.
"""

import math
import pathlib
import signal
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from tqdm import tqdm

from .classifier import Classifier, feature_error, recognition_loss
from .data import Pictures
from .inherit import inherit
from .modelfile import CLASSES
from .network import Decoder, Encoder, start_from_cosines
from .planes import SMALL_PACKET, Layout, Planes, code_share
from .rate import Rate
from .sensitivity import sensitivity

BUDGET_KB = (0.12, 5.0)         # drawn evenly on a logarithmic scale
LOSS_SHARE, MOST_LOSS = 0.25, 0.4   # share of pictures that lose packets; the largest share lost
MAPLESS_SHARE = 0.1             # share of steps without a map: the decoder also serves models without one
REFIT_STEPS, SAVE_SECONDS = 500, 300
SAMPLE = 400                    # training pictures for fitting scales and tables during training
SENSITIVITY_SAMPLE = 100        # of these, for the order by recognition
EMA = 0.998


class Averaged:
    """Modules and the average of their weights. The owner fills `modules` before start_average."""

    def start_average(self):
        self.average = [p.detach().clone() for p in self.modules.parameters()]

    def update_average(self, steps):
        keep = min(EMA, steps / (steps + 20))
        with torch.no_grad():
            torch._foreach_mul_(self.average, keep)
            torch._foreach_add_(self.average, [p.detach() for p in self.modules.parameters()], alpha=1 - keep)

    def swap_average(self):
        """Exchanges the weights with their average; a second call undoes it."""
        for p, a in zip(self.modules.parameters(), self.average):
            p.data, a.data = a.data, p.data

    def state(self):
        return {"modules": self.modules.state_dict(), "average": self.average}

    def load(self, state):
        """A state without an average (checkpoint.py) holds the averaged weights themselves."""
        self.modules.load_state_dict(state["modules"])
        for a, s in zip(self.average, state.get("average", [p.detach() for p in self.modules.parameters()])):
            a.copy_(s)


class Model(Averaged):
    """Everything that is trained, and its averaged copy."""

    def __init__(self, config):
        self.config = config
        torch.manual_seed(config.seed)
        self.encoder, self.decoder = Encoder(config), Decoder(config)
        self.layout = self.layout_for(config.width, config.height)
        self.planes = Planes(config, self.layout)
        self.rate = Rate(CLASSES * self.planes.depth, self.layout.channels)
        self.modules = nn.ModuleDict({"encoder": self.encoder, "decoder": self.decoder, "rate": self.rate})
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
                self.decoder.start_trust(self.encoder(pictures)[0])
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


def send_and_decode(model, picture, layout, budget_kb, loss, rounding, price=True):
    """One trip of a batch: picture, mean bits of a value at its finest known step, share of the budget used, saliency (None without).

    rounding: values that arrive are rounded to nearest at their finest known step, with a straight-through gradient; otherwise
    they are a receiver's reading of the planes, without a gradient. (A gradient through the dead zone makes every zero ask to be
    larger: the stream grows and the loss does not fall.)

    price: with rounding, bits cost the encoder something; False: nothing."""
    area = layout.channel.numel() / model.layout.channel.numel()
    latents, saliency = model.encoder(picture)
    values = layout.flat(latents)
    planes, share = model.planes, code_share(SMALL_PACKET)
    with torch.no_grad():
        sent = planes.send(values, saliency, layout)
        count = planes.received(sent, budget_kb * 8192 * share * area, layout, area, loss)
        read = sent.taken.gather(1, count[:, None])[:, 0]
        finest = (planes.number[layout.channel] - count).clamp(0, planes.depth - 1)
        step = 2.0 ** finest
    got = (count > 0).float()
    if rounding:
        read = (values + (step * torch.round(values / step) - values).detach()) * got
    noise = torch.rand_like(values) - 0.5
    costed = values if rounding and price else values.detach()    # without rounding the encoder gets no gradient, so no price either
    smooth = model.rate(costed / step + noise, sent.classes + CLASSES * finest, layout.channel)
    with torch.autocast("cpu", torch.bfloat16):
        result = model.decoder(layout.grids(read), planes.known(count, layout), planes.map_input(sent.cells))
    used = ((smooth * got).sum(1) / (8192 * area) / budget_kb).mean()
    return result, smooth.mean(), used, saliency


def saliency_error(saliency, mask):
    """Cross-entropy to people's masks."""
    return F.binary_cross_entropy(saliency.clamp(1e-4, 1 - 1e-4), F.adaptive_avg_pool2d(mask, saliency.shape[2:]))


class Trainer:
    """Phases, checkpoints and log of a Model. Subclasses train other things."""

    make_model = Model
    SUMS = 6                    # numbers that a step returns, for `summary`

    def __init__(self, config, packed, out):
        self.config, self.out = config, pathlib.Path(out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.pictures, self.model = Pictures(packed), self.make_model(config)
        self.classifier = None
        self.phase, self.seen, self.optimizer_state = 0, 0, None
        self.rng = np.random.default_rng(config.seed)
        self.sample = self.pictures.whole(0, SAMPLE)
        self.stop = False
        if (self.out / "checkpoint.pt").exists():
            self.resume()
        else:
            self.model.start(self.sample)

    def resume(self):
        s = torch.load(self.out / "checkpoint.pt", weights_only=False)
        self.model.load(s["model"])
        self.phase, self.seen, self.optimizer_state = s["phase"], s["seen"], s["optimizer"]
        self.rng.bit_generator.state = s["rng"]
        torch.set_rng_state(s["torch_rng"])

    def state(self, model, optimizer=None):
        """All that a checkpoint holds, with this state of the model."""
        return {"model": model, "phase": self.phase, "seen": self.seen, "rng": self.rng.bit_generator.state,
                "torch_rng": torch.get_rng_state(), "optimizer": optimizer.state_dict() if optimizer else None}

    def save(self, optimizer):
        part = self.out / "checkpoint.part"
        torch.save(self.state(self.model.state(), optimizer), part)
        part.rename(self.out / "checkpoint.pt")

    def run(self):
        """Trains until the last phase ends or SIGTERM/SIGINT asks to stop. True when all phases are done."""
        for s in (signal.SIGTERM, signal.SIGINT):
            signal.signal(s, lambda *_: setattr(self, "stop", True))
        while self.phase < len(self.config.phases) and not self.stop:
            self.run_phase(self.config.phases[self.phase])
        return not self.stop

    def run_phase(self, phase):
        model = self.model
        self.prepare(phase)
        if phase.loss in ("recognition", "texture") and self.classifier is None:
            self.classifier = Classifier()
        trained = [p for p in model.modules.parameters() if p.requires_grad]
        optimizer = torch.optim.Adam(self.groups(), phase.rate)
        if self.optimizer_state:
            optimizer.load_state_dict(self.optimizer_state)
        elif self.phase > 0:
            self.fit(phase)
        bar = tqdm(total=phase.pictures, initial=self.seen, desc=f"{self.config.name} phase {self.phase + 1} {phase.loss}", unit="picture", mininterval=5)
        sums, count, saved, logged = np.zeros(self.SUMS), 0, time.time(), self.seen
        while self.seen < phase.pictures and not self.stop:
            steps = self.seen // phase.batch
            for group in optimizer.param_groups:
                group["lr"] = self.rate(phase, steps) * group["factor"]
            sums += (self.step_saliency if phase.loss == "saliency" else self.step)(phase, optimizer, trained)
            count += 1
            self.seen += phase.batch
            bar.update(phase.batch)
            model.update_average(steps + (10000 if self.phase else 0))
            if (steps + 1) % REFIT_STEPS == 0 and (phase.encoder or phase.loss == "saliency"):
                self.refit()
            if self.seen - logged >= 4000:
                self.log(phase, sums / count)
                sums, count, logged = np.zeros(self.SUMS), 0, self.seen
            if time.time() - saved > SAVE_SECONDS:
                self.save(optimizer)
                saved = time.time()
        bar.close()
        if self.seen >= phase.pictures:
            self.phase, self.seen, self.optimizer_state, optimizer = self.phase + 1, 0, None, None
        self.save(optimizer)

    def prepare(self, phase):
        """Chooses the parameters that a phase trains, and the grids of its crops."""
        model, self.layout = self.model, self.model.layout_for(phase.crop, phase.crop)
        model.modules.requires_grad_(phase.loss != "saliency")
        model.encoder.requires_grad_(phase.encoder)
        model.encoder.branch.requires_grad_(phase.encoder or phase.loss == "saliency")

    @torch.no_grad()
    def refit(self):
        """Fits scales and tables to the present networks."""
        self.model.calibrate(self.sample)

    def fit(self, phase):
        """Fits tables and order at the beginning of a later phase."""
        self.refit()
        if phase.loss == "recognition" and not phase.encoder:
            self.order_by_recognition()

    def order_by_recognition(self):
        """From here on the order follows the fall of the recognition loss instead of the squared error. The encoder no longer changes."""
        self.model.swap_average()
        self.model.planes.sensitivity.copy_(sensitivity(self.model, self.classifier, self.sample[:SENSITIVITY_SAMPLE], BUDGET_KB))
        self.model.calibrate(self.sample)
        self.model.swap_average()

    def groups(self):
        """Trained parameters. The rate model learns faster, so that its price is right before it shapes the encoder."""
        m = self.model
        networks = [p for p in [*m.encoder.parameters(), *m.decoder.parameters()] if p.requires_grad]
        return [{"params": networks, "factor": 1.0}, {"params": [p for p in m.rate.parameters() if p.requires_grad], "factor": 10.0}]

    @staticmethod
    def rate(phase, steps):
        """The learning rate: a warm-up of 100 steps, then half a cosine down."""
        share = steps * phase.batch / phase.pictures
        return phase.rate * min(1.0, steps / 100 + 0.01) * (0.5 + 0.5 * math.cos(math.pi * share)) + 1e-6

    def step_saliency(self, phase, optimizer, trained):
        """Trains the saliency branch alone; the encoder below it stays as it is."""
        picture, mask = self.pictures.batch(self.rng, phase.batch, phase.crop)
        bce = saliency_error(self.model.encoder(picture)[1], mask)
        optimizer.zero_grad()
        bce.backward()
        optimizer.step()
        return np.array([float(bce.detach()), 1.0, 0, 0, 0, float(bce.detach())])

    def step(self, phase, optimizer, trained):
        layout = self.layout
        picture, mask = self.pictures.batch(self.rng, phase.batch, phase.crop)
        low, high = (math.log(b) for b in BUDGET_KB)
        budget = torch.exp(torch.empty(phase.batch).uniform_(low, high))
        loss_rate = torch.rand(phase.batch) * MOST_LOSS * (torch.rand(phase.batch) < LOSS_SHARE)
        rounding = phase.encoder and self.rng.random() < 0.6
        layout.mapless = self.config.map.kind == "none" or self.rng.random() < MAPLESS_SHARE
        result, full, used, saliency = send_and_decode(self.model, picture, layout, budget, loss_rate, rounding, phase.price)
        squared = F.mse_loss(result, picture / 255)
        bce = saliency_error(saliency, mask) if saliency is not None else torch.zeros(())
        feature = torch.zeros(())
        if phase.loss == "recognition":
            with torch.autocast("cpu", torch.bfloat16):
                with torch.no_grad():
                    teacher = self.classifier(picture)
                student = self.classifier(result.clamp(0, 1) * 255)
            feature, divergence = recognition_loss(student, teacher)
            loss = feature + 0.1 * divergence + 8 * squared + 0.1 * used + 0.003 * full + 0.05 * bce
        elif phase.loss == "texture":
            with torch.autocast("cpu", torch.bfloat16):
                with torch.no_grad():
                    teacher = self.classifier.early(picture)
                feature = feature_error(self.classifier.early(result.clamp(0, 1) * 255), teacher)
            loss = 0.25 * feature + 8 * squared + 0.1 * used + 0.003 * full + 0.05 * bce
        else:
            loss = 20 * squared + 0.05 * used + 0.002 * full + 0.05 * bce
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 2.0)
        optimizer.step()
        return np.array([float(v.detach()) for v in (loss, squared, feature, full, used, bce)])

    def log(self, phase, mean):
        line = (f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} phase {self.phase + 1} {phase.loss} {self.seen}/{phase.pictures} pictures "
                f"{self.summary(mean)}")
        with open(self.out / "training.log", "a") as f:
            f.write(line + "\n")

    @staticmethod
    def summary(mean):
        return (f"loss {mean[0]:.4f} psnr {-10 * math.log10(mean[1]):.2f} dB features {mean[2]:.4f} bits/value {mean[3]:.3f} used {mean[4]:.3f} "
                f"saliency {mean[5]:.4f}")
