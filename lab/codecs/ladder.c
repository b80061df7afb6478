#include "codecs/ladder.h"

#include "cloud/error.h"

#include <stdlib.h>

ln_status ln_ladder_open(ln_ladder *ladder, const ln_format *format, int bare, ln_picture picture,
                         ln_error *error)
{
    size_t count = (size_t)format->qualities;
    *ladder = (ln_ladder){
        .format = format,
        .bare = bare,
        .picture = picture,
        .rungs = calloc(count, sizeof *ladder->rungs),
        .counted = calloc(count, sizeof *ladder->counted),
    };
    if (ladder->rungs && ladder->counted)
        return LN_OK;
    ln_ladder_close(ladder);
    return ln_fail_memory(error);
}

void ln_ladder_close(ln_ladder *ladder)
{
    for (int i = 0; ladder->rungs && i < ladder->format->qualities; i++)
        free(ladder->rungs[i].bytes);
    free(ladder->rungs);
    free(ladder->counted);
    ln_picture_free(&ladder->picture);
    *ladder = (ln_ladder){0};
}

static ln_status make_rung(ln_ladder *ladder, int quality, ln_error *error)
{
    ln_coded *rung = &ladder->rungs[quality];
    if (rung->bytes)
        return LN_OK;
    ln_status status = ladder->format->encode(&ladder->picture, quality, ladder->bare, rung, error);
    if (status == LN_OK)
        ladder->counted[quality] = ln_coded_counted(ladder->format, rung, ladder->bare);
    return status;
}

ln_status ln_ladder_fit(ln_ladder *ladder, size_t budget, const ln_coded **coded, size_t *counted,
                        ln_error *error)
{
    int fits = -1, too_large = ladder->format->qualities;
    while (too_large - fits > 1) {
        int middle = (fits + too_large) / 2;
        ln_status status = make_rung(ladder, middle, error);
        if (status != LN_OK)
            return status;
        if (ladder->counted[middle] <= budget)
            fits = middle;
        else
            too_large = middle;
    }
    *coded = fits < 0 ? NULL : &ladder->rungs[fits];
    *counted = fits < 0 ? 0 : ladder->counted[fits];
    return LN_OK;
}
