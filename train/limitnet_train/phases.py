"""Training in phases that can be stopped at any moment and go on from a checkpoint."""

import signal

import torch


class Phased:
    """What trainers share. The owner has `out` (a folder), `phases`, `phase` (the number of the present one), `seen` (pictures of it) and
    `stop`, and defines run_phase, which raises `phase` at a phase's end and returns early where `stop` is set."""

    def run(self):
        """Trains until the last phase ends or SIGTERM/SIGINT asks to stop. True when all phases are done."""
        for s in (signal.SIGTERM, signal.SIGINT):
            signal.signal(s, lambda *_: setattr(self, "stop", True))
        while self.phase < len(self.phases) and not self.stop:
            self.run_phase(self.phases[self.phase])
        return not self.stop

    def write(self, state):
        """Writes the checkpoint. It gets its name when it is complete."""
        part = self.out / "checkpoint.part"
        torch.save(state, part)
        part.rename(self.out / "checkpoint.pt")
