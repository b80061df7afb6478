"""What must be in the store when all is quiet, whoever was killed before."""

import collections
import subprocess
import time

from support import WAIT

QUIET_S = 300  # far longer than anything waits, also on a machine with much else to do

WAITING = {
    "devices whose frames were not looked at": "SELECT count(*) FROM device WHERE seen < version",
    "devices that a worker has": "SELECT count(*) FROM device WHERE lease <> 0",
    "pictures without a final answer": "SELECT count(*) FROM picture WHERE final = 0",
    "alarms that were not delivered": "SELECT count(*) FROM outbox WHERE done = 0",
}


def wait_until_quiet(database, acknowledged):
    """Nothing may wait for ever, and what was acknowledged must not be missing."""
    end = time.monotonic() + QUIET_S
    while True:
        waiting = {what: count for what, query in WAITING.items() if (count := int(database.rows(query)[0][0]))}
        missing = acknowledged - stored_frames(database)
        if not waiting and not missing:
            return
        what = f"{waiting}; acknowledged, but not stored: {len(missing)}, as {sorted(missing)[:5]}"
        assert time.monotonic() < end, f"still so after {QUIET_S} s: {what}"
        time.sleep(0.3)


def stored_frames(database):
    rows = database.rows("SELECT d.name, f.counter FROM device d JOIN frame f ON f.device = d.device")
    return {(name, int(counter)) for name, counter in rows}


class Kept:
    def __init__(self, database):
        self.names = dict(database.rows("SELECT device, name FROM device"))
        self.versions = dict(database.rows("SELECT device, version FROM device"))
        self.frames = collections.defaultdict(list)
        for device, *row in database.rows(
            f"SELECT device, id, time_ms, counter_bits, counter, picture, {database.hex('payload')} FROM frame"
            " ORDER BY device, id"
        ):
            self.frames[device].append(row)
        self.pictures = database.rows(
            "SELECT device, id, number, packets, bytes, coalesce(label, '-'), score FROM picture"
        )
        self.alarms = database.rows("SELECT device, rule, event, picture FROM alarm")
        self.outbox = database.rows("SELECT device, id, target, body, done FROM outbox")


def check_frames(kept, cameras):
    """Each frame once, unchanged, numbered without a gap, and none that was not sent."""
    sent = {camera.device: camera.sent for camera in cameras}
    for device, name in kept.names.items():
        frames = kept.frames[device]
        counters = [int(counter) for _, _, _, counter, _, _ in frames]
        twice = [counter for counter, count in collections.Counter(counters).items() if count > 1]
        assert not twice, f"{name}: stored more than once: {twice[:5]}"
        assert [int(row[0]) for row in frames] == list(range(1, len(frames) + 1)), f"{name}: a number is missing"
        assert kept.versions[device] == str(len(frames)), f"{name}: version {kept.versions[device]} of {len(frames)}"
        for counter, row in zip(counters, frames):
            assert counter in sent[name], f"{name}: {counter} was never sent"
            assert row[5] == sent[name][counter][0].hex(), f"{name}: {counter} is not as it was sent"


def check_no_mixture(kept, cameras):
    """The frames of a picture are those of one picture that was sent."""
    sent = {camera.device: camera.sent for camera in cameras}
    for device, frames in kept.frames.items():
        of = collections.defaultdict(set)
        for _, _, _, counter, picture, _ in frames:
            of[picture].add(sent[kept.names[device]][int(counter)][1])
        mixed = {picture: pictures for picture, pictures in of.items() if picture != "0" and len(pictures) > 1}
        assert not mixed, f"{kept.names[device]}: pictures are mixed: {mixed}"


def receive(tool, model, vision, kept):
    """What one receiver makes of the same frames: the picture of each frame, and the pictures."""
    lines = []
    for device, frames in kept.frames.items():
        lines.append(f"device {device}")
        for id_, time_ms, bits, counter, _, payload in frames:
            lines.append(f"{id_} {time_ms} {bits} {counter} {payload}")
    run = subprocess.run([tool, model, vision, "receive"], input="\n".join(lines) + "\n", capture_output=True,
                         text=True, timeout=10 * WAIT)  # fmt: skip
    assert run.returncode == 0, run.stderr
    device, of, pictures = None, {}, {}
    for kind, *values in (line.split() for line in run.stdout.splitlines()):
        if kind == "device":
            device = values[0]
        elif kind == "frame":
            of[device, values[0]] = values[1]
        else:
            pictures[device, values[0]] = values[1:]
    return of, pictures


def check_pictures(kept, tool, model, vision):
    """Returns for each picture whether it showed something from its first frame on."""
    of, expected = receive(tool, model, vision, kept)
    wrong = [(kept.names[device], row[0], row[4], of[device, row[0]])
             for device, frames in kept.frames.items() for row in frames if row[4] != of[device, row[0]]]  # fmt: skip
    assert not wrong, f"frames of other pictures than one receiver finds (device, frame, here, there): {wrong[:5]}"
    found = {(device, id_): list(row) for device, id_, *row in kept.pictures}
    assert found.keys() == expected.keys(), "other pictures than one receiver finds"
    wrong = [(key, row, expected[key][:-1]) for key, row in found.items() if row != expected[key][:-1]]
    assert not wrong, f"number, packets, bytes, label or score differ from one receiver's: {wrong[:5]}"
    return {key: row[-1] == "1" for key, row in expected.items()}


def check_alarms(kept, began):
    """The rule asks for nothing, so each picture that shows something raises one alarm; one that shows something later
    only may do so after a newer one, and then raises none."""
    counts = collections.Counter((device, rule, event) for device, rule, event, _ in kept.alarms)
    assert not counts or max(counts.values()) == 1, f"more than one alarm for an event: {counts.most_common(3)}"
    raised = [(device, picture) for device, _, _, picture in kept.alarms]
    assert len(set(raised)) == len(raised), "two events of one picture"
    missing = {key for key, shows in began.items() if shows} - set(raised)
    surplus = set(raised) - began.keys()
    assert not missing, f"pictures without an alarm: {sorted(missing)[:5]}"
    assert not surplus, f"alarms without a picture: {sorted(surplus)[:5]}"


def check_outbox(kept, listener, targets):
    expected = {(device, rule, event, target) for device, rule, event, _ in kept.alarms for target in targets}
    assert len(kept.outbox) == len(expected), f"{len(kept.outbox)} entries of {len(expected)}"
    assert all(done == "1" for _, _, _, _, done in kept.outbox), "an entry was given up"
    listener.check([(target, f"{int(device):x}-{int(id_):x}", body) for device, id_, target, body, _ in kept.outbox])
