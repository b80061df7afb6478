"""The classifier of small pictures: EfficientNet-Lite0 trained on for the hundred classes of CIFAR-100."""

import csv
import pathlib
import shutil
import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import nn
from tqdm import tqdm

from .classifier import Classifier
from .compact import stored_weights
from .device import here, random_state, set_random_state
from .export import ExportVision, write_network
from .phases import Phased

CLASSES, NATIVE = 100, 32
HELD_OUT = 5000             # the last pictures of the list choose, and are never trained on
BATCH, SHIFT, SMOOTHING = 64, 4, 0.1
HEAD_FACTOR = 10.0          # the last layer begins at zero, the others as trained for ImageNet
WARM_UP = 200               # steps
LOG_PICTURES, SAVE_SECONDS = 6400, 120


@dataclass
class Phase:
    side: int               # of the enlarged pictures
    pictures: int           # seen, not different ones
    rate: float
    frozen: int             # the first convolution and so many blocks less one stay as they are; 0: all are trained


SIDES = (64, 80, 96)        # of the exported classifier: the best is chosen
MODELS = pathlib.Path(__file__).parents[2] / "models"
LABELS = MODELS / "cifar100-labels.txt"
SETTINGS = """# How limitnet feeds this model: (x - mean) / divisor on the scale 0..255.
task = classify
width = {side}
height = {side}
channels = RGB
layout = NCHW
mean = 127
divisor = 128
output = logits
labels = {labels}
"""

PHASES = (Phase(64, 56000, 1.2e-4, 4), Phase(96, 68000, 1e-4, 0))


