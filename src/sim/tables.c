#include "sim/report.h"

#define SECONDS(us) ((double)(us) / 1e6)

/* A field of CSV: names of files may hold commas and quotes. */
static void print_text(ln_text *out, const char *text)
{
    ln_text_add(out, "\"");
    for (; *text; text++) {
        if (*text == '"')
            ln_text_add(out, "\"");
        ln_text_add(out, "%c", *text);
    }
    ln_text_add(out, "\"");
}

/* Seconds from the shot; nothing for what never came. */
static void print_delay(ln_text *out, const ln_sim_shot *shot, uint64_t time_us)
{
    if (time_us)
        ln_text_add(out, "%.3f", SECONDS(time_us - shot->taken_us));
    ln_text_add(out, ",");
}

void ln_sim_print_pictures(ln_text *out, const ln_sim *sim)
{
    ln_text_add(out, "camera,number,taken_s,first_s,right_s,alarm_s,packets_sent,bytes_sent,packets_arrived,"
                     "bytes_arrived,urgent,"
                     "stopped,label,seen,score,right,original_right,file\n");
    for (size_t i = 0; i < sim->shots; i++) {
        const ln_sim_shot *shot = &sim->shot[i];
        const ln_photo *photo = &sim->photos.items[shot->photo];
        ln_text_add(out, "%zu,%u,%.3f,", shot->camera, shot->number, SECONDS(shot->taken_us));
        print_delay(out, shot, shot->first_us);
        print_delay(out, shot, shot->right_us);
        print_delay(out, shot, shot->alarm_us);
        ln_text_add(out, "%u,%u,%u,%u,%d,%d,%u,%u,%.4f,%d,%d,", shot->sent, shot->sent_bytes, shot->arrived,
                    shot->arrived_bytes, shot->urgent, shot->stopped, photo->label, shot->answer.index,
                    (double)shot->answer.score, shot->right, photo->original.index == photo->label);
        print_text(out, photo->path);
        ln_text_add(out, "\n");
    }
}

void ln_sim_print_times(ln_text *out, const ln_sim *sim)
{
    ln_text_add(out, "time_s,accuracy,low,high,mean_bytes_arrived\n");
    for (size_t i = 0; i < sim->scenario->times; i++) {
        ln_interval share = ln_interval_of(sim->right[i], sim->shots);
        ln_text_add(out, "%.3f,%.4f,%.4f,%.4f,%.1f\n", (double)sim->scenario->time[i] / 1e3, share.share,
                    share.low, share.high, sim->shots ? (double)sim->bytes[i] / (double)sim->shots : 0);
    }
}

/* A limit; nothing where there is none. */
static void print_limit(ln_text *out, uint64_t limit_us)
{
    ln_text_add(out, ",");
    if (limit_us)
        ln_text_add(out, "%.3f", SECONDS(limit_us));
}

void ln_sim_print_airtime(ln_text *out, const ln_sim *sim)
{
    ln_text_add(
        out,
        "camera,frames,airtime_s,busiest_hour_s,hour_limit_s,busiest_day_s,day_limit_s,answers,energy_j\n");
    for (size_t i = 0; i < sim->scenario->count; i++) {
        const ln_sim_camera *c = &sim->camera[i];
        ln_text_add(out, "%zu,%llu,%.3f,%.3f", i, (unsigned long long)c->frames, SECONDS(c->sent_us),
                    SECONDS(c->busiest_hour.most_us));
        print_limit(out, ln_sim_hour_limit(sim->scenario));
        ln_text_add(out, ",%.3f", SECONDS(c->busiest_day.most_us));
        print_limit(out, ln_sim_day_limit(sim->scenario));
        ln_text_add(out, ",%llu,%.3f\n", (unsigned long long)c->answers, ln_sim_joules(sim, i));
    }
}

void ln_sim_print_totals(ln_text *out, const ln_sim_totals *t)
{
    ln_text_add(
        out,
        "pictures,right,originals_right,urgent,urgent_right,untouched,stopped,packets_sent,bytes_sent,"
        "packets_arrived,bytes_arrived,frames,answers,busiest_hour_s,busiest_day_s,energy_j,events,raised,"
        "false_alarms,median_alarm_s\n");
    const uint64_t counts[] = {t->pictures,      t->right,   t->originals, t->urgent,     t->urgent_right,
                               t->untouched,     t->stopped, t->sent,      t->sent_bytes, t->arrived,
                               t->arrived_bytes, t->frames,  t->answers};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        ln_text_add(out, "%llu,", (unsigned long long)counts[i]);
    ln_text_add(out, "%.3f,%.3f,%.3f,%llu,%llu,%llu,%.3f\n", SECONDS(t->most_hour_us),
                SECONDS(t->most_day_us), t->joules, (unsigned long long)t->events,
                (unsigned long long)t->raised, (unsigned long long)t->false_alarms, t->median_alarm_s);
}
