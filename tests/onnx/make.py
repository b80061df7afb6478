"""Makes the small networks in this folder. Not part of any test: run it to add one. Needs onnx and numpy.

two.onnx       a (N x 3) and b (N x 2) -> sum (N x 1), double of a (N x 3)
whole.onnx     a and b as 64-bit integers, which the engine refuses
mean.onnx      N x 3 x 16 x 24 -> N x 3: the mean of each channel, for a classifier with three classes
mean-nhwc.onnx the same with channels last
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
