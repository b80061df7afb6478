"""From a checkpoint to the files that are shipped: encoder.lnm (docs/SPEC.md, section 7), decoder.onnx, and vision/ if a vision model was
trained along; or eyes.onnx alone."""

import pathlib
import shutil
import warnings
import zlib

import numpy as np
import onnx
import torch
import torch.nn.functional as F

from . import modelfile
from .classifier import blended
from .compact import LARGE, compact, stored_weights
from .data import SIDE
from .network import Encoder

ENCODER = "limitnet.encoder"    # keys of the decoder's metadata: the checksum of encoder.lnm, 8 hexadecimal digits
CRC = "limitnet.crc32"          # and that of all bytes before this entry
FIT_PICTURES = 2000         # training pictures for the tables
LABELS = pathlib.Path(__file__).parents[2] / "models/imagenet-labels.txt"
SETTINGS = """# How limitnet feeds this model: (x - mean) / divisor on the scale 0..255.
# Its weights: {share:g} parts of those trained behind the decoder, {rest:g} of the original's.
task = classify
width = 224
height = 224
channels = RGB
layout = NCHW
mean = 127
divisor = 128
output = logits
labels = {labels}
below = {below}
"""
BASE_DISTRIBUTIONS = 28     # family size: 33 symbols each at most, so that all tables stay under 6 KB of a camera's flash


