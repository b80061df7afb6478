"""Makes the small networks in this folder. Not part of any test: run it to add one. Needs onnx and numpy.

two.onnx       a (N x 3) and b (N x 2) -> sum (N x 1), double of a (N x 3)
whole.onnx     a and b as 64-bit integers, which the engine refuses
mean.onnx      N x 3 x 16 x 24 -> N x 3: the mean of each channel, for a classifier with three classes
mean-nhwc.onnx the same with channels last
rows.onnx      N x 3 x 400 x 7 -> N x 400 x 7: first channel / (1 - second), for a detector with two classes whose picture
               says what it finds
thin.onnx      N x 3 x 400 x 7 -> N x 400 x 5: rows that have no room for a class
renamed.onnx   N x 4 x 2 x 2 -> N x 1 x 4 x 4, whose output the runtime gives further names when it compiles
objects.onnx   N x 3 x 8 x 8 -> N x 4 x 7: a detector that finds the same objects in every picture

What exporters write:

colours-*.onnx classifiers of 3 x 16 x 24: the logits are 6 times the mean of red, green and blue. -fixed has a batch of
               1, -four of 4; sides are free in -free, -free-nhwc and, with the channels, in -free-all; weights are in
               a second file in -beside and, one folder down, in -below, and missing in -lost; -half has 16-bit floats;
               -column gives N x 3 x 1 x 1, -row N x 1 x 1 x 3, -flat 3; -stiff has
               free sides, but works with 4 x 24 only; -bytes and -signed take uint8 and int8, channels last.
               -softmax, -softmax-moved, -softmax-sums (by hand), -sigmoid and -sigmoid-sums end so, -logsoftmax and
               -bias too; -percent has 100 times the softmax; -one gives a single number
grey*.onnx     classifiers of 1 x 16 x 24: the logits are 6, 3 and 0 times the mean. -nhwc has channels last
boxes-*.onnx   detectors of 3 x 32 x 32 that find the same objects as objects.onnx in every picture, in pixels:
               -columns N x 6 x 21, -rows N x 21 x 6, -turned N x 21 x 7, -anchors N x 63 x 7, -selected N x 4 x 6,
               -selected-300 N x 300 x 6; -pair and -pair-turned two outputs with corners, -pair-centres with centres, -pair-four with
               four classes and boxes N x 4 x 1 x 4; -logits is
               -columns before its sigmoid; -grids gives raw grids, N x 3 x 4 x 4 x 7
ssd-*.onnx     detectors of 3 x 32 x 32 as TensorFlow's end, with a cat in the right upper quarter, a dog in the left
               lower one and the cat again; a fourth row does not count. -named has the names of the detection API, and
               its other outputs; -order has TensorFlow Lite's order and -converted that of TensorFlow 2's converter,
               both without names; -swapped has an order that nobody writes; -uncounted says that five of four count;
               in -free and -torn the number of rows is known in a run only, and not the same in -torn
"""

import pathlib

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper
from onnx.external_data_helper import set_external_data

here = pathlib.Path(__file__).parent


def save(name, nodes, inputs, outputs, constants=(), kind=TensorProto.FLOAT):
    infos = [[helper.make_tensor_value_info(n, kind, shape) for n, shape in ports.items()] for ports in (inputs, outputs)]
    graph = helper.make_graph(nodes, name, *infos, constants)
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    checker.check_model(model)
    (here / name).write_bytes(model.SerializeToString(deterministic=True))


one = numpy_helper.from_array(np.array([1], "i8"), "one")
a_and_b = {"a": ["n", 3], "b": ["n", 2]}
save(
    "two.onnx",
    [
        helper.make_node("Concat", ["a", "b"], ["both"], axis=1),
        helper.make_node("ReduceSum", ["both", "one"], ["sum"]),
        helper.make_node("Add", ["a", "a"], ["double"]),
    ],
    a_and_b,
    {"sum": ["n", 1], "double": ["n", 3]},
    [one],
)
save("whole.onnx", [helper.make_node("Concat", ["a", "b"], ["both"], axis=1)], a_and_b, {"both": ["n", 5]}, kind=TensorProto.INT64)
for name, shape, axes in ("mean.onnx", ["n", 3, 16, 24], [2, 3]), ("mean-nhwc.onnx", ["n", 16, 24, 3], [1, 2]):
    save(name, [helper.make_node("ReduceMean", ["x"], ["y"], axes=axes, keepdims=0)], {"x": shape}, {"y": ["n", 3]})

# Depth-to-space, then ReLU: the runtime exchanges the two.
save(
    "renamed.onnx",
    [
        helper.make_node("Conv", ["x", "kernel"], ["made"]),
        helper.make_node("DepthToSpace", ["made"], ["0"], blocksize=2, mode="CRD"),
        helper.make_node("Relu", ["0"], ["y"]),
    ],
    {"x": ["n", 4, 2, 2]},
    {"y": ["n", 1, 4, 4]},
    [numpy_helper.from_array(np.eye(4, dtype="f4")[:, :, None, None], "kernel")],
)

