/* Rows of media.csv and observations.csv. */
#include "service/export/csv.h"
#include "service/export/as_camtrap_own.h"
#include "service/pictures/people.h"

#include <inttypes.h>
#include <stdlib.h>

/* Something that was seen. */
typedef struct sight {
    const char *type, *label;  /* label null: none */
    const ln_species *species; /* null: not in the settings */
    float score;
    const ln_object *box; /* null: none */
} sight;

/* The standard knows animals, humans and vehicles. A label says neither, unless the settings do. */
static sight sight_of(ln_exporting *e, const char *label, float score, const ln_object *box)
{
    const ln_service_settings *s = e->config->settings;
    ln_camtrap *c = e->form;
    const ln_species *species = label ? ln_service_settings_species(s, label) : NULL;
    if (species)
        c->is_seen[species - s->species] = 1;
    return (sight){species                                  ? "animal"
                   : ln_people_has_class(&s->people, label) ? "human"
                                                            : "unknown",
                   label, species, score, box};
}

static void put_box(FILE *f, const ln_object *box, const ln_export_item *item)
{
    if (box && box->width > 0 && box->height > 0)
        fprintf(f, "%.6f,%.6f,%.6f,%.6f,", (double)box->x / item->width, (double)box->y / item->height,
                (double)box->width / item->width, (double)box->height / item->height);
    else
        fputs(",,,,", f);
}

/* "label:red fox|alarm:fox|judged:confirmed" */
static ln_status put_tags(ln_exporting *e, const ln_export_item *item, const char *label)
{
    ln_text tags = {0};
    if (label)
        ln_text_add(&tags, "label:%s", label);
    for (size_t i = 0; i < item->alarms->count; i++) {
        const char *judged = ln_export_judged(item->alarms->alarms[i].judged);
        ln_text_add(&tags, "%salarm:%s%s%s", tags.size ? "|" : "", item->alarms->alarms[i].rule,
                    *judged ? "|judged:" : "", judged);
    }
    ln_status status = ln_text_check(&tags, e->error);
    if (status == LN_OK)
        ln_csv_text(((ln_camtrap *)e->form)->observations, tags.bytes);
    free(tags.bytes);
    return status;
}

static ln_status put_observation(ln_exporting *e, const ln_export_item *item, const char *deployment,
                                 const sight *s)
{
    ln_camtrap *c = e->form;
    FILE *f = c->observations;
    const ln_exported *p = item->picture;
    fprintf(f, "%" PRIu64 ",", ++c->observation);
    ln_csv_text(f, deployment);
    fprintf(f, ",%016" PRIx64 "-%" PRId64 ",,", (uint64_t)p->key, p->row.id);
    ln_csv_time(f, p->row.first_ms);
    fputc(',', f);
    ln_csv_time(f, p->row.first_ms);
    fprintf(f, ",media,%s,,", s->type);
    ln_csv_text(f, s->species ? s->species->scientific : NULL);
    fputs(",,,,,,,,,", f);
    put_box(f, s->box, item);
    if (p->answer)
        fprintf(f, "machine,,,%.4f,", (double)s->score);
    else
        fputs(",,,,", f);
    ln_status status = put_tags(e, item, s->label);
    fputc(',', f);
    ln_csv_end(f);
    return status;
}

static void put_media(ln_exporting *e, const ln_export_item *item, const char *deployment)
{
    ln_camtrap *c = e->form;
    FILE *f = c->media;
    const ln_exported *p = item->picture;
    char *method = ln_camtrap_word(LN_CAPTURE_METHODS, e->config->settings->project.method);
    fprintf(f, "%016" PRIx64 "-%" PRId64 ",", (uint64_t)p->key, p->row.id);
    ln_csv_text(f, deployment);
    fprintf(f, ",%s,", method ? method : "");
    ln_csv_time(f, p->row.first_ms);
    fprintf(f, ",%s,false,,image/png,,,", item->file);
    ln_csv_end(f);
    free(method);
}

ln_status ln_camtrap_observe(ln_exporting *e, const ln_export_item *item, const char *deployment)
{
    const ln_answer *a = item->answer;
    ln_status status = LN_OK;
    put_media(e, item, deployment);
    if (!item->picture->answer)
        return put_observation(e, item, deployment, &(sight){.type = "unclassified"});
    if (!a->count)
        return put_observation(e, item, deployment, &(sight){.type = "blank", .score = 1});
    for (size_t i = 0; i < a->count && a->objects && status == LN_OK; i++) {
        const ln_object *o = &a->objects[i];
        const sight s = sight_of(e, o->label, o->score, o);
        status = put_observation(e, item, deployment, &s);
    }
    if (a->classes) {
        const sight s = sight_of(e, a->classes->label, a->classes->score, NULL);
        status = put_observation(e, item, deployment, &s);
    }
    return status;
}
