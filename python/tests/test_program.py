"""The package gives the bytes, pictures, labels and boxes of the program `limitnet`.

LIMITNET_EVERYTHING=1: every option for every photograph; without it, they take turns.
"""

import itertools
import json
import os

import limitnet
import numpy as np
import pytest
from conftest import PICTURES, receive, run

EVERYTHING = bool(os.environ.get("LIMITNET_EVERYTHING"))

# Options as Python's and as the program's.
OPTIONS = [
    {},
    {"mtu": 11},
    {"mtu": 255},
    {"max_bytes": 600},
    {"max_bytes": 11},
    {"protect": 40},
    {"protect": 80, "mtu": 24, "max_bytes": 1500},
    {"check": True},
    {"check": True, "protect": 20, "mtu": 13},
    {"crop": True},
    {"model": "pyramid-224-detect", "max_bytes": 300},
    {"model": "paper-224", "max_bytes": 900},
    {"model": "tests/models/random-nomap.lnm"},
    {"as_stored": True},
]


def arguments(options):
    """The same options for the program."""
    for name, value in options.items():
        yield "--" + name.replace("_", "-")
        if value is not True:
            yield value


def encoded_by_program(picture, options, folder):
    run("encode", *arguments(options), picture, "-o", folder / "x.lnp")
    return list(limitnet.Stream.read(folder / "x.lnp").packets)


def test_same_bytes_for_a_hundred_photographs(photographs, tmp_path):
    every = itertools.product(photographs, OPTIONS) if EVERYTHING else zip(photographs, itertools.cycle(OPTIONS))
    for picture, options in every:
        packets = limitnet.encode(picture, **options)
        assert packets and packets == encoded_by_program(picture, options, tmp_path), (picture, options)


@pytest.mark.parametrize("picture", PICTURES + ["tests/pictures/odd/exif-turned.jpg", "tests/pictures/odd/alpha.png"])
@pytest.mark.parametrize("as_stored", [False, True])
def test_same_bytes_for_files_of_all_kinds(picture, as_stored, tmp_path):
    options = {"as_stored": as_stored} if as_stored else {}
    assert limitnet.encode(picture, as_stored=as_stored) == encoded_by_program(picture, options, tmp_path)


def test_same_map(tmp_path, pixels):
    run("encode", "--map", tmp_path / "map.png", PICTURES[0], "-o", tmp_path / "x.lnp")
    camera = limitnet.Camera()
    camera.begin(0)
    camera.push_rows(limitnet.picture_resize(pixels, 224, 224))
    camera.finish()
    levels = camera.map().astype(int) * 255 // (camera.model.map_levels - 1)
    drawn = limitnet.picture_resize(np.repeat(levels[:, :, None].astype(np.uint8), 3, axis=2), 224, 224)
    assert np.array_equal(limitnet.picture_read(tmp_path / "map.png"), drawn)
    assert np.array_equal(receive(limitnet.Stream.read(tmp_path / "x.lnp").packets).map(), camera.map())


def test_a_packet_file_is_the_programs(tmp_path):
    run("encode", PICTURES[1], "-o", tmp_path / "x.lnp")
    limitnet.Stream.of(limitnet.encode(PICTURES[1])).write(tmp_path / "y.lnp")
    assert (tmp_path / "x.lnp").read_bytes() == (tmp_path / "y.lnp").read_bytes()


@pytest.mark.parametrize(
    "loss, seed, most, options",
    [
        (0, 1, 10**9, {}),
        (0, 1, 400, {}),
        (0.3, 5, 10**9, {"protect": 40}),
        (0.6, 2, 3000, {"check": True}),
        (0, 1, 0, {}),
    ],
)
def test_same_pictures(loss, seed, most, options, tmp_path):
    eyes = limitnet.Model().eyes_path
    decoder = limitnet.Decoder(path=eyes, threads=0)  # as many as the program's: sums of floats depend on it
    for picture in PICTURES if EVERYTHING else PICTURES[-2:]:
        packets = limitnet.encode(picture, **options)
        limitnet.Stream.of(packets).write(tmp_path / "x.lnp")
        run("decode", "--loss", loss, "--seed", seed, "--max-bytes", most, tmp_path / "x.lnp", "-o", tmp_path / "x.png")
        expected = limitnet.picture_read(tmp_path / "x.png")
        link, left, image = limitnet.Loss(loss, seed), most, None
        receiver = limitnet.Receiver(max_waiting_bytes=2**20)
        for packet in packets:
            left -= len(packet)
            if left < 0:
                break
            if not link.next():
                image = receiver.push(packet)
        assert np.array_equal(decoder.run([image])[0], expected), picture


def infer(*arguments):
    return [json.loads(line) for line in run("infer", "--json", *arguments).splitlines()]


def test_same_labels(photographs):
    some = photographs if EVERYTHING else photographs[:5]
    vision, decoder = limitnet.Vision(), limitnet.Decoder(threads=0)
    found = infer("--max-bytes", 1500, "--top", 3, "--vision", limitnet.vision.CLASSIFIER, *some)
    for picture, expected in zip(some, found, strict=True):
        decoded = receive(limitnet.encode(picture, max_bytes=1500)).decode(decoder)
        seen = [(c.index, c.label, round(c.score, 4)) for c in vision.classify(decoded, top=3)]
        wanted = [(e["class"], e["label"], round(e["score"], 4)) for e in expected["top"]]
        assert seen == wanted, picture


def test_same_boxes(photographs):
    model = "tests/onnx/objects.onnx"
    some = photographs if EVERYTHING else photographs[:5]
    vision, decoder = limitnet.Vision(model), limitnet.Decoder("pyramid-224-detect", threads=0)
    boxes = 0
    for picture, expected in zip(some, infer("--task", "detect", "--vision", model, *some), strict=True):
        decoded = receive(limitnet.encode(picture)).decode(decoder)
        seen = vision.detect(decoded)
        boxes += len(seen)
        assert [(o.index, o.label) for o in seen] == [(e["class"], e["label"]) for e in expected["objects"]]
        for mine, theirs in zip(seen, expected["objects"]):
            values = (mine.score, mine.x, mine.y, mine.width, mine.height)
            assert values == pytest.approx((theirs["score"], *theirs["box"]), abs=0.006)
    assert boxes > 0
