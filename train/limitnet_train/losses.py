"""What training minimises."""

import torch
import torch.nn.functional as F

# Errors count by their logarithm, picture by picture: a tenth less is worth the same at every number of bytes. By their size, a picture of
# 150 bytes would weigh ten times as much as one of 5 KB, and nothing would keep a decoder faithful where many bytes come.
SQUARED_SHARE = 0.25                                # of the squared error, beside 1 for the features
SQUARED_FLOOR, FEATURE_FLOOR = 1e-5, 0.02           # errors that nobody sees: 50 dB; a fiftieth of the teacher's variance


def squared_errors(result, picture):
    """Mean squared error of each picture. result: 0..1, picture: 0..255."""
    return ((result - picture / 255) ** 2).mean((1, 2, 3))


def saliency_error(saliency, mask):
    """Cross-entropy to people's masks."""
    return F.binary_cross_entropy(saliency.clamp(1e-4, 1 - 1e-4), F.adaptive_avg_pool2d(mask, saliency.shape[2:]))


def feature_errors(student, teacher):
    """Squared error of each picture's features relative to the teacher's variance, mean over the blocks."""
    errors = 0.0
    for s, t in zip(student, teacher):
        s, t = s.float(), t.float()
        errors = errors + ((s - t) ** 2 / (t.var((0, 2, 3), keepdim=True) + 1e-3)).mean((1, 2, 3)) / len(teacher)
    return errors


def relative(features, squared):
    """What a decoder minimises: the mean logarithm of both errors of each picture."""
    return (features + FEATURE_FLOOR).log().mean() + SQUARED_SHARE * logarithm(squared)


def logarithm(squared):
    """The mean logarithm of pictures' squared errors."""
    return (squared + SQUARED_FLOOR).log().mean()


def recognition_loss(student, teacher):
    """The error of each picture's features, and the divergence of the logits."""
    divergence = F.kl_div(F.log_softmax(student[0].float(), 1), F.log_softmax(teacher[0].float(), 1), log_target=True, reduction="batchmean")
    return feature_errors(student[1], teacher[1]), divergence
