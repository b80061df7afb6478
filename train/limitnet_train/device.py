"""Where training computes: on a GPU if there is one. Everything is created there, so no other file names a device."""

import torch


def choose():
    """Call it before the other modules are imported: they hold constants."""
    if torch.cuda.is_available():
        torch.set_default_device("cuda")
        torch.backends.cudnn.allow_tf32 = False     # the encoder counts in integers
        torch.backends.cudnn.benchmark = True


def here(x):
    """A tensor of the host, on the device."""
    return x.to(torch.get_default_device())


SHORT = [True]


def whole_floats():
    """From here on short_floats changes nothing."""
    SHORT[0] = False


def short_floats():
    """A block in which convolutions and matrix products compute in bfloat16."""
    return torch.autocast(torch.get_default_device().type, torch.bfloat16, enabled=SHORT[0])


def random_state():
    return {"host": torch.get_rng_state(), "device": torch.cuda.get_rng_state() if on_gpu() else None}


def set_random_state(state):
    """A state of a GPU counts only on a GPU."""
    torch.set_rng_state(state["host"])
    if on_gpu() and state["device"] is not None:
        torch.cuda.set_rng_state(state["device"])


def on_gpu():
    return torch.get_default_device().type == "cuda"
