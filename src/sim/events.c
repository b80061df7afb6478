#include "sim/events.h"

#include <stdlib.h>

static int is_before(const ln_event *a, const ln_event *b)
{
    if (a->time_us != b->time_us)
        return a->time_us < b->time_us;
    return a->kind != b->kind ? a->kind < b->kind : a->order < b->order;
}

ln_status ln_events_add(ln_events *e, uint64_t time_us, ln_event_kind kind, size_t subject, ln_error *error)
{
    if (e->count == e->room) {
        size_t room = e->room ? 2 * e->room : 64;
        ln_event *items = realloc(e->items, room * sizeof *items);
        if (!items)
            return ln_fail_memory(error);
        e->items = items;
        e->room = room;
    }
    ln_event event = {time_us, e->order++, kind, subject};
    size_t at = e->count++;
    for (; at > 0 && is_before(&event, &e->items[(at - 1) / 2]); at = (at - 1) / 2)
        e->items[at] = e->items[(at - 1) / 2];
    e->items[at] = event;
    return LN_OK;
}

int ln_events_next(ln_events *e, ln_event *event)
{
    if (e->count == 0)
        return 0;
    *event = e->items[0];
    const ln_event *last = &e->items[--e->count];
    size_t at = 0;
    for (size_t child = 1; child < e->count; child = 2 * at + 1) {
        if (child + 1 < e->count && is_before(&e->items[child + 1], &e->items[child]))
            child++;
        if (!is_before(&e->items[child], last))
            break;
        e->items[at] = e->items[child];
        at = child;
    }
    e->items[at] = *last;
    return 1;
}

void ln_events_free(ln_events *e)
{
    free(e->items);
    *e = (ln_events){0};
}
