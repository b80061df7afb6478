"""Bad input is refused with one line, and never a crash: the bad cases of the C tests, and the fuzz targets' files."""

import pathlib
import random

import limitnet
import numpy as np
import pytest
from conftest import PICTURES, receive, run
from limitnet import ArgumentError, Error, Status

CIFAR = "tests/models/random-cifar.lnm"
CIFAR_DECODER = "tests/onnx/random-cifar-decoder.onnx"
MEAN = {"width": 24, "height": 16}


def fails(status, function, *arguments, **options):
    with pytest.raises(Error) as raised:
        function(*arguments, **options)
    assert raised.value.status == status, raised.value
    assert str(raised.value) and "\n" not in str(raised.value)
    assert (status == Status.ERR_ARGUMENT) == isinstance(raised.value, ValueError)
    return str(raised.value)


def wrong(function, *arguments, **options):
    return fails(Status.ERR_ARGUMENT, function, *arguments, **options)


# ---- Pictures (tests/cloud/test_cloud_rules.c: pictures) -------------------------------------------------------------


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((2, 8, 8, 3), np.uint8),
        np.zeros((3, 8, 8), np.uint8),
        np.zeros((8, 8, 3), np.float32),
        np.zeros((8, 8, 3), np.int8),
        np.zeros((0, 8, 3), np.uint8),
        np.zeros((8, 0, 3), np.uint8),
        np.zeros((), np.uint8),
        np.broadcast_to(np.zeros(3, np.uint8), (16385, 1, 3)),
        np.broadcast_to(np.zeros(3, np.uint8), (16384, 16384, 3)),
        np.array([None, 1]),
    ],
)
def test_arrays_that_are_no_pictures(array, tmp_path):
    wrong(limitnet.encode, array)
    wrong(limitnet.picture_resize, array, 8, 8)
    wrong(limitnet.picture_write_png, array, tmp_path / "x.png")
    wrong(limitnet.Vision("tests/onnx/mean.onnx", MEAN).classify, array)


@pytest.mark.parametrize("thing", [None, 3, 2.5, object(), {}, b"bytes", [1, 2]])
def test_things_that_are_no_pictures(thing):
    for function in (limitnet.encode, limitnet.Vision("tests/onnx/mean.onnx", MEAN).classify):
        with pytest.raises(TypeError):
            function(thing)


def test_picture_files(tmp_path, pixels):
    fails(Status.ERR_IO, limitnet.picture_read, "none.png")
    fails(Status.ERR_IO, limitnet.picture_read, "tests")
    fails(Status.ERR_IO, limitnet.picture_read, "")
    wrong(limitnet.picture_read, "a\0b.png")
    fails(Status.ERR_IO, limitnet.picture_write_png, pixels, tmp_path / "none" / "x.png")
    for size in ((0, 8), (8, 0), (-1, 8), (16385, 8), (16384, 16384), (2**70, 8)):
        wrong(limitnet.picture_resize, pixels, *size)
    wrong(limitnet.picture_resize, pixels, 8, 8, fit="squeeze")
    with pytest.raises(TypeError):
        limitnet.picture_resize(pixels, 8.5, 8)


@pytest.mark.parametrize("path", sorted(pathlib.Path("tests/pictures/odd").iterdir()), ids=lambda path: path.name)
def test_odd_pictures_are_refused_as_by_the_program(path, tmp_path):
    try:
        limitnet.encode(path)
    except Error as error:
        assert run("encode", path, "-o", tmp_path / "x.lnp", wrong=True) == f"limitnet encode: {error}"
    else:
        run("encode", path, "-o", tmp_path / "x.lnp")


# ---- Encoding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"mtu": 10}, {"mtu": 256}, {"mtu": -1}, {"mtu": 2**80}, {"mtu": 12, "protect": 1, "check": True},
        {"max_bytes": 10}, {"max_bytes": -1}, {"max_bytes": 2**64}, {"protect": -1}, {"protect": 81}, {"model": ""},
        {"max_bytes": 12, "protect": 1, "check": True},
    ],
)  # fmt: skip
def test_settings_of_the_encoder(options, pixels):
    wrong(limitnet.encode, pixels, **options)


