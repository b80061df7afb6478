"""A link that loses packets."""

from limitnet._limitnet import ffi, lib
from limitnet.errors import raise_for_status, share, whole


class Loss:
    """A link that loses each packet with the same probability: the one of `limitnet decode --loss`.

    Loss(loss, seed=1)
      loss: share of packets that are lost, 0..1.
      seed: links of the same seed lose the same packets, 0 to 2^64 - 1.
    Errors: ArgumentError.
    """

    def __init__(self, loss: float, seed: int = 1):
        self._link = ffi.new("ln_loss *")
        status = lib.ln_loss_init(self._link, share("loss", loss), whole("seed", seed, 0, 2**64 - 1))
        raise_for_status(status, "the link is refused")

    def next(self) -> bool:
        """Whether the next packet is lost. Call it once for each packet, in the order of sending."""
        return bool(lib.ln_loss_next(self._link))
