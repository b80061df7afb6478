"""How often the classifier gives the received picture the original's class, on held-out training pictures."""

import math

import torch
import torch.nn.functional as F

from .device import short_floats
from .planes import LARGE_PACKET, code_share

BUDGETS = (150, 300, 600, 1200, 2500, 4000, 6000)
PART = 25                    # pictures at a time
DRAWS = 2000                 # repetitions of the bootstrap


@torch.no_grad()
def agreement(model, classifier, pictures, budgets=BUDGETS, loss=0.0):
    """Whether the classifier gives each received picture the original's class, budgets x pictures, and the mean PSNR in dB of each budget.
    Code lengths are ideal; packets are lost with probability `loss`."""
    layout, same, squared = model.layout, torch.zeros(len(budgets), len(pictures), dtype=torch.bool), [0.0] * len(budgets)
    for at, part in zip(range(0, len(pictures), PART), pictures.split(PART)):
        with short_floats():
            wanted = classifier(part)[0].argmax(1)
        for i, result in enumerate(received(model, part, budgets, loss)):
            with short_floats():
                got = classifier(result * 255)[0].argmax(1)
            same[i, at:at + len(part)] = got == wanted
            squared[i] += float(F.mse_loss(result, part / 255)) * len(part)
    return same, [-10 * math.log10(q / len(pictures)) for q in squared]


def received(model, pictures, budgets, loss=0.0):
    """What the cloud sees of pictures (0..255) after each budget of bytes, 0..1."""
    layout, planes = model.layout, model.planes
    latents, saliency = model.encoder(pictures)
    sent = planes.send(layout.flat(latents), saliency, layout)
    lost = torch.full((len(pictures),), loss) if loss else None
    for n in budgets:
        count = planes.received(sent, torch.full((len(pictures),), n * 8 * code_share(LARGE_PACKET)), layout, 1.0, lost)
        read = sent.taken.gather(1, count[:, None])[:, 0]
        with short_floats():
            result = model.decoder(layout.grids(read), planes.known(count, layout), planes.map_input(sent.cells))
        yield result.clamp(0, 1)


def difference(same, other):
    """The share of `same` less that of `other`, compared picture by picture, and the ends of its 95 % interval (bootstrap over the
    pictures, seed 1)."""
    each = (same.double() - other.double()).cpu()
    drawn = torch.randint(len(each), (DRAWS, len(each)), generator=torch.Generator("cpu").manual_seed(1), device="cpu")
    low, high = each[drawn].mean(1).quantile(torch.tensor([0.025, 0.975], dtype=torch.double, device="cpu")).tolist()
    return float(each.mean()), low, high
