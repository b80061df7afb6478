#include "eval/eval.h"

static const char *name_of(ln_way way)
{
    return way == LN_WAY_CUT ? "cut" : way == LN_WAY_FIT ? "fit" : "-";
}

static void print_header(ln_text *text, const ln_measure_kind *measure)
{
    const char *const *names = measure->shares;
    ln_text_add(text, "codec,param,bytes");
    for (size_t i = 0; i < LN_MOST_SHARES && names[i]; i++)
        ln_text_add(text, ",%s", names[i]);
    ln_text_add(text, ",n,way");
    for (size_t i = 0; i < LN_MOST_SHARES && names[i]; i++)
        ln_text_add(text, ",%s_low,%s_high", names[i], names[i]);
    ln_text_add(text, "\n");
}

static void print_point(ln_text *text, const ln_measure_kind *measure, const ln_point *point)
{
    const ln_summary *sum = &point->sum;
    ln_text_add(text, "%s,", point->codec->name);
    if (point->budget)
        ln_text_add(text, "%zu,", point->budget);
    else
        ln_text_add(text, "-,");
    ln_text_add(text, "%.1f", sum->bytes);
    for (size_t i = 0; i < LN_MOST_SHARES && measure->shares[i]; i++)
        ln_text_add(text, ",%.4f", sum->shares[i].value);
    ln_text_add(text, ",%zu,%s", sum->count, name_of(point->way));
    for (size_t i = 0; i < LN_MOST_SHARES && measure->shares[i]; i++)
        ln_text_add(text, ",%.4f,%.4f", sum->shares[i].low, sum->shares[i].high);
    ln_text_add(text, "\n");
}

ln_text ln_eval_table(const ln_measure_kind *measure, const ln_point *points, size_t count)
{
    ln_text text = {0};
    print_header(&text, measure);
    for (size_t i = 0; i < count; i++)
        print_point(&text, measure, &points[i]);
    return text;
}