def read(folder):
    """Pictures N x 3 x 32 x 32 (bytes) and classes of a folder that lab/tools/cifar.py wrote."""
    folder = pathlib.Path(folder)
    with open(folder / "labels.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    pictures = np.stack([np.asarray(Image.open(folder / "images" / row["file"]).convert("RGB")) for row in rows])
    classes = torch.tensor([int(row["class_index"]) for row in rows])
    return here(torch.from_numpy(pictures.transpose(0, 3, 1, 2).copy())), classes


class SmallClassifier(Classifier):
    """Pictures N x 3 x 32 x 32, 0..255. It enlarges them as `limitnet` does for a vision model: bicubic, a = -0.5."""

    def __init__(self, side):
        """Lite0 with a last layer that says nothing yet."""
        super().__init__()
        self.side, self.fc = side, nn.Linear(self.fc.in_features, CLASSES)
        nn.init.zeros_(self.fc.weight)
        nn.init.zeros_(self.fc.bias)

    def first(self, picture):
        return super().first(F.interpolate(picture.float(), (self.side, self.side), mode="bicubic", antialias=True).clamp(0, 255))


def varied(pictures):
    """Shifted by up to SHIFT pixels, half of them mirrored."""
    n, edge = len(pictures), SHIFT
    wide = F.pad(pictures.float(), [edge] * 4, mode="reflect")
    top, left = torch.randint(2 * edge + 1, (2, n, 1))
    steps = torch.arange(NATIVE)
    columns = torch.where(torch.rand(n, 1) < 0.5, left + steps, left + steps.flip(0))
    return wide[torch.arange(n)[:, None, None, None], torch.arange(3)[:, None, None], (top + steps)[:, None, :, None], columns[:, None, None, :]]


@torch.no_grad()
def accuracy(model, pictures, classes):
    right = [model(part)[0].argmax(1) == wanted for part, wanted in zip(pictures.split(100), classes.split(100))]
    return float(torch.cat(right).double().mean())


class CifarTrainer(Phased):
    """Phases, checkpoints and log."""

    def __init__(self, folder, out, model=None, phases=None):
        """It begins as `model`, or as Lite0 with a last layer that says nothing yet."""
        self.out, self.phases = pathlib.Path(out), phases or PHASES
        self.out.mkdir(parents=True, exist_ok=True)
        self.model, self.phase, self.seen, self.optimizer_state, self.stop = model or SmallClassifier(self.phases[0].side), 0, 0, None, False
        if (self.out / "checkpoint.pt").exists():
            self.resume()
        pictures, classes = read(folder)
        self.held_out = pictures[-HELD_OUT:], classes[-HELD_OUT:]
        self.pictures, self.classes = pictures[:-HELD_OUT], classes[:-HELD_OUT]

    def resume(self):
        """Returns the checkpoint."""
        s = torch.load(self.out / "checkpoint.pt", map_location=torch.get_default_device(), weights_only=False)
        self.model.load_state_dict(s["model"])
        self.phase, self.seen, self.optimizer_state = s["phase"], s["seen"], s["optimizer"]
        set_random_state(s["random"])
        return s

    def save(self, optimizer):
        self.write(self.state(optimizer))

    def state(self, optimizer):
        """All that a checkpoint holds."""
        return {"model": self.model.state_dict(), "phase": self.phase, "seen": self.seen, "random": random_state(),
                "optimizer": optimizer.state_dict() if optimizer else None}

    def groups(self, phase):
        """Trained parameters with the factors of their rates."""
        model = self.model.requires_grad_(True)
        if phase.frozen:
            model.stem.requires_grad_(False)
            model.blocks[:phase.frozen - 1].requires_grad_(False)
        body = [p for name, p in model.named_parameters() if p.requires_grad and not name.startswith("fc.")]
        return [{"params": body, "factor": 1.0}, {"params": list(model.fc.parameters()), "factor": HEAD_FACTOR if self.phase == 0 else 1.0}]

    def run_phase(self, phase):
        self.model.side = phase.side
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
            loss_sum += self.step(optimizer)
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

    def step(self, optimizer):
        i = torch.randint(len(self.pictures), (BATCH,))
        logits = self.model(self.arrived(varied(self.pictures[i])))[0]
        loss = F.cross_entropy(logits, self.classes[i], label_smoothing=SMOOTHING)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        optimizer.step()
        return float(loss.detach())

    def arrived(self, pictures):
        """What the classifier sees of pictures, 0..255."""
        return pictures

    def log(self, text):
        with open(self.out / "training.log", "a") as f:
            f.write(f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} phase {self.phase + 1} {text}\n")


def write(model, side, file):
    """An ONNX file with small weights. Padding follows from the side, so the file is for pictures of this one only."""
    write_network(ExportVision(model).eval(), [torch.zeros(2, 3, side, side)], file, ["image"], "logits")


def export(trainer, folder):
    """Writes vision.onnx, its settings and its labels, for the side at which its stored weights recognise most of the held-out pictures."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    file, model = folder / "vision.onnx", trainer.model.requires_grad_(False)
    write(model, SIDES[0], file)
    small, shares = load_weights(SmallClassifier(SIDES[0]), file), {}
    for side in SIDES:
        small.side = side
        shares[side] = accuracy(small, *trainer.held_out)
        print(f"{side} pixels: {100 * shares[side]:.2f} % of {HELD_OUT} held-out pictures", flush=True)
    model.side = max(shares, key=shares.get)
    print(f"with the weights as trained, {model.side} pixels: {100 * accuracy(model, *trainer.held_out):.2f} %")
    write_vision(model, folder)


def write_vision(model, folder):
    """The classifier's file for its side, with settings and labels, into a folder that is there."""
    write(model, model.side, folder / "vision.onnx")
    shutil.copyfile(LABELS, folder / LABELS.name)
    (folder / "vision.vision").write_text(SETTINGS.format(side=model.side, labels=LABELS.name))


def load_weights(model, file):
    stored = stored_weights(file)
    for name, parameter in model.named_parameters():
        parameter.data = torch.tensor(stored[f"classifier.{name}"])
    return model.requires_grad_(False)


def shipped(name):
    """The classifier that a model of models/ brings, frozen. Raises ValueError if it brings none."""
    folder = MODELS / name / "vision"
    if not (folder / "vision.onnx").exists():
        raise ValueError(f"{folder}/vision.onnx: no such file; train it and write it there: `cifar`, then `cifar-export`")
    settings = dict(line.split(" = ") for line in (folder / "vision.vision").read_text().splitlines() if " = " in line)
    return load_weights(SmallClassifier(int(settings["width"])), folder / "vision.onnx")
