/* datapackage.json: what the package holds, and whose it is. */
#include "service/export/as_camtrap_own.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define STANDARD "https://raw.githubusercontent.com/tdwg/camtrap-dp/1.0.2/"

char *ln_camtrap_word(const char *words, uint64_t number)
{
    const char *at = words + 1;
    for (uint64_t i = 0; i < number; i++)
        at += strcspn(at, " ") + 1;
    return strndup(at, strcspn(at, " "));
}

static json_t *resources(void)
{
    static const char *const names[] = {"deployments", "media", "observations"};
    json_t *list = json_array();
    int failed = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[32], schema[128];
        snprintf(path, sizeof path, "%s.csv", names[i]);
        snprintf(schema, sizeof schema, STANDARD "%s-table-schema.json", names[i]);
        failed |= json_array_append_new(list, json_pack("{ss ss ss ss ss ss ss}", "name", names[i], "path",
                                                        path, "profile", "tabular-data-resource", "format",
                                                        "csv", "mediatype", "text/csv", "encoding", "utf-8",
                                                        "schema", schema));
    }
    return ln_export_list(list, failed);
}

static json_t *project(const ln_project *p)
{
    char *design = ln_camtrap_word(LN_SAMPLING_DESIGNS, p->design);
    char *method = ln_camtrap_word(LN_CAPTURE_METHODS, p->method);
    json_t *json = json_pack("{ss ss s[s] sb s[s]}", "title", p->title, "samplingDesign", design,
                             "captureMethod", method, "individualAnimals", 0, "observationLevel", "media");
    free(design);
    free(method);
    return json;
}

/* GeoJSON: a point, or the rectangle around all cameras. */
static json_t *spatial(const ln_camtrap_extent *x)
{
    if (x->south == x->north || x->west == x->east) /* a rectangle must not be flat */
        return x->south == x->north && x->west == x->east
                   ? json_pack("{ss s[ff]}", "type", "Point", "coordinates", x->west, x->south)
                   : json_pack("{ss s[[ff][ff]]}", "type", "LineString", "coordinates", x->west, x->south,
                               x->east, x->north);
    return json_pack("{ss s[[[ff][ff][ff][ff][ff]]]}", "type", "Polygon", "coordinates", x->west, x->south,
                     x->east, x->south, x->east, x->north, x->west, x->north, x->west, x->south);
}

static json_t *temporal(const ln_camtrap_extent *x)
{
    char first[LN_EXPORT_TIME], last[LN_EXPORT_TIME];
    ln_export_time(first, x->first_ms);
    ln_export_time(last, x->last_ms);
    return json_pack("{ss# ss#}", "start", first, 10, "end", last, 10);
}

/* Each scientific name once: several labels may have the same. */
static json_t *taxonomic(const ln_service_settings *s, const ln_camtrap *c)
{
    json_t *list = json_array();
    int failed = 0;
    for (size_t i = 0; i < s->species_count; i++) {
        size_t before = 0;
        while (before < i &&
               (!c->is_seen[before] || strcmp(s->species[before].scientific, s->species[i].scientific) != 0))
            before++;
        if (c->is_seen[i] && before == i)
            failed |=
                json_array_append_new(list, json_pack("{ss}", "scientificName", s->species[i].scientific));
    }
    return ln_export_list(list, failed);
}

ln_status ln_camtrap_describe(ln_exporting *e)
{
    const ln_camtrap *c = e->form;
    const ln_service_settings *s = e->config->settings;
    char created[LN_EXPORT_TIME];
    FILE *file;
    ln_export_time(created, e->config->now_ms);
    json_t *json =
        json_pack("{ss so ss s[{ss ss}] so so so so}", "profile", STANDARD "camtrap-dp-profile.json",
                  "resources", resources(), "created", created, "contributors", "title",
                  s->project.contributor, "role", "contact", "project", project(&s->project), "spatial",
                  spatial(&c->extent), "temporal", temporal(&c->extent), "taxonomic", taxonomic(s, c));
    ln_status status = ln_export_spool(&file, e->error);
    if (status == LN_OK) {
        status = ln_export_json(e, file, json, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
        if (status == LN_OK)
            status = ln_export_pack(e, "datapackage.json", file);
        fclose(file);
    }
    json_decref(json);
    return status;
}
