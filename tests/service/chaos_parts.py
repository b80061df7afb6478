"""The processes of the service that chaos.py starts and kills, with their settings and networks."""

import shutil
import subprocess

from support import WAIT, free_port, started

HOOK_SECRET = "a secret of the network"

SETTINGS = """
[service]
store = {store}
model = {home}/model
vision = {home}/mean.onnx
idle = 3 s
deadline = 5 s
late = 1 s
batch = 4
workers = {workers}
[source net]
kind = mqtt
form = chirpstack
url = mqtt://127.0.0.1:{broker}
topic = chaos/#
client id = {name}
{share}
[source hook]
kind = webhook
form = chirpstack
secret = {hook_secret}
[rule any]
kind = seen
score = 0
cooldown = 0 s
targets = plain, shown
[target plain]
kind = webhook
url = http://127.0.0.1:{listener}/plain
secret = {secret}
picture = no
[target shown]
kind = webhook
url = http://127.0.0.1:{listener}/shown
secret = {secret}
[web]
port = {port}
"""


def make_networks(home):
    """A small model, and a vision model that tells the strongest colour."""
    (home / "model").mkdir()
    shutil.copy("tests/models/random-cifar.lnm", home / "model/encoder.lnm")
    shutil.copy("tests/onnx/random-cifar-decoder.onnx", home / "model/decoder.onnx")
    shutil.copy("tests/onnx/mean.onnx", home)
    (home / "mean.vision").write_text("task = classify\nwidth = 24\nheight = 16\noutput = logits\nlabels = colours\n")
    (home / "colours").write_text("red\ngreen\nblue\n")


def frames_of(topics):
    return {(topic.split("/")[1], int(topic.split("/")[2])) for topic in topics}


class Part:
    """A process of the service."""

    def __init__(self, program, folder, name, roles, settings):
        self.port, self.log = free_port(), folder / f"{name}.log"
        path = folder / f"{name}.conf"
        path.write_text(SETTINGS.format(name=name, port=self.port, **settings))
        self.command = [program, "serve", "--config", path, "--roles", roles]
        self.start()

    def start(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(self.command, stderr=log)
        started.append(self.process)

    def has_said(self, text):
        return text in self.log.read_text()

    def kill(self):
        self.process.kill()
        self.process.wait()
        started.remove(self.process)

    def check_alive(self):
        """Whatever else is killed, it waits for it."""
        assert self.process.poll() is None, f"it ended by itself, with {self.process.returncode}: see {self.log}"

    def stop(self):
        self.process.terminate()
        code = self.process.wait(WAIT)
        assert code == 0, f"exit code {code}: see {self.log}"
