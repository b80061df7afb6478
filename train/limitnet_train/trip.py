"""One trip of a batch of pictures: sent within byte budgets, some packets lost, decoded."""

import math
from dataclasses import dataclass

import torch

from .device import short_floats
from .modelfile import CLASSES
from .planes import SMALL_PACKET, code_share

LOSS_SHARE, MOST_LOSS = 0.25, 0.4   # share of pictures that lose packets; the largest share lost


def draw(size, budget_kb):
    """Budgets in KB, drawn evenly on a logarithmic scale between the two of `budget_kb`, and shares of lost packets."""
    low, high = (math.log(b) for b in budget_kb)
    budget = torch.exp(torch.empty(size).uniform_(low, high))
    return budget, torch.rand(size) * MOST_LOSS * (torch.rand(size) < LOSS_SHARE)


def send_and_decode(model, picture, layout, budget_kb, loss, rounding):
    """What arrives, 0..1 (not clamped), and how it was sent.

    rounding: values that arrive are rounded to nearest at their finest known step, with a straight-through gradient; otherwise
    they are a receiver's reading of the planes, without a gradient. (A gradient through the dead zone makes every zero ask to be
    larger: the stream grows and the loss does not fall.)"""
    latents, saliency = model.encoder(picture)
    values = layout.flat(latents)
    planes, area = model.planes, area_of(model, layout)
    with torch.no_grad():
        sent = planes.send(values, saliency, layout)
        count = planes.received(sent, budget_kb * 8192 * code_share(SMALL_PACKET) * area, layout, area, loss)
        read = sent.taken.gather(1, count[:, None])[:, 0]
        finest = (planes.number[layout.channel] - count).clamp(0, planes.depth - 1)
        step = 2.0 ** finest
    if rounding:
        read = (values + (step * torch.round(values / step) - values).detach()) * (count > 0)
    with short_floats():
        result = model.decoder(layout.grids(read), planes.known(count, layout), planes.map_input(sent.cells))
    return result, Trip(values, saliency, sent.classes, count, finest)


def area_of(model, layout):
    """The part of a whole picture that a crop is."""
    return layout.channel.numel() / model.layout.channel.numel()


@dataclass
class Trip:
    values: torch.Tensor        # in finest steps, B x N
    saliency: torch.Tensor      # None without a branch
    classes: torch.Tensor       # of values, B x N
    count: torch.Tensor         # of known planes, B x N
    finest: torch.Tensor        # the finest known step is 2 to this power, B x N


def cost(model, trip, layout, budget_kb, price):
    """Mean bits of a value at its finest known step, and the share of the budget used, by the stand-in for the entropy model.

    price: with a gradient for the encoder."""
    noise = torch.rand_like(trip.values) - 0.5
    values = trip.values if price else trip.values.detach()
    smooth = model.rate(values / 2.0 ** trip.finest + noise, trip.classes + CLASSES * trip.finest, layout.channel)
    used = ((smooth * (trip.count > 0)).sum(1) / (8192 * area_of(model, layout)) / budget_kb).mean()
    return smooth.mean(), used
