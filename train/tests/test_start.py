"""A linear model as it starts, before any training: what it is worth with a linear decoder alone."""

import pathlib

import numpy as np
import pytest
import torch
from PIL import Image

from limitnet_train import config, trainer
from limitnet_train.data import Source
from limitnet_train.network import cosines
from limitnet_train.validate import received

torch.set_num_threads(1)
ROOT = pathlib.Path(__file__).parents[2]
CONFIG = ROOT / "train/configs/pyramid-36.toml"
PACKED = ROOT / ".cache/train-data/duts.npy"
BUDGETS = 1200, 2500, 4000, 6000


def photographs():
    """Those of tests/pictures, N x 3 x 224 x 224, 0..255."""
    names = "astronaut.ppm", "cat.jpg", "coffee.webp", "rocket.png"
    read = [Image.open(ROOT / "tests/pictures" / n).convert("RGB").resize((224, 224), Image.BICUBIC) for n in names]
    return torch.from_numpy(np.stack([np.asarray(p) for p in read])).permute(0, 3, 1, 2).float()


def turned(x):
    """Pictures in all eight positions: more of them to fit on."""
    x = torch.cat([x, x.flip(2)])
    x = torch.cat([x, x.flip(3)])
    return torch.cat([x, x.transpose(2, 3)])


def started(pictures, outputs=36):
    c = config.load(CONFIG)
    c.stages[0].outputs = outputs
    model = trainer.Model(c)
    model.start(pictures)
    return model


@pytest.fixture(scope="module")
def model():
    return started(turned(photographs()))


def psnr(model, pictures, budgets=BUDGETS):
    """Mean PSNR in dB after each budget of bytes."""
    with torch.no_grad():
        results = [list(received(model, part, budgets)) for part in pictures.split(20)]
    errors = [torch.cat([((r[i] - part / 255) ** 2).flatten(1).mean(1) for r, part in zip(results, pictures.split(20))]) for i in range(len(budgets))]
    return [float((-10 * e.log10()).mean()) for e in errors]


@pytest.mark.parametrize("n", [2, 4, 8])
def test_cosines_are_orthonormal_and_exactly_even_or_odd(n):
    rows = cosines(n)
    assert torch.allclose(rows @ rows.T, torch.eye(n), atol=1e-6)
    for k, row in enumerate(rows):
        assert torch.equal(row.flip(0), row if k % 2 == 0 else -row)


def test_the_start_is_orthonormal_and_exactly_even_or_odd(model):
    for layer, inputs in zip(model.encoder.stages, (192, 16, 16)):
        kernels = layer.weight.detach().flatten(1)
        assert kernels.shape[1] == inputs
        assert torch.allclose(kernels @ kernels.T, torch.eye(len(kernels)), atol=1e-5)
    first = model.encoder.stages[0]
    assert torch.equal(first.kernels(), first.weight)                # symmetric changes nothing
    integers, _ = first.integer_weights(torch.full((3,), 1 / 255))
    for axis in (2, 3):
        flipped = integers.flip(axis)
        even, odd = ((flipped == sign * integers).flatten(1).all(1) for sign in (1, -1))
        assert (even ^ odd).all()
    brightness = integers.sum((2, 3)).abs().sum(1)
    assert (brightness > 0).sum() <= 3                               # others see nothing of what is the same everywhere


def test_the_decoder_is_where_the_encoder_is(model):
    """All latent values at once are the picture, but for what the outputs that are not kept hold."""
    blocks = photographs().reshape(-1, 3, 28, 8, 28, 8).mean((3, 5)).repeat_interleave(8, 2).repeat_interleave(8, 3)
    with torch.no_grad():
        latents, _ = model.encoder(blocks)
        known = [torch.ones_like(v) for v in latents]
        result = model.decoder(latents, known, torch.zeros(len(blocks), 1, 8, 8))
    assert (result - blocks / 255).abs().max() < 0.02               # flat blocks are kept whole; bytes between stages are rounded


def test_corrections_are_large_where_little_is_known():
    """Of the same values, as a decoder that is not trained yet makes them."""
    c = config.load(CONFIG)
    c.decoder_width, c.decoder_blocks = 16, 1
    model, sample = trainer.Model(c), photographs()
    model.start(sample)
    with torch.no_grad():
        latents, _ = model.encoder(sample)
        whole = model.decoder.synthesise(latents)[1] + 0.5
        model.decoder.head.weight[:, -1 - sum(v.shape[1] for v in latents):] = 0        # only the amplitude follows what is known
        corrections = [model.decoder(latents, [torch.full_like(v, share) for v in latents], torch.zeros(4, 1, 8, 8)) - whole
                       for share in (0.01, 0.5, 1)]
    few, half, all_ = (float(x.square().mean().sqrt()) for x in corrections)
    assert few > 0.05 and half < 0.5 * few and all_ < 0.5 * half


def test_the_start_is_worth_its_figures_on_photographs(model):
    got = psnr(model, photographs())
    assert all(g > due for g, due in zip(got, (26.0, 28.5, 30.3, 31.5))), got


@pytest.mark.skipif(not PACKED.exists(), reason="no training pictures")
def test_the_start_is_worth_its_figures_on_validation_pictures():
    """The prototype's pictures (imagenet-ccby) are harder: 24.7, 27.2, 29.0, 30.5 dB with ideal code lengths less 7.5 %."""
    duts = Source(PACKED)
    got = psnr(started(duts.pictures[:200].float()), duts.pictures[duts.count:][:100].float())
    assert all(g > due for g, due in zip(got, (25.2, 28.3, 30.2, 31.5))), got


def test_more_outputs_keep_more_detail():
    sample = turned(photographs())
    few, more = (psnr(started(sample, outputs), photographs(), (6000,))[0] for outputs in (12, 20))
    assert more > few + 1
