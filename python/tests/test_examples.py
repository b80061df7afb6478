"""The examples run, and say what the program says."""

import pathlib
import subprocess
import sys

import limitnet
import nbclient
import nbformat
from conftest import PICTURES, run

EXAMPLES = pathlib.Path("examples/python")


def example(name, *arguments, code=0):
    result = subprocess.run([sys.executable, EXAMPLES / name, *map(str, arguments)], capture_output=True, text=True)
    assert result.returncode == code, result.stderr
    return result.stdout + result.stderr


def test_quick_start(tmp_path):
    said = example("quick_start.py", PICTURES[0], tmp_path / "x.png")
    assert "600 bytes in 12 packets" in said and "Egyptian cat" in said
    assert limitnet.picture_read(tmp_path / "x.png").shape == (224, 224, 3)


def test_replay(tmp_path):
    run("encode", "--protect", 40, "--max-bytes", 2000, PICTURES[0], "-o", tmp_path / "x.lnp")
    said = example("replay.py", tmp_path / "x.lnp", "--loss", 0.3, "--every", 20)
    last = said.splitlines()[-2].split()
    assert int(last[2]) > 0 and "Egyptian cat" in said and "packets were lost" in said
    assert example("replay.py", PICTURES[0], code=1).startswith("replay: ")


def test_notebook():
    path = EXAMPLES / "bytes.ipynb"
    assert path.stat().st_size < 60_000
    kept, notebook = nbformat.read(path, 4), nbformat.read(path, 4)
    move = "slider.value = 51\nprint(seen.value)\nslider.value = 4998\nprint(seen.value)"
    notebook.cells.append(nbformat.v4.new_code_cell(move))
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(EXAMPLES)}}).execute()
    moved = "".join(output.text for output in notebook.cells.pop().outputs).splitlines()
    assert "cat" not in moved[0] and "Egyptian cat" in moved[-1]
    assert text_of(notebook) == text_of(kept) and "Egyptian cat" in text_of(kept)
    assert any("image/jpeg" in o.get("data", {}) for cell in kept.cells for o in cell.get("outputs", []))


def text_of(notebook):
    return "".join(o.get("text", "") for cell in notebook.cells for o in cell.get("outputs", []))
