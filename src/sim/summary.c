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

/* In the largest unit of which a time has about two. `text` has room for 16 characters. */
static const char *time_text(char *text, uint64_t ms)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = {{"ms", 1}, {"s", 1e3}, {"min", 6e4}, {"h", 3.6e6}, {"days", 8.64e7}};
    size_t i = 0;
    while (i < 4 && (double)ms >= (i == 0 ? 1 : 2) * units[i + 1].ms)
        i++;
    snprintf(text, 16, "%.3g %s", (double)ms / units[i].ms, units[i].unit);
    return text;
}

static void print_share(ln_text *out, uint64_t hits, uint64_t count)
{
    ln_interval share = ln_interval_of(hits, count);
    ln_text_add(out, "%.1f %% (%.1f to %.1f)", 100 * share.share, 100 * share.low, 100 * share.high);
}

static void print_accuracy(ln_text *out, const ln_sim *sim, const ln_sim_totals *t)
{
    const ln_scenario *s = sim->scenario;
    char text[16];
    ln_text_add(out, "right at the deadline    ");
    print_share(out, t->right, t->pictures);
    ln_text_add(out, " of the pictures; of their originals %.1f %%\n", percent(t->originals, t->pictures));
    if (s->urgent) {
        ln_text_add(out, "urgent ones              ");
        print_share(out, t->urgent_right, t->urgent);
        ln_text_add(out, " of %llu\n", number(t->urgent));
    }
    if (s->alarms)
        ln_text_add(out, "alarms                   %llu of %llu raised, half of them within %s; %llu false\n",
                    number(t->raised), number(t->events),
                    time_text(text, (uint64_t)(1000 * t->median_alarm_s)), number(t->false_alarms));
    ln_text_add(out, "\nage of the picture   right                    bytes\n");
    for (size_t i = 0; i < s->times; i++) {
        ln_interval share = ln_interval_of(sim->right[i], sim->shots);
        ln_text_add(out, "  %-18s %5.1f %% (%4.1f to %4.1f) %8.0f\n", time_text(text, s->time[i]),
                    100 * share.share, 100 * share.low, 100 * share.high,
                    sim->shots ? (double)sim->bytes[i] / (double)sim->shots : 0);
    }
}

static void print_limit(ln_text *out, const char *window, uint64_t most_us, uint64_t limit_us)
{
    ln_text_add(out, "busiest %-17s%.1f s on air", window, SECONDS(most_us));
    if (limit_us)
        ln_text_add(out, " of %.1f s allowed", SECONDS(limit_us));
    ln_text_add(out, "\n");
}

/* One picture as it arrives; arrival.png shows it. */
static void print_arrival(ln_text *out, const ln_sim *sim)
{
    const ln_strip *strip = &sim->strip;
    char text[16];
    if (strip->count == 0)
        return;
    ln_text_add(out, "\none picture arriving: %s\n", sim->photos.items[sim->shot[strip->shot].photo].path);
    for (size_t i = 0; i < strip->count; i++) {
        const ln_strip_step *step = &strip->step[i];
        ln_text_add(out, "  %-9s %5u packets %6u bytes  %3.0f %%  %u %s\n",
                    time_text(text, step->age_us / 1000), step->packets, step->bytes,
                    100 * (double)step->best.score, step->best.index, step->best.label);
    }
}

/* In which order packets go out, and what becomes of lost ones. */
static const char *way_of(const ln_scenario *s)
{
    if (ln_scenario_has_peer(s))
        return s->retransmission ? "lost packets are sent again" : "lost packets stay lost";
    return s->order == LN_ORDER_INDEX ? "in index order" : "in order of importance";
}

void ln_sim_print(ln_text *out, const char *name, const ln_sim *sim, const ln_sim_totals *t)
{
    const ln_scenario *s = sim->scenario;
    const uint64_t *f = sim->frames;
    char text[16];
    ln_text_add(out, "%s\n\n", name);
    ln_text_add(out, "cameras                  %llu, %s on %s\n", number(s->count),
                time_text(text, s->duration), s->network.name);
    ln_text_add(out, "codec                    %s, %s\n", s->codec ? s->codec : "limitnet", way_of(s));
    ln_text_add(out, "pictures                 %llu of %zu photographs; of %llu nothing arrived\n",
                number(t->pictures), sim->photos.count, number(t->untouched));
    ln_text_add(
        out,
        "packets                  %llu sent, %llu bytes; %.1f %% arrived in time, %.0f bytes a picture\n",
        number(t->sent), number(t->sent_bytes), percent(t->arrived, t->sent),
        t->pictures ? (double)t->arrived_bytes / (double)t->pictures : 0);
    ln_text_add(
        out, "frames                   %llu: %llu lost, %llu in collisions, %llu while the gateway sent\n",
        number(t->frames), number(f[LN_FATE_LOST]), number(f[LN_FATE_COLLIDED]), number(f[LN_FATE_DEAF]));
    if (s->hints || s->stop != LN_SIM_UNSET)
        ln_text_add(out, "answers                  %llu heard; %llu pictures stopped\n", number(t->answers),
                    number(t->stopped));
    print_limit(out, "hour of a camera", t->most_hour_us, ln_sim_hour_limit(s));
    print_limit(out, "day of a camera", t->most_day_us, ln_sim_day_limit(s));
    ln_text_add(out, "energy                   %.2f J a picture\n",
                t->pictures ? t->joules / (double)t->pictures : 0);
    print_accuracy(out, sim, t);
    print_arrival(out, sim);
    ln_text_add(out, "\nThe vision model looked %llu times, at %zu different pictures.\n",
                number(sim->outcomes.asked), sim->outcomes.count);
}
