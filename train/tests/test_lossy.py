"""The classifier of small pictures behind codecs: what it sees, how it resumes, which average is exported."""

import pathlib
import shutil

import numpy as np
import pytest
import torch

from limitnet_train import cifar, config, data, lossy, trainer
from test_cifar import few

torch.set_num_threads(1)
ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def sender(few, monkeypatch):
    """Pictures, their configuration and the run of an untrained pyramid-32; models/ is a copy that tests may write to."""
    monkeypatch.setattr(data, "VALIDATION", 4)
    monkeypatch.setattr(trainer, "SAMPLE", 8)
    monkeypatch.setattr(lossy, "PHASES", (cifar.Phase(32, 24, 1e-3, 0),))
    shutil.copytree(ROOT / "models/pyramid-32/vision", few / "models/pyramid-32/vision")
    monkeypatch.setattr(cifar, "MODELS", few / "models")
    c = config.load(ROOT / "train/configs/pyramid-32.toml")
    np.save(few / "small.npy", cifar.read(few)[0].numpy())
    trainer.Trainer(c, few, few / "run").save(None)
    return few, c


def begin(sender, out):
    folder, c = sender
    return lossy.LossyTrainer(folder, folder / out, c, folder / "run")


def test_a_third_is_sent_a_third_filed_and_a_third_as_it_is(sender):
    trained = begin(sender, "out")
    pictures = cifar.varied(trained.pictures[:12])
    seen = trained.arrived(pictures)
    assert seen.shape == pictures.shape and torch.equal(seen[8:], pictures[8:])
    assert not any(torch.equal(a, b) for a, b in zip(seen[:8], pictures[:8]))
    assert 0 <= seen.min() and seen.max() <= 255


def test_more_bytes_are_nearer_to_the_picture(sender, monkeypatch):
    trained = begin(sender, "out")
    pictures = trained.pictures[:8].float()
    errors = []
    for budget in (0.02, 0.6):
        monkeypatch.setattr(lossy.trip, "draw", lambda size, _, b=budget: (torch.full((size,), b), torch.zeros(size)))
        errors.append(float((trained.sent(pictures) - pictures).abs().mean()))
    assert errors[1] < errors[0] and errors[1] < 16


@pytest.mark.parametrize("format", lossy.FORMATS)
def test_files_are_nearer_with_quality(format):
    picture = torch.from_numpy(np.random.default_rng(1).integers(0, 256, (3, 32, 32)).astype(np.float32))
    low, high = ((lossy.filed(picture, format, q) - picture).abs().mean() for q in (5, 95))
    assert high < low


def test_it_begins_as_the_models_classifier_and_resumes_to_the_same_weights(sender):
    whole, cut, steps = begin(sender, "whole"), begin(sender, "cut"), []
    for p, q in zip(whole.model.parameters(), cifar.shipped("pyramid-32").parameters()):
        assert torch.equal(p, q)
    torch.manual_seed(1)
    assert whole.run()
    step = cut.step
    cut.step = lambda *a: (steps.append(1), setattr(cut, "stop", len(steps) == 2), step(*a))[-1]
    torch.manual_seed(1)
    assert not cut.run()
    again = begin(sender, "cut")
    assert again.run()
    for a, b in zip(whole.model.parameters(), again.model.parameters()):
        assert torch.equal(a, b)


def test_the_chosen_average_loses_no_picture_as_it_is():
    found = {0.0: [0.76, 0.3, 0.7], 0.25: [0.77, 0.4, 0.7], 0.5: [0.76, 0.5, 0.7], 0.75: [0.75, 0.6, 0.8], 1.0: [0.74, 0.7, 0.8]}
    assert lossy.chosen(found) == 0.5
    assert lossy.chosen({0.0: [0.76, 0.3], 1.0: [0.75, 0.9]}) == 0
    assert lossy.chosen({0.0: [0.76, 0.3], 1.0: [0.76, 0.2]}) == 0


def test_the_export_is_that_average_and_a_second_one_the_same(sender, monkeypatch, capsys):
    trained = begin(sender, "out")
    assert trained.run()
    monkeypatch.setattr(lossy, "chosen", lambda found: 0.5)
    folder = sender[0] / "models/pyramid-32/vision"
    began = dict(cifar.shipped("pyramid-32").named_parameters())
    lossy.export(trained, folder)
    assert "share = 0.5 is written" in capsys.readouterr().out
    first, made = (folder / "vision.onnx").read_bytes(), dict(cifar.shipped("pyramid-32").named_parameters())
    for name, p in trained.model.named_parameters():
        due = (p + began[name]) / 2
        assert (made[name] - due).abs().max() <= 0.01 * due.abs().max() + 1e-6, name
    again = begin(sender, "out")            # the model brings the average by now
    lossy.export(again, folder)
    assert (folder / "vision.onnx").read_bytes() == first


def test_a_model_without_a_classifier_is_one_clear_line(sender):
    folder, _ = sender
    other = config.load(ROOT / "train/configs/pyramid-224.toml")
    with pytest.raises(ValueError, match="pyramid-224: has no classifier of its own"):
        lossy.LossyTrainer(folder, folder / "out", other, folder / "run")
