"""Training pictures: each source is packed once into an array of squares; a batch draws from all sources, with random places, scales and
colours."""

import concurrent.futures
import itertools
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from tqdm import tqdm

from .device import here

VALIDATION = 500     # the last pictures of each source, or a fifth of one below 1,000: they choose models and are never trained on
FEWEST = 10          # pictures that a source must have
SIDE = 224           # of the packed squares, where nobody asks for another
ENDINGS = (".webp", ".jpg", ".jpeg", ".png")
MASK = 28            # cells of a mask along a side
PART = 256           # pictures read at a time
ZOOM_SHARE, COLOUR_SHARE = 0.5, 0.5     # share of draws that are enlarged views, of pictures whose colours are changed
CONTRAST, SATURATION, BRIGHTNESS = 0.25, 0.4, 20.0
GREY = (0.299, 0.587, 0.114)            # JFIF


def pack(name, source, target, side=SIDE):
    """Packs a folder of pictures, or one with images/ and masks/, into target/NAME.npy and, with masks, target/NAME.masks.npy: squares
    of `side` pixels. Pictures lose their aspect, as in the paper."""
    source, target = pathlib.Path(source), pathlib.Path(target)
    if (target / f"{name}.npy").exists():
        return
    folder = source / "images" if (source / "images").is_dir() else source
    files = sorted(f for f in folder.rglob("*") if f.suffix.lower() in ENDINGS)
    if not files:
        raise ValueError(f"{source}: no pictures in it; give a folder of pictures, or one with images/ and masks/")
    target.mkdir(parents=True, exist_ok=True)
    if (source / "masks").is_dir():
        masks = np.zeros((len(files), MASK, MASK), np.uint8)
        for i, f in enumerate(tqdm(files, desc=f"packing masks of {name}")):
            mask = Image.open(source / "masks" / (f.stem + ".png")).convert("L")
            masks[i] = np.asarray(mask.resize((MASK, MASK), Image.BOX))
        np.save(target / f"{name}.masks.npy", masks)
    part = target / f"{name}.part"
    with open(part, "wb") as out:
        np.lib.format.write_array_header_2_0(out, {"descr": "|u1", "fortran_order": False, "shape": (len(files), 3, side, side)})
        with concurrent.futures.ThreadPoolExecutor() as readers:
            for at in tqdm(range(0, len(files), PART), desc=f"packing {name}", unit="part"):
                for picture in readers.map(square, files[at:at + PART], itertools.repeat(side)):
                    out.write(picture)
    part.rename(target / f"{name}.npy")


def square(file, side):
    """A picture's bytes, 3 x side x side, upright: as cameras' pictures are."""
    picture = ImageOps.exif_transpose(Image.open(file)).convert("RGB")
    if picture.size != (side, side):
        picture = picture.resize((side, side), Image.BICUBIC)
    return np.ascontiguousarray(np.asarray(picture).transpose(2, 0, 1))


