/* Any bytes as two tables of limitnet-lab eval, which are compared. */
#include "fuzz_error.h"

#include "eval/bjontegaard.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_curves(const ln_curves *curves)
{
    for (size_t i = 0; i < curves->count; i++) {
        const ln_curve *c = &curves->items[i];
        char name[512];
        REQUIRE(c->count > 0 && c->codec && c->way && !strchr(c->codec, ','));
        if (snprintf(name, sizeof name, "%s,%s", c->codec, c->way) < (int)sizeof name)
            REQUIRE(ln_curves_find(curves, name) == c);
        for (size_t k = 0; k < c->count; k++)
            REQUIRE(isfinite(c->points[k].bytes) && c->points[k].bytes >= 0 && c->points[k].share >= 0 &&
                    c->points[k].share <= 1);
    }
}

/* A codec saves nothing against itself. */
static void compare(const ln_curves *curves)
{
    for (size_t i = 0; i < curves->count; i++) {
        ln_error error = FUZZ_UNTOUCHED;
        ln_bd bd;
        ln_status status = ln_bd_compare(&curves->items[0], &curves->items[i], &bd, &error);
        fuzz_check_error(status, &error);
        REQUIRE(status != LN_OK || (isfinite(bd.rate) && isfinite(bd.share)));
        if (status == LN_OK && i == 0)
            REQUIRE(bd.rate == 0 && bd.share == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_part rest = {data, size};
    const fuzz_part first = fuzz_take(&rest), second = fuzz_take(&rest);
    ln_curves curves = {0};
    ln_error error = FUZZ_UNTOUCHED;
    char *text = fuzz_text(first), *more = fuzz_text(second);
    ln_status status = ln_curves_add(&curves, text, "first.csv", &error);
    fuzz_check_error(status, &error);
    if (status == LN_OK && second.size)
        status = ln_curves_add(&curves, more, "second.csv", NULL);
    if (status == LN_OK) {
        check_curves(&curves);
        compare(&curves);
    }
    ln_curves_free(&curves);
    free(more);
    free(text);
    return 0;
}
