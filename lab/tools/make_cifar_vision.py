#!/usr/bin/env python3
"""Makes a classifier for CIFAR-100: EfficientNet-Lite0 with its last layer replaced and trained for the hundred classes.

usage: lab/tools/make_cifar_vision.py TRAINING_HALF OUT

TRAINING_HALF is what lab/tools/cifar.py takes. Writes OUT/cifar100.onnx and cifar100.vision. The last layer is a softmax regression on
the network's 1,280 features of pictures that are enlarged from 32 to 224 pixels in the way of `limitnet`. A tenth of the pictures
chooses the weight decay. This takes about twenty minutes on two cores, mostly for the features, which are kept in OUT.
"""

import pathlib
import sys

import numpy as np
import onnx
import openvino
from onnx import numpy_helper
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import cifar

NETWORK = pathlib.Path(".cache/vision/efficientnet-lite0.onnx")
SIDE, MEAN, DIVISOR, BATCH = 224, 127, 128, 8
PICTURES = 25000                # of the 50,000, in random order
DECAYS, RATE, EPOCHS, STEP_PICTURES = (1e-5, 1e-4, 1e-3), 2e-3, 40, 256


def features(pictures, kept):
    """The network's features of every picture, PICTURES x 1280."""
    if kept.exists():
        return np.load(kept)
    network = openvino.Core().read_model(NETWORK)
    layer = next(op for op in network.get_ops() if op.get_friendly_name() == "features" or "features" in op.output(0).names)
    run = openvino.Core().compile_model(openvino.Model([layer.output(0)], network.get_parameters(), "features"), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    rows = []
    for at in range(0, len(pictures), BATCH):
        part = [np.asarray(Image.fromarray(p).resize((SIDE, SIDE), Image.BICUBIC)) for _, p in pictures[at:at + BATCH]]
        x = (np.stack(part).transpose(0, 3, 1, 2).astype("f4") - MEAN) / DIVISOR
        rows.append(run(x)[0].copy())
        if at % 800 == 0:
            print(f"\rfeatures of {at} of {len(pictures)} pictures", end="", file=sys.stderr)
    print(file=sys.stderr)
    np.save(kept, np.concatenate(rows).astype("f2"))
    return np.load(kept)


def fit(x, labels, decay):
    """Softmax regression by Adam: weight 100 x 1280 and bias."""
    rng = np.random.default_rng(1)
    weight = np.zeros((cifar.CLASSES, x.shape[1] + 1), "f4")
    first, second, steps = np.zeros_like(weight), np.zeros_like(weight), 0
    total = EPOCHS * (len(x) // STEP_PICTURES)
    for _ in range(EPOCHS):
        order = rng.permutation(len(x))
        for at in range(0, len(x) - STEP_PICTURES + 1, STEP_PICTURES):
            pick = order[at:at + STEP_PICTURES]
            rows = np.concatenate([x[pick], np.ones((len(pick), 1), "f4")], 1)
            logits = rows @ weight.T
            share = np.exp(logits - logits.max(1, keepdims=True))
            share /= share.sum(1, keepdims=True)
            share[np.arange(len(pick)), labels[pick]] -= 1
            slope = share.T @ rows / len(pick)
            slope[:, :-1] += decay * weight[:, :-1]
            steps += 1
            first += 0.1 * (slope - first)
            second += 0.001 * (slope * slope - second)
            rate = RATE * 0.5 * (1 + np.cos(np.pi * steps / total))
            weight -= rate * (first / (1 - 0.9 ** steps)) / (np.sqrt(second / (1 - 0.999 ** steps)) + 1e-8)
    return weight


def accuracy(weight, x, labels):
    return float(((x @ weight[:, :-1].T + weight[:, -1]).argmax(1) == labels).mean())


def write(weight, centre, spread, out):
    """Writes the network with its new last layer. The fit used standardised features; the layer undoes that."""
    model = onnx.load(NETWORK)
    scaled = weight[:, :-1] / spread
    new = {"_fc.weight": scaled, "_fc.bias": weight[:, -1] - scaled @ centre}
    for constant in model.graph.initializer:
        if constant.name in new:
            constant.CopyFrom(numpy_helper.from_array(new[constant.name].astype("f4"), constant.name))
    model.graph.output[0].type.tensor_type.shape.dim[1].dim_value = cifar.CLASSES
    onnx.checker.check_model(model, full_check=True)
    (out / "cifar100.onnx").write_bytes(model.SerializeToString(deterministic=True))
    (out / "cifar100.vision").write_text(f"task = classify\nwidth = {SIDE}\nheight = {SIDE}\nmean = {MEAN}\ndivisor = {DIVISOR}\n")


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: lab/tools/make_cifar_vision.py TRAINING_HALF OUT")
    out = pathlib.Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    pictures = cifar.read(sys.argv[1])[:PICTURES]
    labels = np.array([label for label, _ in pictures])
    x = features(pictures, out / "features.npy").astype("f4")
    train = len(x) * 9 // 10
    centre, spread = x[:train].mean(0), x[:train].std(0) + 1e-3
    x = (x - centre) / spread
    tried = {decay: fit(x[:train], labels[:train], decay) for decay in DECAYS}
    for decay, weight in tried.items():
        print(f"weight decay {decay:g}: {100 * accuracy(weight, x[train:], labels[train:]):.1f} % of {len(x) - train} validation pictures")
    best = max(tried, key=lambda d: accuracy(tried[d], x[train:], labels[train:]))
    write(tried[best], centre, spread, out)
    print(f"wrote {out}/cifar100.onnx, weight decay {best:g}")


if __name__ == "__main__":
    main()