bounds = [numpy_helper.from_array(np.array(v, "i8"), k) for k, v in {"zero": [0], "first": [1], "second": [2], "five": [5], "across": [1], "last": [-1]}.items()]
unit = numpy_helper.from_array(np.array(1, "f4"), "unit")
picture = {"x": ["n", 3, 400, 7]}
rows = [
    helper.make_node("Slice", ["x", "zero", "first", "across"], ["red"]),
    helper.make_node("Slice", ["x", "first", "second", "across"], ["green"]),
    helper.make_node("Sub", ["unit", "green"], ["rest"]),
    helper.make_node("Div", ["red", "rest"], ["flat"]),
]
squeeze = helper.make_node("Squeeze", ["flat", "across"], ["y"])
save("rows.onnx", [*rows, squeeze], picture, {"y": ["n", 400, 7]}, [*bounds, unit])
squeeze = helper.make_node("Squeeze", ["flat", "across"], ["all"])
save("thin.onnx", [*rows, squeeze, helper.make_node("Slice", ["all", "zero", "five", "last"], ["y"])], picture, {"y": ["n", 400, 5]}, [*bounds, unit])

# A cat in the left upper quarter, a dog in the right lower one, the cat again, and hardly a cat anywhere.
found = [[0.25, 0.25, 0.5, 0.5, 0.9, 1, 0], [0.75, 0.75, 0.5, 0.5, 0.8, 0, 0.5], [0.25, 0.26, 0.5, 0.5, 0.6, 1, 0], [0.5, 0.5, 0.2, 0.2, 0.01, 1, 0]]
none = numpy_helper.from_array(np.array(0, "f4"), "none")
save(
    "objects.onnx",
    [
        helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Squeeze", ["mean", "last"], ["one"]),
        helper.make_node("Mul", ["one", "none"], ["nothing"]),
        helper.make_node("Add", ["nothing", "found"], ["y"]),
    ],
    {"x": ["n", 3, 8, 8]},
    {"y": ["n", 4, 7]},
    [bounds[-1], none, numpy_helper.from_array(np.array([found], "f4"), "found")],
)

# ---- What exporters write --------------------------------------------------------------------------------------------

half = TensorProto.FLOAT16
sixfold = numpy_helper.from_array(np.eye(3, dtype="f4") * 6, "sixfold")
first3 = ["n", 3, 16, 24]


def infos(ports, kind):
    return [helper.make_tensor_value_info(n, kind, shape) for n, shape in ports.items()]


def network(nodes, inputs, outputs, constants, in_kind=TensorProto.FLOAT, out_kind=TensorProto.FLOAT):
    graph = helper.make_graph(nodes, "network", infos(inputs, in_kind), infos(outputs, out_kind), constants)
    return helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])


def write(name, model):
    checker.check_model(model)
    (here / name).write_bytes(model.SerializeToString(deterministic=True))


def colours(name, shape=first3, axes=(2, 3), end=(), out=("n", 3), before=(), constants=(), kinds=(1, 1)):
    """`before` makes "pixels" of "x"; `end` makes "y" of "logits"."""
    nodes = list(before) or [helper.make_node("Identity", ["x"], ["pixels"])]
    nodes += [
        helper.make_node("ReduceMean", ["pixels"], ["mean"], axes=list(axes), keepdims=0),
        helper.make_node("MatMul", ["mean", "sixfold"], ["logits"]),
    ]
    nodes += list(end) or [helper.make_node("Identity", ["logits"], ["y"])]
    model = network(nodes, {"x": list(shape)}, {"y": list(out)}, [sixfold, *constants], *kinds)
    if name:
        write(f"colours-{name}.onnx", model)
    return model


node = helper.make_node
colours("fixed", [1, 3, 16, 24], out=[1, 3])
colours("four", [4, 3, 16, 24], out=[4, 3])
colours("free", ["n", 3, "h", "w"])
colours("free-nhwc", ["n", "h", "w", 3], (1, 2))
colours("free-all", ["n", "c", "h", "w"])
colours(
    "half",
    before=[node("Cast", ["x"], ["pixels"], to=1)],
    end=[node("Cast", ["logits"], ["y"], to=half)],
    kinds=(half, half),
)
end_shape = {"column": [0, 3, 1, 1], "row": [0, 1, 1, 3]}
for name, shape in end_shape.items():
    to = numpy_helper.from_array(np.array(shape, "i8"), "to")
    colours(name, end=[node("Reshape", ["logits", "to"], ["y"])], out=["n", *shape[1:]], constants=[to])
