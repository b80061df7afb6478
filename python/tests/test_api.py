"""What README promises, and the names and kinds of everything public."""

import inspect
import pathlib
import pickle
import re
import threading
import time

import limitnet
import numpy as np
import PIL.Image
import PIL.ImageOps
import pytest
from conftest import PICTURES, receive
from limitnet.picture import pixels_of


def test_five_lines():
    """README's own lines run as they stand."""
    section = pathlib.Path("README.md").read_text().split("## In Python")[1]
    lines = re.search(r"```python\n(.*?)```", section, re.DOTALL)[1]
    names = {"photo": PICTURES[0], "detector": "tests/onnx/objects.onnx"}
    exec(lines.replace('"photo.jpg"', "photo").replace('"detector.onnx"', "detector"), names)
    assert names["classes"][0].label == "Egyptian cat"
    assert names["picture"].shape == (224, 224, 3) and names["picture"].dtype == np.uint8
    assert isinstance(names["objects"], list)


def test_a_picture_is_an_array_an_image_or_a_path(pixels):
    expected = limitnet.encode(pathlib.Path(PICTURES[0]))
    wide = np.zeros((*pixels.shape[:2], 6), np.uint8)
    wide[:, :, ::2] = pixels
    for same in (PICTURES[0], pixels, np.asfortranarray(pixels), wide[:, :, ::2], PIL.Image.fromarray(pixels)):
        assert limitnet.encode(same) == expected
    grey = PIL.Image.fromarray(pixels[:, :, 0])
    assert limitnet.encode(grey) == limitnet.encode(np.repeat(pixels[:, :, :1], 3, axis=2))


@pytest.mark.parametrize("path", sorted(map(str, pathlib.Path("tests/pictures/turned").iterdir())))
def test_images_of_pillow_are_turned_as_files_are(path):
    image = PIL.Image.open(path)
    assert np.array_equal(pixels_of(image), limitnet.picture_read(path))
    assert np.array_equal(pixels_of(image, as_stored=True), limitnet.picture_read(path, as_stored=True))
    turned = PIL.ImageOps.exif_transpose(PIL.Image.open("tests/pictures/turned/6.png"))
    assert np.array_equal(pixels_of(turned), limitnet.picture_read("tests/pictures/turned/6.png"))


def test_transparent_pixels_are_white():
    path = "tests/pictures/odd/alpha.png"
    assert np.abs(limitnet.picture_read(path).astype(int) - _pillow(path)).max() <= 1


def _pillow(path):
    return pixels_of(PIL.Image.open(path)).astype(int)


def test_resize_is_pillows(pixels):
    expected = PIL.Image.fromarray(pixels).resize((64, 48), PIL.Image.Resampling.BICUBIC)
    assert np.array_equal(limitnet.picture_resize(pixels, 64, 48), np.asarray(expected))


def test_a_camera_sends_what_encode_gives(pixels):
    small = limitnet.picture_resize(pixels, 224, 224)
    for protect, check in ((0, False), (40, True)):
        camera = limitnet.Camera(protect=protect, check=check)
        camera.begin(0)
        for y in range(0, 224, 56):
            camera.push_rows(small[y : y + 56])
        camera.finish()
        packets = []
        while packet := camera.next(51):
            packets.append(packet)
        assert packets == limitnet.encode(small, protect=protect, check=check)
    packet, behind = camera.packet(0, 40)
    assert limitnet.packet_peek(packet).rank == 0 and camera.packet(behind, 40)[1] > behind
    assert camera.packet(camera.model.symbols, 40) is None


def test_headers_of_packets():
    packets = limitnet.encode(PICTURES[0], protect=40, check=True)
    headers = [limitnet.packet_peek(packet) for packet in packets]
    assert {header.form for header in headers} == {"numbered", "repair"}
    assert all(header.checked and header.picture == 0 for header in headers)
    assert limitnet.packet_peek(limitnet.encode(PICTURES[0])[0]).form == "plain"


def test_feedback():
    feedback = limitnet.Feedback(picture=77, enough=True, loss=64, bytes=1000)
    written = limitnet.feedback_write(feedback)
    read = limitnet.feedback_read(written)
    assert len(written) == 3 and (read.picture, read.enough, read.loss) == (77, True, 64)
    assert 500 < read.bytes <= 1000


