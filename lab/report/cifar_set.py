"""CIFAR-100 as the laboratory uses it: pictures and labels, which lab/tools/cifar.py makes once, and the classifier of pyramid-32."""

import pathlib
import subprocess

CIFAR = pathlib.Path(".cache/cifar")
VISION = pathlib.Path("models/pyramid-32/vision/vision.onnx")
PYTHON = ".cache/venv/bin/python"


def prepare_cifar(folder):
    if not (CIFAR / "labels.csv").exists():
        subprocess.run([PYTHON, "lab/tools/cifar.py", f"{folder}/test", CIFAR], check=True)
