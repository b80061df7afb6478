"""Statistics of narrow units (docs/SPEC.md, section 4.2): a bias for each unit and few shapes, which units share."""

import torch

from .modelfile import CLASSES, STATES, TOTAL, ZERO

SHAPES = 24
ROUNDS, STEPS = 12, 6       # of the assignment of shapes; of Newton's method
STEEPEST = 16.0             # the largest step of Newton's method: one in the natural logarithm
SCALE = 16.0                # log-odds are counted in sixteenths
LOWEST = -128               # of a bias or a number of a shape
RIDGE = 0.05                # keeps log-odds of what never happened finite
PACKET_START = torch.tensor([0.1, 0.01])      # share of places whose packet holds one neighbour or none, beside those on an edge
UNKNOWN = 2                 # beside 0 and 1 (not 0): what a neighbour is


def by_state(counts):
    """Counts U x CLASSES x 3 x 3 x S by left and upper neighbour (0, not 0, unknown) -> U x CLASSES x STATES x S. Places at the start of a
    packet count as if they knew one neighbour or none."""
    known = counts[:, :, :2, :2]
    one = counts[:, :, :2, UNKNOWN] + counts[:, :, UNKNOWN, :2] + PACKET_START[0] * (known.sum(3) + known.sum(2))
    none = counts[:, :, UNKNOWN, UNKNOWN] + PACKET_START[1] * known.sum((2, 3))
    both = torch.stack([known[:, :, 0, 0], known[:, :, 0, 1] + known[:, :, 1, 0], known[:, :, 1, 1]], 2)
    return torch.cat([none[:, :, None], one, both], 2)


def information(counts, log_odds):
    """Bits of the flags "not 0" in counts [..., 2] with these log-odds in sixteenths, bounded as in the format."""
    p = torch.sigmoid(log_odds / SCALE).clamp(2 / TOTAL, 1 - 2 / TOTAL)
    return -(counts[..., 1] * p.log2() + counts[..., 0] * (1 - p).log2())


def step(counts, log_odds, over):
    """One step of Newton's method towards the log-odds of fewest bits, summed over the axes `over`."""
    p, n = torch.sigmoid(log_odds / SCALE), counts.sum(-1)
    slope = (counts[..., 1] - n * p).sum(over)
    bend = (n * p * (1 - p)).sum(over) + RIDGE
    return (SCALE * slope / bend).clamp(-STEEPEST, STEEPEST)


def biases(counts, shapes, start):
    """The bias of each unit behind the shape that it has. counts: U x ... x CLASSES x STATES x 2; shapes broadcast to the same without 2."""
    bias = start
    for _ in range(STEPS):
        bias = bias + step(counts, bias[..., None, None] + shapes, (-2, -1))
    return bias


def whole(x):
    return x.round().clamp(LOWEST, -LOWEST - 1)


def fit(counts, shapes=SHAPES):
    """counts: U x CLASSES x STATES x 2 (symbols that are 0, that are not) -> bias and number of the shape of each unit, and the shapes
    G x CLASSES x STATES; whole numbers.

    Units and shapes take turns, as in vector quantisation: each unit takes the shape with which it costs least, then each shape becomes
    the best for its units."""
    counts = counts.double()
    total = counts.sum((1, 2)) + 0.4
    bias = SCALE * (total[:, 1] / total[:, 0]).log()
    number = torch.empty(len(counts), dtype=torch.long)
    number[bias.argsort()] = torch.arange(len(counts)) * shapes // len(counts)
    shape = torch.zeros(shapes, CLASSES, STATES, dtype=torch.double)
    for turn in range(ROUNDS):
        for _ in range(STEPS):
            shape += grouped(counts, bias, number, shape)
        if turn < ROUNDS - 1:
            each = biases(counts[:, None], shape[None], bias[:, None].expand(-1, shapes))
            number = information(counts[:, None], each[..., None, None] + shape).sum((-2, -1)).argmin(1)
            bias = each.gather(1, number[:, None])[:, 0]
    lowest = bias.new_zeros(shapes).scatter_reduce_(0, number, bias, "amin")
    shape = whole(shape + (lowest - LOWEST).clamp(max=0)[:, None, None])        # so that every bias fits into a byte
    return whole(biases(counts, shape[number], bias)), number, shape


def grouped(counts, bias, number, shape):
    """One step of all shapes."""
    p, n = torch.sigmoid((bias[:, None, None] + shape[number]) / SCALE), counts.sum(-1)
    slope = torch.zeros_like(shape).index_add_(0, number, counts[..., 1] - n * p) - RIDGE * shape / SCALE
    bend = torch.zeros_like(shape).index_add_(0, number, n * p * (1 - p)) + RIDGE
    return (SCALE * slope / bend).clamp(-STEEPEST, STEEPEST)


def zero_after_zero(counts, bias, shapes):
    """z: what is added where the earlier symbol is known and 0. counts: U x CLASSES x STATES x 2 of such places."""
    base = bias[:, None, None] + shapes
    return whole(biases(counts.double(), base, torch.zeros(len(counts), dtype=torch.double)))


def share(counts):
    """The share of the second of two symbols in 1/256, 1 to 255. counts: ... x 2."""
    counts = counts.double() + 0.5
    return (256 * counts[..., 1] / counts.sum(-1)).round().clamp(1, 255)


FREQUENCY_OF_ZERO = torch.tensor(ZERO, dtype=torch.float)


def narrow_bits(log_odds, negative):
    """Bits of the symbols -1, 0, 1 (last axis) by whole log-odds and the share of -1, as SPEC 4.2 has them."""
    zero = FREQUENCY_OF_ZERO[(128 + log_odds).clamp(0, 255).long()]
    rest = TOTAL - zero
    minus = torch.minimum(torch.floor(rest * negative / 256).clamp_min(1), rest - 1)
    return 12 - torch.stack([minus, zero, rest - minus], -1).log2()