class Source:
    """One packed folder. On a GPU all of it lies there; otherwise it is read through the page cache."""

    def __init__(self, file):
        masks = file.with_suffix(".masks.npy")
        self.pictures = here(torch.from_numpy(np.load(file, mmap_mode="c")))
        self.masks = here(torch.from_numpy(np.load(masks))) if masks.exists() else None
        self.count = len(self.pictures) - kept(len(self.pictures))      # of training pictures
        self.side = self.pictures.shape[2]
        if len(self.pictures) < FEWEST:
            raise ValueError(f"{file}: {len(self.pictures)} pictures are too few to train on; pack {FEWEST} or more")

    def draw(self, rng, size, crop, masks):
        """size x 3 x crop x crop floats, and parts of the masks if they are wanted."""
        view = self.view(rng, crop)
        i = here(torch.from_numpy(rng.integers(self.count, size=size)))
        top, left = (here(torch.from_numpy(x)) for x in rng.integers(self.side - view + 1, size=(2, size)))
        flip = here(torch.from_numpy(rng.random(size) < 0.5))
        picture = parts(self.pictures, i, top, left, flip, view).float()
        if view != crop:
            picture = F.interpolate(picture, (crop, crop), mode="bilinear", antialias=True)
        if not masks:
            return picture, None
        cells = F.interpolate(self.masks[i][:, None].float(), (self.side, self.side), mode="bilinear")
        mask = parts(cells, torch.arange(size), top, left, flip, view)
        return picture, F.adaptive_avg_pool2d(mask, (crop // 8, crop // 8)) / 255

    def view(self, rng, crop):
        """The side of the part of a picture that becomes a crop: half of the time that of the crop, else anything up to the whole picture."""
        return crop if rng.random() >= ZOOM_SHARE else int(rng.integers(crop, self.side + 1))


def kept(count):
    """How many of a source's pictures are for validation."""
    return VALIDATION if count >= 2 * VALIDATION else count // 5


def parts(pictures, i, top, left, flip, side):
    """Squares of pictures i, from row `top` and column `left` on, some of them mirrored."""
    steps = torch.arange(side)
    rows, columns = top[:, None] + steps, left[:, None] + torch.where(flip[:, None], steps.flip(0), steps)
    channels = torch.arange(pictures.shape[1])
    return pictures[i[:, None, None, None], channels[:, None, None], rows[:, None, :, None], columns[:, None, None, :]]


def recoloured(picture, rng):
    """Other contrast, saturation and brightness for some of the pictures (0..255), still whole numbers."""
    n = len(picture)
    there = rng.random(n) < COLOUR_SHARE
    contrast, saturation, brightness = (here(torch.from_numpy((x * there).astype(np.float32)))[:, None, None, None] for x in (
        rng.uniform(-CONTRAST, CONTRAST, n), rng.uniform(-SATURATION, SATURATION, n), rng.uniform(-BRIGHTNESS, BRIGHTNESS, n)))
    grey = sum(w * picture[:, c:c + 1] for c, w in enumerate(GREY))
    picture = picture + saturation * (picture - grey)
    return (picture + contrast * (picture - 128) + brightness).round().clamp(0, 255)


class Pictures:
    """Random crops of the training parts of all sources, and whole pictures of their validation parts."""

    def __init__(self, packed, side=SIDE):
        files = sorted(f for f in pathlib.Path(packed).glob("*.npy") if not f.name.endswith(".masks.npy"))
        if not files:
            raise ValueError(f"{packed}: no packed pictures; run `python -m limitnet_train pack {packed} NAME=FOLDER` first")
        self.sources = [Source(f) for f in files]
        sides = {s.side for s in self.sources}
        if sides != {side}:
            raise ValueError(f"{packed}: pictures of {' and '.join(map(str, sorted(sides)))} pixels a side, and the model takes {side}: pack them into a folder of their own with --side {side}")

    def batch(self, rng, size, crop, masks=False):
        """size x 3 x crop x crop, 0..255, and with masks those at 1/8 of the size, 0..1. Every picture is drawn equally often, with masks those of
        sources that have some."""
        sources = [s for s in self.sources if s.masks is not None or not masks]
        shares = np.array([s.count for s in sources], float)
        drawn = [s.draw(rng, int(n), crop, masks) for s, n in zip(sources, rng.multinomial(size, shares / shares.sum())) if n]
        picture = recoloured(torch.cat([p for p, _ in drawn]).round(), rng)
        return picture, torch.cat([m for _, m in drawn]) if masks else None

    def whole(self, count):
        """Whole training pictures, as many of each source, for tables and calibration: count x 3 x side x side, 0..255."""
        return self.evenly(count, lambda s, n: s.pictures[:min(n, s.count)])

    def validation(self, limit=VALIDATION):
        """Pictures that are never trained on, as many of each source."""
        return self.evenly(limit, lambda s, n: s.pictures[s.count:][:n])

    def evenly(self, count, first):
        n = len(self.sources)
        return torch.cat([first(s, count * (k + 1) // n - count * k // n) for k, s in enumerate(self.sources)]).float()
