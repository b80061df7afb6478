#include "sim/report.h"

#define SECONDS(us) ((double)(us) / 1e6)

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static unsigned long long number(uint64_t n)
{
    return (unsigned long long)n;
}

/* The largest unit of which a time has one. */
static void print_time(FILE *out, uint64_t ms)
{
    if (ms < 1000)
        fprintf(out, "%llu ms", number(ms));
    else if (ms < 120000)
        fprintf(out, "%.3g s", (double)ms / 1e3);
    else if (ms < 7200000)
        fprintf(out, "%.3g min", (double)ms / 6e4);
    else if (ms < 172800000)
        fprintf(out, "%.3g h", (double)ms / 3.6e6);
    else
        fprintf(out, "%.3g days", (double)ms / 8.64e7);
}

static void print_share(FILE *out, uint64_t hits, uint64_t count)
{
    ln_interval share = ln_interval_of(hits, count);
    fprintf(out, "%.1f %% (%.1f to %.1f)", 100 * share.share, 100 * share.low, 100 * share.high);
}

static void print_accuracy(FILE *out, const ln_sim *sim, const ln_sim_totals *t)
{
    const ln_scenario *s = sim->scenario;
    fprintf(out, "right at the deadline    ");
    print_share(out, t->right, t->pictures);
    fprintf(out, " of the pictures; of their originals %.1f %%\n", percent(t->originals, t->pictures));
    if (s->urgent) {
        fprintf(out, "urgent ones              ");
        print_share(out, t->urgent_right, t->urgent);
        fprintf(out, " of %llu\n", number(t->urgent));
    }
    if (s->alarms)
        fprintf(out, "alarms                   %llu of %llu raised, half of them within %.0f s; %llu false\n",
                number(t->raised), number(t->events), t->median_alarm_s, number(t->false_alarms));
    fputs("\nage of the picture   right               bytes\n", out);
    for (size_t i = 0; i < s->times; i++) {
        ln_interval share = ln_interval_of(sim->right[i], sim->shots);
        fputs("  ", out);
        print_time(out, s->time[i]);
        fprintf(out, "\t     %5.1f %% (%.1f to %.1f)\t%.0f\n", 100 * share.share, 100 * share.low,
                100 * share.high, sim->shots ? (double)sim->bytes[i] / (double)sim->shots : 0);
    }
}

static void print_limit(FILE *out, const char *window, uint64_t most_us, uint64_t limit_us)
{
    fprintf(out, "busiest %-17s%.1f s on air", window, SECONDS(most_us));
    if (limit_us)
        fprintf(out, " of %.1f s allowed", SECONDS(limit_us));
    putc('\n', out);
}

void ln_sim_print(FILE *out, const char *name, const ln_sim *sim, const ln_sim_totals *t)
{
    const ln_scenario *s = sim->scenario;
    const uint64_t *f = sim->frames;
    fprintf(out, "%s\n\n", name);
    fprintf(out, "cameras                  %llu, ", number(s->count));
    print_time(out, s->duration);
    fprintf(out, " on %s\n", s->network.name);
    fprintf(out, "pictures                 %llu of %zu photographs; of %llu nothing arrived\n",
            number(t->pictures), sim->photos.count, number(t->untouched));
    fprintf(out,
            "packets                  %llu sent, %llu bytes; %.1f %% arrived in time, %.0f bytes a picture\n",
            number(t->sent), number(t->sent_bytes), percent(t->arrived, t->sent),
            t->pictures ? (double)t->arrived_bytes / (double)t->pictures : 0);
    fprintf(out,
            "frames                   %llu: %llu lost, %llu in collisions, %llu while the gateway sent\n",
            number(t->frames), number(f[LN_FATE_LOST]), number(f[LN_FATE_COLLIDED]), number(f[LN_FATE_DEAF]));
    if (s->hints || s->stop != LN_SIM_UNSET)
        fprintf(out, "answers                  %llu heard; %llu pictures stopped\n", number(t->answers),
                number(t->stopped));
    print_limit(out, "hour of a camera", t->most_hour_us, ln_sim_hour_limit(s));
    print_limit(out, "day of a camera", t->most_day_us, ln_sim_day_limit(s));
    fprintf(out, "energy                   %.2f J a picture\n",
            t->pictures ? t->joules / (double)t->pictures : 0);
    print_accuracy(out, sim, t);
    fprintf(out, "\nThe vision model looked %llu times, at %zu different pictures.\n",
            number(sim->outcomes.asked), sim->outcomes.count);
}