to = numpy_helper.from_array(np.array([3], "i8"), "to")
colours("flat", [1, 3, 16, 24], end=[node("Reshape", ["logits", "to"], ["y"])], out=[3], constants=[to])
all_pixels = numpy_helper.from_array(np.repeat(np.eye(3, dtype="f4") * 6 / 96, 96, 0), "all_pixels")
nodes = [node("Flatten", ["x"], ["flat"]), node("MatMul", ["flat", "all_pixels"], ["y"])]
write("colours-stiff.onnx", network(nodes, {"x": ["n", 3, "h", "w"]}, {"y": ["n", 3]}, [all_pixels]))
scale = numpy_helper.from_array(np.array(255, "f4"), "scale")
offset = numpy_helper.from_array(np.array(128, "f4"), "offset")
cast = node("Cast", ["x"], ["floats"], to=1)
last3 = ["n", 16, 24, 3]
to_share = node("Div", ["floats", "scale"], ["pixels"])
colours("bytes", last3, (1, 2), before=[cast, to_share], constants=[scale], kinds=(2, 1))
colours(
    "signed",
    last3,
    (1, 2),
    before=[cast, node("Add", ["floats", "offset"], ["up"]), node("Div", ["up", "scale"], ["pixels"])],
    constants=[scale, offset],
    kinds=(3, 1),
)
sums = [numpy_helper.from_array(np.array([1], "i8"), "across"), numpy_helper.from_array(np.array(1, "f4"), "unit")]
colours("softmax", end=[node("Softmax", ["logits"], ["y"])])
colours(
    "softmax-moved",
    end=[
        node("Softmax", ["logits"], ["s"]),
        node("Unsqueeze", ["s", "across"], ["u"]),
        node("Cast", ["u"], ["y"], to=half),
    ],
    out=["n", 1, 3],
    constants=sums[:1],
    kinds=(1, half),
)
bias = numpy_helper.from_array(np.zeros(3, "f4"), "bias")
colours("bias", end=[node("Add", ["bias", "logits"], ["y"])], constants=[bias])
exp = node("Exp", ["logits"], ["e"])
share = node("Div", ["e", "s"], ["y"])
colours("softmax-sums", end=[exp, node("ReduceSum", ["e", "across"], ["s"]), share], constants=sums[:1])
hundred = [numpy_helper.from_array(np.array(100, "f4"), "hundred")]
percent = [node("Softmax", ["logits"], ["s"]), node("Mul", ["s", "hundred"], ["y"])]
colours("percent", end=percent, constants=hundred)
colours("logsoftmax", end=[node("LogSoftmax", ["logits"], ["y"])])
colours("sigmoid", end=[node("Sigmoid", ["logits"], ["y"])])
colours("sigmoid-sums", end=[exp, node("Add", ["e", "unit"], ["s"]), share], constants=sums[1:])
one_class = [numpy_helper.from_array(np.array(v, "i8"), k) for k, v in {"from": [0], "till": [1], "along": [1]}.items()]
colours("one", end=[node("Slice", ["logits", "from", "till", "along"], ["y"])], out=["n", 1], constants=one_class)

