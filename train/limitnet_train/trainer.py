"""Training: phases of a configuration, resumable at any moment.

Every step draws a byte budget for each picture, sends the symbols that fit it in the model's order, and decodes them.
Gradual Scoring (paper, Eq. 4 to 6) drops the lowest scores. A byte budget, spent at the entropy model's cost, is the same rule
in the unit that a link counts.
"""

import math
import pathlib
import time

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from . import losses, trip
from .classifier import classifier_of
from .data import Pictures
from .device import random_state, set_random_state, short_floats
from .model import Model
from .phases import Phased
from .sensitivity import sensitivity

FACTORS = {"encoder": 0.2, "rate": 10.0}    # an encoder begins as a good transform; the price of bits is right before it shapes the encoder
MAPLESS_SHARE = 0.1             # share of steps without a map: the decoder also serves models without one
CLEAN_SHARE = 0.2               # of the pictures that a vision model is trained on: as they were sent
REFIT_PICTURES, LOG_PICTURES, SAVE_SECONDS = 25600, 4000, 300
SAMPLE = 400                    # training pictures for fitting scales and tables during training
SENSITIVITY_SAMPLE = 100        # of these, for the order by recognition


class Trainer(Phased):
    """Phases, checkpoints and log of a Model. Subclasses train other things."""

    make_model = Model
    SUMS = 6                    # numbers that a step returns, for `summary`

    def __init__(self, config, packed, out):
        self.config, self.out = config, pathlib.Path(out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.pictures, self.model = Pictures(packed, config.width), self.make_model(config)
        self.classifier = None
        self.phase, self.seen, self.optimizer_state = 0, 0, None
        self.rng = np.random.default_rng(config.seed)
        self.sample = self.pictures.whole(SAMPLE)
        self.stop, self.phases = False, config.phases
        if (self.out / "checkpoint.pt").exists():
            self.resume()
        else:
            self.model.start(self.sample)

    def resume(self):
        s = torch.load(self.out / "checkpoint.pt", map_location=torch.get_default_device(), weights_only=False)
        self.model.load(s["model"])
        self.phase, self.seen, self.optimizer_state = s["phase"], s["seen"], s["optimizer"]
        self.rng.bit_generator.state = s["rng"]
        set_random_state(s["random"])

    def state(self, model, optimizer=None):
        """All that a checkpoint holds, with this state of the model."""
        return {"model": model, "phase": self.phase, "seen": self.seen, "rng": self.rng.bit_generator.state,
                "random": random_state(), "optimizer": optimizer.state_dict() if optimizer else None}

    def save(self, optimizer):
        self.write(self.state(self.model.state(), optimizer))

    def has_vision(self):
        """Whether a phase has begun to train the vision model; until then it is the original."""
        begun = self.config.phases[:self.phase + (self.seen > 0)]
        return any(p.loss == "vision" for p in begun)

    def run_phase(self, phase):
        model = self.model
        if self.seen == 0:
            model.take_average()
        self.prepare(phase)
        if phase.loss in ("recognition", "texture", "vision") and self.classifier is None:
            with torch.random.fork_rng():       # a run that goes on makes it later, and must meet the same random numbers
                self.classifier = classifier_of(self.config)
        trained = [p for p in model.modules.parameters() if p.requires_grad]
        optimizer = torch.optim.Adam(self.groups(), phase.rate)
        if self.optimizer_state:
            optimizer.load_state_dict(self.optimizer_state)
        elif self.phase > 0:
            self.fit(phase)
        bar = tqdm(total=phase.pictures, initial=self.seen, desc=f"{self.config.name} phase {self.phase + 1} {phase.loss}", unit="picture", mininterval=5)
        step = {"saliency": self.step_saliency, "vision": self.step_vision}.get(phase.loss, self.step)
        sums, count, saved, logged, since = torch.zeros(self.SUMS), 0, time.time(), self.seen, time.time()
        while self.seen < phase.pictures and not self.stop:
            steps = self.seen // phase.batch
            for group in optimizer.param_groups:
                group["lr"] = self.rate(phase, steps) * group["factor"]
            sums += step(phase, optimizer, trained)
            count += 1
            self.seen += phase.batch
            bar.update(phase.batch)
            model.update_average(steps)
            if self.seen // REFIT_PICTURES > (self.seen - phase.batch) // REFIT_PICTURES and (phase.encoder or phase.loss == "saliency"):
                self.refit()
            if self.seen - logged >= LOG_PICTURES:
                self.log(phase, (sums / count).tolist(), (self.seen - logged) / (time.time() - since))
                sums, count, logged, since = torch.zeros(self.SUMS), 0, self.seen, time.time()
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
        model.modules.requires_grad_(phase.loss not in ("saliency", "vision"))
        model.encoder.requires_grad_(phase.encoder)
        model.decoder.synthesis.requires_grad_(phase.encoder)       # the other half of the encoder's transform
        model.encoder.branch.requires_grad_(phase.encoder or phase.loss == "saliency")
        model.rate.requires_grad_(phase.encoder)
        if "vision" in model.modules:
            model.modules["vision"].requires_grad_(phase.loss == "vision")

    @torch.no_grad()
    def refit(self):
        """Fits scales and tables to the present networks."""
        self.model.calibrate(self.sample)

    def fit(self, phase):
        """Fits tables and order at the beginning of a later phase."""
        self.refit()
        if phase.loss == "recognition":
            self.order_by_recognition()

    def order_by_recognition(self):
        """From here on the order follows the fall of the recognition loss instead of the squared error."""
        self.model.swap_average()
        self.model.planes.sensitivity.copy_(sensitivity(self.model, self.classifier, self.sample[:SENSITIVITY_SAMPLE], self.config.budget.train_kb))
        self.model.calibrate(self.sample)
        self.model.swap_average()

    def groups(self):
        """Trained parameters, with the factors of their rates. A part at rest has no group, so a checkpoint outlives parts added later."""
        trained = {name: [p for p in part.parameters() if p.requires_grad] for name, part in self.model.modules.items()}
        return [{"params": params, "factor": FACTORS.get(name, 1.0)} for name, params in trained.items() if params]

    @staticmethod
    def rate(phase, steps):
        """The learning rate: a warm-up of 100 steps, then half a cosine down."""
        share = steps * phase.batch / phase.pictures
        return phase.rate * min(1.0, steps / 100 + 0.01) * (0.5 + 0.5 * math.cos(math.pi * share)) + 1e-6

    def step_saliency(self, phase, optimizer, trained):
        """Trains the saliency branch alone; the encoder below it stays as it is."""
        picture, mask = self.pictures.batch(self.rng, phase.batch, phase.crop, masks=True)
        bce = losses.saliency_error(self.model.encoder(picture)[1], mask)
        self.descend(optimizer, trained, bce)
        return self.report(loss=bce, bce=bce)

    def step_vision(self, phase, optimizer, trained):
        """Trains the vision model behind the decoder to say of a received picture what the frozen one says of the original."""
        picture, _ = self.pictures.batch(self.rng, phase.batch, phase.crop)
        with torch.no_grad():
            result = self.received(picture)
            clean = torch.rand(phase.batch, 1, 1, 1) < CLEAN_SHARE
            received = torch.where(clean, picture, result)
        with short_floats():
            with torch.no_grad():
                teacher = self.classifier(picture)
            student = self.model.modules["vision"](received)
        features, divergence = losses.recognition_loss(student, teacher)
        feature = features.mean()
        loss = 0.5 * feature + divergence
        self.descend(optimizer, trained, loss)
        return self.report(loss=loss, feature=feature)

    def received(self, picture):
        """What a vision model sees of pictures, 0..255."""
        return self.send(picture, *trip.draw(len(picture), self.config.budget.train_kb), rounding=False)[0].clamp(0, 1) * 255

    def step(self, phase, optimizer, trained):
        branch = bool(self.model.encoder.branch) and phase.encoder
        picture, mask = self.pictures.batch(self.rng, phase.batch, phase.crop, masks=branch)
        budget, lost = trip.draw(phase.batch, self.config.budget.train_kb)
        rounding = phase.encoder and self.rng.random() < 0.6
        result, sent = self.send(picture, budget, lost, rounding)
        errors = losses.squared_errors(result, picture)
        zero = torch.zeros(())
        full, used = trip.cost(self.model, sent, self.layout, budget, rounding and phase.price) if phase.encoder else (zero, zero)
        bce = losses.saliency_error(sent.saliency, mask) if branch else zero
        feature, price = zero, 0.1 * used + 0.003 * full + 0.05 * bce
        if phase.loss == "recognition":
            with short_floats():
                with torch.no_grad():
                    teacher = self.classifier(picture)
                student = self.classifier(result.clamp(0, 1) * 255)
            features, divergence = losses.recognition_loss(student, teacher)
            feature = features.mean()
            loss = losses.relative(features, errors) + 0.1 * divergence + price
        elif phase.loss == "texture":
            with short_floats():
                with torch.no_grad():
                    teacher = self.classifier.early(picture)
                features = losses.feature_errors(self.classifier.early(result.clamp(0, 1) * 255), teacher)
            feature = features.mean()
            loss = losses.relative(features, errors) + price
        else:
            loss = 0.2 * losses.logarithm(errors) + 0.05 * used + 0.002 * full + 0.05 * bce
        self.descend(optimizer, trained, loss)
        return self.report(loss, errors.mean(), feature, full, used, bce)

    def send(self, picture, budget, lost, rounding):
        self.layout.mapless = self.config.map.kind == "none" or self.rng.random() < MAPLESS_SHARE
        return trip.send_and_decode(self.model, picture, self.layout, budget, lost, rounding)

    @staticmethod
    def descend(optimizer, trained, loss):
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 2.0)
        optimizer.step()

    @staticmethod
    def report(loss, squared=None, feature=None, full=None, used=None, bce=None):
        """What a step says of itself. Nothing waits for the device here."""
        return torch.stack([torch.zeros(()) if x is None else x.detach().float() for x in (loss, squared, feature, full, used, bce)])

    def log(self, phase, mean, speed):
        line = (f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} phase {self.phase + 1} {phase.loss} {self.seen}/{phase.pictures} pictures, "
                f"{speed:.0f} a second: {self.summary(mean)}")
        with open(self.out / "training.log", "a") as f:
            f.write(line + "\n")

    @staticmethod
    def summary(mean):
        """The numbers that this kind of step has."""
        loss, squared, feature, full, used, bce = mean
        parts = [f"loss {loss:.4f}"]
        parts += [f"psnr {-10 * math.log10(squared):.2f} dB"] if squared else []
        parts += [f"features {feature:.4f}"] if feature else []
        parts += [f"bits/value {full:.3f} used {used:.3f}"] if full else []
        parts += [f"saliency {bce:.4f}"] if bce else []
        return " ".join(parts)
