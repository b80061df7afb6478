"""How often classifiers give the received picture the original's class, on held-out training pictures."""

import math

import torch
import torch.nn.functional as F

from .classifier import Classifier, blended
from .device import short_floats
from .losses import squared_errors
from .planes import LARGE_PACKET, code_share

PART = 25                    # pictures at a time
DRAWS = 2000                 # repetitions of the bootstrap
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)     # of a trained vision model in the average with the original, which is share 0


def agreement(model, students, pictures, budgets, loss=0.0):
    """What `judged` says of a model's pictures. Code lengths are ideal; packets are lost with probability `loss`."""
    return judged(lambda part: received(model, part, budgets, loss), students, pictures, len(budgets))


@torch.no_grad()
def judged(received, students, pictures, count):
    """Whether each classifier gives each received picture the class that the first of them gives the original, students x budgets x
    pictures, and the mean PSNR in dB of each budget. received: pictures -> what is seen of them after each of `count` budgets, 0..1."""
    same, squared = torch.zeros(len(students), count, len(pictures), dtype=torch.bool), [0.0] * count
    for at, part in zip(range(0, len(pictures), PART), pictures.split(PART)):
        with short_floats():
            wanted = students[0](part)[0].argmax(1)
        for i, result in enumerate(received(part)):
            for k, student in enumerate(students):
                with short_floats():
                    got = student(result * 255)[0].argmax(1)
                same[k, i, at:at + len(part)] = got == wanted
            squared[i] += float(F.mse_loss(result, part / 255)) * len(part)
    return same, [-10 * math.log10(q / len(pictures)) for q in squared]


@torch.no_grad()
def fidelity(model, pictures, budgets):
    """Mean PSNR in dB and mean MS-SSIM over all colours of the received pictures, budgets x 2."""
    from pytorch_msssim import ms_ssim
    sums = torch.zeros(len(budgets), 2)
    for part in pictures.split(PART):
        for i, result in enumerate(received(model, part, budgets)):
            sums[i, 0] += -10 * squared_errors(result, part).log10().sum()
            sums[i, 1] += ms_ssim(result.float(), part / 255, data_range=1.0, size_average=False).sum()
    return sums / len(pictures)


def adapted(model):
    """The classifiers of SHARES: the original, and behind it the averages with the one that was trained."""
    return [Classifier(), *(blended(model.modules["vision"], share) for share in SHARES[1:])]


def best(same, budgets):
    """The share that is best on average over the budgets, and the number of bytes from which on the original keeps as much; 0 if it never
    does. same: SHARES x budgets x pictures."""
    kept = same.double().mean(2)
    chosen = 1 + int(kept[1:].mean(1).argmax())
    worse = [n for n, original, own in zip(budgets, kept[0], kept[chosen]) if own > original]
    later = [n for n in budgets if not worse or n > worse[-1]]
    return SHARES[chosen], later[0] if later else 0


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
