"""Small checkpoints, to commit: training goes on from them as well as from whole ones."""

import torch

from .compact import HUGE, LARGE


def whole(name, value):
    """An encoder counts in integers: another rounding of its weights would make other streams."""
    return name.startswith("encoder.") or not value.is_floating_point() or value.numel() < LARGE


def trained(name, trainer):
    """A vision model that no phase has trained is the original, which is there anyway."""
    return not name.startswith("vision.") or trainer.has_vision()


def small(value):
    """Of large kernels bytes and the size of their steps, for each index of the first axis; other weights in 16 bits."""
    if value.dim() != 4 or value.numel() < HUGE:
        return value.half()
    step = (value.abs().amax((1, 2, 3), keepdim=True) / 127).clamp_min(1e-12)
    return (value / step).round().to(torch.int8), step


def weights(modules):
    """The weights of a checkpoint, small or whole, by name."""
    return {name: value[0] * value[1] if isinstance(value, tuple) else value for name, value in modules.items()}


def keep(trainer, path):
    """Writes the averaged weights, those of the encoder whole and the others small, without the optimiser's state. Copied to checkpoint.pt
    of an output folder, the file resumes the training; in checkpoints/, other configurations can begin as it (`start`)."""
    model = trainer.model
    model.swap_average()
    kept = {name: value.clone() if whole(name, value) else small(value)
            for name, value in model.modules.state_dict().items() if trained(name, trainer)}
    model.swap_average()
    state = {name: value for name, value in model.state().items() if name != "average"} | {"modules": kept}
    torch.save(trainer.state(state), path)
