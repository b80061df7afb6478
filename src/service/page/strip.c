/* The packets of a picture in the order in which they came, one bar each: as high as the packet is long.
 * Where the counters of the network say that frames are missing, there is a gap. */
#include "service/sources/counter.h"
#include "service/page/page_own.h"

#include <inttypes.h>
#include <stdlib.h>

#define STEP 10   /* from bar to bar */
#define HEIGHT 40 /* of the longest packet */
#define WIDEST 5  /* a gap is as wide as the frames that are missing, but no wider than so many */

/* The counters so far. */
typedef struct counted {
    ln_counter counter;
    int has_begun;
    uint32_t highest;
} counted;

/* Frames that are missing before a frame. A counter below another one is of a frame that came late. */
static uint32_t missing_before(counted *c, const ln_frame_row *frame)
{
    if (!frame->counter_bits)
        return 0;
    const uint32_t now = ln_counter_take(&c->counter, frame->counter_bits, frame->counter);
    const uint32_t missing = now - c->highest - 1;
    const int is_ahead = missing < INT32_MAX, had_begun = c->has_begun;
    if (is_ahead || !had_begun)
        c->highest = now;
    c->has_begun = 1;
    return had_begun && is_ahead ? missing : 0;
}

static void add_bar(ln_text *out, unsigned x, size_t number, const ln_frame_row *frame)
{
    const unsigned height = 1u + frame->size * (HEIGHT - 1u) / LN_MAX_PAYLOAD;
    ln_text_add(out,
                "<rect class=\"bar\" data-packet=\"%zu\" x=\"%u\" y=\"%u\" width=\"%d\" height=\"%u\">"
                "<title>packet %zu: %u bytes</title></rect>\n",
                number, x, HEIGHT - height, STEP - 2, height, number, frame->size);
}

static void add_gap(ln_text *out, unsigned x, unsigned steps, uint32_t missing)
{
    ln_text_add(out,
                "<rect class=\"gap\" x=\"%u\" y=\"%d\" width=\"%u\" height=\"4\">"
                "<title>%" PRIu32 " frames missing</title></rect>\n",
                x, HEIGHT - 4, steps * STEP - 2, missing);
}

void ln_page_strip(ln_text *out, const ln_kept *kept)
{
    counted c = {0};
    ln_text bars = {0};
    unsigned x = 0;
    uint64_t missing = 0;
    for (size_t i = 0; i < kept->count; i++) {
        const uint32_t before = missing_before(&c, &kept->frames[i]);
        const unsigned steps = before < WIDEST ? before : WIDEST;
        if (before)
            add_gap(&bars, x, steps, before);
        x += steps * STEP;
        add_bar(&bars, x, i + 1, &kept->frames[i]);
        x += STEP;
        missing += before;
    }
    ln_text_add(out,
                "<figure class=\"strip\">\n<svg role=\"img\" aria-label=\"%zu packets, one bar each, %" PRIu64
                " frames missing between them\" viewBox=\"0 0 %u %d\" preserveAspectRatio=\"none\">\n"
                "%s</svg>\n"
                "<figcaption>One bar a packet, in the order in which they came; gaps are frames that are "
                "missing: %" PRIu64 ".</figcaption>\n</figure>\n",
                kept->count, missing, x ? x : 1, HEIGHT, bars.bytes ? bars.bytes : "", missing);
    out->failed |= bars.failed;
    free(bars.bytes);
}
