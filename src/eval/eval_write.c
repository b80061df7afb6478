#include "eval/eval.h"

#include "cloud/file.h"

#include <stdio.h>
#include <stdlib.h>

static void print_point(FILE *text, const ln_point *point)
{
    double count = (double)point->count;
    fprintf(text, "%s,", point->codec->name);
    if (point->budget)
        fprintf(text, "%zu,", point->budget);
    else
        fputs("-,", text);
    fprintf(text, "%.1f,%.4f,%.4f,%zu\n", (double)point->bytes / count, (double)point->top1 / count,
            (double)point->top5 / count, point->count);
}

ln_status ln_eval_write(const ln_point *points, size_t count, const char *path, ln_error *error)
{
    char *bytes = NULL;
    size_t size;
    FILE *text = open_memstream(&bytes, &size);
    if (!text)
        return ln_fail_memory(error);
    fputs("codec,param,bytes,top1,top5,n\n", text);
    for (size_t i = 0; i < count; i++)
        print_point(text, &points[i]);
    int failed = ferror(text);
    failed |= fclose(text) != 0;
    ln_status status =
        failed ? ln_fail_memory(error) : ln_file_write(path, (const uint8_t *)bytes, size, error);
    free(bytes);
    return status;
}
