"""What the Python package costs: pictures a second, what threads gain, and whether memory grows.

usage: python.py rate           limitnet.transforms.Received on one core
       python.py threads        decoding by one thread and by two
       python.py memory COUNT [MODEL DECODER.onnx]
                                COUNT pictures encoded, received and decoded: memory after each tenth
"""

import resource
import sys
import threading
import time

import limitnet
from limitnet.transforms import Received

PHOTOS = [limitnet.picture_read(f"tests/pictures/{name}") for name in ("cat.jpg", "coffee.webp", "rocket.png")]


def receive(receiver, packets):
    for packet in packets:
        image = receiver.push(packet, time_ms=0)
    return image


def rate():
    for size in (300, 1200, 4000):
        received = Received(bytes=size, loss=0.1)
        received(PHOTOS[0])
        began, count = time.process_time(), 100
        for i in range(count):
            received(PHOTOS[i % 3])
        took = time.process_time() - began
        print(f"Received(bytes={size}): {count / took:.0f} pictures a second and core, {1000 * took / count:.1f} ms each")


def threads():
    """Decodes the same pictures with a decoder for each thread; the best of three tries counts."""
    receivers = [limitnet.Receiver() for _ in range(2)]
    images = [receive(r, limitnet.encode(photo, max_bytes=1200)) for r, photo in zip(receivers, PHOTOS)]
    decoders = [limitnet.Decoder(threads=1) for _ in range(2)]

    def work(i, count):
        for _ in range(count):
            decoders[i].run([images[i]])

    def speed(workers):
        best = 0.0
        for _ in range(3):
            running = [threading.Thread(target=work, args=(i, 100)) for i in range(workers)]
            began = time.monotonic()
            for thread in running:
                thread.start()
            for thread in running:
                thread.join()
            best = max(best, 100 * workers / (time.monotonic() - began))
        return best

    one, two = speed(1), speed(2)
    print(f"one thread decodes {one:.1f} pictures a second, two threads {two:.1f}: {two / one:.2f} times")


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 2**20


def memory(count, model=None, path=None):
    decoder, receiver = limitnet.Decoder(model, path), limitnet.Receiver(model)
    for i in range(count + 1):
        if i % (count // 10) == 0:
            print(f"{i:7} pictures: {resident():.1f} MB", flush=True)
        image = receive(receiver, limitnet.encode(PHOTOS[i % 3], model=model, max_bytes=300))
        decoder.run([image])
        receiver.close_image(image)


if __name__ == "__main__":
    if sys.argv[1:] == ["rate"]:
        rate()
    elif sys.argv[1:] == ["threads"]:
        threads()
    elif len(sys.argv) in (3, 5) and sys.argv[1] == "memory":
        memory(int(sys.argv[2]), *sys.argv[3:])
    else:
        sys.exit(__doc__)
