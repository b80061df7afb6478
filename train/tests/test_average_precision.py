"""Mean average precision of the laboratory against COCO's own program, on random boxes.

Compiles lab/tests/tool_average_precision.c into a temporary folder; needs a C compiler (CC, else cc).
"""

import contextlib
import io
import os
import shutil
import subprocess

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from limitnet_train import golden

ROOT = golden.ROOT


@pytest.fixture(scope="module")
def tool(tmp_path_factory):
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if not compiler:
        pytest.skip("no C compiler")
    program = tmp_path_factory.mktemp("tool") / "tool_average_precision"
    sources = [ROOT / "lab/measures/average_precision.c", ROOT / "lab/measures/match.c", ROOT / "src/cloud/error.c", ROOT / "lab/tests/tool_average_precision.c"]
    subprocess.run([compiler, "-std=c17", "-O1", f"-I{ROOT / 'include'}", f"-I{ROOT / 'src'}", f"-I{ROOT / 'lab'}", *sources, "-lm", "-o", program], check=True)
    return program


def figures(tool, pictures):
    """Our figure for the pictures, and for the pictures with every other one counted twice."""
    lines = []
    for truths, objects in pictures:
        lines.append("picture")
        lines += [f"truth {c} " + " ".join(map(str, box)) for c, box in truths]
        lines += [f"object {c} {score} " + " ".join(map(str, box)) for c, score, box in objects]
    run = subprocess.run([tool], input="\n".join(lines) + "\n", text=True, capture_output=True, check=True)
    return list(map(float, run.stdout.split()))


def expected(pictures):
    """COCO's AP at an overlap of 0.5; 0 where COCO reports that there is nothing to find."""
    data = {"images": [], "annotations": [], "categories": [{"id": c} for c in range(CLASSES)]}
    found = []
    for number, (truths, objects) in enumerate(pictures):
        data["images"].append({"id": number})
        for c, (x, y, w, h) in truths:
            data["annotations"].append({"id": len(data["annotations"]) + 1, "image_id": number, "category_id": c, "bbox": [x, y, w, h],
                                        "area": w * h, "iscrowd": 0})
        found += [{"image_id": number, "category_id": c, "score": score, "bbox": list(box)} for c, score, box in objects]
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = data
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(found) if found else COCO(), "bbox")
        evaluation.params.iouThrs = np.array([0.5])
        evaluation.params.imgIds = list(range(len(pictures)))
        evaluation.params.catIds = list(range(CLASSES))
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][0, :, :, 0, 2]
    precision = precision[precision > -1]
    return precision.mean() if precision.size else 0


CLASSES = 4


def random_box(rng):
    """Boxes in 64ths: floats hold them exactly, and some overlap by exactly half."""
    x, y = rng.integers(0, 32, 2)
    w, h = rng.integers(1, 32, 2)
    return [int(v) / 64 for v in (x, y, w, h)]


def random_picture(rng, most_truths, most_objects, scores):
    truths = [(int(rng.integers(CLASSES - 1)), random_box(rng)) for _ in range(rng.integers(most_truths + 1))]
    objects = []
    for _ in range(rng.integers(most_objects + 1)):
        if truths and rng.random() < 0.7:  # near a true box
            c, box = truths[rng.integers(len(truths))]
            box = [max(v + int(d) / 64, 1 / 64) for v, d in zip(box, rng.integers(-3, 4, 4))]
        else:
            c, box = int(rng.integers(CLASSES)), random_box(rng)
        objects.append((c, int(rng.integers(1, scores + 1)) / 1024, box))
    return truths, sorted(objects, key=lambda o: -o[1])


@pytest.mark.parametrize("seed", range(40))
def test_random_pictures(tool, seed):
    rng = np.random.default_rng(seed)
    most_truths, most_objects, scores = [(4, 12, 1024), (12, 40, 1024), (6, 20, 4), (1, 3, 1024)][seed % 4]  # four scores: many ties
    pictures = [random_picture(rng, most_truths, most_objects, scores) for _ in range(rng.integers(1, 30))]
    assert figures(tool, pictures)[0] == pytest.approx(expected(pictures), abs=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_a_picture_that_counts_twice_is_there_twice(tool, seed):
    """Scores without ties: among equal scores COCO's figure depends on which copy comes first."""
    rng = np.random.default_rng(100 + seed)
    pictures = [random_picture(rng, 6, 20, 1024) for _ in range(9)]
    scores = iter(rng.permutation(10000) / 16384)
    pictures = [(truths, sorted(((c, next(scores), box) for c, _, box in objects), key=lambda o: -o[1])) for truths, objects in pictures]
    twice = [p for i, p in enumerate(pictures) for _ in range(1 if i % 2 else 2)]
    assert figures(tool, pictures)[1] == pytest.approx(expected(twice), abs=1e-12)


def test_more_than_a_hundred_of_a_class(tool):
    rng = np.random.default_rng(7)
    truths = [(0, random_box(rng)) for _ in range(150)]
    objects = sorted(((0, int(rng.integers(1, 1024)) / 1024, box) for _, box in truths), key=lambda o: -o[1])
    assert figures(tool, [(truths, objects)])[0] == pytest.approx(expected([(truths, objects)]), abs=1e-12)


def test_nothing(tool):
    box = [0.25, 0.25, 0.5, 0.5]
    for pictures in [[([], [])], [([(0, box)], [])], [([], [(0, 0.5, box)])], [([(1, box)], [(0, 0.5, box)])]]:
        assert figures(tool, pictures)[0] == expected(pictures)
