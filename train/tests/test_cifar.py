"""The classifier of small pictures, and models whose pictures are not 224 pixels wide."""

import csv
import pathlib
import subprocess
import sys

import numpy as np
import onnx
import pytest
import torch
from onnx.reference import ReferenceEvaluator
from PIL import Image

from limitnet_train import cifar, config, data, trainer

torch.set_num_threads(1)
CONFIGS = pathlib.Path(__file__).parents[1] / "configs"


@pytest.fixture
def few(tmp_path, monkeypatch):
    """A folder as lab/tools/cifar.py writes it, of pictures whose class is their shade, and phases for so few."""
    monkeypatch.setattr(cifar, "HELD_OUT", 20)
    monkeypatch.setattr(cifar, "BATCH", 8)
    monkeypatch.setattr(cifar, "PHASES", (cifar.Phase(32, 40, 1e-3, 4), cifar.Phase(64, 16, 1e-3, 0)))
    rng = np.random.default_rng(1)
    (tmp_path / "images").mkdir()
    with open(tmp_path / "labels.csv", "w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["file", "class_index"])
        for i in range(60):
            shade = 200 * (i % 2)
            picture = (shade + rng.integers(0, 56, (32, 32, 3))).astype(np.uint8)
            Image.fromarray(picture).save(tmp_path / f"images/{i}.png")
            rows.writerow([f"{i}.png", 98 + i % 2])
    return tmp_path


def test_pictures_are_enlarged_as_pillow_does():
    seen = []
    model = cifar.SmallClassifier(96)
    model.stem.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    picture = np.random.default_rng(1).integers(64, 192, (32, 32, 3), dtype=np.uint8)
    with torch.no_grad():
        model(torch.from_numpy(picture.transpose(2, 0, 1))[None])
    due = np.asarray(Image.fromarray(picture).resize((96, 96), Image.BICUBIC)).transpose(2, 0, 1)
    assert np.abs(seen[0][0].numpy() * 128 + 127 - due).max() < 1.5          # Pillow rounds between its two passes


def test_pictures_are_shifted_and_mirrored():
    picture = torch.arange(32.0).expand(40, 3, 32, 32)
    changed = cifar.varied(picture)
    assert changed.shape == picture.shape
    slopes = changed[:, 0, 10, 17] - changed[:, 0, 10, 15]
    assert set(slopes.tolist()) == {2.0, -2.0}
    assert len({float(row[0, 10, 16]) for row in changed}) > 5


def test_the_classifier_learns_and_resumes_to_the_same_weights(few):
    whole = cifar.CifarTrainer(few, few / "whole")
    begun = [p.clone() for p in whole.model.parameters()]
    torch.manual_seed(1)
    assert whole.run()
    same = [n for (n, p), q in zip(whole.model.named_parameters(), begun) if torch.equal(p, q)]
    assert not same                                                     # the second phase trains all
    assert cifar.accuracy(whole.model, *whole.held_out) == 1

    cut, steps = cifar.CifarTrainer(few, few / "cut"), []
    step = cut.step
    cut.step = lambda *a: (steps.append(1), setattr(cut, "stop", len(steps) == 3), step(*a))[-1]
    torch.manual_seed(1)
    assert not cut.run()
    again = cifar.CifarTrainer(few, few / "cut")
    assert (again.phase, again.seen) == (0, 24)
    assert again.run()
    for a, b in zip(whole.model.parameters(), again.model.parameters()):
        assert torch.equal(a, b)


def test_the_first_phase_leaves_the_first_blocks(few, monkeypatch):
    monkeypatch.setattr(cifar, "PHASES", cifar.PHASES[:1])
    trained = cifar.CifarTrainer(few, few / "out")
    begun = {n: p.clone() for n, p in trained.model.named_parameters()}
    assert trained.run()
    same = {n.rsplit(".", 2)[0] for n, p in trained.model.named_parameters() if torch.equal(p, begun[n])}
    assert {n.split(".")[0] + n.split(".")[1] for n in same if n.startswith("blocks")} == {"blocks0", "blocks1", "blocks2"}


def test_held_out_pictures_are_not_trained_on(few):
    trained = cifar.CifarTrainer(few, few / "out")
    assert len(trained.held_out[0]) == 20 and len(trained.pictures) == 40
    assert torch.equal(torch.cat([trained.pictures, trained.held_out[0]]), cifar.read(few)[0])


def test_the_exported_classifier_is_the_trained_one(few, monkeypatch, capsys):
    monkeypatch.setattr(cifar, "SIDES", (32, 48))
    monkeypatch.setattr(cifar, "MODELS", few / "models")
    trained = cifar.CifarTrainer(few, few / "out")
    with pytest.raises(ValueError, match="own/vision/vision.onnx: no such file"):
        cifar.shipped("own")
    assert trained.run()
    folder = few / "models/own/vision"
    cifar.export(trained, folder)
    assert "of 20 held-out pictures" in capsys.readouterr().out
    assert (folder / "vision.onnx").stat().st_size < 4_000_000
    assert (folder / "cifar100-labels.txt").read_text().count("\n") == 100
    small = cifar.shipped("own")
    assert small.side in (32, 48) and not any(p.requires_grad for p in small.parameters())
    picture = trained.held_out[0][:2]
    enlarged = torch.nn.functional.interpolate(picture.float(), (small.side, small.side), mode="bicubic", antialias=True).clamp(0, 255)
    got, = ReferenceEvaluator(onnx.load(folder / "vision.onnx")).run(None, {"image": ((enlarged - 127) / 128).numpy()})
    with torch.no_grad():
        assert np.abs(small(picture)[0].numpy() - got).max() < 1e-3
        trained.model.side = small.side
        assert 0 < np.abs(trained.model(picture)[0].numpy() - got).max() < 0.2


def test_a_small_model_is_trained_on_small_pictures(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "VALIDATION", 4)
    monkeypatch.setattr(trainer, "SAMPLE", 8)
    np.save(tmp_path / "small.npy", np.random.default_rng(1).integers(0, 256, (16, 3, 32, 32), dtype=np.uint8))
    c = config.load(CONFIGS / "pyramid-32.toml")
    assert c.budget.judge_bytes[0] < 100 and c.budget.train_kb[1] < 1
    c.phases = [config.Phase("reconstruction", 8, 32, 4, 1e-3, encoder=False)]
    drawn = []
    monkeypatch.setattr(trainer.trip, "draw", lambda size, budget: (drawn.append(budget), (torch.full((size,), budget[1]), torch.zeros(size)))[-1])
    trained = trainer.Trainer(c, tmp_path, tmp_path / "out")
    before = trained.model.decoder.tail.weight.clone()
    assert trained.run()
    assert set(drawn) == {c.budget.train_kb} and not torch.equal(trained.model.decoder.tail.weight, before)
    with pytest.raises(ValueError, match="pictures of 32 pixels a side, and the model takes 224: pack them into a folder of their own with --side 224"):
        trainer.Trainer(config.load(CONFIGS / "pyramid-224.toml"), tmp_path, tmp_path / "other")


def test_packing_takes_a_side(tmp_path):
    (tmp_path / "plain").mkdir()
    Image.new("RGB", (50, 40), (10, 200, 30)).save(tmp_path / "plain/a.png")
    run = subprocess.run([sys.executable, "-m", "limitnet_train", "pack", str(tmp_path / "packed"), f"plain={tmp_path / 'plain'}", "--side", "32"],
                         cwd=CONFIGS.parent, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert np.load(tmp_path / "packed/plain.npy").shape == (1, 3, 32, 32)


def test_a_vision_phase_is_for_the_default_classifier(tmp_path):
    wrong = tmp_path / "wrong.toml"
    wrong.write_text((CONFIGS / "pyramid-32.toml").read_text() +
                     '\n[[phase]]\nloss = "vision"\npictures = 8\ncrop = 32\nbatch = 4\nrate = 1e-3\nencoder = false\n')
    with pytest.raises(ValueError, match="trains EfficientNet-Lite0 for ImageNet, not the classifier pyramid-32"):
        config.load(wrong)
