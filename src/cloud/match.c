/* Which of the open pictures of one device and one number a packet belongs to (SPEC 6.7).
 *
 * A camera has one picture at a time, and what it has sent of one comes at most `late_ms` after the first
 * packet of the next. So the rule is, in this order:
 *
 * 1. Contents. A packet that contradicts what is known of a picture is not that picture's.
 *
 * 2. Counter of the network, where it was given. It rises from packet to packet. So a packet is not the
 * picture's if the picture would then cover more than `max_frames` counters; if its counter is not above the
 * picture's highest, which came more than `late_ms` ago (the counter began anew); or if another picture's
 * counters lie between.
 *
 * 3. Time. A picture is over when another began after its last packet, more than `late_ms` ago. And when one
 * that began before it had a packet more than `late_ms` after its last: then a damaged packet had opened it.
 *
 * In 2 and 3 a picture of a single packet without check and counter says nothing about others: it may be
 * damaged.
 *
 * 4. If no picture is left, the packet opens another one. If one is left, it is that one's.
 *
 * 5. Contents again. A packet that begins where a known one ends, or ends where one begins, or whose symbols
 * are known already, belongs to that picture rather than to others.
 *
 * Pictures of which no packet could be read to its end, since the map is missing, give way to a confirmed one
 * here.
 *
 * 6. If several are left, the packet is that one's whose latest packet is the newest, if the others have had
 * none for `late_ms` and if that one began with its first symbol or has more than one packet.
 *
 * 7. Otherwise nothing tells, and the packet is left out. */
#include "cloud/match.h"

/* Whether counter a comes after b; the counter may pass 2^32. */
static int comes_after(uint32_t a, uint32_t b)
{
    return a != b && a - b < UINT32_C(0x80000000);
}

static uint64_t since(uint64_t then, uint64_t now)
{
    return now > then ? now - then : 0;
}

static int counter_is_strange(const ln_image *image, const ln_moment *m)
{
    if (!m->has_counter || !image->has_counter)
        return 0;
    uint32_t low = comes_after(image->lowest, m->counter) ? m->counter : image->lowest;
    uint32_t high = comes_after(m->counter, image->highest) ? m->counter : image->highest;
    return high - low >= m->max_frames ||
           (high == image->highest && since(image->highest_at, m->now) > m->late_ms);
}

static int other_lies_between(const ln_image *image, const ln_image *other, const ln_moment *m)
{
    if (!m->has_counter || !image->has_counter || !other->has_counter)
        return 0;
    if (comes_after(other->lowest, image->highest))
        return !comes_after(other->lowest, m->counter);
    return comes_after(image->lowest, other->highest) && !comes_after(m->counter, other->highest);
}

static int is_over(const ln_image *image, const ln_image *other, const ln_moment *m)
{
    if (other->began >= image->last && other->began > image->began)
        return since(other->began, m->now) > m->late_ms;
    return other->began <= image->began && since(image->last, other->last) > m->late_ms;
}

static int is_possible(const ln_candidate *candidates, size_t count, size_t which, const ln_moment *m)
{
    const ln_image *image = candidates[which].image;
    if (candidates[which].relation == LN_CONTRADICTS || counter_is_strange(image, m))
        return 0;
    for (size_t i = 0; i < count; i++) {
        const ln_image *other = candidates[i].image;
        if (i != which && other->confirmed &&
            (other_lies_between(image, other, m) || is_over(image, other, m)))
            return 0;
    }
    return 1;
}

/* Leaves out pictures of which no packet could be read to its end, if there is one whose packets are hardly
 * damage. Returns how many are left. */
static size_t drop_unverified(ln_image **images, size_t count)
{
    size_t kept = 0, confirmed = 0;
    for (size_t i = 0; i < count; i++)
        confirmed += images[i]->confirmed != 0;
    for (size_t i = 0; i < count; i++)
        if (!confirmed || images[i]->confirmed || images[i]->info.traffic.accepted.packets > 0)
            images[kept++] = images[i];
    return kept;
}

/* Of several pictures the one that the camera works on, null if that cannot be told. */
static ln_image *choose_active(ln_image *const *images, size_t count, const ln_moment *m)
{
    ln_image *active = images[0];
    for (size_t i = 1; i < count; i++)
        if (images[i]->last > active->last)
            active = images[i];
    for (size_t i = 0; i < count; i++)
        if (images[i] != active && since(images[i]->last, m->now) <= m->late_ms)
            return NULL;
    return active->confirmed || active->from_start ? active : NULL;
}

ln_status ln_match_image(const ln_candidate *candidates, size_t count, const ln_moment *m, ln_image **choice)
{
    ln_image *left[LN_MAX_NAMESAKES];
    size_t lefts = 0;
    ln_relation surest = LN_MAY_BELONG;
    for (size_t i = 0; i < count; i++) {
        if (!is_possible(candidates, count, i, m))
            continue;
        if (candidates[i].relation > surest) {
            surest = LN_BELONGS;
            lefts = 0;
        }
        if (candidates[i].relation == surest)
            left[lefts++] = candidates[i].image;
    }
    if (lefts > 1)
        lefts = drop_unverified(left, lefts);
    *choice = lefts < 2 ? (lefts ? left[0] : NULL) : choose_active(left, lefts, m);
    return *choice || lefts == 0 ? LN_OK : LN_ERR_STATE;
}

void ln_match_note(ln_image *image, const ln_moment *m)
{
    image->last = m->now;
    if (!m->has_counter)
        return;
    if (!image->has_counter || comes_after(m->counter, image->highest)) {
        image->highest = m->counter;
        image->highest_at = m->now;
    }
    if (!image->has_counter || comes_after(image->lowest, m->counter))
        image->lowest = m->counter;
    image->has_counter = 1;
}
