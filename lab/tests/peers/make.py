"""Makes the learned peers in this folder, and a classifier with its tail. No test runs it; run it to add a peer. Needs onnx and numpy.

The encoders take a quarter of every eighth pixel of every eighth row. The decoders show each symbol, times four, as a block of 8x8 pixels,
so a test sees each symbol in the picture.

random    packets in random order
raster    one stream, channel by channel
whole     one stream that counts only as a whole; symbols from -32 to 31
features  like raster, but whole, and its decoder gives a quarter of the pixels as features
mean.onnx, mean-tail.onnx    a classifier with three classes, the means of a picture's channels, and its part behind the features
"""

import pathlib

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

here = pathlib.Path(__file__).parent


def save(path, nodes, inputs, outputs, constants=()):
    infos = [[helper.make_tensor_value_info(n, TensorProto.FLOAT, shape) for n, shape in ports.items()] for ports in (inputs, outputs)]
    arrays = [numpy_helper.from_array(np.asarray(a, "f4"), n) for n, a in constants]
    model = helper.make_model(helper.make_graph(nodes, path.stem, *infos, arrays), ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


def frequencies(channel, count=64):
    """Unequal frequencies, each at least 1, whose sum is 4096."""
    wish = np.exp(-np.abs(np.arange(count) - 12 * (channel + 1)) / 20)
    f = 1 + np.floor((4096 - count) * wish / wish.sum()).astype(int)
    f[-1] += 4096 - f.sum()
    return f


def peer(name, lowest=0, order="raster", partial="zero", output="picture"):
    folder = here / name
    folder.mkdir(exist_ok=True)
    picture, symbols = {"picture": ["n", 3, 224, 224]}, {"symbols": ["n", 3, 28, 28]}
    save(
        folder / "encoder.onnx",
        [helper.make_node("Conv", ["picture", "weight", "bias"], ["quarter"], kernel_shape=[1, 1], strides=[8, 8], group=3),
         helper.make_node("Floor", ["quarter"], ["symbols"])],
        picture, symbols, [("weight", np.full((3, 1, 1, 1), 0.25)), ("bias", np.full(3, lowest))])
    if output == "picture":
        save(
            folder / "decoder.onnx",
            [helper.make_node("ConvTranspose", ["symbols", "weight", "bias"], ["picture"], kernel_shape=[8, 8], strides=[8, 8], group=3)],
            symbols, picture, [("weight", np.full((3, 1, 8, 8), 4)), ("bias", np.full(3, -4 * lowest))])
    else:
        save(folder / "decoder.onnx", [helper.make_node("Sub", ["symbols", "lowest"], ["features"])],
             symbols, {"features": ["n", 3, 28, 28]}, [("lowest", [lowest])])
    lines = ["version = 1", "channels = 3", "height = 28", "width = 28", f"lowest = {lowest}", f"highest = {lowest + 63}",
             f"order = {order}", f"partial = {partial}", f"output = {output}"]
    lines += ["table = " + " ".join(map(str, frequencies(c))) for c in range(3)]
    (folder / "peer.txt").write_text("\n".join(lines) + "\n")


peer("random", order="random 7")
peer("raster")
peer("whole", lowest=-32, partial="whole")
peer("features", partial="whole", output="features")
for name, side in ("mean.onnx", 224), ("mean-tail.onnx", 28):
    save(here / name, [helper.make_node("ReduceMean", ["x"], ["y"], axes=[2, 3], keepdims=0)], {"x": ["n", 3, side, side]}, {"y": ["n", 3]})
(here / "mean.vision").write_text("mean = 0\ndivisor = 1\n")
