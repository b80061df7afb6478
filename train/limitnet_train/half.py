"""ONNX files of half the size: large tensors are stored in 16 bits."""

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
    nodes = casts + list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)
