"""A smooth stand-in for the entropy model, for gradients: bits of a value rounded with step 1."""

import torch
from torch import nn


class Rate(nn.Module):
    """Two logistic distributions for every (group, channel); a group is a step and a class of saliency."""

    def __init__(self, groups, channels):
        super().__init__()
        shape = (groups, channels, 2)
        self.weight = nn.Parameter(torch.zeros(shape))
        self.mean = nn.Parameter(torch.randn(shape) * 0.5)
        self.log_scale = nn.Parameter(torch.tensor([0.0, 1.5]).expand(shape).clone())

    def forward(self, x, group, channel):
        weight = torch.softmax(self.weight[group, channel], -1)
        mean, sharp = self.mean[group, channel], torch.exp(-self.log_scale[group, channel].clamp(-3, 5))
        x = x[..., None]
        p = (weight * (torch.sigmoid((x + 0.5 - mean) * sharp) - torch.sigmoid((x - 0.5 - mean) * sharp))).sum(-1)
        return -torch.log2(p.clamp_min(1e-6))
