"""How often the classifier says the same of the received picture as of the original, on held-out training pictures."""

import math

import torch
import torch.nn.functional as F

from .planes import CODE_SHARE

BUDGETS = (150, 300, 600, 1200, 2500, 4000)
PART = 25                    # pictures at a time


MAPS = ("own", "flat", "mask", "classifier")


def map_of(kind, classifier, part, masks, own):
    """The map that stands in for the camera's own: the same everywhere, people's masks, or where the classifier sees its class."""
    side = own.shape[2]
    if kind == "flat":
        return torch.full_like(own, 0.5)
    if kind == "mask":
        return F.adaptive_avg_pool2d(masks, side)
    return F.interpolate(classifier.activation_map(part), size=side, mode="bilinear") if kind == "classifier" else own


@torch.no_grad()
def agreement(model, classifier, pictures, budgets=BUDGETS, loss=0.0, maps="own", masks=None):
    """[(bytes, share of equal top-1, PSNR in dB)] with ideal code lengths; packets are lost with probability `loss`.

    maps: one of MAPS, what the map could be worth if it were another; masks: N x 1 x h x w, 0..1, for "mask"."""
    layout, same, squared, total = model.layout, [0] * len(budgets), [0.0] * len(budgets), 0
    for at, part in zip(range(0, len(pictures), PART), pictures.split(PART)):
        with torch.autocast("cpu", torch.bfloat16):
            wanted = classifier(part)[0].argmax(1)
        latents, saliency = model.encoder(part)
        saliency = map_of(maps, classifier, part, masks[at:at + PART] if masks is not None else None, saliency)
        values, cells = layout.flat(latents), layout.map_levels(saliency)
        levels = layout.levels(cells)
        symbols, taken = model.planes.split(values, layout)
        bits = model.planes.cost(symbols, model.planes.classes(levels, layout), layout)
        total += len(part)
        lost = torch.full((len(part),), loss) if loss else None
        for i, n in enumerate(budgets):
            count = model.planes.received(levels, bits, torch.full((len(part),), n * 8 * CODE_SHARE), layout, 1.0, lost)
            read = taken.gather(2, count[..., None])[..., 0]
            with torch.autocast("cpu", torch.bfloat16):
                result = model.decoder(layout.grids(read), layout.grids(count.float() / layout.planes[layout.channel]), cells / 31)
                got = classifier(result.clamp(0, 1) * 255)[0].argmax(1)
            same[i] += int((got == wanted).sum())
            squared[i] += float(F.mse_loss(result.clamp(0, 1), part / 255)) * len(part)
    return [(n, s / total, -10 * math.log10(q / total)) for n, s, q in zip(budgets, same, squared)]
