"""Pictures as they would arrive, for training and testing vision models."""

import os
import random
import threading
from typing import Any


from limitnet._limitnet import lib
from limitnet.camera import encode, share_for_loss
from limitnet.decoder import own_decoder
from limitnet.errors import refuse, whole
from limitnet.link import Loss
from limitnet.model import Model, the_model
from limitnet.picture import Picture, Pixels
from limitnet.receiver import Receiver


class Received:
    """A transform, as those of torchvision, that shows a network what would arrive of a picture.

    Received(model, bytes=600, loss=0.0, mtu=51, protect=None, crop=False, generator=None)
      model: a Model or a name ("pyramid-224"; "pyramid-224-detect" for detectors).
      bytes: of the packets that are sent, 11 or more; or a range (least, most), from which each picture draws, each
          doubling being as likely as the next.
      loss: share of packets that the link loses, 0..1; or a range, from which each picture draws evenly.
      mtu, crop: as for limitnet.encode.
      protect: percentage of bytes for repair packets (default: what suits the loss, as `limitnet infer` chooses).
      generator: what it draws from (default: Python's own, which PyTorch's DataLoader seeds in each worker).

    Called with a PIL image, a path or an array of height x width x 3 bytes, it gives a PIL image for a PIL image, and
    an array else, of the model's size. Each thread and each process keeps a decoder of its own, on one core.
    """

    def __init__(
        self,
        model: Model | str | os.PathLike[str] | None = None,
        *,
        bytes: int | tuple[int, int] = 600,
        loss: float | tuple[float, float] = 0.0,
        mtu: int = 51,
        protect: int | None = None,
        crop: bool = False,
        generator: random.Random | None = None,
    ):
        self.model = the_model(model)
        self.bytes = _range("bytes", bytes, lib.LN_MIN_PAYLOAD, 2**31)
        self.loss = _range("loss", loss, 0, 1)
        self.mtu = whole("mtu", mtu, lib.LN_MIN_PAYLOAD, lib.LN_MAX_PAYLOAD)
        self.protect = None if protect is None else whole("protect", protect, 0, lib.LN_MOST_PROTECTION)
        self.crop = bool(crop)
        self.generator = generator
        self._local = threading.local()

    def __repr__(self) -> str:
        return f"Received({self.model.name}, bytes={self.bytes}, loss={self.loss}, mtu={self.mtu})"

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_local"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _local=threading.local())

    def __call__(self, picture: Picture) -> Any:
        pixels = self._receive(picture)
        if hasattr(picture, "getpixel"):
            import PIL.Image

            return PIL.Image.fromarray(pixels)
        return pixels

    def _receive(self, picture: Picture) -> Pixels:
        draw = self.generator or random
        least, most = self.bytes
        size = round(least * (most / least) ** draw.random()) if least < most else least
        loss = draw.uniform(*self.loss)
        protect = share_for_loss(loss) if self.protect is None else self.protect
        link = Loss(loss, draw.getrandbits(64))
        packets = encode(picture, model=self.model, mtu=self.mtu, max_bytes=int(size), protect=protect, crop=self.crop)
        image, receiver = None, self._receiver()
        for packet in packets:
            if not link.next():
                image = receiver.push(packet, time_ms=0)
        decoded: Pixels = own_decoder(self.model, self.model.decoder_path).run([image])[0]
        if image is not None:
            receiver.close_image(image)
        return decoded

    def _receiver(self) -> Receiver:
        """This thread's; a process that was forked may use its parent's, since it holds no threads."""
        if not hasattr(self._local, "receiver"):
            self._local.receiver = Receiver(self.model, max_waiting_bytes=2**20)
        receiver: Receiver = self._local.receiver
        return receiver


def _range(name: str, value: Any, least: float, most: float) -> tuple[Any, Any]:
    low, high = value if isinstance(value, tuple | list) else (value, value)
    if not least <= low <= high <= most:
        refuse(f"{name}: {value} is neither a number of {least} to {most} nor a range (least, most) of such")
    return low, high
