"""Training code against the independent implementation of SPEC.md; and training can be resumed."""

import copy
import pathlib
import subprocess
import sys
import zlib

import numpy as np
import onnx
import pytest
import torch
from onnx.reference import ReferenceEvaluator
from PIL import Image

from limitnet_train import checkpoint, config, data, losses, modelfile, reference, trainer, trip, validate
from limitnet_train.classifier import Classifier, blended
from limitnet_train.compact import LARGE
from limitnet_train.export import ExportDecoder, ExportVision, export, export_eyes, read_weights
from limitnet_train.network import Layer
from limitnet_train.validate import agreement, difference

torch.set_num_threads(1)      # small networks: more threads only wait for each other
CONFIGS = pathlib.Path(__file__).parents[1] / "configs"
NAMES = ["pyramid-224", "pyramid-224-small", "paper-224", "pyramid-36", "pyramid-32"]


def pictures(count, seed=1, side=224):
    """Smooth random pictures with edges, N x 3 x side x side, 0..255: photographs are not needed for equality."""
    g = torch.Generator().manual_seed(seed)
    x = torch.nn.functional.interpolate(torch.rand(count, 3, 14, 14, generator=g), size=(side, side), mode="bilinear")
    inside = (..., slice(side * 60 // 224, side * 150 // 224), slice(side * 40 // 224, side * 170 // 224))
    x[inside] = 1 - x[inside]
    return torch.floor(x * 255.99)


def untrained(name):
    """The configuration of a shipped model, without the model that it begins as."""
    c = config.load(CONFIGS / f"{name}.toml")
    c.start = None
    return c


def same_but_rounded(weights, due):
    """Whether weights are those that are due, rounded to 8 bits or less coarsely."""
    step = due.abs().amax() / 127
    return not torch.equal(weights, due) and (weights - due).abs().max() <= 0.51 * step


@pytest.fixture(scope="module", params=NAMES)
def exported(request, tmp_path_factory):
    model = trainer.Model(untrained(request.param))
    sample = pictures(24, side=model.config.width)
    model.start(sample)
    folder = tmp_path_factory.mktemp(request.param)
    export(model, sample, folder)
    return model, folder, sample


def test_the_exported_integer_network_is_the_trained_one(exported):
    model, folder, sample = exported
    file = modelfile.read((folder / "encoder.lnm").read_bytes())
    with torch.no_grad():
        latents, saliency = model.encoder(sample[:6])
        values = model.layout.flat(latents)
        cells = model.planes.map(values, saliency, model.layout)
    trained = (values.sign() * model.planes.magnitudes(values, model.layout)).numpy()
    for i in range(6):
        got = reference.encode(file, sample[i].permute(1, 2, 0).byte().numpy())
        flat = np.concatenate([np.asarray(v).reshape(-1) for v in got.latent])
        bound = np.concatenate([np.full(np.asarray(v).size, reference.channel_limit(file, c)) for c, v in enumerate(got.latent)])
        due = np.clip(trained[i], -bound, bound)
        assert np.abs(flat - due).max() <= 1             # multipliers are rounded to 32 bits, nothing else differs
        assert (flat != due).mean() < 0.002
        assert file.map is None or np.abs(np.asarray(got.map).reshape(8, 8) - cells[i, 0].numpy()).max() <= 1


def test_the_decoder_names_its_encoder_and_its_own_checksum(exported):
    _, folder, _ = exported
    data = (folder / "decoder.onnx").read_bytes()
    named = {p.key: p.value for p in onnx.load_model_from_string(data).metadata_props}
    last = onnx.ModelProto()
    last.metadata_props.add(key="limitnet.crc32", value=named["limitnet.crc32"])
    assert data.endswith(last.SerializeToString())
    assert named == {"limitnet.encoder": f"{modelfile.checksum((folder / 'encoder.lnm').read_bytes()):08x}",
                     "limitnet.crc32": f"{zlib.crc32(data[:-last.ByteSize()]):08x}"}


def test_the_exported_decoder_is_the_trained_one(exported):
    model, folder, sample = exported
    network = ReferenceEvaluator(onnx.load(folder / "decoder.onnx"))
    feeds, latents, known = {}, [], []
    g = torch.Generator().manual_seed(2)
    for i, (c, h, w) in enumerate(model.layout.shapes):
        latents.append(torch.randn(1, c, h, w, generator=g) * 10)
        known.append(torch.rand(1, c, h, w, generator=g))
        feeds |= {f"latent{i}": latents[-1].numpy(), f"known{i}": known[-1].numpy()}
    level = torch.rand(1, 1, 8, 8, generator=g)
    got, = network.run(None, feeds | {"map": level.numpy()})
    with torch.no_grad():
        stored = read_weights(folder / "decoder.onnx", ExportDecoder(copy.deepcopy(model.decoder)))
        due = stored.decoder(latents, known, level).clamp(0, 1)
    assert got.shape == (1, *sample.shape[1:])
    assert np.abs(got - due.numpy()).max() < 1e-4


def random_values(model, seed):
    values = (torch.randn(1, model.layout.channel.numel(), generator=torch.Generator().manual_seed(seed)) * 6).floor()
    return values.abs() if any(s.relu for s in model.config.stages) else values


def test_symbols_are_those_of_the_specification(exported):
    model, folder, _ = exported
    file = modelfile.read((folder / "encoder.lnm").read_bytes())
    values = random_values(model, 3)
    symbols, _ = model.planes.split(values - values.sign() * model.config.rounding / 256, model.layout)
    for c, channel in enumerate(file.channels):
        here = model.layout.channel == c
        v = values[0, here].long().numpy()
        same = reference.limited(file, c, np.zeros(len(v), int), v) == v       # the tables of so few pictures cut wide channels further
        for k in range(channel.planes):
            assert np.array_equal(symbols[0, k, here].numpy()[same], reference.symbols_of(file, c, k, v)[same])
        assert not symbols[0, channel.planes:, here].any()


def cells_of(levels):
    """As training has them: a model without a map has 0 everywhere."""
    return torch.tensor(np.zeros((8, 8)) if levels is None else levels)[None, None].float()


def test_symbols_cost_what_the_file_says(exported):
    """A plane whole in one packet, its earlier planes in others."""
    model, folder, _ = exported
    file = modelfile.read((folder / "encoder.lnm").read_bytes())
    tables, layout = reference.Tables(file), model.layout
    levels = np.random.default_rng(4).integers(0, file.map.levels, (8, 8)) if file.map else None
    values = random_values(model, 5)
    symbols, _ = model.planes.split(values - values.sign() * model.config.rounding / 256, layout)
    classes = model.planes.classes(cells_of(levels), layout)
    bits = model.planes.cost(symbols, classes, layout)[0]
    for c in range(0, layout.channels, 5):
        here = (layout.channel == c).nonzero()[:, 0]
        assert np.array_equal(classes[0, here].numpy(), reference.classes_on_grid(file, levels, *file.channel_grid(c)).reshape(-1))
        for k in range(file.channels[c].planes):
            if file.channels[c].wide and k == 0:
                continue                # training counts what the file's family of distributions merges
            known = {}
            for place, n in enumerate(here.tolist()):
                symbol = int(symbols[0, k, n])
                _, frequency = tables.of((c, k, place, int(classes[0, n])), known).interval(symbol)
                known[c, k, place] = symbol
                assert float(bits[k, n]) == pytest.approx(12 - np.log2(frequency), abs=1e-4)


def test_the_order_is_that_of_the_specification(exported):
    model, folder, sample = exported
    file = modelfile.read((folder / "encoder.lnm").read_bytes())
    levels = np.random.default_rng(6).integers(0, file.map.levels, (8, 8)) if file.map else None
    classes = model.planes.classes(cells_of(levels), model.layout)
    order = model.planes.order(classes, model.layout).flatten()
    due = [(c, k, place) for c, k, place, _ in reference.order_of(file, levels).ids if c != reference.MAP]
    first = torch.searchsorted(model.layout.channel, torch.arange(model.layout.channels))
    plane, n = order[:len(due)] // model.layout.channel.numel(), order[:len(due)] % model.layout.channel.numel()
    channel = model.layout.channel[n]
    assert list(zip(channel.tolist(), plane.tolist(), (n - first[channel]).tolist())) == due


def test_no_validation_picture_is_trained_on(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "VALIDATION", 5)
    monkeypatch.setattr(data, "COLOUR_SHARE", 0)
    for name, first in (("a", 0), ("b", 20)):
        flat = np.arange(first, first + 20, dtype=np.uint8)[:, None, None, None]
        np.save(tmp_path / f"{name}.npy", np.repeat(flat, 3, 1) * np.ones((1, 1, 224, 224), np.uint8))
    packed, rng = data.Pictures(tmp_path), np.random.default_rng(1)
    seen = {int(v) for _ in range(60) for v in packed.batch(rng, 8, 96)[0][:, 0, 0, 0]}
    assert seen == {*range(15), *range(20, 35)}
    assert packed.validation(4)[:, 0, 0, 0].tolist() == [15, 16, 35, 36]


def test_a_fifth_of_a_small_source_is_for_validation(tmp_path):
    flat = np.arange(60, dtype=np.uint8)[:, None, None, None]
    np.save(tmp_path / "few.npy", flat * np.ones((1, 3, 224, 224), np.uint8))
    packed = data.Pictures(tmp_path)
    assert packed.validation()[:, 0, 0, 0].tolist() == list(range(48, 60)) and len(packed.whole(100)) == 48
    np.save(tmp_path / "few.npy", flat[:9] * np.ones((1, 3, 224, 224), np.uint8))
    with pytest.raises(ValueError, match="few.npy: 9 pictures are too few to train on"):
        data.Pictures(tmp_path)


def test_masks_follow_their_pictures(tmp_path, monkeypatch):
    """Pictures are their own masks, so after any crop, enlargement and mirroring a mask is its picture at 1/8 of the size."""
    monkeypatch.setattr(data, "VALIDATION", 2)
    monkeypatch.setattr(data, "COLOUR_SHARE", 0)
    masks = np.random.default_rng(1).integers(0, 256, (12, 7, 7), dtype=np.uint8).repeat(4, 1).repeat(4, 2)
    np.save(tmp_path / "own.masks.npy", masks)
    np.save(tmp_path / "own.npy", masks.repeat(8, 1).repeat(8, 2)[:, None].repeat(3, 1))
    np.save(tmp_path / "none.npy", np.zeros((12, 3, 224, 224), np.uint8))
    packed, rng, views = data.Pictures(tmp_path), np.random.default_rng(1), set()
    for _ in range(12):
        picture, mask = packed.batch(rng, 4, 96, masks=True)
        small = torch.nn.functional.adaptive_avg_pool2d(picture[:, :1], (12, 12)) / 255
        assert (small - mask).abs().mean() < 0.05        # masks are smoothed between cells; unrelated ones differ by 0.33
        views.add(round(float(picture.std())))
    assert len(views) > 5


def test_pictures_are_recoloured_to_whole_numbers_in_range():
    picture = pictures(64)[:, :, :32, :32]
    changed = data.recoloured(picture, np.random.default_rng(1))
    assert torch.equal(changed, changed.round()) and changed.min() >= 0 and changed.max() <= 255
    same = (changed == picture).flatten(1).all(1).float().mean()
    assert 0.3 < same < 0.7


def test_packing_takes_any_pictures_and_masks_where_there_are_some(tmp_path):
    tall = Image.fromarray(np.repeat(np.arange(300, dtype=np.uint16)[:, None] // 2, 100, 1).astype(np.uint8)).convert("RGB")
    for path in ("plain/a.JPG", "plain/deep/b.png", "salient/images/c.webp"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        tall.save(tmp_path / path, lossless=True)
    (tmp_path / "salient/masks").mkdir()
    Image.new("L", (50, 50), 255).save(tmp_path / "salient/masks/c.png")
    arguments = [str(tmp_path / "packed"), f"plain={tmp_path / 'plain'}", f"salient={tmp_path / 'salient'}"]
    run = subprocess.run([sys.executable, "-m", "limitnet_train", "pack", *arguments], cwd=CONFIGS.parent, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    plain = np.load(tmp_path / "packed/plain.npy")
    assert plain.shape == (2, 3, 224, 224) and abs(int(plain[0, 0, 112, 5]) - 75) <= 2
    assert np.load(tmp_path / "packed/salient.masks.npy").min() == 255 and not (tmp_path / "packed/plain.masks.npy").exists()
    for wrong, said in (("plain", "give each folder a name"), (f"none={tmp_path / 'salient/masks/none'}", "no pictures in it")):
        run = subprocess.run([sys.executable, "-m", "limitnet_train", "pack", str(tmp_path / "packed"), wrong], cwd=CONFIGS.parent,
                             capture_output=True, text=True)
        assert run.returncode == 1 and said in run.stderr and run.stderr.count("\n") == 1


def test_a_tenth_less_error_is_worth_the_same_at_any_size():
    features, squared = torch.tensor([0.5, 50.0]), torch.tensor([0.001, 0.1])
    gains = []
    for i in range(2):
        fewer = torch.ones(2)
        fewer[i] = 0.9
        gains.append(float(losses.relative(features, squared) - losses.relative(features * fewer, squared * fewer)))
    assert gains[0] > 0 and gains[0] == pytest.approx(gains[1], rel=0.05)


def test_a_vision_model_is_trained_behind_a_model_that_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "VALIDATION", 4)
    monkeypatch.setattr(trainer, "SAMPLE", 8)
    np.save(tmp_path / "pictures.npy", pictures(16).byte().numpy())
    c = untrained("pyramid-36")
    c.phases = [config.Phase("vision", 16, 96, 4, 1e-3, encoder=False)]
    trained = trainer.Trainer(c, tmp_path, tmp_path / "out")
    before = {k: v.clone() for k, v in trained.model.modules.state_dict().items()}
    assert trained.run()
    changed = {k.split(".")[0] for k, v in trained.model.modules.state_dict().items() if not torch.equal(v, before[k])}
    assert changed == {"vision"}


def test_the_synthesis_rests_with_the_encoder(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "VALIDATION", 4)
    monkeypatch.setattr(trainer, "SAMPLE", 8)
    np.save(tmp_path / "pictures.npy", pictures(16).byte().numpy())
    for encoder in (False, True):
        c = untrained("pyramid-224")
        c.phases = [config.Phase("reconstruction", 8, 96, 4, 1e-3, encoder=encoder)]
        trained = trainer.Trainer(c, tmp_path, tmp_path / f"out-{encoder}")
        before = trained.model.decoder.synthesis[-1].weight.clone()
        assert trained.run()
        assert torch.equal(trained.model.decoder.synthesis[-1].weight, before) != encoder


@pytest.fixture(scope="module")
def for_eyes(tmp_path_factory):
    """A decoder for eyes that a few steps changed, and the folder of the model whose packets it reads."""
    folder, patch = tmp_path_factory.mktemp("eyes"), pytest.MonkeyPatch()
    patch.setattr(data, "VALIDATION", 4)
    patch.setattr(trainer, "SAMPLE", 8)
    np.save(folder / "pictures.npy", pictures(16).byte().numpy())
    c = untrained("pyramid-224")
    export(trainer.Trainer(c, folder, folder / "first").model, pictures(8), folder / "model")
    c = untrained("pyramid-224-eyes")
    c.phases = [config.Phase("reconstruction", 8, 96, 4, 1e-2, encoder=False)]
    trained = trainer.Trainer(c, folder, folder / "out")
    assert trained.run()
    patch.undo()
    return trained, folder / "model"


def test_a_decoder_for_eyes_is_written_beside_its_encoder(for_eyes):
    trained, folder = for_eyes
    before = {f.name: f.read_bytes() for f in folder.iterdir()}
    export_eyes(trained.model, folder)
    after = {f.name: f.read_bytes() for f in folder.iterdir()}
    eyes = after.pop("eyes.onnx")
    assert after == before and eyes != after["decoder.onnx"]
    named = {p.key: p.value for p in onnx.load_model_from_string(eyes).metadata_props}
    assert named["limitnet.encoder"] == f"{modelfile.checksum(before['encoder.lnm']):08x}"
    decoder = copy.deepcopy(trained.model.decoder)
    trained.model.swap_average()
    tail = trained.model.decoder.tail.weight.detach().clone()
    trained.model.swap_average()
    read_weights(folder / "eyes.onnx", ExportDecoder(decoder))
    assert same_but_rounded(decoder.tail.weight, tail)


def test_a_decoder_for_eyes_is_not_written_beside_another_encoder(for_eyes, exported):
    with pytest.raises(ValueError, match="encoder.lnm: has another encoder than this configuration"):
        export_eyes(for_eyes[0].model, exported[1])
    assert not (exported[1] / "eyes.onnx").exists()


def test_likeness_for_eyes_grows_with_the_bytes(for_eyes):
    figures = validate.fidelity(for_eyes[0].model, pictures(2, seed=5), budgets=(150, 600, 6000))
    psnr, likeness = figures.T
    assert figures.shape == (3, 2) and (psnr.diff() > 0).all() and (likeness.diff() > 0).all() and likeness[-1] <= 1


@pytest.fixture(scope="module")
def adapted(tmp_path_factory):
    """A small model with a vision model that a few steps changed, on the disk."""
    folder, patch = tmp_path_factory.mktemp("adapted"), pytest.MonkeyPatch()
    patch.setattr(data, "VALIDATION", 4)
    patch.setattr(trainer, "SAMPLE", 8)
    np.save(folder / "pictures.npy", pictures(16).byte().numpy())
    c = untrained("pyramid-36")
    c.phases = [config.Phase("vision", 16, 96, 4, 1e-2, encoder=False)]
    c.vision = config.Vision(0.25, 700)
    trained = trainer.Trainer(c, folder, folder / "out")
    assert not trained.has_vision() and trained.run() and trained.has_vision()
    export(trained.model, pictures(8), folder / "model", vision=True)
    yield trained, folder / "model"
    patch.undo()


def test_the_exported_vision_model_is_the_average_that_was_chosen(adapted):
    trained, folder = adapted
    vision, original = trained.model.modules["vision"], Classifier()
    names = [n for n, _ in vision.named_parameters()]
    average = dict(zip([n for n, _ in trained.model.modules.named_parameters()], trained.model.average))
    network = copy.deepcopy(original)
    for name, p in network.named_parameters():
        p.data = 0.75 * p.data + 0.25 * average[f"vision.{name}"]
    assert len(names) > 90 and not torch.equal(network.fc.weight, original.fc.weight)
    assert (folder / "vision/vision.onnx").stat().st_size < 6_000_000
    picture = pictures(1)
    got, = ReferenceEvaluator(onnx.load(folder / "vision/vision.onnx")).run(None, {"image": ((picture - 127) / 128).numpy()})
    with torch.no_grad():
        due = read_weights(folder / "vision/vision.onnx", ExportVision(copy.deepcopy(network))).classifier(picture)[0].numpy()
        assert np.abs(original(picture)[0].numpy() - due).max() > 0.1
    assert got.shape == (1, 1000) and np.abs(got - due).max() < 1e-3
    settings = dict(line.split(" = ") for line in (folder / "vision/vision.vision").read_text().splitlines() if "=" in line and line[0] != "#")
    assert settings["below"] == "700" and settings["mean"] == "127" and settings["divisor"] == "128" and settings["output"] == "logits"
    labels = (folder / "vision" / settings["labels"]).read_text()
    assert labels == (CONFIGS.parents[1] / "models/imagenet-labels.txt").read_text()


def test_what_was_exported_can_be_read_again(adapted):
    trained, folder = adapted
    network = ExportVision(blended(trained.model.modules["vision"], 1.0))
    read_weights(folder / "vision/vision.onnx", network)
    model = copy.deepcopy(trained.model.modules["vision"])
    trained.model.swap_average()
    due = ExportVision(blended(trained.model.modules["vision"], 0.25))
    trained.model.swap_average()
    large = [(a, b) for a, b in zip(network.parameters(), due.parameters()) if a.numel() >= LARGE]
    assert len(large) > 30 and all(same_but_rounded(a, b) for a, b in large)
    assert not torch.equal(network.classifier.fc.weight, model.fc.weight)
    with pytest.raises(ValueError, match="decoder.onnx: has no weights classifier"):
        read_weights(folder / "decoder.onnx", network)


def test_agreement_judges_each_average(adapted):
    """Share 0 is the original; half the students' answers are forced, so the order of the results is known."""
    trained, _ = adapted
    model = trained.model

    class Fixed(torch.nn.Module):
        def __init__(self, answer):
            super().__init__()
            self.answer = answer

        def forward(self, picture):
            return torch.nn.functional.one_hot(torch.full((len(picture),), self.answer), 5).float(), []

    same, psnr = agreement(model, [Fixed(3), Fixed(1), Fixed(3)], pictures(3), budgets=(300, 2000))
    assert same.shape == (3, 2, 3) and len(psnr) == 2 and psnr[1] > psnr[0]
    assert same[0].all() and not same[1].any() and same[2].all()
    students = validate.adapted(model)
    assert len(students) == len(validate.SHARES)
    assert torch.equal(students[0].fc.weight, Classifier().fc.weight)
    assert torch.equal(students[-1].fc.weight, model.modules["vision"].fc.weight)


def test_the_best_average_and_where_the_original_takes_over():
    def kept(*shares):
        """10 pictures at 3 budgets for each share, so many of them right."""
        return torch.tensor([[[i < n for i in range(10)] for n in row] for row in shares])
    budgets = (300, 1200, 4000)
    own = [(2, 5, 9), (3, 6, 8), (4, 7, 9), (5, 6, 8), (1, 1, 1)]
    assert validate.best(kept(*own), budgets) == (0.5, 4000)
    own[2] = (4, 7, 10)
    assert validate.best(kept(*own), budgets) == (0.5, 0)
    own[0] = (9, 9, 9)
    assert validate.best(kept(*own), budgets) == (0.5, 0)        # the original is only better at few bytes
    own[0] = (10, 10, 10)
    assert validate.best(kept(*own), budgets) == (0.5, 300)


def test_training_resumes_to_the_same_weights(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "VALIDATION", 4)
    monkeypatch.setattr(trainer, "SAMPLE", 8)
    np.save(tmp_path / "pictures.npy", pictures(16).byte().numpy())
    np.save(tmp_path / "pictures.masks.npy", np.full((16, 28, 28), 90, np.uint8))
    c = untrained("pyramid-224")
    c.phases = [config.Phase("reconstruction", 24, 96, 4, 1e-3), config.Phase("reconstruction", 8, 96, 4, 1e-3, encoder=False)]
    whole = trainer.Trainer(c, tmp_path, tmp_path / "whole")
    assert whole.run()

    cut = trainer.Trainer(c, tmp_path, tmp_path / "cut")
    steps, step = [], cut.step
    cut.step = lambda *a: (steps.append(1), setattr(cut, "stop", len(steps) == 3), step(*a))[-1]
    assert not cut.run()
    again = trainer.Trainer(c, tmp_path, tmp_path / "cut")
    assert (again.phase, again.seen) == (0, 12)
    assert again.run()
    for a, b in zip(whole.model.modules.parameters(), again.model.modules.parameters()):
        assert torch.equal(a, b)
    for a, b in zip(whole.model.average, again.model.average):
        assert torch.equal(a, b)


def test_what_is_kept_goes_on_as_the_average(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "VALIDATION", 4)
    monkeypatch.setattr(trainer, "SAMPLE", 8)
    np.save(tmp_path / "pictures.npy", pictures(16).byte().numpy())
    np.save(tmp_path / "pictures.masks.npy", np.full((16, 28, 28), 90, np.uint8))
    c = untrained("pyramid-224")
    c.phases = [config.Phase("reconstruction", 24, 96, 4, 1e-3), config.Phase("vision", 8, 96, 4, 1e-3, encoder=False)]
    cut = trainer.Trainer(c, tmp_path, tmp_path / "cut")
    steps, step = [], cut.step
    cut.step = lambda *a: (steps.append(1), setattr(cut, "stop", len(steps) == 3), step(*a))[-1]
    assert not cut.run()
    (tmp_path / "kept").mkdir()
    checkpoint.keep(cut, tmp_path / "kept/checkpoint.pt")
    assert (tmp_path / "kept/checkpoint.pt").stat().st_size < (tmp_path / "cut/checkpoint.pt").stat().st_size / 8

    again = trainer.Trainer(c, tmp_path, tmp_path / "kept")
    assert (again.phase, again.seen) == (0, 12)
    assert again.rng.bit_generator.state == cut.rng.bit_generator.state
    cut.model.swap_average()
    assert any(p.numel() >= LARGE for p in again.model.encoder.parameters())
    kept_names = torch.load(tmp_path / "kept/checkpoint.pt", weights_only=False)["model"]["modules"]
    assert "vision.fc.weight" in cut.model.modules.state_dict() and not any(n.startswith("vision.") for n in kept_names)
    assert torch.equal(again.model.modules["vision"].fc.weight, cut.model.modules["vision"].fc.weight)
    for part in ("encoder", "decoder", "rate"):
        for a, b in zip(cut.model.modules[part].parameters(), again.model.modules[part].parameters()):
            small = part != "encoder" and a.numel() >= LARGE
            assert same_but_rounded(b, a) if small else torch.equal(a, b)
    for p, a in zip(again.model.modules.parameters(), again.model.average):
        assert torch.equal(p, a)
    assert torch.equal(cut.model.planes.base, again.model.planes.base)
    assert again.run()


def test_what_the_shipped_decoder_has_is_not_kept_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "VALIDATION", 4)
    monkeypatch.setattr(trainer, "SAMPLE", 8)
    monkeypatch.setattr(checkpoint, "MODELS", tmp_path / "models")
    np.save(tmp_path / "pictures.npy", pictures(16).byte().numpy())
    c = untrained("pyramid-224")
    trained = trainer.Trainer(c, tmp_path, tmp_path / "run")
    alone, beside = tmp_path / "alone/checkpoint.pt", tmp_path / "beside/checkpoint.pt"
    for file in (alone, beside):
        file.parent.mkdir()
    checkpoint.keep(trained, alone)
    export(trained.model, pictures(4), tmp_path / "models/pyramid-224")
    checkpoint.keep(trained, beside)
    assert beside.stat().st_size < alone.stat().st_size / 4
    first, second = (trainer.Trainer(c, tmp_path, file.parent).model.modules.state_dict() for file in (alone, beside))
    for name in first:
        assert torch.equal(first[name], second[name]), name
    decoder = tmp_path / "models/pyramid-224/decoder.onnx"
    decoder.write_bytes(decoder.read_bytes() + b"\0")
    with pytest.raises(ValueError, match="pyramid-224/decoder.onnx: not the file that the checkpoint takes weights from"):
        trainer.Trainer(c, tmp_path, beside.parent)


def test_without_a_price_bits_leave_the_encoder_alone(tmp_path, monkeypatch):
    """Neither the streams' length nor a value's bits give the encoder a gradient; the rate model still learns."""
    c = untrained("paper-224")
    model, sample = trainer.Model(c), pictures(4)[:, :, :96, :96]
    model.start(pictures(4))
    layout = model.layout_for(96, 96)
    for price in (True, False):
        torch.manual_seed(1)
        model.modules.zero_grad()
        budget = torch.full((4,), 2.0)
        sent = trip.send_and_decode(model, sample, layout, budget, torch.zeros(4), True)[1]
        full, used = trip.cost(model, sent, layout, budget, price)
        (used + full).backward()
        gradients = [p.grad for p in model.encoder.stages.parameters()]
        assert any(g is not None and g.abs().sum() > 0 for g in gradients) == price
        assert model.rate.mean.grad.abs().sum() > 0


def test_a_model_to_begin_as_that_is_not_there_is_one_clear_line():
    c = config.load(CONFIGS / "paper-224.toml")
    c.start = "pyramid-224-16x16"
    with pytest.raises(ValueError, match="pyramid-224-16x16.pt: no such file; train configs/pyramid-224-16x16.toml first"):
        trainer.Model(c).start(pictures(1))


def test_other_phases_than_the_bases_have_no_vision_model_but_their_own(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(f'base = "{CONFIGS}/pyramid-224.toml"\nname = "own"\n')
    assert config.load(own).vision == config.load(CONFIGS / "pyramid-224.toml").vision
    phase = '[[phase]]\nloss = "{}"\npictures = 8\ncrop = 96\nbatch = 4\nrate = 1e-3\nencoder = false\n'
    own.write_text(own.read_text() + phase.format("recognition"))
    assert config.load(own).vision is None
    own.write_text(own.read_text() + phase.format("vision") + "[vision]\nshare = 1\nbelow = 0\n")
    assert config.load(own).vision == config.Vision(1, 0)


def test_every_configuration_can_be_read():
    files = list(CONFIGS.glob("*.toml"))
    assert len(files) > 5 and all(config.load(f).phases or f.stem == "pyramid-36" for f in files)


def test_a_broken_configuration_is_one_clear_line(tmp_path):
    text = (CONFIGS / "pyramid-224-16x16.toml").read_text()
    bad = tmp_path / "bad.toml"
    bad.write_text(text.replace("planes = [7, 7, 8]", "planes = [7]"))
    with pytest.raises(ValueError, match="one entry of planes and base_limit per stage"):
        config.load(bad)
    bad.write_text(text + "[[phase]]\npicture = 3\n")
    with pytest.raises(ValueError, match="bad.toml: .*unexpected keyword argument 'picture'"):
        config.load(bad)
    bad.write_text("name\n")
    with pytest.raises(ValueError, match="bad.toml: Expected '='"):
        config.load(bad)
    bad.write_text(text.replace("stride = 8\n", "", 1))
    with pytest.raises(ValueError, match="stride"):
        config.load(bad)
    bad.write_text(text.replace('kind = "activity"', 'kind = "saliency"'))
    with pytest.raises(ValueError, match="a saliency map, and no other, has outputs"):
        config.load(bad)
    bad.write_text(text.replace('kind = "activity"', 'kind = "heat"'))
    with pytest.raises(ValueError, match='"activity", "saliency" or "none", not "heat"'):
        config.load(bad)
    bad.write_text(text + "\n[order]\nweight = 3\n")
    with pytest.raises(ValueError, match="both gradual and weight"):
        config.load(bad)
    bad.write_text(text + "\n[vision]\nshare = 0.5\nbelow = 700\n")
    with pytest.raises(ValueError, match=r"\[vision\] needs a phase"):
        config.load(bad)
    phase = '\n[[phase]]\nloss = "vision"\npictures = 8\ncrop = 96\nbatch = 4\nrate = 1e-3\nencoder = false\n'
    bad.write_text(text + phase + "\n[vision]\nshare = 0\nbelow = 700\n")
    with pytest.raises(ValueError, match="a share above 0, at most 1"):
        config.load(bad)


def test_directions_measure_the_loss():
    """The mean squared gradient of random directions is the second derivative of their loss, which is known by hand here."""
    from limitnet_train.sensitivity import directions

    torch.manual_seed(0)
    a, b, scale = torch.randn(6, 5), torch.randn(6, 12), torch.tensor(2.0)
    x = torch.randn(1, 6, requires_grad=True)
    squared = torch.zeros(6)
    for _ in range(4000):
        gradient, = torch.autograd.grad(directions([x @ a], [scale], x @ b), x)
        squared += gradient[0] ** 2 / 4000
    # loss = mean((dx a)^2 / scale^2) + 8 mean((dx b)^2)
    exact = (a ** 2).sum(1) / 4 / 5 + 8 * (b ** 2).sum(1) / 12
    assert torch.allclose(squared, exact, rtol=0.15), (squared, exact)


def test_a_model_begins_as_a_trained_one(tmp_path, monkeypatch):
    """Weights and the order by recognition; the decoder does not listen to a map of another kind yet."""
    monkeypatch.setattr("limitnet_train.inherit.FOLDER", tmp_path)
    c = untrained("pyramid-224")
    parent, sample = trainer.Model(c), pictures(6)
    parent.start(sample)
    parent.planes.sensitivity.copy_(torch.arange(float(parent.layout.channels)))
    weights = parent.modules.state_dict()
    for trained, listens in ((weights, True), (weights | {"encoder.branch.0.weight": torch.zeros(8, 16, 3, 3)}, False)):
        torch.save({"model": {"modules": trained, "planes": {"sensitivity": parent.planes.sensitivity}}}, tmp_path / "parent.pt")
        c.seed, c.start = 2, "parent"
        own = trainer.Model(c)
        own.start(sample)
        for name, value in own.modules.state_dict().items():
            assert name == "decoder.head.weight" or torch.equal(value, weights[name])
        assert torch.equal(own.decoder.head.weight[:, :-1], parent.decoder.head.weight[:, :-1])
        assert own.decoder.head.weight[:, -1].any() == listens
        assert torch.equal(own.planes.sensitivity, parent.planes.sensitivity)


def test_a_difference_between_models_comes_with_its_interval():
    same = torch.tensor([True] * 60 + [False] * 40)
    assert difference(same, same) == (0.0, 0.0, 0.0)
    other = same.clone()
    other[:10] = False                                   # wrong where the first is right,
    other[-4:] = True                                    # and the reverse
    mean, low, high = difference(same, other)
    spread = 1.96 * np.sqrt((0.14 - 0.06 ** 2) / 100)    # of a mean of 100 values, 14 of which are 1 or -1
    assert mean == pytest.approx(0.06)
    assert (low, high) == pytest.approx((0.06 - spread, 0.06 + spread), abs=0.015)


def test_halved_chroma_is_what_jpeg_leaves_of_colour():
    layer = Layer(3, 12, 8, 8, 0, symmetric=True, half_chroma=True)
    layer.choose_parity()
    blocks = pictures(1)[:, :, 41:105, 25:89]            # edges lie within 2x2 pixels
    y, cb, cr = (np.asarray(c, np.float32) for c in Image.fromarray(blocks[0].permute(1, 2, 0).byte().numpy()).convert("YCbCr").split())
    halved = [np.kron(c.reshape(32, 2, 32, 2).mean((1, 3)), np.ones((2, 2))) for c in (cb, cr)]
    assert max(np.abs(h - c).max() for h, c in zip(halved, (cb, cr))) > 10
    cb, cr = (h - 128 for h in halved)                   # the JFIF standard's way back
    rgb = np.stack([y + 1.402 * cr, y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb])
    kernels = layer.kernels()
    with torch.no_grad():
        seen, left = (torch.nn.functional.conv2d(x, kernels, None, 8) for x in (blocks, torch.tensor(rgb[None], dtype=torch.float32)))
    assert (seen - left).abs().max() < 3                 # YCbCr was rounded to whole numbers
    assert (kernels - layer.parity[0] * kernels.flip(2)).abs().max() < 1e-6


def test_early_features_are_those_in_front_of_the_others():
    classifier, picture = Classifier(), pictures(1)
    with torch.no_grad():
        early, features = classifier.early(picture), classifier(picture)[1]
    assert [f.shape[2] for f in early] == [112, 56, 28]
    assert torch.equal(early[1], features[0]) and torch.equal(early[2], features[1])     # blocks 2 and 4 are in both
