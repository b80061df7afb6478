"""Networks with small weights: the same inputs, outputs and arithmetic in less than a third of the size."""

import copy

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto
from onnx.reference import ReferenceEvaluator

from limitnet_train.compact import HUGE, LARGE, compact, stored_weights


def written(network, path):
    torch.onnx.export(network, (torch.zeros(2, 16, 6, 6),), str(path), input_names=["given"], output_names=["made"],
                      dynamic_axes={"given": {0: "n"}, "made": {0: "n"}}, opset_version=17, dynamo=False)
    return onnx.load(path).graph


@pytest.fixture(scope="module")
def compacted(tmp_path_factory):
    """A network with kernels of each size, and its file."""
    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Conv2d(16, 240, 3), torch.nn.ReLU(), torch.nn.ConvTranspose2d(240, 60, 3, stride=2), torch.nn.ReLU(),
                                  torch.nn.Conv2d(60, 70, 1), torch.nn.Conv2d(70, 3, 1))
    path = tmp_path_factory.mktemp("compact") / "network.onnx"
    whole = written(network, path)
    size = path.stat().st_size
    compact(path)
    return network, path, whole, size


def test_only_weights_are_stored_in_another_way(compacted):
    _, path, whole, size = compacted
    graph = onnx.load(path).graph
    assert path.stat().st_size < 0.3 * size
    assert [graph.input[0], graph.output[0]] == [whole.input[0], whole.output[0]]

    def kinds(least, most):
        return {t.data_type for t in graph.initializer if least <= np.prod(t.dims) < most}
    assert kinds(0, LARGE) == {TensorProto.FLOAT} and kinds(LARGE, HUGE) == {TensorProto.FLOAT16} and kinds(HUGE, 1 << 40) == {TensorProto.INT8}


def test_large_kernels_are_rounded_to_127_steps_of_each_output(compacted):
    network, path, _, _ = compacted
    stored = stored_weights(path)
    for layer, axis in ((0, 0), (2, 1)):
        weight = np.moveaxis(network[layer].weight.detach().numpy(), axis, 0).reshape(-1, network[layer].weight.numel() // (240, 0, 60)[layer])
        got = np.moveaxis(stored[f"{layer}.weight"], axis, 0).reshape(weight.shape)
        step = np.abs(weight).max(1, keepdims=True) / 127
        assert not np.array_equal(got, weight) and (np.abs(got - weight) <= 0.501 * step).all()
    middle = network[4].weight.detach()
    assert np.array_equal(stored["4.weight"], middle.half().float().numpy()) and np.array_equal(stored["5.weight"], network[5].weight.detach().numpy())


def test_the_file_computes_what_its_weights_say(compacted):
    network, path, _, _ = compacted
    rounded = copy.deepcopy(network)
    rounded.load_state_dict({name: torch.tensor(values) for name, values in stored_weights(path).items()})
    given = torch.randn(3, 16, 6, 6)
    made, = ReferenceEvaluator(onnx.load(path)).run(None, {"given": given.numpy()})
    assert made.dtype == np.float32
    with torch.no_grad():
        assert np.abs(made - rounded(given).numpy()).max() < 1e-5


def test_a_large_last_layer_is_stored_in_bytes(tmp_path):
    network, path = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16 * 36, 100)), tmp_path / "network.onnx"
    written(network, path)
    compact(path)
    stored = torch.tensor(stored_weights(path)["1.weight"])
    step = network[1].weight.detach().abs().amax(1, keepdim=True) / 127
    assert TensorProto.INT8 in {t.data_type for t in onnx.load(path).graph.initializer}
    assert ((stored - network[1].weight.detach()).abs() <= 0.501 * step).all()
    given = torch.randn(3, 16, 6, 6)
    made, = ReferenceEvaluator(onnx.load(path)).run(None, {"given": given.numpy()})
    network[1].weight.data = stored
    with torch.no_grad():
        assert np.abs(made - network(given).numpy()).max() < 1e-5


def test_an_output_whose_kernel_is_zero_stays_zero(tmp_path):
    network, path = torch.nn.Conv2d(16, 240, 3), tmp_path / "network.onnx"
    network.weight.data[7] = 0
    written(network, path)
    compact(path)
    weight = stored_weights(path)["weight"]
    assert (weight[7] == 0).all() and np.isfinite(weight).all()


def test_compacting_twice_is_compacting_once(compacted):
    _, path, _, _ = compacted
    once = path.read_bytes()
    compact(path)
    assert path.read_bytes() == once
