"""Vision models for the files of rivals: which file is sent, what is trained, what is exported."""

import csv
import io
import pathlib
import subprocess

import numpy as np
import pytest
import torch
from PIL import Image

from limitnet_train import __main__, data, rivals, trainer
from limitnet_train.classifier import Classifier
from limitnet_train.config import Phase
from test_training import pictures

torch.set_num_threads(1)
ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = ROOT / "build/lab/limitnet-lab"
NAMES = ["shrink+webp", "avif"]


def image(picture):
    return Image.fromarray(picture.byte().permute(1, 2, 0).numpy())


@pytest.fixture
def few(tmp_path, monkeypatch):
    """A folder of few packed pictures, and phases for so few."""
    monkeypatch.setattr(data, "VALIDATION", 4)
    monkeypatch.setattr(trainer, "SAMPLE", 8)
    np.save(tmp_path / "pictures.npy", pictures(16).byte().numpy())
    plain = rivals.load

    def short(path):
        config = plain(path)
        config.phases = [Phase(p.loss, 8, p.crop, 4, 1e-2, p.encoder) for p in config.phases]
        config.budget.judge_bytes = (300, 2000)
        return config

    monkeypatch.setattr(rivals, "load", short)
    return tmp_path


@pytest.mark.parametrize("best", [-1, 0, 57, 100])
def test_the_largest_file_that_fits_is_chosen(best):
    asked = []
    file = rivals.largest(lambda quality: (asked.append(quality), bytes(1000 + quality))[-1], 1000 + best)
    assert len(file) == 1000 + max(best, 0) and len(asked) <= 7


@pytest.mark.parametrize("name", NAMES)
def test_one_more_step_of_quality_does_not_fit(name):
    rival, picture = rivals.rival(name), image(pictures(1)[0])
    file = rivals.fitted(rival, picture, 2000)
    side = Image.open(io.BytesIO(file)).width
    assert side == dict(rival.sides).get(1800, 224) and len(file) <= 2000
    small = picture.resize((side, side), Image.BICUBIC)
    sizes = [len(rivals.encoded(rival, small, quality)) for quality in range(rivals.QUALITIES)]
    assert len(file) in sizes and min(size for size in sizes if size > len(file)) > 2000


def test_smaller_sides_are_tried_where_none_fits(monkeypatch):
    rival, picture = rivals.rival("shrink+webp"), image(pictures(1)[0])
    assert [entry for entry in rival.sides if entry[0] in (0, 1800, 4000)] == [(0, 32), (1800, 160), (4000, 224)]
    monkeypatch.setattr(rivals, "encoded", lambda rival, small, quality: bytes(10 * small.width))
    assert len(rivals.fitted(rival, picture, 1300)) == 1280
    assert len(rivals.fitted(rival, picture, 950)) == 640       # 96 pixels are listed, and do not fit
    assert len(rivals.fitted(rival, picture, 300)) == 320       # nothing fits


def test_what_does_not_fit_is_grey_when_it_is_judged():
    rival, picture = rivals.rival("avif"), pictures(1)[0]
    assert (rivals.received(rival, picture, 100, always=False) == rivals.NOTHING).all()
    shown = rivals.received(rival, picture, 100, always=True)
    assert shown.shape == picture.shape and len(shown.unique()) > 2
    errors = [float((rivals.received(rival, picture, n, always=False) - picture).abs().mean()) for n in (1500, 6000)]
    assert errors[1] < errors[0] < 30


def test_another_rival_is_one_clear_line():
    with pytest.raises(ValueError, match=r"gif: no such rival; there are shrink\+webp and avif"):
        rivals.rival("gif")


def test_a_rivals_vision_model_is_trained_and_resumes_to_the_same_weights(few):
    original = Classifier()
    whole = rivals.RivalTrainer("shrink+webp", few, few / "whole")
    assert [p.loss for p in whole.phases] == ["vision"] and torch.equal(whole.model.modules["vision"].fc.weight, original.fc.weight)
    assert whole.run()
    assert not torch.equal(whole.model.modules["vision"].stem.weight, original.stem.weight)
    cut = rivals.RivalTrainer("shrink+webp", few, few / "cut")
    step = cut.step_vision
    cut.step_vision = lambda *a: (setattr(cut, "stop", True), step(*a))[-1]
    assert not cut.run()
    again = rivals.RivalTrainer("shrink+webp", few, few / "cut")
    assert again.seen == 4 and again.run()
    for a, b in zip(whole.model.average, again.model.average):
        assert torch.equal(a, b)


def test_the_exported_vision_model_can_be_read_by_the_laboratory(few, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["limitnet_train", "rival-export", "avif", str(few), str(few / "out"), str(few / "vision"), "--limit", "4"])
    assert __main__.main() == 0
    assert "one average for all: share = " in capsys.readouterr().out
    settings = (few / "vision/vision.vision").read_text()
    assert "\nbelow = " in settings and "labels = imagenet-labels.txt" in settings
    if not PROGRAM.exists():
        pytest.skip("needs make lab")
    image(pictures(1)[0]).save(few / "picture.png")
    (few / "labels.csv").write_text("file,class_index\npicture.png,0\n")
    subprocess.run([PROGRAM, "eval", "--images", few, "--labels", few / "labels.csv", "--vision", few / "vision/vision.onnx",
                    "--codec", "avif", "--bytes", "6000", "-o", few / "out.csv"], check=True)
    assert next(csv.DictReader((few / "out.csv").open()))["n"] == "1"
