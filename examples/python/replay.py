"""Replays a file of packets over a link that loses some: after each packet, what a vision model sees so far.

usage: replay.py FILE.lnp [--loss 0.3] [--seed 1] [--every 10]
`limitnet encode photo.jpg -o FILE.lnp` makes such a file; with `--protect 40`, repair packets bring lost ones back.
"""

import argparse

import limitnet

parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("--loss", type=float, default=0.3, help="share of packets that are lost, 0 to 1")
parser.add_argument("--seed", type=int, default=1, help="links of the same seed lose the same packets")
parser.add_argument("--every", type=int, default=10, help="packets between two looks")
options = parser.parse_args()

try:
    stream = limitnet.Stream.read(options.file)
    receiver = limitnet.Receiver(stream.model(), max_waiting_bytes=100_000)
    link = limitnet.Loss(options.loss, options.seed)
except limitnet.Error as error:
    parser.exit(1, f"replay: {error}\n")
vision = limitnet.Vision()

print("  sent  came  repaired  known  it shows")
image, lost, bad = None, 0, 0
for sent, packet in enumerate(stream.packets, 1):
    if link.next():
        lost += 1
    else:
        try:
            image = receiver.push(packet, counter=sent)
        except limitnet.Error:  # damaged: the receiver goes on
            bad += 1
    if image and (sent % options.every == 0 or sent == len(stream.packets)):
        info = image.info()
        best = vision.classify(image.decode(eyes=False), top=1)[0]
        known = info.symbols / info.total
        print(f"{sent:6} {sent - lost:5} {info.recovered:9} {known:6.0%}  {best.label} ({best.score:.2f})")
print(f"{lost} of {len(stream.packets)} packets were lost" + (f", {bad} refused" if bad else ""))
