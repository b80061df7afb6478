/* The curve of accuracy over time, with its interval, as SVG. */
#include "sim/report.h"

#include <math.h>

#define WIDTH 640
#define HEIGHT 400
#define LEFT 60
#define RIGHT 600
#define TOP 62
#define BOTTOM 340

/* Where times span more than this, their axis is logarithmic: else the first ones would share a place. */
#define MOST_LINEAR 50

static int is_logarithmic(const ln_scenario *s)
{
    return s->deadline > MOST_LINEAR * s->time[0];
}

static double x_of(const ln_scenario *s, uint64_t ms)
{
    double all = is_logarithmic(s) ? log((double)s->deadline / (double)s->time[0]) : (double)s->deadline;
    double part = is_logarithmic(s) ? log((double)ms / (double)s->time[0]) : (double)ms;
    return LEFT + (RIGHT - LEFT) * part / all;
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

static void tick(ln_text *out, double x, const char *words)
{
    ln_text_add(out, "<path d=\"M%.1f %dV%d\" stroke=\"#ddd\"/>\n", x, TOP, BOTTOM);
    text(out, x, BOTTOM + 20, "middle", words);
}

/* Quarters of the deadline, in the unit in which it is a handy number. */
static void linear_axis(ln_text *out, const ln_scenario *s)
{
    static const struct {
        const char *name;
        double ms;
    } units[] = {{"ms", 1}, {"s", 1e3}, {"min", 6e4}, {"h", 3.6e6}, {"days", 8.64e7}};
    char words[64];
    size_t i = 0;
    while (i < 4 && (double)s->deadline >= 2 * units[i + 1].ms)
        i++;
    for (unsigned quarter = 0; quarter <= 4; quarter++) {
        snprintf(words, sizeof words, "%.3g", (double)s->deadline / units[i].ms * quarter / 4);
        tick(out, LEFT + (RIGHT - LEFT) * quarter / 4.0, words);
    }
    snprintf(words, sizeof words, "age of the picture (%s)", units[i].name);
    text(out, (LEFT + RIGHT) / 2.0, BOTTOM + 45, "middle", words);
}

static void logarithmic_axis(ln_text *out, const ln_scenario *s)
{
    static const struct {
        const char *words;
        uint64_t ms;
    } ticks[] = {{"1 ms", 1},         {"10 ms", 10},         {"100 ms", 100},    {"1 s", 1000},
                 {"10 s", 10000},     {"1 min", 60000},      {"10 min", 600000}, {"1 h", 3600000},
                 {"1 day", 86400000}, {"10 days", 864000000}};
    for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++)
        if (ticks[i].ms >= s->time[0] && ticks[i].ms <= s->deadline)
            tick(out, x_of(s, ticks[i].ms), ticks[i].words);
    text(out, (LEFT + RIGHT) / 2.0, BOTTOM + 45, "middle", "age of the picture");
}

static void axes(ln_text *out, const ln_scenario *s)
{
    char words[16];
    for (int i = 0; i <= 4; i++) {
        double y = y_of(i / 4.0);
        ln_text_add(out, "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>\n", LEFT, y, RIGHT);
        snprintf(words, sizeof words, "%d %%", 25 * i);
        text(out, LEFT - 8, y + 4, "end", words);
    }
    if (is_logarithmic(s))
        logarithmic_axis(out, s);
    else
        linear_axis(out, s);
}

/* Between the times, nothing was looked at: each is a point of the line. */
static void curve(ln_text *out, const ln_sim *sim)
{
    const ln_scenario *s = sim->scenario;
    ln_text_add(out, "<path fill=\"none\" stroke=\"#08519c\" stroke-width=\"2\" d=\"");
    for (size_t i = 0; i < s->times; i++)
        ln_text_add(out, "%c%.1f %.1f", i ? 'L' : 'M', x_of(s, s->time[i]),
                    y_of(ln_interval_of(sim->right[i], sim->shots).share));
    ln_text_add(out, "\"/>\n");
    for (size_t i = 0; i < s->times; i++)
        ln_text_add(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"#08519c\"/>\n", x_of(s, s->time[i]),
                    y_of(ln_interval_of(sim->right[i], sim->shots).share));
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
    text(out, LEFT, 44, "start", "share of pictures whose class is right, with its 95 % interval");
    ln_text_add(out, "<path fill=\"#9ecae1\" fill-opacity=\"0.6\" d=\"");
    for (size_t i = 0; i < s->times; i++)
        ln_text_add(out, "%c%.1f %.1f", i ? 'L' : 'M', x_of(s, s->time[i]),
                    y_of(ln_interval_of(sim->right[i], sim->shots).high));
    for (size_t i = s->times; i-- > 0;)
        ln_text_add(out, "L%.1f %.1f", x_of(s, s->time[i]),
                    y_of(ln_interval_of(sim->right[i], sim->shots).low));
    ln_text_add(out, "Z\"/>\n");
    curve(out, sim);
    ln_text_add(out, "</svg>\n");
}
