"""Packing pictures."""

import pathlib
import shutil

import numpy as np

from limitnet_train import data

TURNED = pathlib.Path(__file__).parents[2] / "tests/pictures/turned"


def test_pictures_are_packed_upright(tmp_path):
    (tmp_path / "photos").mkdir()
    for orientation in range(1, 9):
        shutil.copy(TURNED / f"{orientation}.png", tmp_path / "photos")
    data.pack("few", tmp_path / "photos", tmp_path, side=16)
    packed = np.load(tmp_path / "few.npy")
    assert packed.shape == (8, 3, 16, 16)
    assert (packed == packed[0]).all()
    assert packed[0, :, 1, 1].tolist() == [200, 40, 30]
