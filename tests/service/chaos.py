#!/usr/bin/python3
"""Kills the service, its broker and its database at random moments while cameras send, and then looks whether anything
was lost, mixed or done twice: docs/DESIGN.md says what is compared.

usage: chaos.py PROGRAM [--kills N] [--seed S]     PROGRAM is limitnet-hasty; tool_chaos is beside it
"""

import argparse
import os
import pathlib
import random
import re
import shutil
import signal
import tempfile
import time

import chaos_check
from chaos_parts import HOOK_SECRET, Part, frames_of, make_networks
from database import Postgres, Sqlite
from fleet import Camera, Hooks, Topics, make_packets
from listener import SECRET, Listener
from support import Broker, started, wait_for

ROUND = 50  # kills before all must become quiet and is compared
CAMERAS = 12


class Round:
    def __init__(self, program, home, folder, kind, seed):
        self.random, self.folder, self.home = random.Random(seed), folder, home
        self.tool = pathlib.Path(program).with_name("tool_chaos")
        self.database, self.broker, self.listener = kind(folder), Broker(folder), Listener(seed)
        self.broker_kills, self.kills = [], {}
        settings = {"store": self.database.where, "home": home, "broker": self.broker.port, "secret": SECRET,
                    "listener": self.listener.port, "hook_secret": HOOK_SECRET,
                    "share": "" if kind is Sqlite else "share = pool"}  # fmt: skip
        self.parts = {name: Part(program, folder, name, roles, dict(settings, workers=workers))
                      for name, (roles, workers) in self.names().items()}  # fmt: skip
        self.begin(seed)

    def names(self):
        if isinstance(self.database, Sqlite):
            return {"all": ("ingest,work,deliver,web", 2)}
        return {"ingest-1": ("ingest", 1), "ingest-2": ("ingest", 1), "work-1": ("work", 1), "work-2": ("work", 1),
                "deliver": ("deliver", 1)}  # fmt: skip

    def begin(self, seed):
        sources = [part for name, part in self.parts.items() if name in ("all", "ingest-1", "ingest-2")]
        for part in sources:
            wait_for("the broker knows each source", lambda part=part: part.has_said("the broker is connected"))
        self.topics, self.hooks = Topics(self.broker.port), Hooks([part.port for part in sources], HOOK_SECRET)
        self.cameras = []
        for number in range(CAMERAS):
            give = self.topics.give if number % 2 else self.hooks.give
            packets = make_packets(self.tool, self.home / "model", number)
            self.cameras.append(Camera(number, packets, give, seed))
        for camera in self.cameras:
            camera.start()

    # ---- Killing ----

    def victims(self):
        victims = dict.fromkeys(self.parts, self.kill_part)
        victims["broker"] = self.kill_broker
        if not isinstance(self.database, Sqlite):
            victims["postgres, all"] = victims["postgres, first"] = self.kill_database
        return victims

    def kill_part(self, name):
        self.parts[name].kill()
        time.sleep(self.random.choice([0, 0, 0.2, 0.5]))
        self.parts[name].start()

    def kill_broker(self, _):
        self.broker_kills.append(time.monotonic())
        self.broker.end(signal.SIGKILL)
        started.remove(self.broker.process)
        self.broker.start()

    def kill_database(self, name):
        self.database.kill(signal.SIGQUIT if name == "postgres, all" else signal.SIGKILL)
        time.sleep(self.random.choice([0, 0, 0.5]))
        self.database.start()

    def kill(self, count):
        victims = self.victims()
        for _ in range(count):
            time.sleep(self.random.uniform(0.1, 1.6))
            name = self.random.choice(list(victims))
            victims[name](name)
            self.kills[name] = self.kills.get(name, 0) + 1
            self.check_parts()

    def check_parts(self):
        for part in self.parts.values():
            part.check_alive()

    # ---- The end ----

    def acknowledged(self):
        """What was acknowledged: by the service to a webhook, by the service to the broker, and by the broker to the
        publisher, as far as it was on the broker's disk and for somebody."""
        of_service = {topic for name in self.parts for topic in self.broker.acknowledged(name)[0]}
        of_broker = self.topics.acknowledged(self.broker_kills)
        if not isinstance(self.database, Sqlite):
            of_broker -= frames_of(self.broker.forgotten())
        return self.hooks.acknowledged | frames_of(of_service) | of_broker

    def end(self):
        for camera in self.cameras:
            camera.stop.set()
        for camera in self.cameras:
            while camera.is_alive():
                self.check_parts()
                camera.join(0.5)
            assert not camera.failure, repr(camera.failure)
        wait_for("the broker takes all frames", self.topics.is_done, chaos_check.QUIET_S)
        self.topics.close()
        self.listener.well = True
        acknowledged = self.acknowledged()
        chaos_check.wait_until_quiet(self.database, acknowledged)
        for part in self.parts.values():
            part.stop()
        self.check(acknowledged | self.acknowledged())

    def check(self, acknowledged):
        kept = chaos_check.Kept(self.database)
        missing = acknowledged - chaos_check.stored_frames(self.database)
        assert not missing, f"acknowledged, but not stored: {len(missing)}, as {sorted(missing)[:5]}"
        chaos_check.check_frames(kept, self.cameras)
        chaos_check.check_no_mixture(kept, self.cameras)
        began = chaos_check.check_pictures(kept, self.tool, self.home / "model", self.home / "mean.onnx")
        chaos_check.check_alarms(kept, began)
        chaos_check.check_outbox(kept, self.listener, ["plain", "shown"])
        self.check_logs()
        self.counts = {"frames": sum(map(len, kept.frames.values())), "acknowledged": len(acknowledged),
                       "pictures": len(kept.pictures), "alarms": len(kept.alarms),
                       "entries": len(kept.outbox), "deliveries": sum(map(len, self.listener.taken.values())),
                       "refused": self.listener.refused}  # fmt: skip

    def check_logs(self):
        for part in self.parts.values():
            found = re.search("ERROR: .*Sanitizer|runtime error:|has the number of another", part.log.read_text())
            assert not found, f"{part.log}: {found[0]}"

    def close(self):
        self.broker.end()
        started.remove(self.broker.process)
        self.listener.close()
        self.database.close()