def test_models():
    model = limitnet.Model()
    assert (model.name, model.width, model.height) == ("pyramid-224", 224, 224)
    assert pathlib.Path(model.decoder_path).parent.parent == limitnet.model.FOLDER
    assert limitnet.Model.find(limitnet.Model("paper-224").checksum).name == "paper-224"
    assert pickle.loads(pickle.dumps(model)).checksum == model.checksum


def test_models_of_the_user_come_first(monkeypatch, tmp_path):
    (tmp_path / "pyramid-224").mkdir()
    (tmp_path / "pyramid-224" / "encoder.lnm").write_bytes(pathlib.Path("tests/models/random-cifar.lnm").read_bytes())
    monkeypatch.setenv("LIMITNET_MODELS", str(tmp_path))
    assert limitnet.Model("pyramid-224").encoder_path.startswith(str(tmp_path))


def test_many_pictures_at_once(pixels):
    vision = limitnet.Vision()
    one = vision.classify(pixels)
    assert vision.classify([pixels, pixels]) == [one, one] and vision.classify([]) == []
    assert len(one) == 5 and vision.label(one[0].index) == one[0].label
    assert len(vision.classify(pixels, top=5000)) == vision.classes == 1000


def test_settings_of_a_vision_model(pixels):
    settings = {"task": "detect", "width": 8, "height": 8, "boxes": "shares", "labels": "tests/onnx/objects.txt"}
    vision = limitnet.Vision("tests/onnx/objects.onnx", settings)
    assert vision.task == "detect"
    assert vision.detect(pixels) == limitnet.Vision("tests/onnx/objects.onnx").detect(pixels)
    assert vision.detect(pixels, score=1, overlap=1) != vision.detect(pixels, score=0, overlap=1)


def test_a_model_brings_a_vision_model_for_few_bytes(tmp_path):
    """The same network with another divisor sees the opposite."""
    network = pathlib.Path("tests/onnx/colours-bias.onnx").read_bytes()
    model = tmp_path / "model"
    (model / "vision").mkdir(parents=True)
    (model / "encoder.lnm").write_bytes(pathlib.Path("tests/models/random-cifar.lnm").read_bytes())
    (model / "vision/vision.onnx").write_bytes(network)
    (model / "vision/vision.vision").write_text("width = 24\nheight = 16\ndivisor = -128\nbelow = 300\n")
    (tmp_path / "usual.onnx").write_bytes(network)
    (tmp_path / "colours.txt").write_text("red\ngreen\nblue\n")
    vision = limitnet.Vision(
        tmp_path / "usual.onnx", {"width": 24, "height": 16, "labels": str(tmp_path / "colours.txt")}
    )
    red = np.zeros((16, 24, 3), np.uint8)
    red[:, :, 0] = 255

    def seen(received):
        return vision.classify(red, top=1, received=received)[0].label

    assert seen(0) == "red" and limitnet.Model().vision_path == _vision_of(limitnet.DEFAULT_MODEL)
    vision.adapt(model)
    assert [seen(received) for received in (0, 299, 300, None)] == ["green", "green", "red", "red"]
    with pytest.raises(limitnet.ArgumentError):
        vision.adapt(model)
    with pytest.raises(limitnet.ArgumentError):
        seen(-1)
    assert limitnet.Model(model).vision_path == str(model / "vision/vision.onnx")


def test_a_model_may_have_a_decoder_for_eyes(tmp_path):
    for name, file in (("encoder.lnm", "models/random-cifar.lnm"), ("decoder.onnx", "onnx/random-cifar-decoder.onnx")):
        (tmp_path / name).write_bytes(pathlib.Path("tests", file).read_bytes())
    packets = limitnet.encode(PICTURES[0], model=limitnet.Model(tmp_path))

    def shown():
        model = limitnet.Model(tmp_path)
        image = receive(packets, model)
        seen = image.decode(eyes=False)
        arrived = limitnet.transforms.Received(model, bytes=10**6, protect=0)(PICTURES[0])
        assert np.array_equal(arrived, seen) and np.array_equal(limitnet.Decoder(model).run([image])[0], seen)
        return model.eyes_path, image.decode(), seen

    path, people, vision = shown()
    assert path == str(tmp_path / "decoder.onnx") and np.array_equal(people, vision)
    (tmp_path / "eyes.onnx").write_bytes(pathlib.Path("tests/onnx/random-cifar-eyes.onnx").read_bytes())
    path, people, vision = shown()
    assert path == str(tmp_path / "eyes.onnx") and not np.array_equal(people, vision)
    assert np.array_equal(people, vision[:, :, [1, 0, 2]])  # what tests/make_decoder.py --eyes does


