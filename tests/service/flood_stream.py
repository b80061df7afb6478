"""A flood of events from a seed: many devices, repeats, frames held back, counters that step back, and faults."""

import json
import random

from flood_events import FORMS, PORT, Frame

FATES = ["broken", "incomplete", "encoding", "encrypted", "too_long", "empty", "other", "test", "port"]
HISTORY = 20  # frames of a device that may come again


def fate_of(fault):
    return next((fate for fate in FATES if fault.startswith(fate + "_")), None)


def as_bytes(event):
    return event if isinstance(event, bytes) else json.dumps(event).encode()


class Device:
    def __init__(self, form, rng):
        self.form, self.name = form, form.name(rng)
        self.session = form.session(rng) if form.sessions else ""
        self.counter_bits = form.counter_bits if form.sessions or rng.random() < 0.8 else 0
        self.counter, self.sent, self.held = rng.randrange(1000), [], []


class Flood:
    """Gives events one after the other, as (source, bytes, fate, Frame or None). Each has devices of its own."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.devices = [Device(form, self.rng) for form in FORMS for _ in range(40)]
        self.faults = {form: [name for name in dir(form) if fate_of(name)] for form in FORMS}

    def next(self):
        rng, chance = self.rng, self.rng.random()
        device = rng.choice(self.devices)
        if chance < 0.02:
            device = Device(device.form, rng)  # never heard of before, nor again
        if chance > 0.8:
            return self.wrong(device)
        if chance > 0.68 and device.sent:
            frame = rng.choice(device.sent)
            return self.give(device, frame, "repeat")
        if device.held and rng.random() < 0.3:
            return self.store(device, device.held.pop(rng.randrange(len(device.held))))
        frame = self.frame(device)
        if 0.02 <= chance < 0.1 and len(device.held) < 8:
            device.held.append(frame)
            frame = self.frame(device)
        return self.store(device, frame)

    def frame(self, device):
        rng, form = self.rng, device.form
        if rng.random() < 0.02:
            device.counter = rng.randrange(10)  # it steps back: a device that began anew
            device.session = form.session(rng) if form.sessions and rng.random() < 0.5 else device.session
        device.counter = (device.counter + 1) % (1 << form.counter_bits)
        payload = rng.randbytes(12 if form.source == "sigfox" else rng.randrange(12, 256))
        time_ms = rng.randrange(1700000000000, 1900000000000) // form.least_time * form.least_time
        counter = device.counter if device.counter_bits else 0
        battery = rng.randrange(101) if form.has_battery else -1
        return Frame(form.source, device.name, device.session, device.counter_bits, counter,
                     PORT if form.ports else 0, time_ms, battery, payload)  # fmt: skip

    def store(self, device, frame):
        device.sent = [*device.sent[1 - HISTORY :], frame]
        return self.give(device, frame, "stored")

    def give(self, device, frame, fate):
        return device.form.source, as_bytes(device.form.make(frame)), fate, frame

    def wrong(self, device):
        fault = self.rng.choice(self.faults[device.form])
        event = getattr(device.form, fault)(self.rng, device.form.make(self.frame(device)))
        return device.form.source, as_bytes(event), fate_of(fault), None
