"""From a checkpoint to the files that are shipped: encoder.lnm (docs/SPEC.md, section 7) and decoder.onnx."""

import pathlib
import warnings

import numpy as np
import torch

from . import modelfile
from .half import halve
from .network import Encoder

FIT_PICTURES = 2000         # training pictures for the tables
BASE_DISTRIBUTIONS = 28     # family size: 33 symbols each at most, so that all tables stay under 6 KB of a camera's flash


def export(model, pictures, folder, mapless=False):
    """Writes the averaged model. `pictures`: training pictures N x 3 x h x w, 0..255, for the tables. mapless: the same
    network without saliency branch and map."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model.swap_average()
    model.layout.mapless = mapless
    try:
        with torch.no_grad():
            model.planes.fit(model.encoder, pictures, model.layout)
            data = modelfile.write(model_file(model, pictures))
            (folder / "encoder.lnm").write_bytes(data)
            write_decoder(model, folder / "decoder.onnx")
    finally:
        model.layout.mapless = False
        model.swap_average()
    return data


def model_file(model, pictures):
    config, encoder = model.config, model.encoder
    stages, scale = [], torch.full((3,), Encoder.PICTURE_SCALE)
    for layer, stage in zip(encoder.stages, config.stages):
        out = torch.full((stage.outputs,), 1.0 / config.gain)
        out[:stage.pass_] = layer.scale_out[:stage.pass_]
        stages.append(integer_layer(layer, scale, out, stage.pass_, stage.relu))
        scale = layer.scale_out[:stage.pass_]
    mapless = model.layout.mapless
    branch, scale = [], torch.full((config.stages[config.saliency_stage].outputs,), Encoder.BRANCH_SCALE)
    for layer in encoder.branch:
        last = layer is encoder.branch[-1]
        out = torch.full((1,), 1 / 16.0) if last else layer.scale_out
        branch.append(integer_layer(layer, scale, out, len(out), not last))
        scale = layer.scale_out
    distributions, base_index = base_family(model.planes, model.layout)
    return modelfile.ModelFile(
        name=config.name, width=config.width, height=config.height, stages=stages, layers=[] if mapless else branch,
        saliency_stage=0 if mapless else config.saliency_stage,
        channels=[modelfile.Channel(int(p), config.rounding) for p in model.layout.planes],
        units=unit_list(model), before_map=config.before_map, weight=config.weight,
        base_index=base_index, refinement=refinements(model.planes, model.layout),
        recon_points=[[min(255, round(256 * float(model.planes.point[c, k]))) for k in range(p)] for c, p in enumerate(model.layout.planes)],
        distributions=distributions, map_distributions=None if mapless else map_distributions(model, pictures))


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


def unit_list(model):
    planes, first = model.layout.planes, model.config.before_map
    early = [modelfile.Unit(c, 0, 0) for c in range(first)] if first < len(planes) else []
    rest = [(int(model.planes.offset[c, k]), c, k) for c, p in enumerate(planes) for k in range(p) if k or c >= len(early)]
    rest.sort(key=lambda u: (-u[0], u[1], u[2]))
    return early + [modelfile.Unit(c, k, max(offset, -2 ** 15)) for offset, c, k in rest]


def base_family(planes, layout, size=BASE_DISTRIBUTIONS):
    """Merges the distributions of all (channel, class) pairs, cheapest pair first, until `size` remain. Only distributions of equal base
    limit are merged: a wider alphabet would make a channel's values wider, and a camera keeps all of them in RAM."""
    counts = planes.base.permute(1, 0, 2).flatten(0, 1).double().numpy()      # (channel, class) x symbols

    def bits(c):
        total = c.sum(-1, keepdims=True)
        return -(c * np.log2(np.maximum(c, 1e-12) / total)).sum(-1)

    groups, members, own = counts.copy(), [[i] for i in range(len(counts))], bits(counts)
    limit = layout.base_limit.repeat_interleave(modelfile.CLASSES).numpy()
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
    return made, index.reshape(layout.channels, modelfile.CLASSES)


def refinements(planes, layout):
    """q0 and qn for every (channel, plane > 0, class)."""
    out = [[modelfile.refinement_bytes(z, n, p) for n, z, p in planes.refinement[:, c, k - 1].tolist()]
           for c in range(layout.channels) for k in range(1, int(layout.planes[c]))]
    return np.array(out, np.uint8).reshape(-1, modelfile.CLASSES, 2)


def map_distributions(model, pictures):
    """Counts of map levels by context (SPEC 4.3), each with a small share of the overall histogram."""
    counts = np.zeros((modelfile.MAP_CONTEXTS, modelfile.MAP_LEVELS))
    for part in pictures.split(50):
        maps = model.layout.map_levels(model.encoder(part)[1])[:, 0].long().numpy()
        for level in maps:
            for y in range(8):
                for x in range(8):
                    near = [level[y, x - 1]] * (x > 0) + [level[y - 1, x]] * (y > 0)
                    context = (sum(near) + len(near) // 2) // len(near) >> 2 if near else 8
                    counts[context, level[y, x]] += 1
    counts[8] = counts.sum(0)
    counts += 2 * (counts[8] + 1) / (counts[8] + 1).sum()
    return np.array([modelfile.cumulative(c) for c in counts], np.uint16)


class ExportDecoder(torch.nn.Module):
    """The decoder with flat, named inputs."""

    def __init__(self, decoder):
        super().__init__()
        self.decoder = decoder

    def forward(self, *inputs):
        return self.decoder(inputs[:-1:2], inputs[1:-1:2], inputs[-1]).clamp(0, 1)


def write_decoder(model, path):
    """Inputs latent0, known0, latent1, ... (coarsest grid first) and map; output picture; any batch size. Weights take 16 bits."""
    inputs, names = [], []
    for i, (c, h, w) in enumerate(model.layout.shapes):
        inputs += [torch.zeros(2, c, h, w), torch.zeros(2, c, h, w)]
        names += [f"latent{i}", f"known{i}"]
    inputs.append(torch.zeros(2, 1, 8, 8))
    names.append("map")
    network = ExportDecoder(model.decoder).eval()
    network(*inputs)      # fills the caches of the constant matrices, so that tracing sees constants
    axes = {n: {0: "pictures"} for n in names + ["picture"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network, tuple(inputs), str(path), input_names=names, output_names=["picture"], dynamic_axes=axes,
                          opset_version=17, dynamo=False)
    halve(path)
