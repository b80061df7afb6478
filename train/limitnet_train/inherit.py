"""A model that begins as a trained one, also with a first stage of another size."""

import pathlib

import torch
import torch.nn.functional as F

from .config import load
from .network import Encoder

FOLDER = pathlib.Path(__file__).parents[1]


def parent_of(config, model_class):
    """The model that `config.start` names: configs/NAME.toml with the averaged weights of checkpoints/NAME.pt. Raises ValueError if there is
    no such checkpoint."""
    parent = model_class(load(FOLDER / f"configs/{config.start}.toml"))
    path = FOLDER / f"checkpoints/{config.start}.pt"
    if not path.exists():
        raise ValueError(f"{path}: no such file; train configs/{config.start}.toml first and `keep` its checkpoint there")
    state = torch.load(path, map_location="cpu", weights_only=False)
    parent.load(state["model"])
    parent.swap_average()
    return parent


@torch.no_grad()
def inherit(model, parent, pictures):
    """Copies everything of the same shape from `parent` into `model`. A first stage of another shape becomes the one nearest to the
    parent's outputs on `pictures` (N x 3 x h x w, 0..255); other layers stay as initialised."""
    own = model.modules.state_dict()
    same = {name: value for name, value in parent.modules.state_dict().items() if name in own and own[name].shape == value.shape}
    model.modules.load_state_dict(own | same)
    model.planes.load(parent.planes.state())
    first, older = model.encoder.stages[0], parent.encoder.stages[0]
    if first.weight.shape != older.weight.shape:
        fit(first, older, pictures)


def fit(layer, older, pictures):
    """Least squares: gives `layer` the kernels and biases nearest to the outputs of `older`."""
    size = layer.weight[0].numel()
    squares, products = torch.zeros(size + 1, size + 1, dtype=torch.double), torch.zeros(size + 1, len(layer.weight), dtype=torch.double)
    for part in pictures.split(20):
        x = (part - 128) * Encoder.PICTURE_SCALE
        wanted = F.conv2d(x, older.kernels(), older.bias, older.stride, older.padding).flatten(2).transpose(1, 2).flatten(0, 1)
        patches = F.unfold(x, layer.weight.shape[2], padding=layer.padding, stride=layer.stride).transpose(1, 2).flatten(0, 1)
        patches = F.pad(patches, (0, 1), value=1.0)
        squares += (patches.T @ patches).double()
        products += (patches.T @ wanted).double()
    ridge = 1e-6 * squares.diagonal().mean() * torch.eye(size + 1, dtype=torch.double)
    solution = torch.linalg.solve(squares + ridge, products).float()
    layer.weight.copy_(solution[:-1].T.reshape(layer.weight.shape))
    layer.bias.copy_(solution[-1])
