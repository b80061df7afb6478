"""How much the vision model minds an error in each latent channel."""

import math

import torch

from .planes import LARGE_PACKET, code_share

DRAWS = 2       # random directions a picture


def directions(features, scales, picture):
    """A random combination of everything that the recognition loss compares, with the loss's weights. The expected square of its
    gradient is the diagonal of the loss's Gauss-Newton matrix."""
    total = math.sqrt(8) * (torch.randn_like(picture) * picture).sum() / math.sqrt(picture[0].numel())
    for f, scale in zip(features, scales):
        total = total + (torch.randn_like(f) * f / scale).sum() / math.sqrt(len(features) * f[0].numel())
    return total


def sensitivity(model, classifier, pictures, budget_kb):
    """Octaves of recognition loss per squared error for each channel; the most sensitive channel has 0. Measured on whole pictures
    (0..255) that arrive within byte budgets between the two of `budget_kb`."""
    layout, planes = model.layout, model.planes
    low, high = (math.log(b) for b in budget_kb)
    squared = torch.zeros(layout.channels)
    for part in pictures.split(10):
        with torch.no_grad():
            latents, saliency = model.encoder(part)
            sent = planes.send(layout.flat(latents), saliency, layout)
            budget = torch.exp(torch.empty(len(part)).uniform_(low, high)) * 8192 * code_share(LARGE_PACKET)
            count = planes.received(sent, budget, layout)
            read = sent.taken.gather(1, count[:, None])[:, 0]
            scales = [(f.var((0, 2, 3), keepdim=True) + 1e-3).sqrt() for f in classifier(part)[1]]
        read.requires_grad_(True)
        result = model.decoder(layout.grids(read), planes.known(count, layout), planes.map_input(sent.cells))
        features = classifier(result * 255)[1]
        for _ in range(DRAWS):
            gradient, = torch.autograd.grad(directions(features, scales, result), read, retain_graph=True)
            squared.index_add_(0, layout.channel, (gradient ** 2).sum(0))
    squared /= torch.bincount(layout.channel)
    squared.clamp_min_(squared[squared > 0].min())      # a channel that never arrived counts as the least sensitive
    return torch.log2(squared / squared.max())
