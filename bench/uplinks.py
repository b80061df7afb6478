"""What the benchmarks of the service share: free ports, and packets to send."""

import base64
import pathlib
import socket


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def read_packets(path: pathlib.Path):
    """The first twelve of a picture that `limitnet encode` wrote, in base64."""
    content, packets = path.read_bytes()[8:], []  # behind the file's head: each behind its length
    while content and len(packets) < 12:
        size = int.from_bytes(content[:2], "big")
        packets.append(base64.b64encode(content[2 : 2 + size]).decode())
        content = content[2 + size :]
    return packets
