"""Vision models for the files that others would send, each trained as pyramid-224's own is trained behind its decoder: the same pictures,
budgets and loss."""

import dataclasses
import io
import pathlib
import re

import numpy as np
import torch
from PIL import Image
from torch import nn

from . import trip
from .classifier import Classifier
from .config import load
from .data import SIDE
from .device import here
from .model import Averaged
from .trainer import Trainer
from .validate import adapted, judged

ROOT = pathlib.Path(__file__).parents[2]
CONFIG = ROOT / "train/configs/pyramid-224.toml"
SHRINK_TABLE = ROOT / "lab/codecs/shrink_table.h"
QUALITIES = 101             # of Pillow's encoders, from 0
NOTHING = 128               # the grey of a picture of which nothing arrives


@dataclasses.dataclass
class Rival:
    format: str             # Pillow's name
    options: dict           # of its encoder
    sides: list             # (bytes, side): what pictures are shrunk to, from so many bytes on


def shrink_table(format):
    """The laboratory's sides for shrunken files."""
    entries = re.search(format + r"_sides\[\] = {(.*?)};", SHRINK_TABLE.read_text(), re.DOTALL)[1]
    return [(int(budget), int(side)) for budget, side in re.findall(r"{(\d+), (\d+)}", entries)]


def rival(name):
    """The laboratory's codec of this name. AVIF is encoded faster than there (speed 6), which costs it a little."""
    if name == "shrink+webp":
        return Rival("WEBP", {"method": 6}, shrink_table("webp"))
    if name == "avif":
        return Rival("AVIF", {"speed": 8, "subsampling": "4:2:0", "max_threads": 1}, [(0, SIDE)])
    raise ValueError(f"{name}: no such rival; there are shrink+webp and avif")


def largest(encode, budget):
    """The file of the highest quality that fits a budget of bytes; that of the lowest if none does."""
    files, fits, too_large = {}, -1, QUALITIES
    while too_large - fits > 1:
        middle = (fits + too_large) // 2
        files[middle] = encode(middle)
        if len(files[middle]) <= budget:
            fits = middle
        else:
            too_large = middle
    return files[max(fits, 0)]


def fitted(rival, picture, budget):
    """A picture's file. Where none fits at the side listed for the budget, smaller ones are tried; the last one may be too large."""
    for side in [side for least, side in rival.sides if least <= budget][::-1]:
        small = picture.resize((side, side), Image.BICUBIC)
        file = largest(lambda quality: encoded(rival, small, quality), budget)
        if len(file) <= budget:
            break
    return file


def encoded(rival, picture, quality):
    file = io.BytesIO()
    picture.save(file, rival.format, quality=quality, **rival.options)
    return file.getvalue()


def received(rival, picture, budget, always):
    """What arrives of a picture (3 x SIDE x SIDE, 0..255) within a budget of bytes. Where no file fits, it is grey; `always`: the smallest
    file arrives then."""
    rows = picture.byte().permute(1, 2, 0).cpu().numpy()
    file = fitted(rival, Image.fromarray(rows), budget)
    if len(file) > budget and not always:
        return torch.full_like(picture, NOTHING)
    result = Image.open(io.BytesIO(file)).convert("RGB").resize((SIDE, SIDE), Image.BICUBIC)
    return here(torch.from_numpy(np.asarray(result).transpose(2, 0, 1).astype(np.float32)))


class Student(Averaged):
    """The vision model, and the average of its weights."""

    def __init__(self, config):
        self.config = config
        torch.manual_seed(config.seed)
        self.modules = nn.ModuleDict({"vision": Classifier()})
        self.start_average()

    def start(self, pictures):
        """It begins as the original."""


class RivalTrainer(Trainer):
    """The phase of pyramid-224 that trains its vision model, behind the files of a rival."""

    make_model = Student

    def __init__(self, name, packed, out):
        self.rival = rival(name)
        config = load(CONFIG)
        vision = [phase for phase in config.phases if phase.loss == "vision"]
        super().__init__(dataclasses.replace(config, name=name, phases=vision), packed, out)

    def prepare(self, phase):
        self.model.modules.requires_grad_(True)

    def received(self, picture):
        """Where no file fits, the smallest one: a grey picture teaches nothing, and AVIF would have many."""
        budgets = trip.draw(len(picture), self.config.budget.train_kb)[0] * 1024
        return torch.stack([received(self.rival, p, b, always=True) for p, b in zip(picture, budgets.tolist())])


def agreement(trainer, pictures):
    """What `judged` says of the averages of the vision model, at the sizes of `validate`."""
    budgets = trainer.config.budget.judge_bytes

    def seen(part):
        for n in budgets:
            yield torch.stack([received(trainer.rival, p, n, always=False) for p in part]) / 255

    return judged(seen, adapted(trainer.model), pictures, len(budgets))
