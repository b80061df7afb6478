"""A tiny model, a tiny vision model, two photographs, and cameras that send them, for tests of the whole service."""

import pathlib

TESTS = pathlib.Path(__file__).resolve().parents[1]
CAMERAS = """[scenario]
duration = {minutes} min
[pictures]
folder = photos
vision = colours.onnx
[camera]
model = ./model
count = {cameras}
interval = 10 min
airtime a picture = 6 s
[network]
name = eu868
data rate = 2
[link]
loss = {loss}
"""


def make_tiny(folder, labels, minutes, loss, cameras=2):
    """Writes the models and sim.conf, a scenario of `limitnet sim`, into a folder."""
    for name in ("model", "photos"):
        (folder / name).mkdir()
    for target, source in {"model/encoder.lnm": "models/random-cifar.lnm", "colours.onnx": "onnx/colours-softmax.onnx",
                           "model/decoder.onnx": "onnx/random-cifar-decoder.onnx",
                           "photos/cat.jpg": "pictures/cat.jpg",
                           "photos/rocket.png": "pictures/rocket.png"}.items():  # fmt: skip
        (folder / target).symlink_to(TESTS / source)
    (folder / "colours.vision").write_text("width = 24\nheight = 16\nlabels = labels.txt\n")
    (folder / "labels.txt").write_text("".join(label + "\n" for label in labels))
    (folder / "sim.conf").write_text(CAMERAS.format(minutes=minutes, loss=loss, cameras=cameras))
