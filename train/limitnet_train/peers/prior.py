"""The cost of symbols in training: a density of each channel, learned along with the network (Ballé et al., ICLR 2018, appendix 6.1).
The shipped tables are counted afterwards."""

import torch
import torch.nn.functional as F
from torch import nn

WIDTHS = (1, 3, 3, 3, 1)
LEAST = 1e-6                 # least probability of a symbol: keeps the logarithm finite


class Prior(nn.Module):
    """The cumulative distribution of each channel is a small monotonic network: positive matrices and gated tanh."""

    def __init__(self, channels, scale):
        """scale: the initial width of the density, about the range of the symbols."""
        super().__init__()
        step = scale ** (1 / (len(WIDTHS) - 1))
        self.matrices, self.biases, self.gates = nn.ParameterList(), nn.ParameterList(), nn.ParameterList()
        for n, m in zip(WIDTHS, WIDTHS[1:]):
            start = torch.log(torch.expm1(torch.tensor(1 / step / m)))
            self.matrices.append(start.expand(channels, m, n).clone())
            self.biases.append(torch.rand(channels, m, 1) - 0.5)
            self.gates.append(torch.zeros(channels, m, 1))

    def logits(self, x):
        """channels x 1 x n -> logit of the cumulative probability, the same shape."""
        for matrix, bias, gate in zip(self.matrices, self.biases, self.gates):
            x = F.softplus(matrix) @ x + bias
            if matrix.shape[1] > 1:
                x = x + torch.tanh(gate) * torch.tanh(x)
        return x

    def bits(self, values):
        """Bits of every value N x C x h x w, in steps of one symbol, with uniform noise of one step already added."""
        x = values.transpose(0, 1)
        x = x.reshape(x.shape[0], 1, -1)
        low, high = self.logits(x - 0.5), self.logits(x + 0.5)
        sign = -torch.sign(low + high).detach()                 # the tail in which sigmoids differ most
        share = (torch.sigmoid(sign * high) - torch.sigmoid(sign * low)).abs()
        return -torch.log2(share.clamp_min(LEAST)).reshape(values.transpose(0, 1).shape).transpose(0, 1)
