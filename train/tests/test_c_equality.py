"""The C camera against the reference, byte for byte: latent values, map and packets.

Compiles the camera's library with tests/tool_dump.c into a temporary folder; needs a C compiler (CC, else cc).

    LIMITNET_IMAGES   folder of pictures to encode with the models of models/ (of tests/models if there are none);
                      default: pieces of the repository's own pictures
    LIMITNET_COUNT    the largest number of pictures; default: 100
    LIMITNET          the program; default: build/lab/limitnet
"""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from limitnet_train import golden, modelfile, reference

ROOT = golden.ROOT
ENDINGS = {".png", ".jpg", ".jpeg", ".ppm", ".webp"}


@pytest.fixture(scope="session")
def tool(tmp_path_factory):
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if not compiler:
        pytest.skip("no C compiler")
    program = tmp_path_factory.mktemp("tool") / "tool_dump"
    sources = [*sorted((ROOT / "src/core").glob("*.c")), *sorted((ROOT / "src/device").rglob("*.c")), ROOT / "tests/tool_dump.c"]
    options = ["-std=c99", "-O2", f"-I{ROOT / 'include'}", f"-I{ROOT / 'src'}"]
    subprocess.run([compiler, *options, *sources, "-o", program], check=True)
    return program


def dump(tool, folder, model_path, picture, number, rooms, share, checked):
    """(latent, map or None, packets file) by the C code."""
    ppm = folder / "picture.ppm"
    ppm.write_bytes(golden.write_ppm(picture))
    for old in folder.glob("out.*"):
        old.unlink()
    numbers = [number, share, 4096, int(checked), ",".join(map(str, rooms))]
    subprocess.run([tool, model_path, ppm, *map(str, numbers), folder / "out"], check=True)
    levels = folder / "out.map"
    return (folder / "out.latent").read_bytes(), levels.read_bytes() if levels.exists() else None, (folder / "out.lnp").read_bytes()


def expected(model, checksum, picture, number, rooms, share, checked):
    encoded = reference.encode(model, picture)
    sender = reference.Sender(model, checksum, encoded, number, checked)
    latent = np.concatenate([z.reshape(-1) for z in sender.latent]).astype("<i2").tobytes()
    levels = None if encoded.map is None else encoded.map.astype(np.uint8).tobytes()
    return latent, levels, reference.write_lnp(checksum, sender.stream(rooms, share))


def compare(tool, folder, model_path, picture, number, rooms, name="", share=0, checked=False):
    data = model_path.read_bytes()
    model, checksum = modelfile.read(data), modelfile.checksum(data)
    got = dump(tool, folder, model_path, picture, number, rooms, share, checked)
    due = expected(model, checksum, picture, number, rooms, share, checked)
    for what, a, b in zip(("latent", "map", "packets"), got, due):
        assert a == b, f"{model_path.name} {name}: {what} differs"


def trained_models():
    return sorted((ROOT / "models").glob("*/encoder.lnm"))


def large_models():
    return trained_models() or [golden.MODELS / "random-paper.lnm", golden.MODELS / "random-pyramid.lnm"]


