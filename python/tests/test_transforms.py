"""limitnet.transforms: what a network sees in training is what a receiver shows."""

import multiprocessing
import pickle
import random

import limitnet
import numpy as np
import PIL.Image
import pytest
from conftest import PICTURES, receive
from limitnet.transforms import Received


def test_it_shows_what_arrives(pixels):
    for size in (40, 600, 3000):
        shown = Received(bytes=size)(pixels)
        assert np.array_equal(shown, receive(limitnet.encode(pixels, max_bytes=size)).decode(eyes=False))
    assert np.array_equal(Received(bytes=600)(PICTURES[0]), Received(bytes=600)(pixels))
    image = Received(bytes=600)(PIL.Image.fromarray(pixels))
    assert isinstance(image, PIL.Image.Image) and np.array_equal(image, Received(bytes=600)(pixels))


def test_loss_takes_packets_and_repair_brings_them_back(pixels):
    grey = limitnet.Decoder().run([None])[0]
    assert np.array_equal(Received(bytes=600, loss=1)(pixels), grey)

    def error(**options):
        received = [Received(bytes=2000, generator=random.Random(k), **options)(pixels) for k in range(6)]
        original = limitnet.picture_resize(pixels, 224, 224).astype(float)
        return np.mean([np.abs(each - original).mean() for each in received])

    assert error(loss=0) < error(loss=0.3) < error(loss=0.3, protect=0)


def test_draws(pixels):
    def draw(seed):
        shown = Received(bytes=(30, 3000), loss=(0, 0.5), generator=random.Random(seed))
        return [shown(pixels) for _ in range(3)]

    first, again, other = draw(1), draw(1), draw(2)
    assert np.array_equal(first, again) and not np.array_equal(first, other)
    assert not np.array_equal(first[0], first[1])


def _draw(transform, seed, queue):
    random.seed(seed)
    queue.put(transform(PICTURES[0]))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_of_data_loaders(method, pixels):
    """A process that was forked after its parent had decoded, and one that got the transform by pickle."""
    transform = pickle.loads(pickle.dumps(Received(bytes=(100, 2000))))
    transform(pixels)
    context = multiprocessing.get_context(method)
    queue = context.Queue()
    workers = [context.Process(target=_draw, args=(transform, seed, queue)) for seed in (1, 2)]
    for worker in workers:
        worker.start()
    shown = [queue.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert not np.array_equal(*shown)


@pytest.mark.parametrize(
    "options",
    [{"bytes": 10}, {"bytes": (600, 300)}, {"bytes": (1, 300)}, {"loss": 1.1}, {"loss": (0.5, 0.2)}, {"mtu": 10},
     {"protect": 81}, {"model": ""}],
)  # fmt: skip
def test_wrong_settings(options):
    with pytest.raises(limitnet.ArgumentError):
        Received(**options)
