"""Training pictures: packed once into two arrays, then read through the page cache."""

import pathlib

import numpy as np
import torch
from PIL import Image
from tqdm import tqdm

VALIDATION = 500     # the last pictures of the training set: they choose models and are never trained on


def pack(source, target):
    """Packs DUTS-like folders images/*.webp (224x224) and masks/*.png into target/{pictures,masks}.npy."""
    target = pathlib.Path(target)
    if (target / "masks.npy").exists():
        return
    names = sorted((pathlib.Path(source) / "images").glob("*.webp"))
    if not names:
        raise ValueError(f"{source}: no images/*.webp in it; give a folder with images/ and masks/")
    target.mkdir(parents=True, exist_ok=True)
    pictures = np.lib.format.open_memmap(target / "pictures.part.npy", "w+", np.uint8, (len(names), 3, 224, 224))
    masks = np.zeros((len(names), 28, 28), np.uint8)
    for i, name in enumerate(tqdm(names, desc="packing pictures")):
        pictures[i] = np.asarray(Image.open(name).convert("RGB")).transpose(2, 0, 1)
        mask = Image.open(name.parent.parent / "masks" / (name.stem + ".png")).convert("L")
        masks[i] = np.asarray(mask.resize((28, 28), Image.BOX))
    pictures.flush()
    (target / "pictures.part.npy").rename(target / "pictures.npy")
    np.save(target / "masks.npy", masks)


class Pictures:
    """Random crops of the training part, and whole pictures of the validation part."""

    def __init__(self, packed):
        packed = pathlib.Path(packed)
        self.pictures = np.load(packed / "pictures.npy", mmap_mode="r")
        self.masks = np.load(packed / "masks.npy")
        self.count = len(self.pictures) - VALIDATION

    def batch(self, rng, size, crop):
        """size x 3 x crop x crop bytes as float 0..255, and the mask at 1/8 of the size, 0..1."""
        x = np.empty((size, 3, crop, crop), np.uint8)
        m = np.empty((size, 1, crop // 8, crop // 8), np.float32)
        steps = (224 - crop) // 8 + 1
        for k in range(size):
            i, top, left = rng.integers(self.count), 8 * rng.integers(steps), 8 * rng.integers(steps)
            flip = slice(None, None, -1) if rng.random() < 0.5 else slice(None)
            x[k] = self.pictures[i, :, top:top + crop, left:left + crop][:, :, flip]
            part = self.masks[i, top // 8:(top + crop) // 8, left // 8:(left + crop) // 8]
            m[k, 0] = part[:, flip] / 255.0
        return torch.from_numpy(x).float(), torch.from_numpy(m)

    def whole(self, first, count):
        """Whole training pictures, for tables and calibration: count x 3 x 224 x 224, 0..255."""
        return torch.from_numpy(np.array(self.pictures[first:first + count])).float()

    def validation(self, limit=VALIDATION):
        return self.whole(self.count, limit)
