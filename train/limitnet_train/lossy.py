"""The classifier of small pictures, trained on for pictures as codecs leave them: the model's own packets, and WebP, AVIF and JPEG, since
the report looks at all codecs through it. Each of those three has a third as many pictures as the model."""

import io
import pathlib

import numpy as np
import torch
from PIL import Image

from . import trip, validate
from .cifar import CifarTrainer, Phase, accuracy, shipped, write_vision
from .classifier import blended
from .device import here
from .model import Model

PHASES = (Phase(96, 48000, 6e-5, 0),)
FORMATS = {"WEBP": {"method": 4}, "AVIF": {"speed": 8, "max_threads": 1}, "JPEG": {}}      # Pillow's names, options of its encoders
QUALITIES = 75              # of a file, from 0


def filed(picture, format, quality):
    """A picture (3 x h x w, 0..255) out of a file of one of FORMATS."""
    file = io.BytesIO()
    rows = picture.clamp(0, 255).round().byte().permute(1, 2, 0).cpu().numpy()
    Image.fromarray(rows).save(file, format, quality=quality, **FORMATS[format])
    return here(torch.from_numpy(np.asarray(Image.open(file).convert("RGB")).transpose(2, 0, 1).astype(np.float32)))


class LossyTrainer(CifarTrainer):
    """Begins as the classifier that the model of `config` brings. run: the folder in which that model was trained."""

    def __init__(self, folder, out, config, run):
        if config.classifier is None:
            raise ValueError(f"{config.name}: has no classifier of its own to train on; name a configuration with `classifier`")
        self.sender, self.begun = Model(config), shipped(config.classifier)
        state = torch.load(pathlib.Path(run) / "checkpoint.pt", map_location=torch.get_default_device(), weights_only=False)
        self.sender.load(state["model"])
        self.sender.take_average()
        self.sender.modules.requires_grad_(False)
        super().__init__(folder, out, shipped(config.classifier), PHASES)

    def resume(self):
        """What it began as comes from the checkpoint: the model may bring another one by now, this one's export."""
        self.begun.load_state_dict(super().resume()["begun"])

    def state(self, optimizer):
        return super().state(optimizer) | {"begun": self.begun.state_dict()}

    def arrived(self, pictures):
        """A third as sent by the model, a third as files, a third as they are."""
        third = len(pictures) // 3
        formats, qualities = torch.randint(len(FORMATS), (third,)).tolist(), torch.randint(QUALITIES, (third,)).tolist()
        files = [filed(p, list(FORMATS)[f], q) for p, f, q in zip(pictures[third:], formats, qualities)]
        return torch.cat([self.sent(pictures[:third]), torch.stack(files), pictures[2 * third:]])

    @torch.no_grad()
    def sent(self, pictures):
        model = self.sender
        budget, lost = trip.draw(len(pictures), model.config.budget.train_kb)
        return trip.send_and_decode(model, pictures.round(), model.layout, budget, lost, False)[0].clamp(0, 1).float() * 255


@torch.no_grad()
def views(model, pictures):
    """Pictures as they are, and as sent within each budget of `validate`, 0..255."""
    parts = [[r.float() for r in validate.received(model, part.float(), model.config.budget.judge_bytes)] for part in pictures.split(validate.PART)]
    return [pictures, *(255 * torch.cat(results) for results in zip(*parts))]


def chosen(found):
    """The share whose average recognises most at all sizes, of those that recognise as many pictures as they are as share 0 does. found:
    the shares of pictures that are recognised, as they are and at each size, by share."""
    kept = [share for share, values in found.items() if values[0] >= found[0][0]]
    return max(kept, key=lambda share: sum(found[share][1:]))


def export(trainer, folder):
    """Writes the vision model: the average with what it began as that `chosen` names."""
    folder, (pictures, classes), found = pathlib.Path(folder), trainer.held_out, {}
    folder.mkdir(parents=True, exist_ok=True)
    seen = views(trainer.sender, pictures)
    print("share  as they are" + "".join(f"{n:6d} B" for n in trainer.sender.config.budget.judge_bytes))
    for share in validate.SHARES:
        classifier = blended(trainer.model, share, trainer.begun)
        found[share] = [accuracy(classifier, view, classes) for view in seen]
        print(f"{share:5g} {100 * found[share][0]:9.2f} %  " + "".join(f"{100 * a:6.1f} %" for a in found[share][1:]), flush=True)
    share = chosen(found)
    print(f"share = {share:g} is written")
    write_vision(blended(trainer.model, share, trainer.begun), folder)