def source_pictures():
    """At most LIMITNET_COUNT pairs (name, picture) of any size."""
    count = int(os.environ.get("LIMITNET_COUNT", 100))
    folder = os.environ.get("LIMITNET_IMAGES")
    if folder:
        paths = sorted(p for p in Path(folder).rglob("*") if p.suffix.lower() in ENDINGS)[:count]
        assert paths, f"{folder} holds no pictures"
        for path in paths:
            yield path.name, np.asarray(Image.open(path).convert("RGB"))
        return
    own = sorted(p for p in (ROOT / "tests/pictures").glob("*") if p.suffix.lower() in ENDINGS)
    own.append(golden.GOLDEN / "photo-224x224.ppm")
    rng = np.random.default_rng(11)
    for path in own:
        try:
            whole = np.asarray(Image.open(path).convert("RGB"))
        except OSError:
            continue  # tests/pictures has damaged ones on purpose
        if min(whole.shape[:2]) < 64:
            continue
        yield path.name, whole
        for n in range(4):
            h, w = (int(rng.integers(side // 3, side + 1)) for side in whole.shape[:2])
            y, x = (int(rng.integers(0, side - part + 1)) for side, part in zip(whole.shape[:2], (h, w)))
            yield f"{path.name} piece {n}", whole[y : y + h, x : x + w, :: -1 if n % 2 else 1]


@pytest.mark.parametrize("model_path", large_models(), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_pictures(tool, tmp_path, model_path):
    model = modelfile.read(model_path.read_bytes())
    for n, (name, whole) in enumerate(source_pictures()):
        picture = np.asarray(Image.fromarray(np.ascontiguousarray(whole)).resize((model.width, model.height), Image.BILINEAR))
        compare(tool, tmp_path, model_path, picture, n, [51] if n % 2 else golden.STREAMS["varying"], name)


@pytest.mark.parametrize("recipe", golden.recipes(), ids=lambda r: r.name)
def test_noise_and_extremes(tool, tmp_path, recipe):
    rng = np.random.default_rng(12)
    shape = (recipe.height, recipe.width, 3)
    pictures = [np.full(shape, value, np.uint8) for value in (0, 128, 255)]
    pictures += [rng.choice([0, 255], shape).astype(np.uint8), rng.integers(0, 256, shape).astype(np.uint8)]
    for n, picture in enumerate(pictures):
        compare(tool, tmp_path, golden.MODELS / f"{recipe.name}.lnm", picture, 2047 - n, [13, 15, 300], f"picture {n}", 40 * (n % 2), n > 2)


def random_model(seed):
    """Any geometry that the format allows, with weights up to the limits."""
    rng = np.random.default_rng(seed)
    pick = lambda a, b: int(rng.integers(a, b + 1))
    while True:
        count = pick(1, 4)
        stages = []
        for s in range(count):
            kernel = pick(1, 16 if s == 0 else 5)
            outputs = pick(1, 9)
            pass_ = 0 if s == count - 1 else pick(1, outputs)
            stages.append((kernel, pick(1, 4 if s else 8), pick(0, kernel - 1), outputs, pass_, pick(0, 1)))
        channels = sum(o - p for _, _, _, o, p, _ in stages)
        planes = [pick(1, 8) for _ in range(channels)]
        early = [modelfile.Unit(c, 0, 0) for c in range(min(channels, pick(0, 3)))]
        kind, shift, branch, made = pick(0, 2), pick(0, 3), [], None
        thresholds = sorted(pick(0, 255) for _ in range(7))
        if kind == modelfile.Saliency.kind:
            branch = [(k := pick(1, 4), pick(1, 2), pick(0, k - 1), pick(1, 6), pick(0, 1)) for _ in range(pick(0, 3))]
            branch.append((3, 1, 1, 1, modelfile.NONE))
            made = golden.saliency(shift, pick(0, count - 1), thresholds)
        elif kind == modelfile.Activity.kind:
            made = golden.activity(shift, [pick(0, 15) for _ in stages], 2 ** pick(0, 31), thresholds)
        weight = pick(0, 1) * pick(1, 64) if made else 0
        tables = []
        for _ in range(pick(1, 12)):
            lo, hi = -pick(0, 20), pick(0, 20)
            tables.append(modelfile.Distribution(lo, modelfile.cumulative(rng.random(hi - lo + 1) ** 4)))
        wide = [c for c in range(channels) if rng.random() < 0.5]
        recipe = golden.Recipe(
            name=f"any-{seed}",
            width=pick(8, 90),
            height=pick(8, 90),
            stages=stages,
            planes=planes,
            rounding=[pick(0, 128) for _ in planes],
            units=golden.planes_by_score(planes, pick(0, 60), pick(0, 30), early, weight),
            before_map=len(early),
            weight=weight,
            map=made,
            branch=branch,
            shapes=pick(1, 8),
            distributions=tables,
            base={c: rng.integers(0, len(tables), 8).tolist() for c in wide},
        )
        noise = rng.integers(0, 256, (recipe.height, recipe.width, 3)).astype(np.uint8)
        try:
            model = golden.build(recipe, [noise])
            for layer in model.stages + getattr(model.map, "layers", []):
                layer.multiplier //= np.uint32(pick(1, 2))
                layer.multiplier[:] = np.maximum(layer.multiplier, 1)
                if rng.random() < 0.2:  # far beyond every range
                    layer.multiplier[pick(0, layer.outputs - 1)] = 2**31 - 1
            return modelfile.write(model), noise
        except (modelfile.ModelError, IndexError):
            continue  # a kernel that does not fit, too many symbols: draw again


@pytest.mark.parametrize("seed", range(40))
def test_any_model(tool, tmp_path, seed):
    data, noise = random_model(seed)
    path = tmp_path / "model.lnm"
    path.write_bytes(data)
    smooth = golden.synthetic(noise.shape[1], noise.shape[0])
    for n, picture in enumerate((noise, smooth)):
        compare(tool, tmp_path, path, picture, seed, [[51], [13, 255, 37]][n], f"seed {seed}", 40 * (seed % 2), seed % 3 == 0)


def program():
    path = Path(os.environ.get("LIMITNET", ROOT / "build/lab/limitnet"))
    return path if path.exists() else None


@pytest.mark.skipif(program() is None, reason="the command line program is not built")
@pytest.mark.parametrize("model_path", large_models(), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_command_line(tmp_path, model_path):
    data = model_path.read_bytes()
    model, checksum = modelfile.read(data), modelfile.checksum(data)
    photo, out = tmp_path / "photo.ppm", tmp_path / "out.lnp"
    pixels = np.ascontiguousarray(golden.read_ppm(golden.GOLDEN / "photo-224x224.ppm")[:model.height, :model.width])
    photo.write_bytes(golden.write_ppm(pixels))
    encoded = reference.encode(model, pixels)
    for room, share, *check in ((51, 0), (51, 20), (51, 40, "--check"), (255, 40), (24, 80, "--check")):
        arguments = ["--model", model_path, "--mtu", str(room), "--protect", str(share), *check]
        subprocess.run([program(), "encode", *arguments, photo, "-o", out], check=True)
        sender = reference.Sender(model, checksum, encoded, 0, bool(check))
        assert out.read_bytes() == reference.write_lnp(checksum, sender.stream([room], share)), f"{room} bytes, {share} %"
