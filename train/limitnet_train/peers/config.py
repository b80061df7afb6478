"""A peer's configuration: one TOML file, on top of a `base` like those of the models."""

import pathlib
from dataclasses import dataclass

from ..config import Budget, Phase, read

FOLDER = pathlib.Path(__file__).parents[2] / "configs/peers"
NETWORKS = ("autoencoder", "bottleneck", "compressive", "factorised")


@dataclass
class PeerConfig:
    name: str
    note: str                 # Markdown: the paper, and the differences from it
    seed: int
    network: str              # one of NETWORKS
    widths: list[int]         # of the encoder's layers before the last
    channels: int             # of symbols
    lowest: int               # symbols are whole numbers from here
    highest: int              # to here
    gain: float               # symbols per unit of the encoder's last layer
    order: str                # "raster", or "random": a fixed permutation that both ends know
    partial: str              # "zero": missing symbols are 0; "whole": decoding needs the whole stream
    dropout: bool             # whether training zeroes a random share of the symbols
    rate_weight: float        # of the mean bits of a symbol, in the loss
    decoder_width: int
    decoder_blocks: int
    phases: list[Phase]

    width, budget = 224, Budget()   # those of the models that they are compared with


def configuration(name):
    """The path of a peer's configuration."""
    path = FOLDER / f"{name}.toml"
    if not path.exists():
        raise ValueError(f"{path}: no such peer; there are {', '.join(sorted(p.stem for p in FOLDER.glob('*.toml')))}")
    return path


def load(path):
    """Reads a configuration. Raises ValueError with one clear line if it is wrong."""
    t = read(path)
    phases = [Phase(**p) for p in t.pop("phase", [])]
    try:
        config = PeerConfig(**t, phases=phases)
    except TypeError as problem:
        raise ValueError(f"{path}: {str(problem).partition(') ')[2] or problem}") from None
    for key, allowed in (("network", NETWORKS), ("order", ("raster", "random")), ("partial", ("zero", "whole"))):
        if getattr(config, key) not in allowed:
            raise ValueError(f"{path}: {key} is {getattr(config, key)!r}, not one of {', '.join(allowed)}")
    if not config.lowest <= 0 <= config.highest:
        raise ValueError(f"{path}: 0 stands for a missing symbol and must lie from lowest to highest")
    return config
