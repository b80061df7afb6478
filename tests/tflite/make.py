"""Makes the small TensorFlow Lite networks in this folder. Not part of any test: run it to add one. Needs the packages
tflite and flatbuffers, and numpy.

colours-*.tflite   classifiers of 1 x 16 x 24 x 3 with three classes: the mean of each channel, then a softmax (-float,
                   -half, -bytes, -scaled) or a logistic (-signed). Inputs and outputs are floats of 32 or 16 bits, uint8
                   that stand for 0..1, int8 the same; in -scaled the input stands for -2..3, as with ImageNet's mean.
                   -custom ends with the operator that TensorFlow's detectors end with, which the runtime lacks
"""

import pathlib

import flatbuffers
import numpy as np
import tflite as tf

here = pathlib.Path(__file__).parent


def table(b, kind, **fields):
    """Writes a table; fields as the schema names them."""
    getattr(tf, f"{kind}Start")(b)
    for name, value in fields.items():
        if value is not None:
            getattr(tf, f"{kind}Add{name}")(b, value)
    return getattr(tf, f"{kind}End")(b)


def vector(b, start, items):
    start(b, len(items))
    for item in reversed(items):
        b.PrependUOffsetTRelative(item)
    return b.EndVector()


def ints(b, values):
    return b.CreateNumpyVector(np.array(values, "<i4"))


def tensor(b, name, shape, kind, buffer=0, quantised=None):
    means = None
    if quantised:
        scale = b.CreateNumpyVector(np.array(quantised[:1], "<f4"))
        zero = b.CreateNumpyVector(np.array(quantised[1:], "<i8"))
        means = table(b, "QuantizationParameters", Scale=scale, ZeroPoint=zero)
    name, shape = b.CreateString(name), ints(b, shape)
    return table(b, "Tensor", Shape=shape, Type=kind, Buffer=buffer, Name=name, Quantization=means)


def network(name, kind, end, of_input=None, of_output=None):
    b = flatbuffers.Builder(1024)
    axes = b.CreateByteVector(np.array([1, 2], "<i4").tobytes())
    buffers = vector(b, tf.ModelStartBuffersVector, [table(b, "Buffer"), table(b, "Buffer", Data=axes)])
    tensors = [
        tensor(b, "image", [1, 16, 24, 3], kind, quantised=of_input),
        tensor(b, "axes", [2], tf.TensorType.INT32, buffer=1),
        tensor(b, "mean", [1, 3], kind, quantised=of_input),
        tensor(b, "scores", [1, 3], kind, quantised=of_output),
    ]
    tensors = vector(b, tf.SubGraphStartTensorsVector, tensors)
    reducer = table(b, "ReducerOptions", KeepDims=False)
    softmax = table(b, "SoftmaxOptions", Beta=1.0)
    is_softmax = end == tf.BuiltinOperator.SOFTMAX
    steps = [
        ([0, 1], [2], tf.BuiltinOptions.ReducerOptions, reducer),
        ([2], [3], tf.BuiltinOptions.SoftmaxOptions if is_softmax else 0, softmax if is_softmax else None),
    ]
    nodes = []
    for i, (inputs, outputs, kind_of_options, options) in enumerate(steps):
        inputs, outputs = ints(b, inputs), ints(b, outputs)
        nodes.append(
            table(
                b,
                "Operator",
                OpcodeIndex=i,
                Inputs=inputs,
                Outputs=outputs,
                BuiltinOptionsType=kind_of_options,
                BuiltinOptions=options,
            )
        )
    nodes = vector(b, tf.SubGraphStartOperatorsVector, nodes)
    inputs, outputs = ints(b, [0]), ints(b, [3])
    graph = table(b, "SubGraph", Tensors=tensors, Inputs=inputs, Outputs=outputs, Operators=nodes)
    graphs = vector(b, tf.ModelStartSubgraphsVector, [graph])
    custom = b.CreateString("TFLite_Detection_PostProcess") if end == tf.BuiltinOperator.CUSTOM else None
    codes = [
        table(
            b,
            "OperatorCode",
            DeprecatedBuiltinCode=code,
            BuiltinCode=code,
            Version=1,
            CustomCode=custom if code == tf.BuiltinOperator.CUSTOM else None,
        )
        for code in (tf.BuiltinOperator.MEAN, end)
    ]
    codes = vector(b, tf.ModelStartOperatorCodesVector, codes)
    b.Finish(table(b, "Model", Version=3, OperatorCodes=codes, Subgraphs=graphs, Buffers=buffers), b"TFL3")
    (here / f"colours-{name}.tflite").write_bytes(bytes(b.Output()))


kinds, operators = tf.TensorType, tf.BuiltinOperator
network("float", kinds.FLOAT32, operators.SOFTMAX)
network("half", kinds.FLOAT16, operators.SOFTMAX)
network("bytes", kinds.UINT8, operators.SOFTMAX, (1 / 255, 0), (1 / 256, 0))
network("signed", kinds.INT8, operators.LOGISTIC, (1 / 255, -128), (1 / 256, -128))
network("scaled", kinds.UINT8, operators.SOFTMAX, (5 / 255, 102), (1 / 256, 0))
network("custom", kinds.FLOAT32, operators.CUSTOM)
