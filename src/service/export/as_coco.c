/* COCO: images, and annotations with boxes of a detector. A classifier's best class is an annotation without
 * a box, as in COCO Camera Traps, a form of COCO that is usual for such pictures. */
#include "service/export/own.h"

#include <stdlib.h>
#include <string.h>

/* Names of classes, in the order in which they came; a category's id is its place, from 1. */
typedef struct coco {
    FILE *images, *annotations;
    uint64_t image, annotation; /* ids that were given last */
    char **categories;
    size_t count;
} coco;

static ln_status begin(ln_exporting *e)
{
    coco *c = e->form = calloc(1, sizeof *c);
    if (!c)
        return ln_fail_memory(e->error);
    ln_status status = ln_export_spool(&c->images, e->error);
    return status == LN_OK ? ln_export_spool(&c->annotations, e->error) : status;
}

/* Writes a JSON value, which it frees, behind others of a list. */
static ln_status append(ln_exporting *e, FILE *file, uint64_t number, json_t *json)
{
    fputs(number > 1 ? ",\n" : "\n", file);
    ln_status status = ln_export_json(e, file, json, JSON_COMPACT | JSON_REAL_PRECISION(6));
    json_decref(json);
    return status;
}

static ln_status category(ln_exporting *e, const char *label, size_t *id)
{
    coco *c = e->form;
    for (*id = 1; *id <= c->count; ++*id)
        if (!strcmp(c->categories[*id - 1], label))
            return LN_OK;
    char **categories = realloc(c->categories, *id * sizeof *categories);
    char *copy = strdup(label);
    if (categories)
        c->categories = categories;
    if (!categories || !copy) {
        free(copy);
        return ln_fail_memory(e->error);
    }
    c->categories[c->count++] = copy;
    return LN_OK;
}

/* ---- A picture ------------------------------------------------------------------------------- */

static json_t *write_alarms(const ln_exported_alarms *alarms)
{
    json_t *list = json_array();
    int failed = 0;
    for (size_t i = 0; i < alarms->count; i++) {
        const ln_exported_alarm *a = &alarms->alarms[i];
        char time[LN_EXPORT_TIME];
        ln_export_time(time, a->time_ms);
        failed |= json_array_append_new(list, json_pack("{ss ss ss? sf ss}", "rule", a->rule, "time", time,
                                                        "label", a->label, "score", a->score / 10000.0,
                                                        "judged", ln_export_judged(a->judged)));
    }
    return ln_export_list(list, failed);
}

static ln_status add_image(ln_exporting *e, const ln_export_item *item)
{
    coco *c = e->form;
    const ln_exported *p = item->picture;
    char time[LN_EXPORT_TIME];
    ln_export_time(time, p->row.first_ms);
    return append(e, c->images, c->image,
                  json_pack("{sI ss si si ss ss ss sI si si sb so}", "id", (json_int_t)c->image, "file_name",
                            item->file, "width", (int)item->width, "height", (int)item->height,
                            "date_captured", time, "source", p->source, "device", p->device, "picture",
                            (json_int_t)p->row.id, "packets", (int)p->row.packets, "bytes", (int)p->row.bytes,
                            "final", p->row.final, "alarms", write_alarms(item->alarms)));
}

static ln_status annotate(ln_exporting *e, const char *label, unsigned index, float score,
                          const ln_object *box)
{
    coco *c = e->form;
    char number[24];
    size_t id;
    snprintf(number, sizeof number, "class %u", index);
    ln_status status = category(e, label && *label ? label : number, &id);
    if (status != LN_OK)
        return status;
    c->annotation++;
    json_t *json = json_pack("{sI sI sI sf}", "id", (json_int_t)c->annotation, "image_id",
                             (json_int_t)c->image, "category_id", (json_int_t)id, "score", (double)score);
    if (box &&
        json_object_update_new(json, json_pack("{s[ffff] sf si}", "bbox", (double)box->x, (double)box->y,
                                               (double)box->width, (double)box->height, "area",
                                               (double)box->width * (double)box->height, "iscrowd", 0))) {
        json_decref(json);
        json = NULL;
    }
    return append(e, c->annotations, c->annotation, json);
}

static ln_status add(ln_exporting *e, const ln_export_item *item)
{
    coco *c = e->form;
    const ln_answer *a = item->answer;
    c->image++;
    ln_status status = add_image(e, item);
    for (size_t i = 0; i < a->count && a->objects && status == LN_OK; i++) {
        const ln_object *o = &a->objects[i];
        status = annotate(e, o->label, o->index, o->score, o);
    }
    if (a->count && a->classes && status == LN_OK)
        status = annotate(e, a->classes->label, a->classes->index, a->classes->score, NULL);
    return status;
}

/* ---- The file -------------------------------------------------------------------------------- */

static ln_status add_categories(ln_exporting *e, FILE *file)
{
    const coco *c = e->form;
    ln_status status = LN_OK;
    for (size_t i = 0; i < c->count && status == LN_OK; i++)
        status =
            append(e, file, i + 1, json_pack("{sI ss}", "id", (json_int_t)i + 1, "name", c->categories[i]));
    return status;
}

static void copy(FILE *from, FILE *to)
{
    char chunk[4096];
    rewind(from);
    for (size_t size; (size = fread(chunk, 1, sizeof chunk, from)) > 0;)
        fwrite(chunk, 1, size, to);
}

static ln_status end(ln_exporting *e)
{
    const coco *c = e->form;
    char time[LN_EXPORT_TIME];
    FILE *file;
    ln_status status = ln_export_spool(&file, e->error);
    if (status != LN_OK)
        return status;
    ln_export_time(time, e->config->now_ms);
    fprintf(file, "{\"info\":{\"description\":\"pictures of limitnet serve\",\"date_created\":\"%s\"},\n",
            time);
    fputs("\"images\":[", file);
    copy(c->images, file);
    fputs("],\n\"annotations\":[", file);
    copy(c->annotations, file);
    fputs("],\n\"categories\":[", file);
    status = add_categories(e, file);
    fputs("]}\n", file);
    if (status == LN_OK)
        status = ln_export_pack(e, "coco.json", file);
    fclose(file);
    return status;
}

static void close_all(ln_exporting *e)
{
    coco *c = e->form;
    if (!c)
        return;
    if (c->images)
        fclose(c->images);
    if (c->annotations)
        fclose(c->annotations);
    for (size_t i = 0; i < c->count; i++)
        free(c->categories[i]);
    free(c->categories);
    free(c);
}

const ln_export_kind ln_export_coco = {"coco", 1, begin, NULL, add, end, close_all};
