"""Makes checkpoints/pyramid-224-start.pt fit: the first four latents of the second and third stage were larger than their planes hold, in 17 %
of the places for the first one. They are halved, and the synthesis is the least-squares one again.

usage: python halve_start.py CHECKPOINT.pt PACKED OUT.pt      (CHECKPOINT: after 30,000 pictures of recognition from convert_start.py's)"""

import math
import sys

import torch
import torch.nn.functional as F

from convert_start import PICTURES, fit, received
from limitnet_train import config
from limitnet_train.checkpoint import whole
from limitnet_train.data import Pictures
from limitnet_train.model import Model

HALVED, FIT_PICTURES = 4, 400


@torch.no_grad()
def halve(model, pictures):
    d, (_, second, third), planes = model.decoder, model.encoder.stages, model.planes
    passed = model.config.stages[1].pass_
    for layer, first in ((third, 0), (second, passed)):
        layer.weight[first:first + HALVED] *= 0.5
        layer.bias[first:first + HALVED] *= 0.5
    d.synthesis[0].weight[:HALVED] *= 2
    d.synthesis[1].weight[passed:passed + HALVED] *= 2
    for first in (0, model.layout.stages.index(1)):
        planes.sensitivity[first:first + HALVED] += 2             # octaves by squared step
    planes.choose(model.encoder, pictures.whole(FIT_PICTURES), model.layout)
    planes.fit(model.encoder, pictures.whole(FIT_PICTURES), model.layout)
    scale, low = math.exp(float(d.amplitude.bias)), None
    grids, truths = received(model, pictures.whole(PICTURES))
    for latent, synthesis, r, target in zip(grids, d.synthesis, d.ratios, truths[::-1]):
        x, old = latent if low is None else torch.cat([low, latent], 1), (synthesis.weight.clone(), synthesis.bias.clone())
        for own, new in zip((synthesis.weight, synthesis.bias), fit(x, target, r)):
            own.copy_(new)
        low = synthesis(x)
    d.tail.bias += ((old[1] - d.synthesis[-1].bias) / scale).repeat_interleave(r * r)
    less = F.pad((old[0] - d.synthesis[-1].weight) / scale, (r // 2,) * 4)
    blocks = less.unfold(2, r, r).unfold(3, r, r).flip(2, 3)
    d.tail.weight[:, d.head.weight.shape[0]:] += blocks.permute(1, 4, 5, 0, 2, 3).reshape(3 * r * r, -1, 3, 3)


def main():
    trained, packed, out = sys.argv[1:]
    torch.set_num_threads(2)
    chosen = config.load("configs/pyramid-224.toml")
    chosen.phases = []
    model = Model(chosen)
    model.load(torch.load(trained, weights_only=False)["model"])
    model.take_average()
    halve(model, Pictures(packed))
    kept = {k: v if whole(k, v) else v.half() for k, v in model.modules.state_dict().items()}
    torch.save({"model": {"modules": kept, "planes": model.planes.state()}}, out)


if __name__ == "__main__":
    main()
