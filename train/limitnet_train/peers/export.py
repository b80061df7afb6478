"""From a checkpoint to the files of `limitnet-lab eval --codec learned:NAME`: encoder.onnx, decoder.onnx and peer.txt."""

import pathlib
import shutil
import warnings

import numpy as np
import torch

from ..compact import compact
from .tables import count, frequencies

FIT_PICTURES = 2000         # training pictures for the tables
PART = 50                   # pictures at a time
SIDE = 224


class ExportEncoder(torch.nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, picture):
        return torch.floor(self.network.encode(picture) + 0.5).clamp(self.network.lowest, self.network.highest)


class ExportDecoder(torch.nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, symbols):
        result = self.network.decode(symbols)
        return result if self.network.features else 255 * result


def export(trainer, pictures, folder):
    """Writes the averaged peer. `pictures`: training pictures N x 3 x 224 x 224, 0..255, for the tables. Returns a line with the size of
    a picture."""
    folder, model = pathlib.Path(folder), trainer.model
    folder.mkdir(parents=True, exist_ok=True)
    model.swap_average()
    try:
        model.settle(trainer.sample)
        with torch.no_grad():
            counts, shape = count_symbols(model, pictures)
            write(ExportEncoder(model.network), "picture", torch.zeros(2, 3, SIDE, SIDE), "symbols", folder / "encoder.onnx")
            output = "features" if model.network.features else "picture"
            write(ExportDecoder(model.network), "symbols", torch.zeros(2, *shape), output, folder / "decoder.onnx")
    finally:
        model.swap_average()
    (folder / "peer.txt").write_text(text(model.config, shape, output, counts))
    (folder / "NOTES.md").write_text(model.config.note.strip() + "\n")
    if (trainer.out / "training.log").exists():
        shutil.copyfile(trainer.out / "training.log", folder / "training.log")
    share = counts / counts.sum(1, keepdims=True)
    bits = -(share * np.log2(np.maximum(share, 1e-12))).sum(1).mean()
    return f"{'x'.join(map(str, shape))} symbols, {bits:.2f} bits each, {bits * np.prod(shape) / 8:.0f} bytes a picture"


def count_symbols(model, pictures):
    counts = 0
    for part in pictures.split(PART):
        symbols = ExportEncoder(model.network)(part).to(torch.int64).numpy()
        counts = counts + count(symbols, model.config.lowest, model.config.highest)
    return counts, symbols.shape[1:]


def text(config, shape, output, counts):
    order = f"random {config.seed}" if config.order == "random" else config.order
    lines = ["# What camera and cloud of this peer agree on: lab/codecs/peer.h.", "version = 1"]
    lines += [f"{key} = {value}" for key, value in zip(("channels", "height", "width"), shape)]
    lines += [f"lowest = {config.lowest}", f"highest = {config.highest}", f"order = {order}", f"partial = {config.partial}", f"output = {output}"]
    lines += ["table = " + " ".join(map(str, frequencies(c))) for c in counts]
    return "\n".join(lines) + "\n"


def write(module, given, example, result, path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), (example,), str(path), input_names=[given], output_names=[result],
                          dynamic_axes={given: {0: "pictures"}, result: {0: "pictures"}}, opset_version=17, dynamo=False)
    compact(path)
