#!/usr/bin/env python3
"""Writes the card of a learned peer, lab/models/peers/NAME/README.md. Measures the peer if pictures are given.

usage: .cache/venv/bin/python lab/tools/peer_card.py NAME [--images DIR --labels CSV]
"""

import argparse
import pathlib
import sys

import onnx
import openvino

from card import BYTES, LOSS, LOSSY_BYTES, SEEDS, lost, measure, row

CONVOLUTIONS = ("Convolution", "GroupConvolution", "ConvolutionBackpropData")


def parameters(path):
    """Trained numbers in the file: its float tensors, without single numbers."""
    graph = onnx.load(path).graph
    tensors = [*graph.initializer, *(n.attribute[0].t for n in graph.node if n.op_type == "Constant")]
    sizes = [product(t.dims) for t in tensors if t.data_type in (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16)]
    return sum(size for size in sizes if size > 1)


def sizes(path):
    """Parameters, multiplications of the convolutions for one picture, and the bytes of the largest convolution's input and output at a
    byte a value."""
    model = openvino.Core().read_model(path)
    model.reshape({port.any_name: [1, *list(port.partial_shape)[1:]] for port in model.inputs})
    multiplications = memory = 0
    for op in model.get_ops():
        if op.get_type_name() in CONVOLUTIONS:
            given, kernel, made = (list(port.get_shape()) for port in (op.input(0), op.input(1), op.output(0)))
            places = given if op.get_type_name() == "ConvolutionBackpropData" else made
            multiplications += product(places[2:]) * product(kernel)
            memory = max(memory, product(given) + product(made))
    return parameters(path), multiplications, memory


def product(numbers):
    result = 1
    for n in numbers:
        result *= n
    return result


def settings(folder):
    """The settings of peer.txt, without its tables."""
    lines = [line.split(" = ") for line in (folder / "peer.txt").read_text().splitlines() if " = " in line]
    return {key: value for key, value in lines if key != "table"}


def accuracy(name, images, labels):
    if not images:
        return "Not measured for this card. [The report](../../../../docs/report/README.md) has its rows (`make report IMAGENET=DIR`)."
    head = "| % of the original's top-1 kept | " + " | ".join(f"{b:,} B" for b in BYTES) + " |"
    lines = [head, "|---" * (len(BYTES) + 1) + "|"]
    original, n = measure(images, labels, "original")
    codec, top1 = f"learned:{name}", original["-"]
    lines.append(row("packets of 242 B", measure(images, labels, codec, "--mtu", "242")[0], top1))
    lines.append(row(f"the same, {LOSS:.0%} lost", lost(images, labels, codec, "--mtu", "242"), top1))
    return "\n".join(lines) + (f"\n\nThe original's top-1 is {100 * top1:.1f} % on {n} pictures. The standard error is up to {100 * (0.25 / n) ** 0.5 / top1:.1f} points.\n"
                               f"The row with lost packets is the mean of {len(SEEDS)} seeds, at {', '.join(f'{b:,}' for b in LOSSY_BYTES)} B.")


def main():
    parser = argparse.ArgumentParser(description="Writes the card of a learned peer.")
    parser.add_argument("name")
    parser.add_argument("--images")
    parser.add_argument("--labels")
    args = parser.parse_args()
    if bool(args.images) != bool(args.labels):
        sys.exit("peer_card: give both --images and --labels, or neither")
    folder = pathlib.Path("lab/models/peers") / args.name
    known = settings(folder)
    camera, cloud = sizes(folder / "encoder.onnx"), sizes(folder / "decoder.onnx")
    symbols = product(int(known[k]) for k in ("channels", "height", "width"))
    rest = ", and the classifier behind its first convolution" if known["output"] == "features" else ""
    log = (folder / "training.log").read_text().strip().splitlines()
    command = f"lab/tools/peer_card.py {args.name} --images imagenet-ccby/images --labels imagenet-ccby/labels.csv"
    (folder / "README.md").write_text(f"""# {args.name}

{(folder / "NOTES.md").read_text().strip()}

## Accuracy

Top-1 of EfficientNet-Lite0, frozen, on photographs that no classifier was trained on, as a share of its top-1 on the
uncompressed 224x224 pictures. Every byte sent counts.

    {command}

{accuracy(args.name, args.images, args.labels)}

## Size

| | parameters | multiplications a picture | RAM |
|---|---|---|---|
| camera | {camera[0]:,} | {camera[1] / 1e6:.1f} M | {camera[2] / 1024:,.0f} KB, an estimate: the whole input and output of the largest layer, a byte a value |
| cloud{rest} | {cloud[0]:,} | {cloud[1] / 1e6:.1f} M | |

{symbols:,} symbols a picture ({known["channels"]} x {known["height"]} x {known["width"]}), {known["lowest"]} to {known["highest"]}; order {known["order"]}; partial reception: {known["partial"]}.

## Training

The configuration, with seed and numbers of pictures, is `train/configs/peers/{args.name}.toml`. The data is DUTS-TR, of which the
last 500 pictures are kept for validation. The command is `python -m limitnet_train peer {args.name} ...`
([train/README.md](../../../../train/README.md)). The log ends:

```
{chr(10).join(log[-3:])}
```
""")
    return 0


if __name__ == "__main__":
    sys.exit(main())
