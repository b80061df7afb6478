"""Protection (SPEC 6.6): the reference against plain linear algebra, with another implementation of the field."""

import itertools
import random

import pytest
from test_reference import check_subset, early_keys, load, picture, random_encoded, sent

from limitnet_train import golden, modelfile, reference
from limitnet_train.reference import PacketError, Receiver, Sender

# The powers of 2 are all elements but 0.
POWERS = [1]
for _ in range(254):
    POWERS.append(POWERS[-1] << 1 ^ (0x11D if POWERS[-1] & 128 else 0))
LOGARITHMS = {power: n for n, power in enumerate(POWERS)}


def times(a, b):
    return POWERS[(LOGARITHMS[a] + LOGARITHMS[b]) % 255] if a and b else 0


def inverse(a):
    return POWERS[-LOGARITHMS[a] % 255]


def rank_of(rows):
    rows, rank = [list(row) for row in rows], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((r for r in range(rank, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for r in range(rank + 1, len(rows)):
            q = times(rows[r][column], inverse(rows[rank][column]))
            rows[r] = [a ^ times(q, b) for a, b in zip(rows[r], rows[rank])]
        rank += 1
    return rank


def is_protected(packet):
    return packet[0] & 8 != 0


def is_repair(packet):
    return is_protected(packet) and packet[1] & 128 != 0


def window_of(packet):
    """{number: factor} of a repair packet."""
    last, index, count = packet[1] & 127, packet[2] >> 6, packet[2] & 63
    return {i: inverse(128 + (last + 32 * index) % 128 ^ i) for i in range(last - count + 1, last + 1)}


def bodies_of(packets):
    return {p[1]: p[2:] for p in packets if is_protected(p) and not is_repair(p)}


def spans_of(sender, packets):
    """Ranks (first, end) of the packets that are no repair packets, in the order of the stream."""
    carriers = [p for p in packets if not is_repair(p)]
    ranks = [int.from_bytes(p[2:4] if is_protected(p) else p[1:3], "big") for p in carriers]
    return {p: span for p, span in zip(carriers, itertools.pairwise(ranks + [sender.order.symbols]))}


def determined(packets):
    """Numbers of the lost packets that the received repair packets determine.

    A packet is determined if its column is no sum of others: if the rank falls when the column is left out.
    """
    came = bodies_of(packets)
    windows = [window_of(p) for p in packets if is_repair(p)]
    unknown = sorted({i for w in windows for i in w} - set(came))
    rows = [[w.get(i, 0) for i in unknown] for w in windows]
    whole = rank_of(rows)
    return {i for n, i in enumerate(unknown) if rank_of([row[:n] + row[n + 1 :] for row in rows]) < whole}


def check(model, tag, sender, packets, some):
    """The receiver knows the received packets and what they determine, nothing else; `packets` is the whole stream."""
    receiver = Receiver(model, tag)
    for packet in some:
        receiver.push(packet)
    spans = spans_of(sender, packets)
    numbered = {p[1]: spans[p] for p in packets if is_protected(p) and not is_repair(p)}
    brought = determined(some)
    known = {spans[p] for p in some if not is_repair(p)} | {numbered[i] for i in brought}
    symbols, levels = sent(sender, known)
    if model.layers and len(levels) < 64:
        symbols = {k: v for k, v in symbols.items() if k in early_keys(sender)}
    assert receiver.levels == levels and receiver.symbols == symbols
    assert set(receiver.spans) == set(bodies_of(some)) | brought
    return len(brought)


# ---- field and sender -----------------------------------------------------------------------------------------


def test_field():
    assert len(LOGARITHMS) == 255
    for a, b in itertools.product(range(256), repeat=2):
        assert reference.product(a, b) == times(a, b)
    assert all(reference.inverse(a) == inverse(a) for a in range(1, 256))


@pytest.mark.parametrize("share", [1, 20, 40, 75])
@pytest.mark.parametrize("capacity", [1, 5, 63])
def test_streams(share, capacity):
    model, tag = load("random-pyramid" if capacity == 63 else "random-wide")
    sender = Sender(model, tag, random_encoded(model, 4), 6)
    for rooms in ([11], [51], [242], golden.STREAMS["varying"]):
        if model.symbols() > 5000 and rooms == [11]:
            continue
        packets = sender.stream(rooms, share, capacity)
        assert all(p[0] & 7 == 6 and p[0] >> 4 == tag for p in packets)
        bodies, number = {}, 0
        for n, packet in enumerate(packets):
            room = rooms[n % len(rooms)]
            assert len(packet) <= room
            if not is_protected(packet):
                assert number == 128
            elif is_repair(packet):
                window = window_of(packet)
                assert max(window) == number - 1 and 1 <= len(window) <= capacity
                total = [0] * len(bodies[number - 1])
                for i, factor in window.items():
                    assert len(bodies[i]) == len(total)
                    total = [x ^ times(factor, y) for x, y in zip(total, bodies[i])]
                assert packet[3:] == bytes(total)
            else:
                assert packet[1] == number and len(packet) < room
                bodies[number] = packet[2:]
                number += 1
        # Without their numbers, the packets equal those of the plain writer.
        for packet, (rank, end) in spans_of(sender, packets).items():
            plain = bytes([packet[0] & ~8]) + packet[2:] if is_protected(packet) else packet
            assert sender.packet(rank, max(9, len(plain))) == (plain, end)
        if len(rooms) == 1:
            protected = [p for p in packets if is_protected(p)]
            repairs = [p for p in protected if is_repair(p)]
            assert abs(len(repairs) - len(protected) * share / 100) <= 3
            assert len({p[:3] for p in repairs}) == len(repairs)


def test_share_nought_is_a_plain_stream():
    model, tag = load("random-wide")
    sender = Sender(model, tag, random_encoded(model, 5), 1)
    packets = sender.stream([51], 0)
    assert packets == sender.stream([51]) and not any(map(is_protected, packets))


def test_a_number_says_nothing_about_the_symbols():
    model, tag = load("tiny")
    sender = Sender(model, tag, reference.encode(model, picture(model)), 2)
    packets = sender.stream([11], 40)
    assert any(map(is_repair, packets))
    read = lambda packet: reference.read_packet(sender.tables, tag, sender.order, packet)
    for packet in packets:
        if is_repair(packet):
            with pytest.raises(PacketError, match="repair"):
                read(packet)
        else:
            assert read(packet) == read(bytes([packet[0] & ~8]) + packet[2:])
            with pytest.raises(PacketError, match="5 bytes"):
                read(packet[:4])


# ---- restoring ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, rooms, share, capacity", [
    ("tiny", [11], 40, 63),
    ("tiny", [11], 40, 2),
    ("tiny", [13, 11, 11], 50, 63),
    ("tiny-nomap", [11], 60, 63),
])
def test_every_subset(name, rooms, share, capacity):
    model, tag = load(name)
    # The first settings that give enough packets, but not so many that the test takes long.
    for seed in itertools.count():
        sender = Sender(model, tag, random_encoded(model, seed), 7)
        packets = sender.stream(rooms, share, capacity)
        if 7 <= len(packets) <= 10 and sum(map(is_repair, packets)) >= 3:
            break
    rng = random.Random(seed)
    brought = 0
    for bits in range(1 << len(packets)):
        some = [p for i, p in enumerate(packets) if bits >> i & 1]
        for order in (some, some[::-1], rng.sample(some, len(some))):
            brought += check(model, tag, sender, packets, order)
    assert brought > 50
    check(model, tag, sender, packets, packets + packets[::-1])


@pytest.mark.parametrize("name, rooms, capacity, runs", [
    ("random-cifar", [11], 63, 12),
    ("random-cifar", [11], 7, 12),
    ("random-wide", [20, 20, 20, 51], 63, 12),
    ("random-pyramid", [51], 63, 2),
])
def test_random_loss(name, rooms, capacity, runs):
    model, tag = load(name)
    rng = random.Random(16)
    brought = 0
    for run in range(runs):
        share = rng.choice([20, 40, 60, 75])
        sender = Sender(model, tag, random_encoded(model, run), run % 8)
        packets = sender.stream(rooms, share, capacity)
        lossy = [p for p in packets if rng.random() > rng.choice([0.5, 1, 1.5]) * share / 100]
        lossy += rng.choices(lossy, k=3)
        if run % 2:
            rng.shuffle(lossy)
        brought += check(model, tag, sender, packets, lossy)
    assert brought > 3 * runs


def test_as_many_repair_packets_of_one_window_bring_back_as_many_packets():
    model, tag = load("random-cifar")
    sender = Sender(model, tag, random_encoded(model, 3), 0)
    packets = [p for p in sender.stream([11], 1) if not is_repair(p)][:30]
    rng = random.Random(17)
    for _ in range(20):
        first, last = sorted(rng.sample(range(len(packets)), 2))
        window = packets[first : last + 1]
        repairs = [sender.repair_packet(last, index, [p[2:] for p in window]) for index in range(4)]
        k = rng.randint(1, min(4, len(window)))
        receiver = Receiver(model, tag)
        for packet in rng.sample(window, len(window) - k) + rng.sample(repairs, k):
            receiver.push(packet)
        assert set(receiver.spans) == set(range(first, last + 1))


def test_golden_streams_without_every_fifth_packet():
    for path in sorted(golden.GOLDEN.glob("*-photo-protected.lnp")):
        model, tag = load(path.name.removesuffix("-photo-protected.lnp"))
        sender = Sender(model, tag, reference.encode(model, picture(model)), 5)
        packets = reference.read_lnp(path.read_bytes())
        check(model, tag, sender, packets, [p for n, p in enumerate(packets) if n % 5 != 3])


def test_plain_streams_are_read_as_before():
    model, tag = load("random-wide")
    sender = Sender(model, tag, random_encoded(model, 6), 3)
    check_subset(model, tag, sender, list(spans_of(sender, sender.stream([20])).items())[::2])


# ---- damage ---------------------------------------------------------------------------------------------------


@pytest.fixture
def stream():
    model, tag = load("random-cifar")
    sender = Sender(model, tag, reference.encode(model, picture(model)), 2)
    return model, tag, sender, sender.stream([20], 40)


def header(tag, last, index, count, size=6):
    return bytes([tag << 4 | 8 | 2, 128 | last, index << 6 | count]) + bytes(size)


def test_wrong_packets_are_refused(stream):
    model, tag, _, packets = stream
    numbered = [p for p in packets if not is_repair(p)]
    size = len(numbered[0]) - 2
    receiver = Receiver(model, tag)
    receiver.push(numbered[0])
    for wrong, words in (
        (packets[0][:3], "4 to 242"),
        (packets[0][:4], "5 bytes"),
        (bytes([packets[0][0] ^ 16]) + packets[0][1:], "another model"),
        (header(tag, 3, 0, 2, 2), "6 to 242"),
        (header(tag, 3, 0, 2, 240), "4 to 242"),
        (header(tag, 3, 0, 0, size), "window"),
        (header(tag, 3, 0, 5, size), "window"),
        (header(tag, 0, 0, 2, size), "window"),
        (header(tag, 3, 0, 4, size + 1), "another length"),
        (header(tag, 3, 0, 4, size - 1), "another length"),
        (header(tag, 0, 0, 1, size), "contradicts"),
    ):
        with pytest.raises(PacketError, match=words):
            receiver.push(wrong)
    assert set(receiver.spans) == {0}
    for packet in packets[1:]:
        receiver.push(packet)
    assert set(receiver.spans) == set(range(len(numbered)))


def test_windows_that_contradict_each_other(stream):
    model, tag, _, packets = stream
    numbered, repairs = [p for p in packets if not is_repair(p)], [p for p in packets if is_repair(p)]
    first, second = numbered[0], numbered[1]
    size = len(first) - 2
    receiver = Receiver(model, tag)
    receiver.push(header(tag, 1, 0, 2, size + 3))
    with pytest.raises(PacketError, match="another length"):
        receiver.push(header(tag, 2, 0, 2, size))
    # A received packet counts, whatever windows say; repair packets about other packets stay useful.
    for packet in (first, second):
        receiver.push(packet)
    assert set(receiver.spans) == {0, 1}
    receiver = Receiver(model, tag)
    receiver.push(repairs[0])
    with pytest.raises(PacketError, match="contradicts"):
        receiver.push(repairs[0][:-1] + bytes([repairs[0][-1] ^ 1]))
    receiver.push(repairs[0])
    receiver.push(first)
    assert set(receiver.spans) == set(window_of(repairs[0]))


def test_a_packet_that_comes_counts_against_one_that_was_made_up(stream):
    """False equations hide no received packet."""
    model, tag, sender, packets = stream
    rng = random.Random(18)
    numbered = [p for p in packets if not is_repair(p)]
    size = len(numbered[0]) - 2
    receiver = Receiver(model, tag)
    for _ in range(40):
        last = rng.randrange(len(numbered))
        lie = header(tag, last, rng.randrange(4), rng.randint(1, last + 1), 0) + rng.randbytes(size)
        try:
            receiver.push(lie)
        except PacketError:
            pass
    for packet in numbered:
        receiver.push(packet)
    symbols, levels = sent(sender, [(0, sender.order.symbols)])
    assert receiver.symbols == symbols and receiver.levels == levels


def test_damaged_repair_packets_bring_back_nothing(stream):
    """With the map and the neighbours known, almost no damage passes the checks of the code and of the ranks."""
    model, tag, sender, packets = stream
    rng = random.Random(19)
    spans = spans_of(sender, packets)
    tried, passed = 0, 0
    for repair in [p for p in packets if is_repair(p)]:
        behind = [p[1] for p, (first, _) in spans.items() if first >= sender.order.map_start + 64]
        behind = sorted(set(window_of(repair)) & set(behind))
        for at in range(len(repair)) if behind else ():
            wrong = bytearray(repair)
            wrong[at] ^= rng.randint(1, 255)
            lost = rng.choice(behind)
            receiver = Receiver(model, tag)
            for packet in spans:
                if packet[1] != lost:
                    receiver.push(packet)
            before = dict(receiver.symbols)
            try:
                receiver.push(bytes(wrong))
            except PacketError:
                pass
            tried += 1
            passed += receiver.symbols != before
    assert tried > 100 and passed <= tried * 0.03


def test_ranks_must_follow_each_other(stream):
    model, tag, sender, packets = stream
    numbered = [p for p in packets if not is_repair(p)]
    bodies = [p[2:] for p in numbered]
    spans = list(spans_of(sender, packets).values())
    n = next(n for n, (first, _) in enumerate(spans) if first > sender.order.map_start + 64) + 1
    assert len({len(b) for b in bodies[n - 1 : n + 2]}) == 1

    def comes_back(body, came):
        """Whether the packets `came` restore number n with this body."""
        receiver = Receiver(model, tag)
        for packet in came + [sender.repair_packet(n, 0, [body])]:
            receiver.push(packet)
        return n in receiver.spans

    with_map, before, behind = numbered[: n - 1], [numbered[n - 1]], [numbered[n + 1]]
    other = sender.packet(spans[n][0] + 1, len(bodies[n]) + 1)[0][1:]  # a good packet, one symbol later
    short = sender.packet(spans[n][0], len(bodies[n]))[0][1:]  # a good packet that ends early
    for body, came, due in (
        (bodies[n], before + behind, True),
        (bodies[n], [], True),
        (other, [], True),
        (other, before, False),
        (other, before + behind, False),
        (short, before, True),
        (short, behind, False),
    ):
        assert comes_back(body, with_map + came) == due
    # Number 0 begins at rank 0.
    receiver = Receiver(model, tag)
    receiver.push(sender.repair_packet(0, 0, [sender.packet(1, 18)[0][1:]]))
    assert not receiver.spans and not receiver.symbols
    receiver.push(sender.repair_packet(0, 0, [bodies[0]]))
    assert set(receiver.spans) == {0}


def test_ranks_are_checked_once_the_map_is_there():
    """The end of a packet behind the map is known late; the check is made then."""
    model, tag = load("random-cifar")
    sender = Sender(model, tag, reference.encode(model, picture(model)), 2)
    numbered = sender.stream([20], 1)
    spans = list(spans_of(sender, numbered).values())
    n = next(n for n, (first, _) in enumerate(spans) if first > sender.order.map_start + 64) + 1
    other = sender.packet(spans[n][0] + 1, len(numbered[n]) - 1)[0][1:]
    receiver = Receiver(model, tag)
    receiver.push(numbered[n - 1])
    receiver.push(sender.repair_packet(n, 0, [other]))
    assert set(receiver.spans) == {n - 1, n}
    for packet in numbered[: n - 1]:
        receiver.push(packet)
    assert receiver.order.complete and set(receiver.spans) == set(range(n))
    symbols, _ = sent(sender, [(0, spans[n - 1][1])])
    assert receiver.symbols == symbols


def test_any_protected_bytes_are_survived(stream):
    model, tag, _, packets = stream
    rng = random.Random(20)
    for _ in range(40):
        receiver = Receiver(model, tag)
        for _ in range(40):
            size = rng.choice([1, 3, 4, 5, 6, 17, 17, 17, 17, rng.randint(1, 245)])
            noise = bytes([tag << 4 | 8 | rng.randrange(8), rng.choice([0, 128]) | rng.randrange(12), rng.randrange(256)])
            mutated = bytearray(rng.choice(packets))
            mutated[rng.randrange(len(mutated))] ^= 1 << rng.randrange(8)
            for packet in (noise + rng.randbytes(size), bytes(mutated)):
                try:
                    receiver.push(packet)
                except PacketError:
                    pass
        receiver.values()
