#include "saliency/saliency.h"

#include "cloud/error.h"
#include "cloud/file.h"

#include <stdio.h>
#include <stdlib.h>

static void print_row(FILE *text, const ln_saliency_row *row)
{
    const ln_share *shares[] = {&row->mae, &row->max_f, &row->s_measure};
    fprintf(text, "%s,%s,%.4f,%.4f,%.4f,%zu", row->model, row->map, row->mae.value, row->max_f.value,
            row->s_measure.value, row->count);
    for (size_t i = 0; i < 3; i++)
        fprintf(text, ",%.4f,%.4f", shares[i]->low, shares[i]->high);
    fputc('\n', text);
}

ln_status ln_saliency_write(const ln_saliency_row *rows, size_t count, const char *path, ln_error *error)
{
    char *bytes = NULL;
    size_t size;
    FILE *text = open_memstream(&bytes, &size);
    if (!text)
        return ln_fail_memory(error);
    fputs("model,map,mae,max_f,s_measure,n,"
          "mae_low,mae_high,max_f_low,max_f_high,s_measure_low,s_measure_high\n",
          text);
    for (size_t i = 0; i < count; i++)
        print_row(text, &rows[i]);
    int failed = ferror(text);
    failed |= fclose(text) != 0;
    ln_status status =
        failed ? ln_fail_memory(error) : ln_file_write(path, (const uint8_t *)bytes, size, error);
    free(bytes);
    return status;
}
