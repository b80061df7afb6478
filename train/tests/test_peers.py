"""Peers: training can be resumed, and the exported networks are the trained ones."""

import csv
import pathlib
import subprocess

import numpy as np
import onnx
import pytest
import torch
from onnx.reference import ReferenceEvaluator

from limitnet_train import data, trainer
from limitnet_train.classifier import Classifier
from limitnet_train.config import Phase
from limitnet_train.peers import config, export
from limitnet_train.peers.tables import TOTAL, frequencies, random_order
from limitnet_train.peers.training import PeerTrainer
from test_training import pictures

torch.set_num_threads(1)
ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = ROOT / "build/lab/limitnet-lab"
TAIL = ROOT / ".cache/vision/efficientnet-lite0-tail.onnx"
NAMES = ["starfish", "fixed-2", "bottlenet++", "deepcod", "balle"]     # the other fixed-N differ in size only


def small(name, monkeypatch, tmp_path):
    """The peer's configuration with few pictures, on random ones."""
    monkeypatch.setattr(data, "VALIDATION", 4)
    monkeypatch.setattr(trainer, "SAMPLE", 8)
    monkeypatch.setattr(trainer, "REFIT_PICTURES", 8)
    np.save(tmp_path / "pictures.npy", pictures(16).byte().numpy())
    c = config.load(config.configuration(name))
    c.phases = [Phase(p.loss, 8 if i else 16, 96, 4, p.rate, p.encoder) for i, p in enumerate(c.phases)]
    return c


@pytest.mark.parametrize("name", ["starfish", "bottlenet++"])
def test_training_resumes_to_the_same_weights(name, tmp_path, monkeypatch):
    c = small(name, monkeypatch, tmp_path)
    whole = PeerTrainer(c, tmp_path, tmp_path / "whole")
    assert whole.run()
    cut = PeerTrainer(c, tmp_path, tmp_path / "cut")
    steps, step = [], cut.step
    cut.step = lambda *a: (steps.append(1), setattr(cut, "stop", len(steps) == 3), step(*a))[-1]
    assert not cut.run()
    again = PeerTrainer(c, tmp_path, tmp_path / "cut")
    assert (again.phase, again.seen) == (0, 12)
    assert again.run()
    for a, b in zip(whole.model.modules.state_dict().values(), again.model.modules.state_dict().values()):
        assert torch.equal(a, b)
    for a, b in zip(whole.model.average, again.model.average):
        assert torch.equal(a, b)


@pytest.mark.parametrize("name", NAMES)
def test_the_exported_peer_is_the_trained_one(name, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "PART", 4)
    peer = PeerTrainer(small(name, monkeypatch, tmp_path), tmp_path, tmp_path / "out")
    for p in peer.model.network.parameters():
        p.data = (1.5 * p.data).half().float()               # symbols of a fresh network are near 0; weights of 16 bits, as exported
    peer.model.start_average()
    export.export(peer, pictures(8), tmp_path / "peer")
    sample = pictures(1, seed=3)
    with torch.no_grad():
        due = peer.model.symbols(sample)
        result = peer.model.network.decode(due) * (1 if peer.model.network.features else 255)
    encoder, decoder = (ReferenceEvaluator(onnx.load(tmp_path / f"peer/{part}.onnx")) for part in ("encoder", "decoder"))
    got = encoder.run(None, {"picture": sample.numpy()})[0]
    assert got.shape == due.shape and len(np.unique(got)) > 2
    assert np.abs(got - due.numpy()).max() <= 1 and (got != due.numpy()).mean() < 0.002   # a sum near a half
    got = decoder.run(None, {"symbols": due.numpy()})[0]
    assert np.abs(got - result.numpy()).max() <= 0.01 * np.abs(result.numpy()).max()      # weights of 16 bits
    assert all((tmp_path / f"peer/{part}.onnx").stat().st_size < 1.5e6 for part in ("encoder", "decoder"))


@pytest.mark.skipif(not TAIL.exists(), reason="needs make lab")
def test_the_rest_of_the_classifier_is_that_of_training():
    classifier = Classifier()
    with torch.no_grad():
        features = classifier.first(pictures(1))
        due = classifier.rest(features)[0].numpy()
    got = ReferenceEvaluator(onnx.load(TAIL)).run(["logits"], {"_conv_stem.relu6": features.contiguous().numpy()})[0]
    assert np.abs(got - due).max() < 1e-3


def test_frequencies_are_a_table():
    for counts in ([0] * 256, [10 ** 9] + [0] * 63, np.arange(64), [5]):
        f = frequencies(counts)
        assert f.min() >= 1 and f.sum() == TOTAL
    assert sorted(random_order(1000, 7)) == list(range(1000))


@pytest.mark.skipif(not PROGRAM.exists(), reason="needs make lab")
@pytest.mark.parametrize("name", ["random", "raster", "whole"])
def test_coded_size_is_near_the_entropy(name, tmp_path):
    """The C code needs hardly more bits for these symbols than the tables promise."""
    folder = ROOT / "lab/tests/peers" / name
    tables = [np.array(line.split("=")[1].split(), int) for line in (folder / "peer.txt").read_text().splitlines() if line.startswith("table")]
    settings = dict(line.split(" = ") for line in (folder / "peer.txt").read_text().splitlines())
    shot = pictures(1)
    sent = tmp_path / "picture.ppm"
    sent.write_bytes(b"P6 224 224 255\n" + shot[0].permute(1, 2, 0).byte().numpy().tobytes())
    (tmp_path / "labels.csv").write_text("file,class_index\npicture.ppm,0\n")
    symbols = ReferenceEvaluator(onnx.load(folder / "encoder.onnx")).run(None, {"picture": shot.numpy()})[0][0].astype(int)
    ideal = -sum(np.log2(t[s - int(settings["lowest"])] / TOTAL).sum() for t, s in zip(tables, symbols)) / 8
    subprocess.run([PROGRAM, "eval", "--images", tmp_path, "--labels", tmp_path / "labels.csv", "--vision", ROOT / "lab/tests/peers/mean.onnx",
                    "--codec", f"learned:{folder}", "--bytes", "100000", "--mtu", "242", "-o", tmp_path / "out.csv"], check=True)
    size = float(next(csv.DictReader((tmp_path / "out.csv").open()))["bytes"])
    headers = 2 * np.ceil(size / 242) if name == "random" else 0
    assert ideal < size < 1.01 * ideal + headers + 2


def test_a_broken_configuration_is_one_clear_line(tmp_path):
    text = (config.FOLDER / "starfish.toml").read_text().replace('base = "common.toml"', f'base = "{config.FOLDER}/common.toml"')
    bad = tmp_path / "bad.toml"
    for wrong, message in ((text.replace('order = "random"', 'order = "any"'), "order is 'any', not one of raster, random"),
                           (text.replace("lowest = 0", "lowest = 1"), "0 stands for a missing symbol"),
                           (text.replace("channels = 12\n", ""), "channels"), (text + "more = 1\n", "more")):
        bad.write_text(wrong)
        with pytest.raises(ValueError, match=message):
            config.load(bad)
    with pytest.raises(ValueError, match="no such peer; there are balle"):
        config.configuration("nothing")
