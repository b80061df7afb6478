"""Makes a small decoder.onnx for tests: right names and shapes for a model file, and a picture that depends on
every input.

The picture's red is 0.5 + a sum over all inputs of weight x mean over channels, enlarged to the picture (nearest);
green is 1 - red; blue is what is known on average. Nothing received gives 0.5, 0.5, 0. With --eyes, red and green
change places: a model's second decoder.

usage: make_decoder.py MODEL.lnm OUTPUT.onnx [--without-map] [--eyes] [--encoder CHECKSUM|none]
"""

import argparse
import struct
import zlib

import onnx
from onnx import TensorProto, helper

LAYER = struct.Struct("<6B2x")


def read_geometry(data):
    """Width, height and, coarsest stage first, (channels, height, width) of a model file's latent grids (SPEC 7)."""
    width, height, stages = struct.unpack_from("<HHB", data, 24)
    grids, w, h = [], width, height
    for i in range(stages):
        kernel, stride, padding, outputs, passed, _ = LAYER.unpack_from(data, 56 + 8 * i)
        w = (w + 2 * padding - kernel) // stride + 1
        h = (h + 2 * padding - kernel) // stride + 1
        if outputs > passed:
            grids.append((outputs - passed, h, w))
    return width, height, grids[::-1]


def seal(model, encoder):
    """The file's bytes, with the checksum of the model that the decoder belongs to and one of its own."""
    if encoder != "none":
        model.metadata_props.add(key="limitnet.encoder", value=encoder)
    data = model.SerializeToString(deterministic=True)
    last = onnx.ModelProto()
    last.metadata_props.add(key="limitnet.crc32", value=f"{zlib.crc32(data):08x}")
    return data + last.SerializeToString()


def make(width, height, grids, with_map=True, eyes=False):
    nodes, inputs, constants = [], [], []

    def constant(name, kind, values, scalar=False):
        constants.append(helper.make_tensor(name, kind, [] if scalar else [len(values)], values))
        return name

    def plane(name, channels, h, w):
        """One plane of an input, as large as the picture: its mean over the channels."""
        inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", channels, h, w]))
        nodes.append(helper.make_node("ReduceMean", [name], [f"{name}.mean"], axes=[1], keepdims=1))
        scales = constant(f"{name}.scales", TensorProto.FLOAT, [1, 1, (height + 0.5) / h, (width + 0.5) / w])
        nodes.append(helper.make_node("Resize", [f"{name}.mean", "", scales], [f"{name}.plane"], mode="nearest",
                                      coordinate_transformation_mode="asymmetric", nearest_mode="floor"))
        return f"{name}.plane"

    latents, knowns = [], []
    for k, grid in enumerate(grids):
        latents.append(plane(f"latent{k}", *grid))
        knowns.append(plane(f"known{k}", *grid))
    if with_map:
        latents.append(plane("map", 1, 8, 8))

    def sum_of(planes, name, scale, shift):
        nodes.append(helper.make_node("Sum", planes, [f"{name}.sum"]))
        nodes.append(helper.make_node("Mul", [f"{name}.sum", constant(f"{name}.scale", TensorProto.FLOAT, [scale], True)],
                                      [f"{name}.scaled"]))
        nodes.append(helper.make_node("Add", [f"{name}.scaled", constant(f"{name}.shift", TensorProto.FLOAT, [shift], True)],
                                      [name]))
        return name

    red = sum_of(latents, "red", 0.02, 0.5)
    blue = sum_of(knowns, "blue", 1 / len(knowns), 0.0)
    nodes.append(helper.make_node("Sub", [constant("one", TensorProto.FLOAT, [1.0], True), red], ["green"]))
    first, second = ("green", red) if eyes else (red, "green")
    nodes.append(helper.make_node("Concat", [first, second, blue], ["picture"], axis=1))
    output = helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["n", 3, height, width])
    graph = helper.make_graph(nodes, "decoder", inputs, [output], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("output")
    parser.add_argument("--without-map", action="store_true")
    parser.add_argument("--eyes", action="store_true")
    parser.add_argument("--encoder", help="another model's checksum, or none")
    options = parser.parse_args()
    with open(options.model, "rb") as file:
        data = file.read()
    encoder = options.encoder or f"{int.from_bytes(data[-4:], 'little'):08x}"
    with open(options.output, "wb") as file:
        file.write(seal(make(*read_geometry(data), not options.without_map, options.eyes), encoder))


if __name__ == "__main__":
    main()
