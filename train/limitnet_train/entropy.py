"""Bits a value: by the tables, by a Huffman code of the same tables (the paper's coder), and in packets as sent."""

import heapq
import math

from .reference import MAP, Sender, Tables, encode
from .modelfile import TOTAL, tag


def code_lengths(frequencies):
    """Lengths of a Huffman code: the shortest with whole bits."""
    heap = [(f, i, [i]) for i, f in enumerate(frequencies)]
    heapq.heapify(heap)
    lengths, unique = [0] * len(frequencies), len(heap)
    while len(heap) > 1:
        (fa, _, a), (fb, _, b) = heapq.heappop(heap), heapq.heappop(heap)
        for i in a + b:
            lengths[i] += 1
        heapq.heappush(heap, (fa + fb, unique, a + b))
        unique += 1
    return lengths


def measure(model, data, pictures, payload=242):
    """(values a picture, bits a value by the tables, by Huffman, in packets with headers; bits of the map by the tables)."""
    tables, cache = Tables(model), {}
    ideal = huffman = sent = levels = 0.0
    for picture in pictures:
        sender = Sender(model, tag(data), encode(model, picture), 0)
        known = {}
        for place, symbol in zip(sender.order.ids, sender.values):
            table = tables.of(place, known)
            if id(table) not in cache:
                ends = table.cumulative + [TOTAL]
                f = [b - a for a, b in zip(ends, ends[1:])]
                cache[id(table)] = ([-math.log2(x / TOTAL) for x in f], code_lengths(f))
            at = table.symbols.index(symbol)
            if place[0] == MAP:
                known[place[2]] = symbol
                levels += cache[id(table)][0][at]
            else:
                ideal += cache[id(table)][0][at]
                huffman += cache[id(table)][1][at]
        sent += 8 * sum(len(p) for p in sender.stream([payload]))
    values = sum(len(v.reshape(-1)) for v in encode(model, pictures[0]).latent)
    n = len(pictures)
    return values, ideal / n / values, huffman / n / values, (sent - levels) / n / values, levels / n
