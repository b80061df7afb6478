/* The curve of accuracy over time, with its interval, as SVG. */
#include "sim/report.h"

#define WIDTH 640
#define HEIGHT 400
#define LEFT 60
#define RIGHT 620
#define TOP 50
#define BOTTOM 340

static double x_of(const ln_scenario *s, size_t i)
{
    return LEFT + (RIGHT - LEFT) * (double)s->time[i] / (double)s->deadline;
}

static double y_of(double share)
{
    return BOTTOM - (BOTTOM - TOP) * share;
}

static void print_escaped(ln_text *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<' || *text == '&')
            ln_text_add(out, "&#%d;", *text);
        else
            ln_text_add(out, "%c", *text);
    }
}

static void text(ln_text *out, double x, double y, const char *anchor, const char *words)
{
    ln_text_add(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
    print_escaped(out, words);
    ln_text_add(out, "</text>\n");
}

/* The unit in which the deadline is a handy number. */
static const char *unit_of(uint64_t deadline, double *ms)
{
    static const struct {
        const char *name;
        double ms;
    } units[] = {{"ms", 1}, {"s", 1e3}, {"min", 6e4}, {"h", 3.6e6}, {"days", 8.64e7}};
    size_t i = 0;
    while (i < 4 && (double)deadline >= 2 * units[i + 1].ms)
        i++;
    *ms = units[i].ms;
    return units[i].name;
}

static void axes(ln_text *out, const ln_scenario *s)
{
    char words[64];
    double ms;
    const char *unit = unit_of(s->deadline, &ms);
    for (int i = 0; i <= 4; i++) {
        double y = y_of(i / 4.0), x = LEFT + (RIGHT - LEFT) * i / 4.0;
        ln_text_add(out, "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>\n", LEFT, y, RIGHT);
        snprintf(words, sizeof words, "%d %%", 25 * i);
        text(out, LEFT - 8, y + 4, "end", words);
        snprintf(words, sizeof words, "%.3g", (double)s->deadline / ms * i / 4);
        text(out, x, BOTTOM + 20, "middle", words);
    }
    snprintf(words, sizeof words, "age of the picture (%s)", unit);
    text(out, (LEFT + RIGHT) / 2.0, BOTTOM + 45, "middle", words);
}

void ln_sim_draw_curve(ln_text *out, const char *name, const ln_sim *sim)
{
    const ln_scenario *s = sim->scenario;
    ln_text_add(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" "
        "font-size=\"13\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
        WIDTH, HEIGHT);
    axes(out, s);
    text(out, LEFT, 25, "start", name);
    text(out, LEFT, 42, "start", "share of pictures whose class is right, with its 95 % interval");
    ln_text_add(out, "<path fill=\"#9ecae1\" fill-opacity=\"0.6\" d=\"");
    for (size_t i = 0; i < s->times; i++)
        ln_text_add(out, "%c%.1f %.1f", i ? 'L' : 'M', x_of(s, i),
                    y_of(ln_interval_of(sim->right[i], sim->shots).high));
    for (size_t i = s->times; i-- > 0;)
        ln_text_add(out, "L%.1f %.1f", x_of(s, i), y_of(ln_interval_of(sim->right[i], sim->shots).low));
    ln_text_add(out, "Z\"/>\n<path fill=\"none\" stroke=\"#08519c\" stroke-width=\"2\" d=\"");
    for (size_t i = 0; i < s->times; i++)
        ln_text_add(out, "%c%.1f %.1f", i ? 'L' : 'M', x_of(s, i),
                    y_of(ln_interval_of(sim->right[i], sim->shots).share));
    ln_text_add(out, "\"/>\n</svg>\n");
}