def export(model, pictures, folder, vision=False):
    """Writes the averaged model, with `vision` also its vision model. `pictures`: training pictures N x 3 x h x w, 0..255, for the tables. An encoder.lnm that is a link stays:
    the decoder is another one for that model's streams."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    encoder = folder / "encoder.lnm"
    model.swap_average()
    try:
        with torch.no_grad():
            if not encoder.is_symlink():
                model.planes.fit(model.encoder, pictures, model.layout)
                encoder.write_bytes(modelfile.write(model_file(model)))
            write_decoder(model, folder / "decoder.onnx", modelfile.checksum(encoder.read_bytes()))
            if vision:
                write_vision(model, folder / "vision")
    finally:
        model.swap_average()


def export_eyes(model, folder):
    """Writes the averaged decoder as eyes.onnx, for people, into a model's folder, whose other files stay. Raises ValueError if that model
    has another encoder."""
    encoder = pathlib.Path(folder) / "encoder.lnm"
    data = encoder.read_bytes()
    model.swap_average()
    try:
        with torch.no_grad():
            if not sends_the_same(modelfile.read(data), model_file(model)):
                raise ValueError(f"{encoder}: has another encoder than this configuration; export the model that it sees the packets of first")
            write_decoder(model, encoder.with_name("eyes.onnx"), modelfile.checksum(data))
    finally:
        model.swap_average()


def sends_the_same(a, b):
    """Whether two model files compute the same latent values. Their statistics and orders may differ, and so may the bytes that stages
    pass on: their steps are fitted to pictures."""
    first, second = a.stages[0], b.stages[0]
    return [s.weights.shape for s in a.stages] == [s.weights.shape for s in b.stages] and np.array_equal(first.weights, second.weights) and \
        np.array_equal(first.multiplier[first.pass_:], second.multiplier[second.pass_:])


def model_file(model):
    config, encoder, planes = model.config, model.encoder, model.planes
    stages, scale = [], torch.full((3,), Encoder.PICTURE_SCALE)
    for layer, stage in zip(encoder.stages, config.stages):
        out = torch.full((stage.outputs,), 1.0 / config.gain)
        out[:stage.pass_] = layer.scale_out[:stage.pass_]
        stages.append(integer_layer(layer, scale, out, stage.pass_, stage.relu))
        scale = layer.scale_out[:stage.pass_]
    distributions, base = base_family(planes)
    return modelfile.ModelFile(
        name=config.name, width=config.width, height=config.height, stages=stages,
        channels=[channel(planes, config.rounding, c, base) for c in range(model.layout.channels)],
        units=unit_list(planes), before_map=0, weight=0 if model.layout.mapless else config.weight,
        shapes=planes.shapes.numpy().astype(np.int8), distributions=distributions, map=None if model.layout.mapless else map_of(model))


def channel(planes, rounding, c, base):
    """Statistics of one channel; `base`: numbers of base distributions by wide channel."""
    number = int(planes.number[c])
    narrow = [modelfile.Narrow(*(int(x[c, k]) for x in (planes.bias, planes.shape, planes.negative, planes.one, planes.zero)))
              for k in range(number)]
    if c in base:
        narrow[0] = None
    points = [min(255, round(256 * float(planes.point[c, k]))) for k in range(number)]
    return modelfile.Channel(rounding, points, narrow, base.get(c))


def map_of(model):
    """What the file says of the map."""
    mapping, layout, config = model.planes.mapping, model.layout, model.config
    common = ([int(t) for t in mapping.thresholds], mapping.shift, np.array([modelfile.cumulative(c) for c in mapping.counts.tolist()], np.uint16))
    if config.map.kind == "saliency":
        return modelfile.Saliency(*common, config.map.stage, branch(model.encoder))
    shifts = [modelfile.NOT_COUNTED] * len(config.stages)
    for channel_, stage in enumerate(layout.stages):
        shifts[stage] = int(mapping.shifts[sorted(set(layout.stages), reverse=True).index(stage)])
    return modelfile.Activity(*common, shifts, *(int(x) for x in mapping.sizes))


def branch(encoder):
    """The layers of the saliency branch."""
    layers, scale = [], torch.full((encoder.branch[0].weight.shape[1],), Encoder.BRANCH_SCALE)
    for layer in encoder.branch:
        last = layer is encoder.branch[-1]
        out = torch.full((1,), 1 / 16.0) if last else layer.scale_out
        layers.append(integer_layer(layer, scale, out, len(out), not last))
        scale = layer.scale_out
    return layers


def integer_layer(layer, scale_in, scale_out, passed, relu):
    """Weights, bias and multiplier of SPEC 1.2 from real weights and the sizes of one step of input and output."""
    weights, unit = layer.integer_weights(scale_in)
    unit = unit[:, 0, 0, 0].double()
    multiplier = torch.round(unit / scale_out.double() * 2 ** 32).clamp(1, 2 ** 31 - 1)
    return modelfile.Layer(
        kernel=layer.weight.shape[2], stride=layer.stride, padding=layer.padding, outputs=len(unit), pass_=passed,
        activation=modelfile.RELU if relu else modelfile.NONE,
        bias=torch.round(layer.bias.double() / unit).to(torch.int32).numpy(),
        multiplier=multiplier.to(torch.int64).numpy().astype(np.uint32),
        weights=weights.permute(0, 2, 3, 1).to(torch.int8).numpy())


def unit_list(planes):
    """Units in the order in which they are sent."""
    weight = planes.config.weight
    units = [(-float(planes.score[c, k]), c, k) for c, n in enumerate(planes.number.tolist()) for k in range(n)]
    return [modelfile.Unit(c, k, round(-score) if weight else 0) for score, c, k in sorted(units)]


def base_family(planes, size=BASE_DISTRIBUTIONS):
    """Merges the distributions of all (wide channel, class) pairs, cheapest pair first, until `size` remain. Only distributions of equal
    base limit are merged: a wider alphabet would make a channel's values wider, and a camera keeps all of them in RAM. Returns the
    distributions, and their numbers for the classes of each wide channel."""
    wide = planes.wide.nonzero()[:, 0]
    counts = planes.base[:, wide].permute(1, 0, 2).flatten(0, 1).double().numpy()     # (channel, class) x symbols

    def bits(c):
        total = c.sum(-1, keepdims=True)
        return -(c * np.log2(np.maximum(c, 1e-12) / total)).sum(-1)

    groups, members, own = counts.copy(), [[i] for i in range(len(counts))], bits(counts)
    limit = planes.largest[wide].repeat_interleave(modelfile.CLASSES).numpy()
    cost = bits(groups[:, None] + groups[None]) - own[:, None] - own[None]
    cost[limit[:, None] != limit[None]] = np.inf
    np.fill_diagonal(cost, np.inf)
    alive = list(range(len(groups)))
    while len(alive) > size:
        sub = cost[np.ix_(alive, alive)]
        a, b = (alive[i] for i in np.unravel_index(sub.argmin(), sub.shape))
        groups[a] += groups[b]
        members[a] += members[b]
        alive.remove(b)
        own[a] = bits(groups[a])
        cost[a, :] = cost[:, a] = np.where(limit == limit[a], bits(groups[a][None] + groups) - own[a] - own, np.inf)
        cost[a, a] = np.inf
    index, made = np.zeros(len(counts), int), []
    for n, a in enumerate(alive):
        index[members[a]] = n
        seen = np.nonzero(groups[a] > 0.5 + 0.02 * len(members[a]))[0]
        seen = seen if len(seen) else np.array([planes.limit])
        reach = max(planes.limit - seen.min(), 0), max(seen.max() - planes.limit, 0)
        low, high = planes.limit - min(reach[0] + (reach[0] > 0), limit[a]), planes.limit + min(reach[1] + 1, limit[a])
        made.append(modelfile.Distribution(int(low - planes.limit), modelfile.cumulative(groups[a][low:high + 1])))
    return made, dict(zip(wide.tolist(), index.reshape(-1, modelfile.CLASSES).tolist()))


class ExportDecoder(torch.nn.Module):
    """The decoder with flat, named inputs."""

    def __init__(self, decoder):
        super().__init__()
        self.decoder = decoder

    def forward(self, *inputs):
        picture = self.decoder(inputs[:-1:2], inputs[1:-1:2], inputs[-1])
        if self.decoder.head is None:
            picture = picture + 0 * inputs[-1].mean()       # every decoder has an input for the map; a linear one does not look at it
        return picture.clamp(0, 1)


def write_decoder(model, path, checksum):
    """Inputs latent0, known0, latent1, ... (coarsest grid first) and map; output picture; any batch size. The metadata
    names the encoder by its checksum."""
    inputs, names = [], []
    for i, (c, h, w) in enumerate(model.layout.shapes):
        inputs += [torch.zeros(2, c, h, w), torch.zeros(2, c, h, w)]
        names += [f"latent{i}", f"known{i}"]
    inputs.append(torch.zeros(2, 1, 8, 8))
    names.append("map")
    network = ExportDecoder(model.decoder).eval()
    network(*inputs)      # fills the caches of the constant matrices, so that tracing sees constants
    write_network(network, inputs, path, names, "picture")
    seal(path, checksum)


def write_network(network, inputs, path, names, output):
    """An ONNX file with small weights, for any number of pictures."""
    axes = {n: {0: "pictures"} for n in [*names, output]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network, tuple(inputs), str(path), input_names=names, output_names=[output], dynamic_axes=axes,
                          opset_version=17, dynamo=False)
    compact(path)


class ExportVision(torch.nn.Module):
    """A classifier whose pictures come as SETTINGS says."""

    def __init__(self, classifier):
        super().__init__()
        self.classifier = classifier

    def forward(self, image):
        return self.classifier.rest(F.relu6(self.classifier.stem(image)))[0]


def write_vision(model, folder):
    """vision.onnx with its settings and labels: the average of the trained and the original vision model that the configuration chose."""
    chosen = model.config.vision
    folder.mkdir(exist_ok=True)
    network = ExportVision(blended(model.modules["vision"], chosen.share)).eval()
    write_network(network, [torch.zeros(2, 3, SIDE, SIDE)], folder / "vision.onnx", ["image"], "logits")
    shutil.copyfile(LABELS, folder / LABELS.name)
    (folder / "vision.vision").write_text(SETTINGS.format(share=chosen.share, rest=1 - chosen.share, labels=LABELS.name, below=chosen.below))


def read_weights(path, network):
    """Gives a network the large weights of an exported file, as they are stored there. (Some of the others are parts of constants there.)
    Raises ValueError if the file is of another network."""
    stored = stored_weights(path)
    for name, parameter in ((n, p) for n, p in network.named_parameters() if p.numel() >= LARGE):
        if name not in stored or stored[name].shape != tuple(parameter.shape):
            raise ValueError(f"{path}: has no weights {name} of this configuration's shape; export it again")
        parameter.data = torch.tensor(stored[name])
    return network


def seal(path, checksum):
    """Adds what a receiver checks (limitnet/cloud.h): the checksum of the encoder that the decoder belongs to, and one of the file."""
    network = onnx.load(path)
    onnx.helper.set_model_props(network, {ENCODER: f"{checksum:08x}"})
    data, last = network.SerializeToString(), onnx.ModelProto()
    last.metadata_props.add(key=CRC, value=f"{zlib.crc32(data):08x}")
    path.write_bytes(data + last.SerializeToString())
