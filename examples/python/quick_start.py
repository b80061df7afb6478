"""A picture, sent in 600 bytes, and what a vision model sees in what arrives.

usage: quick_start.py PHOTO [RECEIVED.png]
"""

import sys

import limitnet

# The camera's end: packets of at most 51 bytes, the most important first.
packets = limitnet.encode(sys.argv[1], mtu=51, max_bytes=600)

# The back end: yours gets packets from the network, of many devices, in any order.
receiver = limitnet.Receiver()
for counter, packet in enumerate(packets):
    image = receiver.push(packet, device=0x70B3D57ED0001234, counter=counter)

print(f"{sum(map(len, packets))} bytes in {len(packets)} packets")
for seen in limitnet.Vision().classify(image.decode(eyes=False), top=3):
    print(f"{seen.score:6.3f}  {seen.label}")
if len(sys.argv) > 2:
    limitnet.picture_write_png(image.decode(), sys.argv[2])  # as people see it
