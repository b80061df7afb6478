"""Protection (SPEC 6.6): the reference against plain linear algebra in a field that is computed in another way."""

import functools
import itertools
import math
import random

import pytest
from test_reference import check_subset, known_of, load, picture, random_encoded, sent

from limitnet_train import golden, reference
from limitnet_train.reference import PacketError, Receiver, Sender

# The powers of 2 are all elements but 0.
POWERS = [1]
for _ in range(254):
    POWERS.append(POWERS[-1] << 1 ^ (0x11D if POWERS[-1] & 128 else 0))
LOGARITHMS = {power: n for n, power in enumerate(POWERS)}


def times(a, b):
    return POWERS[(LOGARITHMS[a] + LOGARITHMS[b]) % 255] if a and b else 0


@functools.cache
def multiples(a):
    return bytes(times(a, b) for b in range(256))


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
            if rows[r][column]:
                q = multiples(times(rows[r][column], inverse(rows[rank][column])))
                rows[r] = [a ^ q[b] for a, b in zip(rows[r], rows[rank])]
        rank += 1
    return rank


def is_numbered(packet):
    return packet[0] >> 6 == 1


def is_repair(packet):
    return packet[0] >> 6 == 2


def check_size(packet):
    return 2 if packet[0] & 0x20 else 0


def picture_of(packet):
    return (packet[0] & 31) << 6 | packet[1] >> 2


def rank_in(packet):
    return (packet[1] & 3) << 16 | packet[2] << 8 | packet[3]


def contents(packet):
    """What stands between the four bytes of the header and the check."""
    return packet[4 : len(packet) - check_size(packet)]


def body_of(packet):
    """The body of a numbered packet."""
    code = contents(packet)[1:]
    return bytes([packet[1] & 3, packet[2], packet[3], len(code)]) + code


def sums_in(packet):
    return (rank_in(packet) & 7) + 1


def window_of(packet):
    """The numbers of the blocks in a repair packet's window."""
    last, w = rank_in(packet) >> 10, rank_in(packet) >> 3 & 31
    return range(max(0, last + 1 - 4 * (w + 1)), last + 1)


def factors_of(packet):
    """For each sum of a repair packet {number: factor}."""
    last, index = rank_in(packet) >> 10, rank_in(packet) >> 8 & 3
    return [
        {i: inverse(128 + (last + 32 * index + j) % 128 ^ i % 128) for i in window_of(packet)}
        for j in range(sums_in(packet))
    ]


def bodies_of(packets):
    return {p[4]: body_of(p) for p in packets if is_numbered(p)}


