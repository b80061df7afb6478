"""Receivers: pictures of many devices, what they call, and many threads."""

import gc
import multiprocessing
import threading
import weakref

import limitnet
import numpy as np
import pytest
from conftest import PICTURES
from limitnet import Error, Receiver, Status


@pytest.fixture(scope="module")
def packets():
    return [limitnet.encode(picture, max_bytes=700) for picture in PICTURES]


def test_devices_do_not_mix(packets):
    receiver = Receiver()
    for counter, row in enumerate(zip(*packets, strict=False)):
        images = [receiver.push(packet, device=k, counter=counter) for k, packet in enumerate(row)]
    assert len({image.id for image in images}) == 4
    for image, own in zip(images, packets):
        alone = [r := Receiver(), *(r.push(packet) for packet in own)][-1]
        assert np.array_equal(image.decode(), alone.decode())
    info = images[2].info()
    assert (info.device, info.number, info.accepted.packets) == (2, 0, counter + 1)
    assert receiver.info().images == 4 and receiver.image(images[1].id) == images[1]


def test_the_time_closes(packets):
    closed = []
    note = lambda image, reason: closed.append((image.id, reason, image.info().device))  # noqa: E731
    receiver = Receiver(idle_ms=1000, closed=note)
    image = receiver.push(packets[0][0], device=9, time_ms=0)
    receiver.expire(1000)
    assert not closed and image.map().shape == (8, 8)
    receiver.expire(1001)
    assert closed == [(image.id, "idle", 9)] and receiver.info().idle == 1
    with pytest.raises(Error):
        image.info()


def test_a_closing_picture_can_be_decoded_and_the_receiver_not_be_called(packets):
    seen, refused = [], []

    def closed(image, reason):
        seen.append((reason, image.decode(), image))
        for call in (lambda: receiver.push(packets[0][0]), lambda: receiver.info(), lambda: receiver.close_image(1)):
            with pytest.raises(Error) as raised:
                call()
            refused.append(raised.value.status)

    receiver = Receiver(max_images=1, closed=closed)
    first = receiver.push(packets[0][0], device=1)
    expected = first.decode()
    second = receiver.push(packets[1][0], device=2)
    receiver.close_image(second)
    assert [reason for reason, _, _ in seen] == ["dropped", "asked"] and refused == [Status.ERR_STATE] * 6
    assert np.array_equal(seen[0][1], expected)
    with pytest.raises(Error):
        seen[0][2].decode()


def test_what_a_function_raises_comes_out(packets):
    def closed(image, reason):
        raise KeyError("mine")

    receiver = Receiver(closed=closed)
    image = receiver.push(packets[0][0])
    with pytest.raises(KeyError, match="mine"):
        receiver.close_image(image)
    assert receiver.info().closed == 1


def test_each_device_has_its_model(packets):
    models = {1: limitnet.Model(), 2: limitnet.Model("paper-224")}
    receiver = Receiver(models.get)
    paper = limitnet.encode(PICTURES[0], model=models[2])
    images = [receiver.push(packets[0][0], device=1), receiver.push(paper[0], device=2)]
    for image, model in zip(images, models.values()):
        assert np.array_equal(image.decode(), limitnet.Decoder(model, model.eyes_path).run([image])[0])
    with pytest.raises(Error) as raised:
        receiver.push(packets[0][0], device=3)
    assert raised.value.status == Status.ERR_MISMATCH

    def broken(device):
        raise KeyError(device)

    with pytest.raises(KeyError):
        Receiver(broken).push(packets[0][0])
    with pytest.raises(AttributeError):
        Receiver(lambda device: "pyramid-224").push(packets[0][0])


def test_nothing_stays(packets):
    """A receiver that only a cycle holds goes, and its model after it."""
    receiver = Receiver(limitnet.Model("pyramid-224"), closed=lambda image, reason: print(receiver))
    image = receiver.push(packets[0][0])
    gone = weakref.ref(receiver._model), weakref.ref(receiver)
    del receiver, image
    gc.collect()
    assert [reference() for reference in gone] == [None, None]


def test_threads_share_everything(packets):
    """Pushing, closing, decoding and looking at once: all results are right, and nothing crashes."""
    receiver, decoder = Receiver(max_images=50), limitnet.Decoder()
    vision = limitnet.Vision()
    alone = Receiver()
    expected = [[alone.push(packet, device=k) for packet in own][-1].decode(eyes=False) for k, own in enumerate(packets)]
    labels = [vision.classify(pixels, top=3) for pixels in expected]
    troubles, barrier = [], threading.Barrier(4)

    def work(k):
        try:
            barrier.wait()
            for _ in range(4):
                image = [receiver.push(packet, device=k) for packet in packets[k]][-1]
                for pixels in (image.decode(eyes=False), decoder.run([image])[0]):
                    assert np.array_equal(pixels, expected[k])
                assert vision.classify([pixels] * 3, top=3) == [labels[k]] * 3
                receiver.info()
                assert receiver.close_image(image)
        except BaseException as trouble:
            troubles.append(trouble)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not troubles and receiver.info().closed == 16


def test_a_forked_process_leaves_its_parents_networks_alone():
    """Closing them there would wait for threads that only the parent has."""
    decoder, vision = limitnet.Decoder(threads=2), limitnet.Vision(threads=2)
    vision.classify(decoder.run([None])[0])
    child = multiprocessing.get_context("fork").Process(target=_fork_and_close, args=([decoder, vision],))
    del decoder, vision
    child.start()
    child.join(30)
    was_alive = child.is_alive()
    child.kill()
    assert not was_alive and child.exitcode == 0


def _fork_and_close(handles):
    handles.clear()
    gc.collect()
