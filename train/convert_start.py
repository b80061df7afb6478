"""Makes checkpoints/pyramid-224-start.pt from the last checkpoint of configs/pyramid-224-start.toml, whose decoder had a trained synthesis and
corrections of one size.

usage: python convert_start.py TRAINED.pt PACKED OUT.pt

The synthesis becomes the least-squares one for pictures of 3 to 30 KB. What the trained one gave more or less goes into the last layer's
linear part, so the received picture stays nearly the same. Corrections shrink where planes are known: e to the power of -FALL where all are."""

import math
import sys

import torch
import torch.nn.functional as F

from limitnet_train import config
from limitnet_train.checkpoint import whole
from limitnet_train.data import Pictures
from limitnet_train.model import Model
from limitnet_train.planes import LARGE_PACKET, code_share

PICTURES, BYTES, FALL, SCALE = 300, (3000.0, 6000.0, 12000.0, 30000.0), 0.7, 0.1     # SCALE: of the corrections, before


@torch.no_grad()
def received(model, pictures):
    """What arrives of the latents, grid by grid, in real units, and the pictures and passed values that a synthesis should give."""
    generator, grids, truths = torch.Generator().manual_seed(1), [], []
    for part in pictures.split(25):
        latents, saliency = model.encoder(part)
        sent = model.planes.send(model.layout.flat(latents), saliency, model.layout)
        budget = torch.tensor(BYTES)[torch.randint(len(BYTES), (len(part),), generator=generator)]
        count = model.planes.received(sent, budget * 8 * code_share(LARGE_PACKET), model.layout)
        grids.append([v / model.decoder.gain for v in model.layout.grids(sent.taken.gather(1, count[:, None])[:, 0])])
        e, x, scale, truth = model.encoder, part - 128, torch.full((3,), model.encoder.PICTURE_SCALE), [part / 255 - 0.5]
        for layer, stage in zip(e.stages, e.config.stages):
            y = layer(x, scale)
            truth += [y[:, :stage.pass_]] if stage.pass_ else []
            x, scale = e.activation(layer, y, stage.relu, stage.pass_)
        truths.append(truth)
    return [torch.cat(v) for v in zip(*grids)], [torch.cat(v) for v in zip(*truths)]


def fit(x, target, r):
    """Weights and bias of a transposed convolution of kernel 2 r, stride r and padding r / 2, by least squares."""
    n, c, h, w = x.shape
    kernel, bias, half = torch.zeros(c, target.shape[1], 2 * r, 2 * r, dtype=torch.double), [], r // 2
    t, padded = target.reshape(n, -1, h, r, w, r), F.pad(x, (1, 1, 1, 1))
    for qy in (0, 1):
        for qx in (0, 1):                                 # a quarter of the pixels of a place sees four places
            places = [(a, b) for a in (qy, qy + 1) for b in (qx, qx + 1)]
            rows = torch.cat([padded[:, :, a:a + h, b:b + w] for a, b in places] + [torch.ones(n, 1, h, w)], 1)
            rows = rows[:, :, 1:-1, 1:-1].permute(0, 2, 3, 1).flatten(0, 2).double()
            y = t[:, :, 1:-1, qy * half:(qy + 1) * half, 1:-1, qx * half:(qx + 1) * half].permute(0, 2, 4, 1, 3, 5).reshape(len(rows), -1).double()
            square = rows.T @ rows
            found = torch.linalg.solve(square + 1e-6 * square.diagonal().mean() * torch.eye(len(square)), rows.T @ y)
            found = found.reshape(len(square), -1, half, half)
            bias.append(found[-1].mean((1, 2)))
            for k, (a, b) in enumerate(places):
                ky, kx = (q * half + half - r * (p - 1) for q, p in ((qy, a), (qx, b)))
                kernel[:, :, ky:ky + half, kx:kx + half] = found[k * c:(k + 1) * c]
    return kernel.float(), torch.stack(bias).mean(0).float()


@torch.no_grad()
def convert(model, trained, pictures):
    d, state = model.decoder, model.modules.state_dict()
    weights = {k: v.float() if v.is_floating_point() else v for k, v in trained["modules"].items() if k in state}
    width, tail = weights["decoder.tail.weight"].shape[1], torch.zeros_like(d.tail.weight)
    tail[:, :width] = weights.pop("decoder.tail.weight")
    model.modules.load_state_dict(state | weights | {"decoder.tail.weight": tail})
    model.planes.load(trained["planes"])
    d.size.fill_(1)
    d.amplitude.weight.fill_(-FALL / d.amplitude.weight.shape[1])
    d.amplitude.bias.fill_(math.log(SCALE))
    grids, truths = received(model, pictures)
    low = before = None
    for latent, synthesis, r, target in zip(grids, d.synthesis, d.ratios, truths[::-1]):
        mixed = (low, before)                             # what the last synthesis is given, as it is now and as it was
        x, was = (latent if v is None else torch.cat([v, latent], 1) for v in mixed)
        old, before = (synthesis.weight.clone(), synthesis.bias.clone()), synthesis(was)
        for own, new in zip((synthesis.weight, synthesis.bias), fit(x, target, r)):
            own.copy_(new)
        low = synthesis(x)
    passes, r = mixed[0].shape[1], d.ratios[-1]
    flat = [v.permute(0, 2, 3, 1).reshape(-1, passes) for v in mixed]
    found = torch.linalg.lstsq(torch.cat([flat[0], torch.ones(len(flat[0]), 1)], 1), flat[1]).solution
    mix, constant = found[:passes], found[passes]         # the passed values as they were, from those of now
    d.head.bias += torch.einsum("ojyx,j->o", d.head.weight[:, :passes], constant)
    d.head.weight[:, :passes] = torch.einsum("ojyx,ij->oiyx", d.head.weight[:, :passes].clone(), mix)
    everywhere = torch.zeros(1, len(old[0]), 3, 3)
    everywhere[:, :passes] = constant[None, :, None, None]
    d.tail.bias += (F.conv_transpose2d(everywhere, old[0], None, r, r // 2)[0, :, r:2 * r, r:2 * r] / SCALE).reshape(-1)
    d.tail.bias += ((old[1] - d.synthesis[-1].bias) / SCALE).repeat_interleave(r * r)
    old[0][:passes] = torch.einsum("jcyx,ij->icyx", old[0][:passes].clone(), mix)
    less = F.pad((old[0] - d.synthesis[-1].weight) / SCALE, (r // 2,) * 4)             # as a convolution of 3x3 places that ends in depth-to-space
    blocks = less.unfold(2, r, r).unfold(3, r, r).flip(2, 3)                            # inputs, 3, place, place, r, r
    d.tail.weight[:, width:] = blocks.permute(1, 4, 5, 0, 2, 3).reshape(3 * r * r, -1, 3, 3)


def main():
    trained, packed, out = sys.argv[1:]
    torch.set_num_threads(2)
    chosen = config.load("configs/pyramid-224.toml")
    chosen.phases = []                                    # no vision model
    model = Model(chosen)
    convert(model, torch.load(trained, weights_only=False, map_location="cpu")["model"], Pictures(packed).whole(PICTURES))
    kept = {k: v if whole(k, v) else v.half() for k, v in model.modules.state_dict().items()}
    torch.save({"model": {"modules": kept, "planes": model.planes.state()}}, out)


if __name__ == "__main__":
    main()