def run_round(program, home, folder, kind, kills, seed):
    """Returns what there was of everything. After a failure its folder stays."""
    r = Round(program, home, folder, kind, seed)
    r.kill(kills)
    r.end()
    r.close()
    return r.counts, r.kills


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("program", type=lambda name: str(pathlib.Path(name).resolve()))
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main():
    options = parse()
    # As for other tests that load the inference runtime under sanitizers.
    os.environ.setdefault("TBB_ENABLE_SANITIZERS", "1")
    os.environ.setdefault("LSAN_OPTIONS", f"suppressions={os.getcwd()}/tests/lsan.supp:print_suppressions=0")
    home = pathlib.Path(tempfile.mkdtemp(prefix="limitnet-chaos-"))
    make_networks(home)
    done, total, killed, begin = 0, {}, {}, time.monotonic()
    rounds = max(2, -(-options.kills // ROUND))
    for number in range(rounds):
        kind = (Postgres, Postgres, Sqlite)[number % 3] if rounds > 2 else (Postgres, Sqlite)[number]
        kills = (options.kills - done) // (rounds - number)
        folder = home / f"round-{number + 1}"
        folder.mkdir()
        counts, names = run_round(options.program, home, folder, kind, kills, options.seed + number)
        shutil.rmtree(folder)
        done += kills
        for sums, new in (total, counts), (killed, names):
            for name, count in new.items():
                sums[name] = sums.get(name, 0) + count
        print(f"{done} of {options.kills} kills, {time.monotonic() - begin:.0f} s, {kind.name}: {counts}", flush=True)
    print(f"killed: {killed}; in all: {total}")
    shutil.rmtree(home)


main()
