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
"""

import pathlib

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

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
