#!/usr/bin/env python3
"""PSNR and MS-SSIM of two pictures, by another way than lab/measures/fidelity.c: whole windows of 11x11 instead of
sums along rows and columns, and variances instead of moments.

usage: fidelity.py PICTURE PICTURE       both become 224x224, as limitnet-lab resizes them
"""

import math
import sys

import numpy as np
from PIL import Image

SIDE, TAPS, SIGMA, PEAK = 224, 11, 1.5, 255.0
EXPONENTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # Wang et al. (2003)
C1, C2 = (0.01 * PEAK) ** 2, (0.03 * PEAK) ** 2


def pixels(path):
    return np.asarray(Image.open(path).convert("RGB").resize((SIDE, SIDE), Image.BICUBIC), float)


def window():
    y, x = np.mgrid[:TAPS, :TAPS] - TAPS // 2
    weights = np.exp(-(x * x + y * y) / (2 * SIGMA**2))
    return weights / weights.sum()


def similarities(a, b):
    """Mean similarity of contrast and structure, and of these and the luminance."""
    weights = window()
    a, b = (np.lib.stride_tricks.sliding_window_view(x, (TAPS, TAPS)) for x in (a, b))
    mean_a, mean_b = ((x * weights).sum((2, 3)) for x in (a, b))
    a, b = a - mean_a[..., None, None], b - mean_b[..., None, None]
    variances = (a * a * weights).sum((2, 3)) + (b * b * weights).sum((2, 3))
    structure = (2 * (a * b * weights).sum((2, 3)) + C2) / (variances + C2)
    luminance = (2 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)
    return structure.mean(), (luminance * structure).mean()


def ms_ssim(a, b):
    values = []
    for _ in EXPONENTS:
        values.append(similarities(a, b))
        a, b = (x.reshape(len(x) // 2, 2, len(x) // 2, 2).mean((1, 3)) for x in (a, b))
    parts = [structure for structure, _ in values[:-1]] + [values[-1][1]]
    return math.prod(max(part, 0) ** exponent for part, exponent in zip(parts, EXPONENTS))


def main():
    a, b = map(pixels, sys.argv[1:])
    psnr = 10 * math.log10(PEAK**2 / ((a - b) ** 2).mean()) if (a != b).any() else 100
    print(f"{psnr:.6f} {np.mean([ms_ssim(a[..., k], b[..., k]) for k in range(3)]):.8f}")


if __name__ == "__main__":
    main()
