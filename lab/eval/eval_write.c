#include "eval/eval.h"

#include "cloud/error.h"
#include "cloud/file.h"

#include <stdio.h>
#include <stdlib.h>

static const char *name_of(ln_way way)
{
    return way == LN_WAY_CUT ? "cut" : way == LN_WAY_FIT ? "fit" : "-";
}

static void print_header(FILE *text, const ln_measure_kind *measure)
{
    const char *const *names = measure->shares;
    fputs("codec,param,bytes", text);
    for (size_t i = 0; i < LN_MOST_SHARES && names[i]; i++)
        fprintf(text, ",%s", names[i]);
    fputs(",n,way", text);
    for (size_t i = 0; i < LN_MOST_SHARES && names[i]; i++)
        fprintf(text, ",%s_low,%s_high", names[i], names[i]);
    fputc('\n', text);
}

static void print_point(FILE *text, const ln_measure_kind *measure, const ln_point *point)
{
    const ln_summary *sum = &point->sum;
    fprintf(text, "%s,", point->codec->name);
    if (point->budget)
        fprintf(text, "%zu,", point->budget);
    else
        fputs("-,", text);
    fprintf(text, "%.1f", sum->bytes);
    for (size_t i = 0; i < LN_MOST_SHARES && measure->shares[i]; i++)
        fprintf(text, ",%.4f", sum->shares[i].value);
    fprintf(text, ",%zu,%s", sum->count, name_of(point->way));
    for (size_t i = 0; i < LN_MOST_SHARES && measure->shares[i]; i++)
        fprintf(text, ",%.4f,%.4f", sum->shares[i].low, sum->shares[i].high);
    fputc('\n', text);
}

ln_status ln_eval_write(const ln_measure_kind *measure, const ln_point *points, size_t count,
                        const char *path, ln_error *error)
{
    char *bytes = NULL;
    size_t size;
    FILE *text = open_memstream(&bytes, &size);
    if (!text)
        return ln_fail_memory(error);
    print_header(text, measure);
    for (size_t i = 0; i < count; i++)
        print_point(text, measure, &points[i]);
    int failed = ferror(text);
    failed |= fclose(text) != 0;
    ln_status status =
        failed ? ln_fail_memory(error) : ln_file_write(path, (const uint8_t *)bytes, size, error);
    free(bytes);
    return status;
}
