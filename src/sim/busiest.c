#include "sim/busiest.h"

#include <stdlib.h>

static ln_sent *frame(const ln_busiest *b, size_t i)
{
    return &b->frames[(b->first + i) % b->room];
}

static ln_status make_room(ln_busiest *b, ln_error *error)
{
    if (b->count < b->room)
        return LN_OK;
    size_t room = b->room ? 2 * b->room : 16;
    ln_sent *frames = malloc(room * sizeof *frames);
    if (!frames)
        return ln_fail_memory(error);
    for (size_t i = 0; i < b->count; i++)
        frames[i] = *frame(b, i);
    free(b->frames);
    b->frames = frames;
    b->first = 0;
    b->room = room;
    return LN_OK;
}

ln_status ln_busiest_add(ln_busiest *b, uint64_t end_us, uint64_t airtime_us, ln_error *error)
{
    ln_status status = make_room(b, error);
    if (status != LN_OK)
        return status;
    b->count++;
    *frame(b, b->count - 1) = (ln_sent){end_us, airtime_us};
    b->sum_us += airtime_us;
    uint64_t begin = end_us > b->window_us ? end_us - b->window_us : 0;
    for (; frame(b, 0)->end_us <= begin && b->count > 1; b->count--) {
        b->sum_us -= frame(b, 0)->airtime_us;
        b->first = (b->first + 1) % b->room;
    }
    const ln_sent *oldest = frame(b, 0); /* a part of it may lie before the window */
    uint64_t start = oldest->end_us - oldest->airtime_us;
    uint64_t within = b->sum_us - (begin > start ? begin - start : 0);
    b->most_us = within > b->most_us ? within : b->most_us;
    return LN_OK;
}

void ln_busiest_free(ln_busiest *b)
{
    free(b->frames);
    *b = (ln_busiest){0};
}
