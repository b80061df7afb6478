"""ONNX files with small weights: those of large layers take 8 bits, with a step for each output, and other large tensors 16.
Inputs, outputs and arithmetic stay in 32 bits."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LARGE = 4096                # values of a tensor from which it is stored in 16 bits
HUGE = 32768                # values of a layer's weights from which they are stored in 8: what a synthesis has must stay exact
OUTPUTS = {"Conv": 0, "ConvTranspose": 1, "Gemm": 0}    # the axis of its weights that counts outputs
BYTE, WHOLE, STEP, HALF = ".byte", ".whole", ".step", ".half"     # what is stored for a tensor has its name and this


def compact(path):
    """Rewrites an ONNX file in place. A second call changes nothing."""
    model = onnx.load(path)
    graph = model.graph
    axes = {node.input[1]: OUTPUTS[node.op_type] for node in graph.node if node.op_type in OUTPUTS}
    stored, nodes = [], []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < LARGE:
            stored.append(tensor)
        elif tensor.name in axes and values.size >= HUGE:
            store_bytes(tensor.name, values, axes[tensor.name], stored, nodes)
        else:
            store_halves(tensor.name, values, stored, nodes)
    replace(graph.initializer, stored)
    replace(graph.node, nodes + list(graph.node))
    onnx.save(model, path)


def store_bytes(name, values, axis, stored, nodes):
    """Adds what is stored for a layer's weights, and the nodes that make them again."""
    others = tuple(a for a in range(values.ndim) if a != axis)
    step = np.maximum(np.abs(values).max(axis=others, keepdims=True) / 127, 1e-12).astype(np.float32)
    stored += [numpy_helper.from_array(np.round(values / step).astype(np.int8), name + BYTE), numpy_helper.from_array(step, name + STEP)]
    nodes += [helper.make_node("Cast", [name + BYTE], [name + WHOLE], to=TensorProto.FLOAT),
              helper.make_node("Mul", [name + WHOLE, name + STEP], [name])]


def store_halves(name, values, stored, nodes):
    stored.append(numpy_helper.from_array(values.astype(np.float16), name + HALF))
    nodes.append(helper.make_node("Cast", [name + HALF], [name], to=TensorProto.FLOAT))


def replace(repeated, values):
    values = list(values)
    del repeated[:]
    repeated.extend(values)


def stored_weights(path):
    """The weights of a file, as networks see them: arrays of 32-bit floats by name."""
    stored = {t.name: numpy_helper.to_array(t).astype(np.float32) for t in onnx.load(path).graph.initializer}
    made = {name.removesuffix(HALF): values for name, values in stored.items() if not name.endswith((BYTE, STEP))}
    for name in (n.removesuffix(BYTE) for n in stored if n.endswith(BYTE)):
        made[name] = stored[name + BYTE] * stored[name + STEP]
    return made