@pytest.mark.parametrize("options", [{"mtu": 51.0}, {"mtu": "51"}, {"mtu": None}, {"max_bytes": 1.5}, {"model": 3}])
def test_types_of_the_encoder(options, pixels):
    with pytest.raises(TypeError):
        limitnet.encode(pixels, **options)


def test_cameras():
    """tests/device/test_device_camera.c: test_wrong_use."""
    camera = limitnet.Camera("tests/models/random-wide.lnm")
    model = camera.model
    rgb = np.random.default_rng(1).integers(0, 256, (model.height, model.width, 3), np.uint8)
    fails(Status.ERR_STATE, camera.push_rows, rgb[:1])
    fails(Status.ERR_STATE, camera.finish)
    fails(Status.ERR_STATE, camera.next, 50)
    for _ in range(2):
        wrong(camera.begin, 2048)
        wrong(camera.begin, -1)
        camera.begin(2047)
        wrong(camera.push_rows, rgb[:1, 1:])
        wrong(camera.push_rows, rgb[:0])
        wrong(camera.push_rows, rgb[:, :, 0])
        with pytest.raises(TypeError):
            camera.push_rows(PICTURES[0])
        fails(Status.ERR_STATE, camera.push_rows, np.concatenate([rgb, rgb[:1]]))
        camera.push_rows(rgb[: model.height // 2])
        fails(Status.ERR_STATE, camera.finish)
        fails(Status.ERR_STATE, camera.packet, 0, 50)
        assert camera.map() is None
        camera.push_rows(rgb[model.height // 2 :])
        fails(Status.ERR_STATE, camera.push_rows, rgb[:1])
        camera.finish()
        fails(Status.ERR_STATE, camera.finish)
        fails(Status.ERR_SPACE, camera.next, 10)
        fails(Status.ERR_SPACE, camera.packet, 0, 8)
        wrong(camera.packet, model.symbols + 1, 50)
        wrong(camera.next, -1)
        assert camera.packet(model.symbols, 50) is None
        wrong(camera.protect, 81)
    assert limitnet.packet_peek(camera.next(50)).picture == 2047


# ---- Packet files and packets ----------------------------------------------------------------------------------------


def test_packet_files(tmp_path):
    fails(Status.ERR_IO, limitnet.Stream.read, "none.lnp")
    line = fails(Status.ERR_IO, limitnet.Stream.read, PICTURES[0])
    said = run("decode", PICTURES[0], "-o", tmp_path / "x.png", wrong=True)
    assert said == f"limitnet decode: {line}"
    for packet in (bytes(4), bytes(256), b""):
        wrong(limitnet.Stream.of([packet]).write, tmp_path / "x.lnp")
    fails(Status.ERR_IO, limitnet.Stream.of([bytes(5)]).write, tmp_path / "none" / "x.lnp")
    wrong(limitnet.Stream((bytes(5),), 2**32).write, tmp_path / "x.lnp")
    with pytest.raises(TypeError):
        limitnet.Stream.of(["text"])


def test_another_models_packets(tmp_path):
    packets = limitnet.encode(PICTURES[0], model="paper-224")
    stream = limitnet.Stream.of(packets, "paper-224")
    stream.write(tmp_path / "x.lnp")
    line = fails(Status.ERR_MISMATCH, stream.check, limitnet.Model(), str(tmp_path / "x.lnp"))
    said = run("decode", "--model", "models/pyramid-224", tmp_path / "x.lnp", "-o", tmp_path / "x.png", wrong=True)
    assert said == f"limitnet decode: {line}"
    assert stream.model().name == "paper-224"
    fails(Status.ERR_IO, limitnet.Stream((), 1).model)
    receiver, refused = limitnet.Receiver(), 0
    for packet in packets:
        try:
            receiver.push(packet).decode()
        except Error as error:
            refused += error.status == Status.ERR_PACKET
    assert refused > 0


@pytest.mark.parametrize("options", [{}, {"check": True}, {"protect": 40}, {"protect": 40, "check": True}])
def test_damaged_packets(options):
    """Cut, longer and changed packets: a line, or a picture, and never a crash."""
    draw = random.Random(1)
    receiver = limitnet.Receiver(max_images=8, max_waiting_bytes=1000)
    packets = limitnet.encode(PICTURES[0], max_bytes=900, **options)
    kinds = set()
    for packet in packets:
        damaged = [packet[:size] for size in range(len(packet))] + [packet + bytes(300)]
        for _ in range(40):
            changed = bytearray(packet)
            changed[draw.randrange(len(packet))] ^= 1 << draw.randrange(8)
            damaged.append(bytes(changed))
        for bad in damaged:
            try:
                receiver.push(bad, device=draw.randrange(3), time_ms=0)
            except Error as error:
                kinds.add(error.status)
            try:
                limitnet.packet_peek(bad)
            except Error as error:
                assert error.status in (Status.ERR_PACKET, Status.ERR_VERSION)
    assert Status.ERR_PACKET in kinds and Status.ERR_ARGUMENT not in kinds
    assert receiver.info().images <= 8


def test_what_is_no_packet():
    receiver = limitnet.Receiver()
    for nothing in ("text", None, 5, [1, 2], object()):
        with pytest.raises(TypeError):
            receiver.push(nothing)
    fails(Status.ERR_PACKET, receiver.push, b"")
    packet = limitnet.encode(PICTURES[0])[0]
    for name in ("device", "counter", "time_ms"):
        wrong(receiver.push, packet, **{name: -1})
        wrong(receiver.push, packet, **{name: 2**64})
        with pytest.raises(TypeError):
            receiver.push(packet, **{name: "1"})
    assert receiver.push(bytearray(packet)) == receiver.push(memoryview(packet))
    assert receiver.info().refused.packets == 1


def test_feedback():
    good = {"picture": 1, "enough": False, "loss": 0, "bytes": 0}
    for name, value in (("picture", 2048), ("picture", -1), ("loss", 256), ("bytes", 2**32)):
        wrong(limitnet.feedback_write, limitnet.Feedback(**{**good, name: value}))
    for size in (0, 2, 4, 8):
        fails(Status.ERR_PACKET, limitnet.feedback_read, bytes(size))


# ---- Models, receivers, decoders -------------------------------------------------------------------------------------


def test_models(tmp_path):
    fails(Status.ERR_IO, limitnet.Model, "no/such/model")
    line = fails(Status.ERR_IO, limitnet.Model, "no-such-model")
    said = run("encode", "--model", "no-such-model", PICTURES[0], "-o", tmp_path / "x.lnp", wrong=True)
    assert said == f"limitnet encode: {line}"
    fails(Status.ERR_IO, limitnet.Model, "tests/models")
    fails(Status.ERR_MODEL, limitnet.Model, PICTURES[0])
    fails(Status.ERR_IO, limitnet.Model.find, 1)
    wrong(limitnet.Model.find, -1)
    wrong(limitnet.Model, "a\0b")
    with pytest.raises(TypeError):
        limitnet.Model(b"pyramid-224")
    model = limitnet.Model(CIFAR)
    assert model.places(-1) == model.places(model.channels) == 0 < model.places(0)


@pytest.mark.parametrize(
    "settings",
    [
        {"max_images": 0}, {"max_images": 2**20 + 1}, {"max_waiting_bytes": 2**24 + 1}, {"idle_ms": -1},
        {"max_images": 1, "max_images_per_device": 2}, {"late_ms": 2**64}, {"max_frames": 2**32}, {"model": ""},
    ],
)  # fmt: skip
def test_settings_of_receivers(settings):
    wrong(limitnet.Receiver, **settings)


def test_receivers_and_images():
    receiver = limitnet.Receiver(CIFAR, max_images=1)
    assert not receiver.close_image(1) and receiver.image(1) is None
    wrong(receiver.image, -1)
    wrong(receiver.expire, -1)
    image = receiver.push(limitnet.encode(PICTURES[0], model=CIFAR, mtu=255)[0])
    model, known = receiver._model, 0
    for channel in range(model.channels):
        places = model.places(channel)
        known += sum(image.known(channel, place) for place in range(places))
        assert image.known(channel, places) == image.value(channel, places) == 0
    assert known > 0 and image.known(model.channels, 0) == image.value(-1, 0) == image.known(0, -1) == 0
    assert receiver.close_image(image) and not receiver.close_image(image)
    decoder = limitnet.Decoder(CIFAR, CIFAR_DECODER)
    for function in (image.info, image.map, lambda: image.decode(decoder)):
        fails(Status.ERR_STATE, function)


def test_decoders():
    fails(Status.ERR_IO, limitnet.Decoder, CIFAR, "none.onnx")
    fails(Status.ERR_IO, limitnet.Decoder, CIFAR)
    fails(Status.ERR_MISMATCH, limitnet.Decoder, CIFAR, "tests/onnx/mean.onnx")
    fails(Status.ERR_MISMATCH, limitnet.Decoder, CIFAR, "models/pyramid-224/decoder.onnx")
    wrong(limitnet.Decoder, CIFAR, CIFAR_DECODER, threads=-1)
    decoder = limitnet.Decoder(CIFAR, CIFAR_DECODER)
    wrong(decoder.run, [])
    assert decoder.run([None]).shape == (1, decoder.model.height, decoder.model.width, 3)
    fails(Status.ERR_MISMATCH, decoder.run, [receive(limitnet.encode(PICTURES[0]))])


# ---- Vision models ---------------------------------------------------------------------------------------------------

SETTINGS = [
    ("task", "guess"), ("width", "0"), ("channels", "YUV"), ("layout", "CHWN"), ("mean", "1 2"), ("divisor", "0"),
    ("boxes", "metres"), ("score", "2"), ("overlap", "x"), ("colour", "purple"), ("height", "8 px"), ("mean", (1, 2)),
    ("labels", "a\0b"),
]  # fmt: skip


@pytest.mark.parametrize("key, value", SETTINGS)
def test_settings_of_vision_models(key, value):
    wrong(limitnet.Vision, "tests/onnx/mean.onnx", {**MEAN, key: value})


def test_vision_models(pixels):
    fails(Status.ERR_IO, limitnet.Vision, "none.onnx", MEAN)
    fails(Status.ERR_IO, limitnet.Vision, "tests/onnx/mean.onnx")
    classifier, detector = limitnet.Vision("tests/onnx/mean.onnx", MEAN), limitnet.Vision("tests/onnx/objects.onnx")
    wrong(classifier.classify, pixels, top=0)
    wrong(classifier.classify, pixels, fit="squeeze")
    wrong(classifier.detect, pixels)
    wrong(detector.classify, pixels)
    for selection in ((2, 0), (-1, 0), (0, 2), (float("nan"), 0), (0.5, None)):
        wrong(detector.detect, pixels, *selection)
    assert classifier.label(-1) == classifier.label(10**6) == ""


@pytest.mark.parametrize("path", sorted(pathlib.Path("tests/onnx").glob("*.onnx")), ids=lambda path: path.name)
def test_odd_networks(path, pixels):
    for task in ("classify", "detect"):
        try:
            vision = limitnet.Vision(path, {"task": task, "width": 8, "height": 8})
            (vision.classify if task == "classify" else vision.detect)(pixels)
        except Error as error:
            assert "\n" not in str(error)


# ---- The fuzz targets' files -----------------------------------------------------------------------------------------


def corpus(*kinds):
    return [path for kind in kinds for path in sorted(pathlib.Path("fuzz/corpus", kind).iterdir())]


def test_files_that_broke_something_once(tmp_path):
    """Each is read, or refused with a line."""
    receiver = limitnet.Receiver(CIFAR, max_images=6, max_images_per_device=3, max_waiting_bytes=300)

    def push(path):
        for packet in limitnet.Stream.read(path).packets:
            try:
                image = receiver.push(packet, time_ms=0)
                image.info(), image.map(), image.value(0, 0)
            except Error as error:
                assert error.status != Status.ERR_ARGUMENT

    readers = [
        (limitnet.picture_read, corpus("png", "jpeg", "webp", "pnm")),
        (limitnet.Model, [*corpus("model"), *pathlib.Path("tests/models").glob("*.lnm")]),
        (limitnet.Stream.read, corpus("stream", "receiver")),
        (push, corpus("stream", "receiver")),
        (lambda path: limitnet.packet_peek(path.read_bytes()), corpus("packet")),
    ]
    for read, paths in readers:
        good = 0
        for path in paths:
            try:
                read(path)
                good += 1
            except Error as error:
                assert "\n" not in str(error), path
        assert 0 < good, read
