"""Bits a value: by the tables, by a Huffman code of the same tables (the paper's coder), and in packets as sent. And what the contexts of the
entropy model save against static tables."""

import copy
import heapq
import math

import numpy as np

from .modelfile import TOTAL, checksum, cumulative
from .reference import HEADER, MAP, Order, Sender, Table, Tables, channel_limit, encode, symbols_of

FIRST_BYTES = 2500      # of a picture's stream, for the comparison with static tables


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
    """(values a picture, bits a value by the tables, by Huffman, in packets with headers; bits of the map by the tables). By the tables and
    by Huffman a picture is one long packet."""
    tables, cache = Tables(model), {}
    ideal = huffman = sent = levels = 0.0
    for picture in pictures:
        sender = Sender(model, checksum(data), encode(model, picture), 0)
        known = {}
        for place, symbol in zip(sender.order.ids, sender.values):
            table = tables.of(place, known)
            key = tuple(table.cumulative)
            if key not in cache:
                ends = table.cumulative + [TOTAL]
                f = [b - a for a, b in zip(ends, ends[1:])]
                cache[key] = ([-math.log2(x / TOTAL) for x in f], code_lengths(f))
            at = table.symbols.index(symbol)
            known[place[:3]] = symbol
            if place[0] == MAP:
                levels += cache[key][0][at]
            else:
                ideal += cache[key][0][at]
                huffman += cache[key][1][at]
        sent += 8 * sum(len(p) for p in sender.stream([payload]))
    values = sum(v.size for v in encode(model, pictures[0]).latent)
    n = len(pictures)
    return values, ideal / n / values, huffman / n / values, (sent - levels) / n / values, levels / n


class StaticTables:
    """One distribution for each unit, counted on training pictures: no class, no neighbours."""

    def __init__(self, model, pictures):
        counts = {}
        for picture in pictures:
            for c, v in enumerate(encode(model, picture).latent):
                for k in range(model.channels[c].planes):
                    reach = channel_limit(model, c) >> (model.channels[c].planes - 1) if k == 0 else 1
                    symbols = symbols_of(model, c, k, v).reshape(-1) + reach
                    counts.setdefault((c, k), np.zeros(2 * reach + 1, int))
                    counts[c, k] += np.bincount(symbols, minlength=2 * reach + 1)
        self.table = {}
        for unit, count in counts.items():
            reach = len(count) // 2
            self.table[unit] = Table(list(range(-reach, reach + 1)), cumulative(count + 0.02))

    def of(self, symbol_id, known):
        return self.table[symbol_id[:2]]


def first(sender, count):
    """The sender of the first `count` symbols alone."""
    part = copy.copy(sender)
    part.order = Order(sender.order.ids[:count], count, sender.order.map_start)
    part.values = sender.values[:count]
    return part


def without_map(sender, tables):
    """The sender of the same symbols in the same order with other tables, without the map."""
    part = copy.copy(sender)
    pairs = [(place, symbol) for place, symbol in zip(sender.order.ids, sender.values) if place[0] != MAP]
    part.order = Order([place for place, _ in pairs], len(pairs), 0)
    part.values, part.tables = [symbol for _, symbol in pairs], tables
    return part


def packets(sender, payload):
    """(bytes, rank behind the last symbol) of every packet."""
    rank = 0
    while rank < sender.order.symbols:
        code, rank = sender.code(rank, payload - HEADER)
        yield HEADER + len(code), rank


def saving(model, data, pictures, static, payload):
    """Mean bytes of the packets that carry the symbols which static tables send in FIRST_BYTES: with static tables, and as sent, map and
    headers included."""
    before = after = 0
    for picture in pictures:
        sender = Sender(model, checksum(data), encode(model, picture), 0)
        size = rank = 0
        for length, end in packets(without_map(sender, static), payload):
            if size + length > FIRST_BYTES:
                break
            size, rank = size + length, end
        map_symbols = sum(place[0] == MAP for place in sender.order.ids)
        before += size
        after += sum(length for length, _ in packets(first(sender, rank + map_symbols), payload))
    return before / len(pictures), after / len(pictures)
