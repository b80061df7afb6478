"""`limitnet-lab saliency` against independent computations of its maps and measures.

Maps come from the reference implementation of the specification. Measures follow the definitions in the papers, written
here in NumPy, and come from PyPI's pysodmetrics if that is installed. (It needs an older NumPy than this package, so it
needs its own environment: pip install pysodmetrics pillow pytest, then pytest on this file.)

pysodmetrics may differ from the program in two ways. It computes a place's threshold in floating point, so a whole number
may become the one below. And it rounds half a centroid to even, while the authors of the S-measure round up; the masks
here have no such centroid.

    LIMITNET_LAB   the laboratory's program; default: build/lab/limitnet-lab
"""

import csv
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from limitnet_train import modelfile, reference

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("LIMITNET_LAB", ROOT / "build/lab/limitnet-lab"))
MODELS = [ROOT / "models/paper-224/encoder.lnm", ROOT / "tests/models/random-paper.lnm"]
SIDE = 224  # of both models' pictures

pytestmark = [
    pytest.mark.skipif(not PROGRAM.exists(), reason="the command line program is not built"),
    pytest.mark.filterwarnings("ignore:This class will be removed"),
]


# ---- Pictures and masks ---------------------------------------------------------------------------------------


def disc(width, height, x, y, radius):
    """Whether pixels are inside; centre and radius are in units of the side."""
    down, across = (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
    return (across[None] - x) ** 2 + (down[:, None] - y) ** 2 < radius**2


def scenes():
    """(picture, mask): a bright disc on coloured noise. One mask is empty, one is full, one picture is flat."""
    rng = np.random.default_rng(21)
    sizes = [(56, 56), (75, 43), (8, 9), (224, 224), (31, 100), (56, 56), (40, 40), (56, 56)]
    for n, (width, height) in enumerate(sizes):
        x, y, radius = rng.uniform(0.1, 0.9), rng.uniform(0.1, 0.9), rng.uniform(0.15, 0.45)
        coarse = rng.integers(0, 160, (9, 9, 3)).astype(np.uint8)
        picture = np.array(Image.fromarray(coarse).resize((SIDE, SIDE), Image.BICUBIC))
        picture[disc(SIDE, SIDE, x, y, radius)] = rng.integers(128, 256, 3)
        mask = np.where(disc(width, height, x, y, radius), 255, 0).astype(np.uint8)
        if n == 5:
            mask[:] = 128  # just below an object
        if n == 6:
            mask[:] = 129
        if n == 7:
            picture[:] = 90
        yield picture, mask


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    top = tmp_path_factory.mktemp("saliency")
    for name in ("images", "masks"):
        (top / name).mkdir()
    for n, (picture, mask) in enumerate(scenes()):
        Image.fromarray(picture).save(top / f"images/{n}.png")
        Image.fromarray(mask).save(top / f"masks/{n}.png")
    return top


def measured(folder):
    """{(model, map): row} as written by the program."""
    out = folder / "out.csv"
    names = ",".join(map(str, MODELS))
    subprocess.run([PROGRAM, "saliency", "--images", folder / "images", "--masks", folder / "masks", "--model", names, "-o", out], check=True)
    return {(row["model"], row["map"]): row for row in csv.DictReader(out.open())}


# ---- Maps -----------------------------------------------------------------------------------------------------


def interpolation(count, size):
    """[size, count] weights of linear interpolation between `count` centres."""
    at = np.clip((np.arange(size) + 0.5) * count / size - 0.5, 0, count - 1)
    return np.maximum(0, 1 - np.abs(at[:, None] - np.arange(count)))


def enlarged(values, shape):
    """Bytes of a map of 0..1 on another grid. Halves, which are common, go up; in floating point they may lie just below."""
    exact = 255 * (interpolation(len(values), shape[0]) @ values @ interpolation(values.shape[1], shape[1]).T)
    return np.floor(exact + 0.5 + 1e-9).astype(np.uint8)


def centre(shape):
    across, down = ((np.arange(n) + 0.5) / n - 0.5 for n in (shape[1], shape[0]))
    return np.floor(255 * np.exp(-(across[None] ** 2 + down[:, None] ** 2) * 12.5) + 0.5).astype(np.uint8)


@pytest.fixture(scope="module")
def maps():
    """{(model, map): [(map, mask)]}"""
    found = {}
    for picture, mask in scenes():
        for path in MODELS:
            coded = reference.encode(modelfile.read(path.read_bytes()), picture)
            found.setdefault((str(path), "full"), []).append((enlarged(coded.saliency / 255, mask.shape), mask))
            found.setdefault((str(path), "sent"), []).append((enlarged(coded.map / 31, mask.shape), mask))
        found.setdefault(("-", "centre"), []).append((centre(mask.shape), mask))
        found.setdefault(("-", "none"), []).append((np.full(mask.shape, 128, np.uint8), mask))
    return found


# ---- Measures -------------------------------------------------------------------------------------------------


def stretched(grey):
    low, high = int(grey.min()), int(grey.max())
    return grey / 255 if low == high else (grey.astype(float) - low) / (high - low)


def precision_recall(grey, inside):
    low, high = int(grey.min()), int(grey.max())
    steps = grey.astype(int) if low == high else (grey.astype(int) - low) * 255 // (high - low)
    taken = steps[None] >= np.arange(256)[:, None, None]
    hits = (taken & inside).sum((1, 2))
    return hits / np.maximum(taken.sum((1, 2)), 1), hits / max(inside.sum(), 1)


def object_score(p):
    return 2 * p.mean() / (p.mean() ** 2 + 1 + (p.std(ddof=1) if p.size > 1 else 0))


def similarity(p, g):
    if p.min() == p.max() and g.min() == g.max():
        return 1.0
    x, y, n = p.mean(), g.mean(), p.size - 1
    covariance = ((p - x) * (g - y)).sum() / n
    return 4 * x * y * covariance / ((x * x + y * y) * (((p - x) ** 2).sum() + ((g - y) ** 2).sum()) / n)


def s_measure(p, inside):
    if not inside.any() or inside.all():
        return p.mean() if inside.any() else 1 - p.mean()
    share, g = inside.mean(), inside.astype(float)
    of_object = share * object_score(p[inside]) + (1 - share) * object_score(1 - p[~inside])
    upper, left = (int(np.floor(c + 1.5)) for c in np.argwhere(inside).mean(0))
    of_region = 0
    for part in ((rows, columns) for rows in (slice(upper), slice(upper, None)) for columns in (slice(left), slice(left, None))):
        if p[part].size:
            of_region += p[part].size / p.size * similarity(p[part], g[part])
    return max(0, (of_object + of_region) / 2)


def max_f(curves):
    """Of (precision, recall) for each picture."""
    p, r = (np.mean(c, axis=0) for c in zip(*curves))
    return float(np.max(1.3 * p * r / np.maximum(0.3 * p + r, 1e-30)))


def by_definition(pairs):
    """(MAE, max F, S-measure)"""
    pairs = [(grey, mask > 128) for grey, mask in pairs]
    errors = [np.abs(stretched(grey) - inside).mean() for grey, inside in pairs]
    return np.mean(errors), max_f([precision_recall(*pair) for pair in pairs]), np.mean([s_measure(stretched(grey), inside) for grey, inside in pairs])


def by_pysodmetrics(pairs):
    metrics = pytest.importorskip("py_sod_metrics", reason="pysodmetrics is not installed")
    mae, f, s = metrics.MAE(), metrics.Fmeasure(), metrics.Smeasure()
    for grey, mask in pairs:
        for measure in (mae, f, s):
            measure.step(grey, mask)
    curve = f.get_results()["pr"]
    return mae.get_results()["mae"], max_f([(curve["p"], curve["r"])]), s.get_results()["sm"]


def compare(rows, maps, judge):
    assert rows.keys() == maps.keys()
    for name, pairs in maps.items():
        assert int(rows[name]["n"]) == len(pairs)
        for measure, due in zip(("mae", "max_f", "s_measure"), judge(pairs)):
            assert float(rows[name][measure]) == pytest.approx(due, abs=1e-4), f"{name} {measure}"


judges = pytest.mark.parametrize("judge", [by_definition, by_pysodmetrics])


@judges
def test_all_pictures(folder, maps, judge):
    compare(measured(folder), maps, judge)


@judges
@pytest.mark.parametrize("number", range(8))
def test_single_pictures(folder, maps, judge, number, tmp_path):
    """Each picture alone, so that nothing averages out."""
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
        shutil.copy(folder / name / f"{number}.png", tmp_path / name)
    compare(measured(tmp_path), {name: [pairs[number]] for name, pairs in maps.items()}, judge)
