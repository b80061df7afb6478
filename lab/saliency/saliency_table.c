#include "saliency/saliency.h"

#include "cloud/text.h"

static void print_row(ln_text *text, const ln_saliency_row *row)
{
    const ln_share *shares[] = {&row->mae, &row->max_f, &row->s_measure};
    ln_text_add(text, "%s,%s,%.4f,%.4f,%.4f,%zu", row->model, row->map, row->mae.value, row->max_f.value,
                row->s_measure.value, row->count);
    for (size_t i = 0; i < 3; i++)
        ln_text_add(text, ",%.4f,%.4f", shares[i]->low, shares[i]->high);
    ln_text_add(text, "\n");
}

ln_text ln_saliency_table(const ln_saliency_row *rows, size_t count)
{
    ln_text text = {0};
    ln_text_add(&text, "model,map,mae,max_f,s_measure,n,"
                       "mae_low,mae_high,max_f_low,max_f_high,s_measure_low,s_measure_high\n");
    for (size_t i = 0; i < count; i++)
        print_row(&text, &rows[i]);
    return text;
}
