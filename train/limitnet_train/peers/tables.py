"""What camera and cloud agree on: the order of the symbols and the frequencies of their code (lab/codecs/peer.h)."""

import numpy as np

TOTAL = 4096
MASK = 2 ** 64 - 1


def split_mix(state):
    """The numbers that ln_random gives from this state on."""
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def random_order(values, seed):
    """rank -> place: a Fisher-Yates permutation."""
    order, numbers = list(range(values)), split_mix(seed)
    for i in range(values - 1, 0, -1):
        k = (next(numbers) >> 32) * (i + 1) >> 32
        order[i], order[k] = order[k], order[i]
    return np.array(order)


def frequencies(counts):
    """Frequencies near these counts, each at least 1, with the sum 4096."""
    counts = np.asarray(counts, float) + 1e-3
    result = 1 + np.floor((TOTAL - len(counts)) * counts / counts.sum()).astype(int)
    result[counts.argmax()] += TOTAL - result.sum()
    return result


def count(symbols, lowest, highest):
    """channels x symbols: how often each occurs in N x channels x h x w whole numbers."""
    return np.stack([np.bincount((s - lowest).reshape(-1), minlength=highest - lowest + 1) for s in symbols.transpose(1, 0, 2, 3)])