places = {"beside": "colours-beside.onnx.data", "below": "weights/colours-below.bin", "lost": "lost.bin"}
for name, location in places.items():
    model = colours("", first3)
    set_external_data(model.graph.initializer[0], location)
    if name != "lost":
        (here / location).parent.mkdir(exist_ok=True)
        (here / location).write_bytes(model.graph.initializer[0].raw_data)
    model.graph.initializer[0].ClearField("raw_data")
    (here / f"colours-{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))


def boxes(name, shapes):
    """`shapes`: output -> numbers that are given for every picture."""
    write(f"boxes-{name}.onnx", constant_network(shapes))


def constant_network(shapes, rows={}):
    """`rows`: output -> how many of its rows are left, which the runtime learns only in a run."""
    nodes = [
        node("ReduceMean", ["x"], ["mean"], axes=[1, 2, 3], keepdims=1),
        node("Squeeze", ["mean", "last"], ["one"]),
        node("Mul", ["one", "none"], ["nothing"]),
    ]
    constants = [bounds[-1], none]
    if rows:
        nodes += [node("Shape", ["x"], ["pictures"], end=1), node("Mul", ["pictures", "many"], ["more"])]
        values = {"many": [1000], "from": [0], "along": [1]}
        constants += [numpy_helper.from_array(np.array(v, "i8"), k) for k, v in values.items()]
    for n, v in shapes.items():
        missing = [1] * (2 - np.ndim(v))
        full = np.asarray(v, "f4").reshape(1, *missing, *np.shape(v))
        constants.append(numpy_helper.from_array(full, f"{n} found"))
        nodes.append(node("Add", ["nothing", f"{n} found"], [f"{n} full" if missing else n]))
        if missing:
            constants.append(numpy_helper.from_array(np.arange(1, 1 + len(missing), dtype="i8"), f"{n} missing"))
            nodes.append(node("Squeeze", [f"{n} full", f"{n} missing"], [n]))
        if n in rows:
            nodes[-1].output[0] = f"{n} all"
            constants.append(numpy_helper.from_array(np.array([rows[n]], "i8"), f"{n} rows"))
            nodes.append(node("Min", ["more", f"{n} rows"], [f"{n} end"]))
            nodes.append(node("Slice", [f"{n} all", "from", f"{n} end", "along"], [n]))
    outputs = {n: ["n", *(["rows"] if n in rows else np.shape(v)[:1]), *np.shape(v)[1:]] for n, v in shapes.items()}
    return network(nodes, {"x": ["n", 3, 32, 32]}, outputs, constants)


# Centre x and y, width and height in pixels, then the probabilities of cat and dog.
things = [[8, 8, 16, 16, 0.9, 0], [24, 24, 16, 16, 0, 0.4], [8, 8.32, 16, 16, 0.54, 0], [16, 16, 6.4, 6.4, 0.01, 0]]
things = np.array(things, "f4")
padded = np.zeros((21, 6), "f4")
padded[[3, 20, 7, 11]] = things
boxes("columns", {"output0": padded.T})
boxes("rows", {"output0": padded})
boxes("turned", {"output0": np.c_[padded, np.zeros(21)]})
with_any = np.zeros((63, 7), "f4")
with_any[[3, 20, 7, 11]] = np.c_[things[:, :4], things[:, 4:].max(1), (things[:, 4:] > 0).astype("f4")]
boxes("anchors", {"output": with_any})
corners = np.c_[things[:, :2] - things[:, 2:4] / 2, things[:, :2] + things[:, 2:4] / 2]
selected = np.c_[corners, things[:, 4:].max(1), things[:, 4:].argmax(1)][[0, 1, 3]]
boxes("selected", {"output0": np.r_[selected, np.zeros((1, 6))]})
boxes("selected-300", {"output0": np.r_[selected, np.zeros((297, 6))]})
boxes("pair", {"boxes": corners, "scores": things[:, 4:]})
boxes("pair-turned", {"scores": things[:, 4:].T, "boxes": corners})
four = {"scores": np.c_[things[:, 4:], np.zeros((4, 2))], "boxes": corners[:, None]}
boxes("pair-four", four)
boxes("pair-centres", {"boxes": things[:, :4], "scores": things[:, 4:]})
logits = padded.copy()
logits[:, 4:] = np.log((padded[:, 4:] + 0.001) / (1.001 - padded[:, 4:]))
boxes("logits", {"output0": logits.T})
boxes("grids", {"output": np.zeros((3, 4, 4, 7), "f4")})

# Top, left, bottom, right in shares of the sides.
ssd = {
    "boxes": [[0, 0.5, 0.5, 1], [0.5, 0, 1, 0.5], [0, 0.5, 0.5, 1], [0, 0, 1, 1]],
    "classes": [0, 1, 0, 1],
    "scores": [0.9, 0.4, 0.3, 0.95],
    "count": 3,
}
orders = {
    "order": ["boxes", "classes", "scores", "count"],
    "converted": ["scores", "boxes", "count", "classes"],
    "swapped": ["boxes", "scores", "classes", "count"],
}
for name, order in orders.items():
    write(f"ssd-{name}.onnx", constant_network({f"out:{i}": ssd[n] for i, n in enumerate(order)}))
write("ssd-free.onnx", constant_network(ssd, {"boxes": 4, "classes": 4, "scores": 4}))
write("ssd-torn.onnx", constant_network(ssd, {"boxes": 4, "classes": 4, "scores": 3}))
write("ssd-uncounted.onnx", constant_network({**ssd, "count": 5}))
named = {
    "detection_anchor_indices": [7, 8, 9, 10],
    "detection_boxes": ssd["boxes"],
    "detection_classes": ssd["classes"],
    "detection_multiclass_scores": np.zeros((4, 3)),
    "detection_scores": ssd["scores"],
    "num_detections": ssd["count"],
    "raw_detection_boxes": ssd["boxes"],
    "raw_detection_scores": np.zeros((4, 3)),
}
write("ssd-named.onnx", constant_network(named))

slopes = numpy_helper.from_array(np.array([[6, 3, 0]], "f4"), "slopes")
for name, shape, axes in ("grey", ["n", 1, 16, 24], [2, 3]), ("grey-nhwc", ["n", 16, 24, 1], [1, 2]):
    nodes = [node("ReduceMean", ["x"], ["mean"], axes=axes, keepdims=0), node("MatMul", ["mean", "slopes"], ["y"])]
    write(f"{name}.onnx", network(nodes, {"x": shape}, {"y": ["n", 3]}, [slopes]))
