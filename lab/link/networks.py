"""Real networks: what a picture every ten minutes gets within the duty cycle."""

from page import Section
from sections import Part, number, of_photos, percent, save_runs, scenario
from simulate import plan, result

CAMERA = {"scenario.times": "10 min", "camera.interval": "10 min", "link.loss": 0.1}


class Networks(Part):
    RATES = {"eu868 DR0 (SF12)": {"network.name": "eu868", "network.data rate": 0},
             "eu868 DR3 (SF9)": {"network.name": "eu868", "network.data rate": 3},
             "eu868 DR5 (SF7)": {"network.name": "eu868", "network.data rate": 5},
             "sigfox-eu": {"network.name": "sigfox-eu"}}

    def __init__(self, photos):
        self.photos = photos

    def run(self, name):
        return plan(f"network-{name.split(' (')[0].replace(' ', '-').lower()}", self.photos, CAMERA, self.RATES[name])

    def runs(self):
        return [self.run(name) for name in self.RATES]

    def section(self):
        lines = [["network", "frames a picture", "bytes sent a picture", "bytes that arrived", "airtime a picture, s",
                  "busiest hour, s of 36", "top-1, %"]]
        for name in self.RATES:
            found = result(self.run(name))
            lines.append([name, number(found.mean("packets_sent"), 1), number(found.mean("bytes_sent")),
                          number(found.mean("bytes_arrived")), number(found.seconds(), 2),
                          number(found.totals["busiest_hour_s"], 1), percent(found.end)])
        original = result(self.runs()[0]).mean("original_right")
        text = ["A picture every 10 minutes, on the channels with a duty cycle of 1 % (Sigfox: also 140 messages a "
                f"day), 10 % of the frames lost, repair packets for that; {of_photos(self.photos)}, of whose "
                f"originals the classifier gets {100 * original:.1f} % right.",
                scenario(CAMERA), save_runs("networks", {name: self.run(name) for name in self.RATES})]
        return Section("Real networks", text, [], [lines])
