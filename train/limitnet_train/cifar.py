"""The classifier of small pictures: EfficientNet-Lite0 trained on for the hundred classes of CIFAR-100, enlarged in the way of `limitnet`."""

import csv
import pathlib
import signal
import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn
from tqdm import tqdm

from .classifier import Classifier
from .device import here, random_state, set_random_state

CLASSES, NATIVE = 100, 32
HELD_OUT = 5000             # the last pictures of the list choose, and are never trained on
BATCH, SHIFT, SMOOTHING = 64, 4, 0.1
HEAD_FACTOR = 5.0           # the last layer begins at zero, the others as trained for ImageNet
WARM_UP = 200               # steps
LOG_PICTURES, SAVE_SECONDS = 6400, 120


@dataclass
class Phase:
    side: int               # of the enlarged pictures
    pictures: int           # seen, not different ones
    rate: float
    frozen: int             # the first convolution and so many blocks less one stay as they are; 0: all are trained


PHASES = (Phase(64, 128000, 4e-4, 4), Phase(96, 200000, 3e-4, 0))


def read(folder):
    """Pictures N x 3 x 32 x 32 (bytes) and classes of a folder that lab/tools/cifar.py wrote."""
    folder = pathlib.Path(folder)
    with open(folder / "labels.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    pictures = np.stack([np.asarray(Image.open(folder / "images" / row["file"]).convert("RGB")) for row in rows])
    classes = torch.tensor([int(row["class_index"]) for row in rows])
    return here(torch.from_numpy(pictures.transpose(0, 3, 1, 2).copy())), classes


def enlarged(pictures, side):
    """As `limitnet` enlarges a picture for a vision model: bicubic (a = -0.5), whole numbers."""
    return F.interpolate(pictures.float(), (side, side), mode="bicubic", antialias=True).round().clamp(0, 255)


def varied(pictures):
    """Shifted by up to SHIFT pixels, half of them mirrored."""
    n, edge = len(pictures), SHIFT
    wide = F.pad(pictures.float(), [edge] * 4, mode="reflect")
    top, left = torch.randint(2 * edge + 1, (2, n, 1))
    steps = torch.arange(NATIVE)
    columns = torch.where(torch.rand(n, 1) < 0.5, left + steps, left + steps.flip(0))
    return wide[torch.arange(n)[:, None, None, None], torch.arange(3)[:, None, None], (top + steps)[:, None, :, None], columns[:, None, None, :]]


def begin():
    """Lite0 with a last layer for CLASSES that says nothing yet."""
    model = Classifier()
    model.fc = nn.Linear(model.fc.in_features, CLASSES)
    nn.init.zeros_(model.fc.weight)
    nn.init.zeros_(model.fc.bias)
    return model


@torch.no_grad()
def accuracy(model, pictures, classes, side):
    right = [model(enlarged(part, side))[0].argmax(1) == wanted for part, wanted in zip(pictures.split(100), classes.split(100))]
    return float(torch.cat(right).double().mean())


class CifarTrainer:
    """Phases, checkpoints and log."""

    def __init__(self, folder, out):
        self.out = pathlib.Path(out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.model, self.phase, self.seen, self.optimizer_state, self.stop = begin(), 0, 0, None, False
        if (self.out / "checkpoint.pt").exists():
            self.resume()
        pictures, classes = read(folder)
        self.held_out = pictures[-HELD_OUT:], classes[-HELD_OUT:]
        self.pictures, self.classes = pictures[:-HELD_OUT], classes[:-HELD_OUT]

    def resume(self):
        s = torch.load(self.out / "checkpoint.pt", map_location=torch.get_default_device(), weights_only=False)
        self.model.load_state_dict(s["model"])
        self.phase, self.seen, self.optimizer_state = s["phase"], s["seen"], s["optimizer"]
        set_random_state(s["random"])

    def save(self, optimizer):
        part = self.out / "checkpoint.part"
        torch.save({"model": self.model.state_dict(), "phase": self.phase, "seen": self.seen, "random": random_state(),
                    "optimizer": optimizer.state_dict() if optimizer else None}, part)
        part.rename(self.out / "checkpoint.pt")

    def run(self):
        """Trains until the last phase ends or SIGTERM/SIGINT asks to stop. True when all phases are done."""
        for s in (signal.SIGTERM, signal.SIGINT):
            signal.signal(s, lambda *_: setattr(self, "stop", True))
        while self.phase < len(PHASES) and not self.stop:
            self.run_phase(PHASES[self.phase])
        return not self.stop

    def groups(self, phase):
        """Trained parameters with the factors of their rates."""
        model = self.model.requires_grad_(True)
        if phase.frozen:
            model.stem.requires_grad_(False)
            model.blocks[:phase.frozen - 1].requires_grad_(False)
        body = [p for name, p in model.named_parameters() if p.requires_grad and not name.startswith("fc.")]
        return [{"params": body, "factor": 1.0}, {"params": list(model.fc.parameters()), "factor": HEAD_FACTOR if self.phase == 0 else 1.0}]

    def run_phase(self, phase):
        optimizer = torch.optim.AdamW(self.groups(phase), phase.rate, weight_decay=0.02, fused=True)
        if self.optimizer_state:
            optimizer.load_state_dict(self.optimizer_state)
        bar = tqdm(total=phase.pictures, initial=self.seen, desc=f"cifar100 phase {self.phase + 1}", unit="picture", mininterval=5)
        loss_sum, steps, logged, since, saved = 0.0, 0, self.seen, time.time(), time.time()
        while self.seen < phase.pictures and not self.stop:
            share, step = self.seen / phase.pictures, self.seen // BATCH
            rate = phase.rate * min(1.0, (step + 1) / WARM_UP) * (0.5 + 0.5 * np.cos(np.pi * share))
            for group in optimizer.param_groups:
                group["lr"] = rate * group["factor"]
            loss_sum += self.step(phase, optimizer)
            steps, self.seen = steps + 1, self.seen + BATCH
            bar.update(BATCH)
            if self.seen - logged >= LOG_PICTURES:
                self.log(f"{self.seen}/{phase.pictures} pictures of {phase.side}, {(self.seen - logged) / (time.time() - since):.0f} a second: "
                         f"loss {loss_sum / steps:.3f}")
                loss_sum, steps, logged, since = 0.0, 0, self.seen, time.time()
            if time.time() - saved > SAVE_SECONDS:
                self.save(optimizer)
                saved = time.time()
        bar.close()
        if self.seen >= phase.pictures:
            self.phase, self.seen, self.optimizer_state, optimizer = self.phase + 1, 0, None, None
        self.save(optimizer)

    def step(self, phase, optimizer):
        i = torch.randint(len(self.pictures), (BATCH,))
        logits = self.model(enlarged(varied(self.pictures[i]), phase.side))[0]
        loss = F.cross_entropy(logits, self.classes[i], label_smoothing=SMOOTHING)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        optimizer.step()
        return float(loss.detach())

    def log(self, text):
        with open(self.out / "training.log", "a") as f:
            f.write(f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} phase {self.phase + 1} {text}\n")