def size_of(packets):
    """Bytes of a block; nothing if no repair packet tells it."""
    return next((len(contents(p)) // sums_in(p) for p in packets if is_repair(p)), None)


def numbers_of(packet, size):
    """The numbers of a packet's blocks."""
    return range(packet[4], packet[4] + -(-len(body_of(packet)) // size))


def blocks_of(packets, size):
    """{number: block} of the numbered packets."""
    blocks = {}
    for packet in filter(is_numbered, packets):
        body = body_of(packet) + bytes(size)
        for n, number in enumerate(numbers_of(packet, size)):
            assert number not in blocks
            blocks[number] = body[n * size : (n + 1) * size]
    return blocks


def spans_of(sender, packets):
    """packet -> ranks (first, end) of those that are no repair packets, in the order of the stream."""
    carriers = [p for p in packets if not is_repair(p)]
    return {p: span for p, span in zip(carriers, itertools.pairwise([*map(rank_in, carriers), sender.order.symbols]))}


def determined(packets, some):
    """Numbers of the packets that did not come and that `some` determine; `packets` is the whole stream.

    A block is determined if its column is no sum of others: if the rank falls when its column is left out. A packet
    comes back if all its blocks do and the one before it is there.
    """
    size, came = size_of(some), bodies_of(some)
    if size is None:
        return set()
    known = set(blocks_of([p for p in packets if is_numbered(p) and p[4] in came], size))
    sums = [factors for p in some if is_repair(p) for factors in factors_of(p)]
    unknown = sorted({i for factors in sums for i in factors} - known)
    rows = [[factors.get(i, 0) for i in unknown] for factors in sums]
    whole = rank_of(rows)
    known |= {i for n, i in enumerate(unknown) if rank_of([row[:n] + row[n + 1 :] for row in rows]) < whole}
    back, before = set(), True
    for packet in filter(is_numbered, packets):
        there = packet[4] in came or (before and known.issuperset(numbers_of(packet, size)))
        if there and packet[4] not in came:
            back.add(packet[4])
        before = there
    return back


def check(model, checksum, sender, packets, some):
    """The receiver knows what came and what that determines, nothing else; `packets` is the whole stream."""
    receiver = Receiver(model, checksum)
    for packet in some:
        receiver.push(packet)
    spans = spans_of(sender, packets)
    numbered = {p[4]: spans[p] for p in packets if is_numbered(p)}
    brought = determined(packets, some)
    known = {spans[p] for p in some if not is_repair(p)} | {numbered[i] for i in brought}
    assert receiver.symbols == known_of(sender, model, known)
    assert set(receiver.spans) == set(bodies_of(some)) | brought
    return len(brought)


# ---- field and sender -----------------------------------------------------------------------------------------


def test_field():
    assert len(LOGARITHMS) == 255
    for a, b in itertools.product(range(256), repeat=2):
        assert reference.product(a, b) == times(a, b)
    assert all(reference.inverse(a) == inverse(a) for a in range(1, 256))


def follow_the_rules(packets, rooms, share, memory, checked, ended_at):
    """Every packet of a stream against appendix C. All symbols were sent before packet `ended_at`."""
    check = 2 if checked else 0
    most = min(255, rooms[0]) - 4 - check
    size = most // math.ceil(most / 48)
    keeps = min(128, memory // size)
    rank, count, owes, repairs, since = 0, 0, 0, 0, 0  # `count`: blocks; `since`: repair packets

    def due(n):
        """Sums of the repair packet that is due as packet n, or 0."""
        k = min(8, (min(255, rooms[n % len(rooms)]) - 4 - check) // size)
        while n >= ended_at and k * (100 - share) > owes:
            k -= 1
        return k if share and 0 < count < 256 and owes >= k * (100 - share) and since < 4 else 0

    for n, packet in enumerate(packets):
        room = min(255, rooms[n % len(rooms)])
        assert len(packet) <= room and check_size(packet) == check
        sums = due(n)
        assert is_repair(packet) == bool(sums)
        if is_repair(packet):
            covered = count if count <= keeps else keeps - keeps % 4
            assert window_of(packet) == range(count - covered, count)
            assert rank_in(packet) >> 8 & 3 == repairs % 4 and sums_in(packet) == sums
            assert len(contents(packet)) == sums * size
            owes, repairs, since = owes - sums * (100 - share), repairs + 1, since + 1
            continue
        assert is_numbered(packet) == (share > 0 and count < 256) and rank_in(packet) >= rank
        rank = rank_in(packet)
        if is_numbered(packet):
            blocks = len(numbers_of(packet, size))
            assert packet[4] == count and len(packet) + 3 <= room and blocks <= 8
            if n + 1 < ended_at:
                b = min(8, (room - 4 - check) // size, 256 - count)
                assert len(body_of(packet)) == (b * size or room - 4 - check)
            count += blocks
            owes, since = min(owes + blocks * share, 3200), 0
    assert n + 1 >= ended_at and not due(n + 1)


@pytest.mark.parametrize("share", [1, 20, 40, 75, 80])
@pytest.mark.parametrize("memory, checked", [(255, False), (400, True), (4096, False), (20000, True)])
def test_streams(share, memory, checked):
    model, checksum = load("random-pyramid" if memory > 400 else "random-wide")
    sender = Sender(model, checksum, random_encoded(model, 4), 1234, checked)
    mixes = [[51], [255], [300, 13, 90], golden.CHECKED_VARYING]
    if model.symbols() < 5000:
        mixes += [[13], [24, 24, 24, 23]]
    for rooms in mixes:
        packets = list(sender.stream(rooms, share, memory))
        assert all(picture_of(p) == 1234 for p in packets)
        ended_at = max(n for n, p in enumerate(packets) if not is_repair(p)) + 1
        follow_the_rules(packets, rooms, share, memory, checked, ended_at)
        size = size_of(packets)
        blocks = blocks_of(packets, size) if size else {}
        for packet in filter(is_repair, packets):
            totals = b""
            for factors in factors_of(packet):
                total = 0
                for i, factor in factors.items():
                    total ^= int.from_bytes(blocks[i].translate(multiples(factor)), "big")
                totals += total.to_bytes(size, "big")
            assert contents(packet) == totals
        # The code is what the plain writer makes, and ranks follow each other.
        for packet, (rank, end) in spans_of(sender, packets).items():
            code = contents(packet)[1 if is_numbered(packet) else 0 :]
            assert sender.code(rank, max(3, len(code))) == (code, end)
        repairs = [p for p in packets if is_repair(p)]
        assert len({p[:4] for p in repairs}) == len(repairs)
        if len(rooms) == 1:
            sums = sum(map(sums_in, repairs))
            assert abs(sums - (sums + len(blocks)) * share / 100) <= 8


def test_share_nought_is_a_plain_stream():
    model, checksum = load("random-wide")
    sender = Sender(model, checksum, random_encoded(model, 5), 1)
    packets = list(sender.stream([51], 0))
    assert packets == list(sender.stream([51])) and all(p[0] >> 6 == 0 for p in packets)


def test_a_stream_goes_on_plain_behind_block_255():
    model, checksum = load("random-nomap")
    for rooms in [51], [51, 242, 60]:
        packets = list(Sender(model, checksum, random_encoded(model, 4), 1).stream(rooms, 40))
        last = max(n for n, p in enumerate(packets) if is_numbered(p))
        assert numbers_of(packets[last], 47)[-1] == 255 and len(packets) > last + 10
        assert all(p[0] >> 6 == 0 for p in packets[last + 1 :])


def test_a_number_says_nothing_about_the_symbols():
    model, checksum = load("tiny")
    sender = Sender(model, checksum, reference.encode(model, picture(model)), 2)
    packets = list(sender.stream([11], 40))
    assert any(map(is_repair, packets))
    read = lambda packet: reference.read_packet(sender.tables, checksum, sender.order, packet)
    for packet in packets:
        if is_repair(packet):
            with pytest.raises(PacketError, match="repair"):
                read(packet)
        else:
            assert read(packet) == read(bytes([packet[0] & 63]) + packet[1:4] + packet[5:])
            with pytest.raises(PacketError, match="without code"):
                read(packet[:5])


# ---- what comes back ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name, rooms, share, memory, checked", [
    ("tiny", [19], 40, 4096, False),
    ("tiny", [19], 40, 255, False),
    ("tiny", [24, 21, 26], 50, 4096, True),
    ("tiny-nomap", [11, 12, 11, 13], 60, 4096, False),
])
def test_every_subset(name, rooms, share, memory, checked):
    model, checksum = load(name)
    # The first values that take enough packets, and not so many that this would be long.
    for seed in itertools.count():
        sender = Sender(model, checksum, random_encoded(model, seed), 7, checked)
        packets = list(sender.stream(rooms, share, memory))
        if 7 <= len(packets) <= 10 and sum(map(is_repair, packets)) >= 3:
            break
    rng = random.Random(seed)
    brought = 0
    for bits in range(1 << len(packets)):
        some = [p for i, p in enumerate(packets) if bits >> i & 1]
        for order in (some, some[::-1], rng.sample(some, len(some))):
            brought += check(model, checksum, sender, packets, order)
    assert brought > 50
    check(model, checksum, sender, packets, packets + packets[::-1])


@pytest.mark.parametrize("name, rooms, memory, runs", [
    ("random-cifar", [11], 4096, 4),
    ("random-cifar", [11], 255, 6),
    ("random-cifar", [13, 51, 20, 19, 35], 4096, 12),
    ("random-wide", [20, 20, 20, 51], 4096, 12),
    ("random-wide", golden.CHECKED_VARYING, 400, 12),
    ("random-paper", golden.CHECKED_VARYING, 4096, 1),
    ("random-pyramid", [51], 4096, 2),
])
def test_random_loss(name, rooms, memory, runs):
    model, checksum = load(name)
    rng = random.Random(16)
    brought = 0
    for run in range(runs):
        share = rng.choice([20, 40, 60, 80])
        sender = Sender(model, checksum, random_encoded(model, run), run, run % 2 == 1)
        packets = list(sender.stream([room + 2 for room in rooms], share, memory))
        lossy = [p for p in packets if rng.random() > rng.choice([0.5, 1, 1.5]) * share / 100]
        lossy += rng.choices(lossy, k=3)
        if run % 2:
            rng.shuffle(lossy)
        brought += check(model, checksum, sender, packets, lossy)
    assert brought > 2 * runs


def test_as_many_sums_of_one_window_bring_back_as_many_blocks():
    model, checksum = load("random-cifar")
    sender = Sender(model, checksum, random_encoded(model, 3), 0)
    packets = [p for p in sender.stream([20, 13, 40, 60, 12], 1) if not is_repair(p)][:30]
    blocks = blocks_of(packets, 16)
    assert len({len(numbers_of(p, 16)) for p in packets}) > 2
    rng = random.Random(17)
    for _ in range(20):
        last = numbers_of(rng.choice(packets[3:]), 16)[-1]
        lost = rng.sample([p for p in packets if p[4] <= last], 2)
        count = sum(len(numbers_of(p, 16)) for p in lost)
        sums = [rng.randint(1, 8)]
        while sum(sums) < count:
            sums.append(rng.randint(1, 8))
        window = [blocks[i] for i in range(last + 1)]
        repairs = [sender.repair(last, index, window, k) for index, k in enumerate(sums)]
        receiver = Receiver(model, checksum)
        came = [p for p in packets if p[4] <= last and p not in lost] + repairs
        for packet in rng.sample(came, len(came)):
            receiver.push(packet)
        assert set(receiver.spans) == {p[4] for p in packets if p[4] <= last}


def test_a_repair_packet_that_comes_first_is_kept():
    model, checksum = load("random-wide")
    sender = Sender(model, checksum, random_encoded(model, 3), 0)
    packets = list(sender.stream([51, 24], 40))[:12]
    repairs, others = [p for p in packets if is_repair(p)], [p for p in packets if not is_repair(p)]
    check(model, checksum, sender, list(sender.stream([51, 24], 40)), repairs + others[2:])


def test_golden_streams_without_every_fifth_packet():
    for path in sorted(golden.GOLDEN.glob("*-photo-*protected*.lnp")):
        name, _ = path.stem.split("-photo-")
        model, checksum = load(name)
        sender = Sender(model, checksum, reference.encode(model, picture(model)), 5)
        stored, packets = reference.read_lnp(path.read_bytes())
        assert stored == checksum
        check(model, checksum, sender, packets, [p for n, p in enumerate(packets) if n % 5 != 3])


def test_plain_streams_are_read_as_before():
    model, checksum = load("random-wide")
    sender = Sender(model, checksum, random_encoded(model, 6), 3)
    check_subset(model, checksum, sender, list(spans_of(sender, sender.stream([20])).items())[::2])


# ---- damage ---------------------------------------------------------------------------------------------------


@pytest.fixture
def stream():
    model, checksum = load("random-cifar")
    sender = Sender(model, checksum, reference.encode(model, picture(model)), 2)
    return model, checksum, sender, list(sender.stream([20, 21, 20], 40))


def made_up(last, index, w, size=16, sums=1):
    return (2 << 30 | 2 << 18 | last << 10 | index << 8 | w << 3 | sums - 1).to_bytes(4, "big") + bytes(size)


def test_wrong_packets_are_refused(stream):
    model, checksum, _, packets = stream
    numbered = [p for p in packets if not is_repair(p)]
    receiver = Receiver(model, checksum)
    receiver.push(numbered[0])
    for wrong, words in (
        (packets[0][:4], "5 to 255"),
        (packets[0][:5], "without code"),
        (made_up(3, 0, 0, 0), "5 to 255"),
        (made_up(3, 0, 0, 4), "impossible"),
        (made_up(3, 0, 0, 65), "impossible"),
        (made_up(3, 0, 0, 252, 4), "5 to 255"),
        (made_up(3, 0, 0, 16, 3), "impossible"),
        (made_up(3, 0, 0, 28, 7), "impossible"),
        (made_up(3, 0, 0, 130, 2), "impossible"),
        (made_up(0, 0, 0), "contradicts"),
    ):
        with pytest.raises(PacketError, match=words):
            receiver.push(wrong)
    assert set(receiver.spans) == {0}
    for packet in packets[1:]:
        receiver.push(packet)
    assert set(receiver.spans) == set(range(len(numbered)))


def test_windows_that_contradict_each_other(stream):
    model, checksum, sender, packets = stream
    numbered, repairs = [p for p in packets if not is_repair(p)], [p for p in packets if is_repair(p)]
    first, second = numbered[0], numbered[1]
    receiver = Receiver(model, checksum)
    receiver.push(made_up(1, 0, 0, 16))
    # A packet that comes counts, whatever windows say.
    for packet in (first, second):
        receiver.push(packet)
    assert set(receiver.spans) == {0, 1}
    receiver = Receiver(model, checksum)
    receiver.push(repairs[0])
    with pytest.raises(PacketError, match="contradicts"):
        receiver.push(repairs[0][:-1] + bytes([repairs[0][-1] ^ 1]))
    receiver.push(repairs[0])
    lost = max(window_of(repairs[0]))
    for i in set(window_of(repairs[0])) - {lost}:
        receiver.push(numbered[i])
    assert set(receiver.spans) == set(window_of(repairs[0]))


def test_repair_packets_without_truth_hide_no_packet_that_came(stream):
    model, checksum, sender, packets = stream
    rng = random.Random(18)
    numbered = [p for p in packets if not is_repair(p)]
    receiver = Receiver(model, checksum)
    for _ in range(40):
        last = rng.randrange(len(numbered))
        sums = rng.randint(1, 4)
        lie = made_up(last, rng.randrange(4), rng.randrange(32), 0, sums) + rng.randbytes(sums * rng.randint(14, 18))
        try:
            receiver.push(lie)
        except PacketError:
            pass
    for packet in numbered:
        receiver.push(packet)
    assert receiver.symbols == sent(sender, [(0, sender.order.symbols)])


def test_damaged_repair_packets_bring_back_nothing(stream):
    """With the map and the neighbours known, next to no damage passes the code's checks and those of the ranks."""
    model, checksum, sender, packets = stream
    rng = random.Random(19)
    spans = spans_of(sender, packets)
    tried, passed = 0, 0
    for repair in [p for p in packets if is_repair(p)]:
        behind = [p[4] for p, (first, _) in spans.items() if first >= sender.order.map_start + 64]
        behind = sorted(set(window_of(repair)) & set(behind))
        for at in range(len(repair)) if behind else ():
            wrong = bytearray(repair)
            wrong[at] ^= rng.randint(1, 255)
            lost = rng.choice(behind)
            receiver = Receiver(model, checksum)
            for packet in spans:
                if packet[4] != lost:
                    receiver.push(packet)
            before = dict(receiver.symbols)
            try:
                receiver.push(bytes(wrong))
            except PacketError:
                pass
            tried += 1
            passed += receiver.symbols != before
    assert tried > 100 and passed <= tried * 0.03


@pytest.fixture
def around(stream):
    """A packet behind the map with a number, its neighbours and all before them."""
    model, checksum, sender, packets = stream
    numbered = [p for p in packets if not is_repair(p)]
    spans = list(spans_of(sender, packets).values())
    n = next(n for n, (first, _) in enumerate(spans) if first > sender.order.map_start + 64) + 1
    return model, checksum, sender, numbered, spans, n


def repair_of(sender, last, bodies, size=16):
    """A repair packet of four bodies of one block each."""
    return sender.repair(last, 0, [body.ljust(size, b"\0") for body in bodies], 1)


def test_ranks_must_follow_each_other(around):
    model, checksum, sender, numbered, spans, n = around
    bodies = [body_of(p) for p in numbered]
    assert all(len(body) <= 16 and p[4] == i for i, (p, body) in enumerate(zip(numbered, bodies)))

    def comes_back(body, came, size=16):
        """Whether number n comes back with this body when those before it and the packets `came` are there."""
        receiver = Receiver(model, checksum)
        for packet in numbered[:n] + came + [repair_of(sender, n, bodies[n - 3 : n] + [body], size)]:
            receiver.push(packet)
        return n in receiver.spans

    def made(rank, size):
        return reference.body_of(rank, sender.code(rank, size)[0])

    behind = [numbered[n + 1]]
    first, size = spans[n][0], bodies[n][3]
    other = made(first + 1, size)  # a good packet, one symbol later
    short = made(first, size - 2)  # a good packet that ends early
    for body, came, due in (
        (bodies[n], behind, True),
        (bodies[n], [], True),
        (other, [], False),
        (other, behind, False),
        (short, [], True),
        (short, behind, False),
        (short, [numbered[n + 2]], True),
    ):
        assert comes_back(body, came) == due
        assert comes_back(body, came, 25) == due  # zeros follow in a longer block
    for body in (
        bodies[n] + b"\1",
        bodies[n] + b"\0\1",
        bodies[n][:3] + bytes([size + 1]) + bodies[n][4:],
        bodies[n][:3] + bytes([0]) + bodies[n][4:],
        bodies[n][:3] + bytes([0]) + bytes(size),
        bytes([64]) + bodies[n][1:],
    ):
        assert not comes_back(body, [], 20)
    # Number 0 begins at rank 0.
    receiver = Receiver(model, checksum)
    receiver.push(sender.repair(0, 0, [made(1, 12)], 1))
    assert not receiver.spans and not receiver.symbols
    receiver.push(sender.repair(0, 0, [bodies[0]], 1))
    assert set(receiver.spans) == {0}


def test_a_packet_begins_behind_a_known_one(around):
    model, checksum, sender, numbered, spans, n = around
    receiver = Receiver(model, checksum)
    bodies = [body_of(p) for p in numbered[n : n + 4]]
    for packet in numbered[: n - 1] + numbered[n + 1 : n + 4] + [repair_of(sender, n + 3, bodies)]:
        receiver.push(packet)
    assert n in receiver.equations.blocks() and n not in receiver.spans
    receiver.push(numbered[n - 1])
    assert set(receiver.spans) == set(range(n + 4))


def test_ranks_are_checked_once_the_map_is_there(around):
    """Where a packet behind the map ends is known late; the check is made then."""
    model, checksum, sender, numbered, spans, n = around
    rank = spans[n][0] + 1
    receiver = Receiver(model, checksum)
    wrong = reference.body_of(rank, sender.code(rank, 12)[0])
    repair = repair_of(sender, n + 3, [wrong] + [body_of(p) for p in numbered[n + 1 : n + 4]])
    for packet in [numbered[n - 1]] + numbered[n + 1 : n + 4] + [repair]:
        receiver.push(packet)
    assert set(receiver.spans) == set(range(n - 1, n + 4))
    for packet in numbered[: n - 1]:
        receiver.push(packet)
    assert receiver.order.complete and set(receiver.spans) == set(range(n + 4)) - {n}
    assert receiver.symbols == sent(sender, [(0, spans[n - 1][1]), (spans[n + 1][0], spans[n + 3][1])])


def test_blocks_of_another_size_are_refused(stream):
    model, checksum, sender, packets = stream
    numbered = [p for p in packets if not is_repair(p)]
    bodies = [body_of(p) for p in numbered[:4]]
    receiver = Receiver(model, checksum)
    for packet in numbered[:2]:
        receiver.push(packet)
    with pytest.raises(PacketError, match="another size"):
        receiver.push(repair_of(sender, 3, [body[:15] for body in bodies], 15))  # the bodies would overlap
    receiver.push(repair_of(sender, 3, bodies))
    with pytest.raises(PacketError, match="another size"):
        receiver.push(repair_of(sender, 3, bodies, 17))
    receiver.push(numbered[2])
    assert set(receiver.spans) == {0, 1, 2, 3}


def test_any_protected_bytes_are_survived(stream):
    model, checksum, _, packets = stream
    rng = random.Random(20)
    for _ in range(40):
        receiver = Receiver(model, checksum)
        for _ in range(40):
            size = rng.choice([1, 3, 4, 5, 6, 16, 16, 17, 17, rng.randint(1, 252)])
            head = rng.choice([1, 2]) << 30 | 2 << 18 | rng.randrange(12) << 11 | rng.randrange(64) << 3
            mutated = bytearray(rng.choice(packets))
            mutated[rng.randrange(len(mutated))] ^= 1 << rng.randrange(8)
            for packet in (head.to_bytes(4, "big") + rng.randbytes(size), bytes(mutated)):
                try:
                    receiver.push(packet)
                except PacketError:
                    pass
        receiver.values()
