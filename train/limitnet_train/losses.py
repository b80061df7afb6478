"""What training minimises."""

import torch
import torch.nn.functional as F

# Squared error counts more the more bytes a picture may take: with few, what the classifier sees decides; with many, fidelity.
SQUARED_WEIGHT = ((0.12, 8.0), (5.0, 32.0))      # KB and weight of two points, straight between them on logarithmic scales


def squared_weight(budget_kb):
    (low, light), (high, heavy) = SQUARED_WEIGHT
    return light * (budget_kb / low) ** (torch.tensor(heavy / light).log() / torch.tensor(high / low).log())


def squared_errors(result, picture):
    """Mean squared error of each picture. result: 0..1, picture: 0..255."""
    return ((result - picture / 255) ** 2).mean((1, 2, 3))


def saliency_error(saliency, mask):
    """Cross-entropy to people's masks."""
    return F.binary_cross_entropy(saliency.clamp(1e-4, 1 - 1e-4), F.adaptive_avg_pool2d(mask, saliency.shape[2:]))


def feature_error(student, teacher):
    """Squared error of the features relative to the teacher's variance, mean over the blocks."""
    error = 0.0
    for s, t in zip(student, teacher):
        s, t = s.float(), t.float()
        error = error + ((s - t) ** 2 / (t.var((0, 2, 3), keepdim=True) + 1e-3)).mean() / len(teacher)
    return error


def recognition_loss(student, teacher):
    """The error of the features, and the divergence of the logits."""
    divergence = F.kl_div(F.log_softmax(student[0].float(), 1), F.log_softmax(teacher[0].float(), 1), log_target=True, reduction="batchmean")
    return feature_error(student[1], teacher[1]), divergence
