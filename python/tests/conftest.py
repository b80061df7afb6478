"""What the tests share. They run in the repository's root; $LIMITNET_PROGRAM is the program to compare with."""

import os
import pathlib
import subprocess

import limitnet
import numpy as np
import pytest

PICTURES = [f"tests/pictures/{name}" for name in ("cat.jpg", "coffee.webp", "rocket.png", "astronaut.ppm")]
PROGRAM = pathlib.Path(os.environ.get("LIMITNET_PROGRAM", "build/release/limitnet"))


def run(*arguments, wrong=False):
    """Runs the program; gives its standard output, or what it says if it has to fail."""
    result = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True)
    assert (result.returncode != 0) == wrong, result.stderr.decode()
    return result.stderr.decode().strip() if wrong else result.stdout


@pytest.fixture(scope="session")
def pixels():
    return limitnet.picture_read(PICTURES[0])


@pytest.fixture(scope="session")
def photographs(tmp_path_factory):
    """A hundred photographs: parts of four, of all shapes, as PNG files."""
    folder, draw, paths = tmp_path_factory.mktemp("photographs"), np.random.default_rng(1), []
    sources = [limitnet.picture_read(path) for path in PICTURES]
    for i in range(100):
        source = sources[i % 4]
        height, width = (int(draw.integers(side // 4, side + 1)) for side in source.shape[:2])
        y, x = (int(draw.integers(0, whole - part + 1)) for whole, part in zip(source.shape, (height, width)))
        paths.append(folder / f"{i}.png")
        limitnet.picture_write_png(source[y : y + height, x : x + width], paths[-1])
    return paths


def receive(packets, model=None, **settings):
    """The picture that packets belong to."""
    receiver = limitnet.Receiver(model, max_waiting_bytes=2**20, **settings)
    return [receiver.push(packet, device=1) for packet in packets][-1]
