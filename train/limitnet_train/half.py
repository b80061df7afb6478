"""ONNX files of half or a quarter of the size: large tensors are stored in 16 or 8 bits."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LARGE = 4096                # values of a tensor from which it is stored in 16 bits


def halve(path):
    """Rewrites an ONNX file in place. Inputs, outputs and arithmetic stay in 32 bits. A second call changes nothing."""
    model = onnx.load(path)
    halve_weights(model.graph)
    onnx.save(model, path)


def halve_weights(graph):
    """Stores large tensors in 16 bits, each behind a Cast back to 32."""
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and np.prod(tensor.dims) >= LARGE:
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), name + ".half"))
            casts.append(helper.make_node("Cast", [tensor.name], [name], to=TensorProto.FLOAT))
    put_first(graph, casts)


def quarter(path):
    """Rewrites an ONNX file in place: large kernels take 8 bits, with a step for each output, and other large tensors 16. (OpenVINO rounds
    what goes into a matrix product whose weights have 8 bits, and logits move by a hundredth.)"""
    model, scales, nodes = onnx.load(path), [], []
    for tensor in model.graph.initializer:
        if tensor.data_type == TensorProto.FLOAT and np.prod(tensor.dims) >= LARGE and len(tensor.dims) == 4:
            name, values = tensor.name, numpy_helper.to_array(tensor)
            step = np.maximum(np.abs(values).max(axis=(1, 2, 3)) / 127, 1e-12).astype(np.float32)
            small = np.round(values / step[:, None, None, None]).astype(np.int8)
            tensor.CopyFrom(numpy_helper.from_array(small, name + ".byte"))
            scales.append(numpy_helper.from_array(step, name + ".step"))
            nodes.append(helper.make_node("DequantizeLinear", [name + ".byte", name + ".step"], [name], axis=0))
    model.graph.initializer.extend(scales)
    put_first(model.graph, nodes)
    halve_weights(model.graph)
    onnx.save(model, path)


def put_first(graph, nodes):
    nodes = nodes + list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)


def read_quarter(path):
    """All weights of a file that `quarter` wrote, as 32-bit floats, by name."""
    stored = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    made = {name.removesuffix(".half"): values.astype(np.float32) for name, values in stored.items() if not name.endswith((".byte", ".step"))}
    for name in (n.removesuffix(".byte") for n in stored if n.endswith(".byte")):
        made[name] = stored[name + ".byte"] * stored[name + ".step"][:, None, None, None]
    return made
