"""Networks with weights of 16 bits: the same inputs, outputs and arithmetic, in half the room."""

import numpy as np
import onnx
import torch
from onnx import TensorProto
from onnx.reference import ReferenceEvaluator

from limitnet_train.half import LARGE, halve


def written(network, path):
    torch.onnx.export(network, (torch.zeros(2, 8, 6, 6),), str(path), input_names=["given"], output_names=["made"],
                      dynamic_axes={"given": {0: "n"}, "made": {0: "n"}}, opset_version=17, dynamo=False)
    return onnx.load(path).graph


def test_a_halved_network_is_the_one_with_rounded_weights(tmp_path):
    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Conv2d(8, 64, 3), torch.nn.ReLU(), torch.nn.Conv2d(64, 3, 1))
    path = tmp_path / "network.onnx"
    whole = written(network, path)
    size = path.stat().st_size
    halve(path)
    graph = onnx.load(path).graph
    assert path.stat().st_size < 0.6 * size
    assert [graph.input[0], graph.output[0]] == [whole.input[0], whole.output[0]]
    stored = {t.data_type for t in graph.initializer if np.prod(t.dims) >= LARGE}, {t.data_type for t in graph.initializer if np.prod(t.dims) < LARGE}
    assert stored == ({TensorProto.FLOAT16}, {TensorProto.FLOAT})

    weight = network[0].weight.detach()
    assert not torch.equal(weight, weight.half().float())
    network[0].weight.data = weight.half().float()
    given = torch.randn(3, 8, 6, 6)
    made, = ReferenceEvaluator(onnx.load(path)).run(None, {"given": given.numpy()})
    assert made.dtype == np.float32
    with torch.no_grad():
        assert np.abs(made - network(given).numpy()).max() < 1e-5


def test_halving_twice_is_halving_once(tmp_path):
    path = tmp_path / "network.onnx"
    written(torch.nn.Conv2d(8, 64, 3), path)
    halve(path)
    once = path.read_bytes()
    halve(path)
    assert path.read_bytes() == once
