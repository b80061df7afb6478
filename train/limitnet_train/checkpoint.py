"""Small checkpoints, to commit: training goes on from them as well as from whole ones."""

import pathlib
import zlib
from dataclasses import dataclass

import torch

from .compact import HUGE, LARGE, stored_weights

MODELS = pathlib.Path(__file__).parents[2] / "models"


@dataclass(frozen=True)
class Shipped:
    """Stands for a weight that a shipped model's decoder.onnx has. crc: the CRC-32 of that file."""
    model: str
    crc: int


def shipped_decoder(name):
    """The Shipped of a model of models/, None if there is no such model."""
    file = MODELS / name / "decoder.onnx"
    return Shipped(name, zlib.crc32(file.read_bytes())) if file.exists() else None


def decoder_weights(shipped):
    """The weights of a decoder by name. Raises ValueError if the file is not the one that is meant."""
    if shipped_decoder(shipped.model) != shipped:
        raise ValueError(f"{MODELS / shipped.model}/decoder.onnx: not the file that the checkpoint takes weights from; "
                         f"train with that one, or `keep` the checkpoint again where it is (CRC-32 {shipped.crc:08x})")
    return {name: torch.tensor(values) for name, values in stored_weights(MODELS / shipped.model / "decoder.onnx").items()}


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


def large(value):
    """What `small` made, in floats."""
    return value[0] * value[1] if isinstance(value, tuple) else value


def weights(modules):
    """The weights of a checkpoint, small or whole, by name."""
    decoders = {shipped: decoder_weights(shipped) for shipped in {v for v in modules.values() if isinstance(v, Shipped)}}
    return {name: decoders[value][name] if isinstance(value, Shipped) else large(value) for name, value in modules.items()}


def same(value, other):
    """Whether a kept weight is that of a decoder, if that has one of its name."""
    return other is not None and torch.equal(large(value).float(), other)


def keep(trainer, path):
    """Writes the averaged weights, those of the encoder whole and the others small, without the optimiser's state; what the decoder.onnx of
    the shipped model of this name has is not written again. Copied to checkpoint.pt of an output folder, the file resumes the training; in
    checkpoints/, other configurations can begin as it (`start`)."""
    model, shipped = trainer.model, shipped_decoder(trainer.config.name)
    there = decoder_weights(shipped) if shipped else {}
    model.swap_average()
    kept = {name: value.clone() if whole(name, value) else small(value)
            for name, value in model.modules.state_dict().items() if trained(name, trainer)}
    model.swap_average()
    kept |= {name: shipped for name, value in kept.items() if same(value, there.get(name))}
    state = {name: value for name, value in model.state().items() if name != "average"} | {"modules": kept}
    torch.save(trainer.state(state), path)