def _vision_of(name):
    path = pathlib.Path(limitnet.Model(name).encoder_path).parent / "vision/vision.onnx"
    return str(path) if path.exists() else None


def test_others_run_while_the_library_works():
    """A thread that counts goes on while another one decodes and encodes: the lock of Python is free."""
    image = receive(limitnet.encode(PICTURES[0]))
    decoder, longest, stop = limitnet.Decoder(), 0.0, threading.Event()

    def count():
        nonlocal longest
        before = time.perf_counter()
        while not stop.is_set():
            now = time.perf_counter()
            longest, before = max(longest, now - before), now
            time.sleep(0.0002)

    decoder.run([image])
    counter = threading.Thread(target=count)
    counter.start()
    started = time.perf_counter()
    decoder.run([image] * 40)
    took = time.perf_counter() - started
    stop.set()
    counter.join()
    assert longest < took / 2


# ---- Names -----------------------------------------------------------------------------------------------------------

# Names that the C API does not have, and why.
PYTHONS_OWN = {
    "encode": "the program's word: ln_send_picture, which no public header has",
    "transforms": "for training only", "Error": "ln_error", "ArgumentError": "LN_ERR_ARGUMENT",
    "Pixels": "the array of an ln_picture",
    "Decoder.model": "", "Camera.model": "",
    "Model.find": "ln_bundle_find", "Model.pointer": "",
    "Stream.of": "ln_stream_add", "Stream.model": "ln_bundle_find", "Stream.packets": "",
    "Image.decode": "ln_decoder_run with a decoder of its own", "Image.reading": "",
    "Receiver.info": "ln_receiver_get_info", "Image.info": "ln_image_get_info",
}  # fmt: skip


def words_of_c():
    headers = pathlib.Path("include/limitnet").iterdir()
    return set(re.findall(r"\b(?:ln|LN)_\w+", "".join(header.read_text() for header in headers)))


def snake(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def public(thing):
    return [name for name in vars(thing) if not name.startswith("_")]


def test_names_are_those_of_c():
    words = words_of_c()
    for name in limitnet.__all__:
        if name not in PYTHONS_OWN:
            assert f"ln_{snake(name)}" in words or f"LN_{name}" in words, name
    for kind in (limitnet.Camera, limitnet.Decoder, limitnet.Image, limitnet.Loss, limitnet.Model, limitnet.Receiver,
                 limitnet.Stream, limitnet.Vision):  # fmt: skip
        for name in public(kind):
            is_function = inspect.isfunction(inspect.getattr_static(kind, name))
            if is_function and f"{kind.__name__}.{name}" not in PYTHONS_OWN:
                assert f"ln_{snake(kind.__name__)}_{name}" in words, (kind, name)


def test_everything_public_is_described():
    for name in [*limitnet.__all__, "transforms.Received"]:
        thing = limitnet
        for part in name.split("."):
            thing = getattr(thing, part)
        if inspect.isclass(thing) or inspect.isfunction(thing):
            assert inspect.getdoc(thing), name
        if inspect.isclass(thing) and thing.__module__.startswith("limitnet"):
            for member in public(thing):
                function = inspect.getattr_static(thing, member)
                if inspect.isfunction(function):
                    assert inspect.getdoc(function), (name, member)


def test_errors_can_be_pickled():
    with pytest.raises(limitnet.Error) as raised:
        limitnet.Model("no-such-model")
    copy = pickle.loads(pickle.dumps(raised.value))
    assert copy.status == limitnet.Status.ERR_IO and str(copy) == str(raised.value)
