"""How often the classifier gives the received picture the original's class, on held-out training pictures."""

import math

import torch
import torch.nn.functional as F

from .planes import CODE_SHARE

BUDGETS = (150, 300, 600, 1200, 2500, 4000)
PART = 25                    # pictures at a time
DRAWS = 2000                 # repetitions of the bootstrap


MAPS = ("own", "flat", "mask", "classifier")


def map_of(kind, classifier, part, masks, own):
    """The map in place of the camera's own: flat, people's masks, or where the classifier sees its class."""
    side = own.shape[2]
    if kind == "flat":
        return torch.full_like(own, 0.5)
    if kind == "mask":
        return F.adaptive_avg_pool2d(masks, side)
    return F.interpolate(classifier.activation_map(part), size=side, mode="bilinear") if kind == "classifier" else own


@torch.no_grad()
def agreement(model, classifier, pictures, budgets=BUDGETS, loss=0.0, maps="own", masks=None):
    """Whether the classifier gives each received picture the original's class, budgets x pictures, and the mean PSNR in dB of each budget.
    Code lengths are ideal; packets are lost with probability `loss`.

    maps: one of MAPS, to see what another map would be worth; masks: N x 1 x h x w, 0..1, for "mask"."""
    layout, same, squared = model.layout, torch.zeros(len(budgets), len(pictures), dtype=torch.bool), [0.0] * len(budgets)
    for at, part in zip(range(0, len(pictures), PART), pictures.split(PART)):
        with torch.autocast("cpu", torch.bfloat16):
            wanted = classifier(part)[0].argmax(1)
        latents, saliency = model.encoder(part)
        saliency = map_of(maps, classifier, part, masks[at:at + PART] if masks is not None else None, saliency)
        values, cells = layout.flat(latents), layout.map_levels(saliency)
        levels = layout.levels(cells)
        symbols, taken = model.planes.split(values, layout)
        bits = model.planes.cost(symbols, model.planes.classes(levels, layout), layout)
        lost = torch.full((len(part),), loss) if loss else None
        for i, n in enumerate(budgets):
            count = model.planes.received(levels, bits, torch.full((len(part),), n * 8 * CODE_SHARE), layout, 1.0, lost)
            read = taken.gather(2, count[..., None])[..., 0]
            with torch.autocast("cpu", torch.bfloat16):
                result = model.decoder(layout.grids(read), layout.grids(count.float() / layout.planes[layout.channel]), cells / 31)
                got = classifier(result.clamp(0, 1) * 255)[0].argmax(1)
            same[i, at:at + len(part)] = got == wanted
            squared[i] += float(F.mse_loss(result.clamp(0, 1), part / 255)) * len(part)
    return same, [-10 * math.log10(q / len(pictures)) for q in squared]


def difference(same, other):
    """The share of `same` less that of `other`, compared picture by picture, and the ends of its 95 % interval (bootstrap over the
    pictures, seed 1)."""
    each = same.double() - other.double()
    drawn = torch.randint(len(each), (DRAWS, len(each)), generator=torch.Generator().manual_seed(1))
    low, high = each[drawn].mean(1).quantile(torch.tensor([0.025, 0.975], dtype=torch.double)).tolist()
    return float(each.mean()), low, high
