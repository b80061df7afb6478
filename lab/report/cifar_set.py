"""CIFAR-100 as the laboratory uses it: pictures, labels and a classifier, which lab/tools makes once."""

import pathlib
import subprocess

CIFAR = pathlib.Path(".cache/cifar")
PYTHON = ".cache/venv/bin/python"


def prepare_cifar(folder):
    if not (CIFAR / "labels.csv").exists():
        subprocess.run([PYTHON, "lab/tools/cifar.py", f"{folder}/test", CIFAR], check=True)
    if not (CIFAR / "cifar100.onnx").exists():
        subprocess.run([PYTHON, "lab/tools/make_cifar_vision.py", f"{folder}/train", CIFAR], check=True)
