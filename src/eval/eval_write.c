#include "eval/eval.h"

#include "cloud/file.h"

#include <stdio.h>
#include <stdlib.h>

static const char *name_of(ln_way way)
{
    return way == LN_WAY_CUT ? "cut" : way == LN_WAY_FIT ? "fit" : "-";
}

static void print_point(FILE *text, const ln_point *point)
{
    const ln_summary *sum = &point->sum;
    fprintf(text, "%s,", point->codec->name);
    if (point->budget)
        fprintf(text, "%zu,", point->budget);
    else
        fputs("-,", text);
    fprintf(text, "%.1f,%.4f,%.4f,%zu,", sum->bytes, sum->top1.value, sum->top5.value, sum->count);
    fprintf(text, "%s,%.4f,%.4f,%.4f,%.4f\n", name_of(point->way), sum->top1.low, sum->top1.high,
            sum->top5.low, sum->top5.high);
}

ln_status ln_eval_write(const ln_point *points, size_t count, const char *path, ln_error *error)
{
    char *bytes = NULL;
    size_t size;
    FILE *text = open_memstream(&bytes, &size);
    if (!text)
        return ln_fail_memory(error);
    fputs("codec,param,bytes,top1,top5,n,way,top1_low,top1_high,top5_low,top5_high\n", text);
    for (size_t i = 0; i < count; i++)
        print_point(text, &points[i]);
    int failed = ferror(text);
    failed |= fclose(text) != 0;
    ln_status status =
        failed ? ln_fail_memory(error) : ln_file_write(path, (const uint8_t *)bytes, size, error);
    free(bytes);
    return status;
}
