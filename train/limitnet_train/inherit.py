"""A model that begins as a trained one."""

import pathlib

import torch

from .checkpoint import weights

FOLDER = pathlib.Path(__file__).parents[1] / "checkpoints"


@torch.no_grad()
def inherit(model, name):
    """Copies everything of the same name and shape from checkpoints/NAME.pt into `model`: weights and the order by recognition. Other parts
    stay as initialised. Raises ValueError if there is no such checkpoint."""
    path = FOLDER / f"{name}.pt"
    if not path.exists():
        raise ValueError(f"{path}: no such file; train configs/{name}.toml first and `keep` its checkpoint there")
    state = torch.load(path, map_location=torch.get_default_device(), weights_only=False)["model"]
    own, trained = model.modules.state_dict(), weights(state["modules"])
    model.modules.load_state_dict(own | {k: v for k, v in trained.items() if k in own and own[k].shape == v.shape})
    if state["planes"]["sensitivity"].shape == model.planes.sensitivity.shape:
        model.planes.sensitivity.copy_(state["planes"]["sensitivity"])
    if model.decoder.head is not None and any(k.startswith("encoder.branch") for k in trained) and not model.encoder.branch:
        model.decoder.head.weight[:, -1] = 0        # it read a map of saliency; what another map says is still to be learned
