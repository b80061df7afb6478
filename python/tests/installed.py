"""The installed package does its job with what it brings: a picture from pixels to a label, and through files."""

import pathlib
import tempfile

import limitnet
import numpy as np

y, x = np.mgrid[0:300, 0:400]
disc = (x - 200) ** 2 + (y - 150) ** 2 < 100**2
photo = np.where(disc[:, :, None], (230, 120, 20), (60, 90, 160)).astype(np.uint8)

packets = limitnet.encode(photo, mtu=51, max_bytes=600)
receiver = limitnet.Receiver()
for counter, packet in enumerate(packets):
    image = receiver.push(packet, device=7, counter=counter)
picture = image.decode()
assert picture.shape == (224, 224, 3) and picture.dtype == np.uint8
assert np.abs(picture.astype(int) - limitnet.picture_resize(photo, 224, 224)).mean() < 12
best = limitnet.Vision().classify(picture, top=1)[0]
assert best.label

with tempfile.TemporaryDirectory() as folder:
    for ending in ("png", "jpg", "webp"):
        path = pathlib.Path(folder, f"x.{ending}")
        if ending == "png":
            limitnet.picture_write_png(photo, path)
        else:
            import PIL.Image

            PIL.Image.fromarray(photo).save(path)
        assert np.abs(limitnet.picture_read(path).astype(int) - photo).mean() < 5
print(f"limitnet {limitnet.__version__}: {sum(map(len, packets))} bytes, {best.label} {best.score:.2f}")
