#include "sim/report.h"

#include "cloud/error.h"

#include <stdlib.h>

#define SECONDS(us) ((double)(us) / 1e6)

uint64_t ln_sim_hour_limit(const ln_scenario *s)
{
    uint64_t share = s->network.band[s->band].share;
    return share < LN_WHOLE_SHARE ? share * 360000 : 0;
}

uint64_t ln_sim_day_limit(const ln_scenario *s)
{
    return s->daily_airtime * 1000;
}

double ln_sim_joules(const ln_sim *sim, size_t number)
{
    const ln_scenario *s = sim->scenario;
    const ln_sim_camera *c = &sim->camera[number];
    double sent = SECONDS(c->sent_us), heard = SECONDS(c->heard_us), all = SECONDS(sim->end_us);
    double asleep = all > sent + heard ? all - sent - heard : 0;
    return (sent * (double)s->sending + heard * (double)s->receiving + asleep * (double)s->sleeping +
            (double)c->shots * (double)s->encoding) /
           1e6;
}

/* ---- Alarms ---------------------------------------------------------------------------------- */

static int is_event(const ln_scenario *s, unsigned label)
{
    for (size_t i = 0; i < s->alarms; i++)
        if (s->alarm[i] == label)
            return 1;
    return 0;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static ln_status sum_alarms(const ln_sim *sim, ln_sim_totals *t, ln_error *error)
{
    double *delays = calloc(sim->shots + 1, sizeof *delays);
    if (!delays)
        return ln_fail_memory(error);
    for (size_t i = 0; i < sim->shots; i++) {
        const ln_sim_shot *shot = &sim->shot[i];
        int event = is_event(sim->scenario, sim->photos.items[shot->photo].label);
        t->events += (uint64_t)event;
        t->false_alarms += !event && shot->alarm_us;
        if (event && shot->alarm_us)
            delays[t->raised++] = SECONDS(shot->alarm_us - shot->taken_us);
    }
    qsort(delays, t->raised, sizeof *delays, compare);
    t->median_alarm_s = t->raised ? delays[t->raised / 2] : 0;
    free(delays);
    return LN_OK;
}

/* ---- Sums ------------------------------------------------------------------------------------ */

static void add_shot(const ln_sim *sim, const ln_sim_shot *shot, ln_sim_totals *t)
{
    const ln_photo *photo = &sim->photos.items[shot->photo];
    t->right += (uint64_t)shot->right;
    t->originals += photo->original.index == photo->label;
    t->urgent += (uint64_t)shot->urgent;
    t->urgent_right += (uint64_t)(shot->urgent && shot->right);
    t->sent += shot->sent;
    t->sent_bytes += shot->sent_bytes;
    t->arrived += shot->arrived;
    t->arrived_bytes += shot->arrived_bytes;
    t->untouched += shot->arrived == 0;
    t->stopped += (uint64_t)shot->stopped;
}

ln_status ln_sim_sum(const ln_sim *sim, ln_sim_totals *t, ln_error *error)
{
    *t = (ln_sim_totals){.pictures = sim->shots};
    for (size_t i = 0; i < sim->shots; i++)
        add_shot(sim, &sim->shot[i], t);
    for (size_t i = 0; i < sim->scenario->count; i++) {
        const ln_sim_camera *c = &sim->camera[i];
        t->frames += c->frames;
        t->answers += c->answers;
        t->joules += ln_sim_joules(sim, i);
        if (c->busiest_hour.most_us > t->most_hour_us)
            t->most_hour_us = c->busiest_hour.most_us;
        if (c->busiest_day.most_us > t->most_day_us)
            t->most_day_us = c->busiest_day.most_us;
    }
    return sim->scenario->alarms ? sum_alarms(sim, t, error) : LN_OK;
}
