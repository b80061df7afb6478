"""How often the classifier gives a peer's output the original's class, on held-out training pictures."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from .export import FIT_PICTURES, count_symbols
from .tables import TOTAL, frequencies, random_order

PART = 25


@torch.no_grad()
def agreement(trainer, pictures):
    """[(bytes, share of equal top-1, PSNR in dB or nan)] with ideal code lengths and no packet headers."""
    model, classifier, config = trainer.model, trainer.classifier, trainer.config
    budgets = config.budget.judge_bytes
    model.swap_average()
    model.settle(trainer.sample)
    counts, shape = count_symbols(model, trainer.pictures.whole(FIT_PICTURES))
    cost = torch.tensor(np.stack([-np.log2(frequencies(c) / TOTAL) for c in counts]), dtype=torch.float32)
    values = int(np.prod(shape))
    order = torch.from_numpy(random_order(values, config.seed) if config.order == "random" else np.arange(values))
    channel = torch.arange(values) // (shape[1] * shape[2])
    same, squared = torch.zeros(len(budgets)), torch.zeros(len(budgets))
    for part in pictures.split(PART):
        wanted = classifier(part)[0].argmax(1)
        symbols = model.symbols(part)
        flat = symbols.flatten(1)
        spent = cost[channel, (flat - config.lowest).long()][:, order].cumsum(1)
        for i, budget in enumerate(budgets):
            arrived = torch.zeros_like(flat)
            arrived[:, order] = (spent <= 8 * budget).float()
            whole = arrived.all(1)
            result = model.network.decode((flat * arrived).reshape(symbols.shape))
            features = result if model.network.features else classifier.first(result.clamp(0, 1) * 255)
            right = classifier.rest(features)[0].argmax(1) == wanted
            same[i] += (right & whole if config.partial == "whole" else right).sum()
            squared[i] += math.nan if model.network.features else F.mse_loss(result.clamp(0, 1), part / 255) * len(part)
    model.swap_average()
    return [(n, float(s) / len(pictures), -10 * math.log10(q / len(pictures))) for n, s, q in zip(budgets, same, squared.tolist())]
