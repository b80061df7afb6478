#include "sim/strip.h"

#include <string.h>

#define GAP 4 /* white pixels between pictures */

int ln_strip_wants(const ln_strip *strip, uint32_t packets)
{
    return (packets & (packets - 1)) == 0 && strip->count < LN_STRIP_STEPS - 1; /* one place is for the end */
}

ln_status ln_strip_add(ln_strip *strip, ln_sim_outcomes *outcomes, const ln_view *view,
                       const ln_strip_step *step, ln_error *error)
{
    ln_strip_step *s = &strip->step[strip->count];
    *s = *step;
    ln_status status = ln_sim_outcomes_draw(outcomes, view, &s->best, error);
    if (status == LN_OK)
        status = ln_picture_make(&s->picture, outcomes->picture.width, outcomes->picture.height, error);
    if (status != LN_OK)
        return status;
    memcpy(s->picture.rgb, outcomes->picture.rgb, (size_t)3 * s->picture.width * s->picture.height);
    strip->count++;
    return LN_OK;
}

ln_status ln_strip_compose(const ln_strip *strip, ln_picture *picture, ln_error *error)
{
    *picture = (ln_picture){0};
    if (strip->count == 0)
        return LN_OK;
    const ln_picture *first = &strip->step[0].picture;
    unsigned columns = (unsigned)strip->count * (first->width + GAP) - GAP;
    ln_status status = ln_picture_make(picture, columns, first->height, error);
    if (status != LN_OK)
        return status;
    memset(picture->rgb, 255, (size_t)3 * columns * first->height);
    for (size_t i = 0; i < strip->count; i++)
        for (size_t y = 0; y < first->height; y++)
            memcpy(picture->rgb + 3 * (y * columns + i * (first->width + GAP)),
                   strip->step[i].picture.rgb + 3 * y * first->width, (size_t)3 * first->width);
    return LN_OK;
}

void ln_strip_free(ln_strip *strip)
{
    for (size_t i = 0; i < strip->count; i++)
        ln_picture_free(&strip->step[i].picture);
    *strip = (ln_strip){0};
}
