"""Small checkpoints, to commit: training goes on from them as well as from whole ones."""

import torch

from .compact import LARGE


def whole(name, value):
    """An encoder counts in integers: another rounding of its weights would make other streams."""
    return name.startswith("encoder.") or not value.is_floating_point() or value.numel() < LARGE


def trained(name, trainer):
    """A vision model that no phase has trained is the original, which is there anyway."""
    return not name.startswith("vision.") or trainer.has_vision()


def keep(trainer, path):
    """Writes the averaged weights, those of the encoder whole and the others in 16 bits, without the optimiser's state. Copied to checkpoint.pt of an output folder, the file resumes
    the training; in checkpoints/, other configurations can begin as it (`start`)."""
    model = trainer.model
    model.swap_average()
    weights = {name: value.clone() if whole(name, value) else value.half()
               for name, value in model.modules.state_dict().items() if trained(name, trainer)}
    model.swap_average()
    state = {name: value for name, value in model.state().items() if name != "average"} | {"modules": weights}
    torch.save(trainer.state(state), path)
