#include "service/export/own.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const ln_export_kind *const kinds[] = {[LN_EXPORT_CSV] = &ln_export_csv,
                                              [LN_EXPORT_COCO] = &ln_export_coco,
                                              [LN_EXPORT_CAMTRAP] = &ln_export_camtrap};

int ln_export_form_of(const char *name, ln_export_form *form)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        *form = (ln_export_form)i;
        if (!strcmp(kinds[i]->name, name))
            return 1;
    }
    return 0;
}

/* ---- What the forms share -------------------------------------------------------------------- */

void ln_export_time(char text[LN_EXPORT_TIME], uint64_t time_ms)
{
    const time_t seconds = (time_t)(time_ms / 1000);
    struct tm utc;
    if (!gmtime_r(&seconds, &utc) || !strftime(text, LN_EXPORT_TIME, "%Y-%m-%dT%H:%M:%SZ", &utc))
        *text = 0;
}

const char *ln_export_judged(ln_judged judged)
{
    return judged == LN_JUDGED_CONFIRMED ? "confirmed" : judged == LN_JUDGED_REJECTED ? "rejected" : "";
}

ln_status ln_export_spool(FILE **spool, ln_error *error)
{
    const char *folder = getenv("TMPDIR");
    ln_text path = {0};
    *spool = NULL;
    ln_text_add(&path, "%s/limitnet-export-XXXXXX", folder && *folder ? folder : "/var/tmp");
    ln_status status = ln_text_check(&path, error);
    const int file = status == LN_OK ? mkstemp(path.bytes) : -1;
    if (file >= 0) {
        unlink(path.bytes); /* it goes with whoever has it open */
        *spool = fdopen(file, "w+b");
    }
    const int cause = errno;
    if (file >= 0 && !*spool)
        close(file);
    free(path.bytes);
    if (status != LN_OK || *spool)
        return status;
    return cause == ENOMEM ? ln_fail_memory(error)
                           : ln_fail(error, LN_ERR_IO, "a temporary file cannot be made: see TMPDIR");
}

json_t *ln_export_list(json_t *list, int failed)
{
    if (!failed)
        return list;
    json_decref(list);
    return NULL;
}

static ln_status check_spool(const ln_exporting *e, int failed)
{
    return failed ? ln_fail(e->error, LN_ERR_IO, "a temporary file cannot be written: see TMPDIR") : LN_OK;
}

ln_status ln_export_json(ln_exporting *e, FILE *spool, const json_t *json, size_t how)
{
    const int failed = !json || json_dumpf(json, spool, how);
    ln_status status = check_spool(e, ferror(spool));
    return status == LN_OK && failed ? ln_fail_memory(e->error) : status;
}

ln_status ln_export_pack(ln_exporting *e, const char *name, FILE *spool)
{
    ln_status status = check_spool(e, fflush(spool) || ferror(spool));
    return status == LN_OK ? ln_pack_add_file(e->pack, name, spool, e->error) : status;
}

/* ---- A picture ------------------------------------------------------------------------------- */

static uint32_t big_endian(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static ln_status show(ln_exporting *e, const ln_exported *p, uint8_t **png, size_t *size, ln_error *error)
{
    ln_kept kept;
    *png = NULL;
    if (ln_store_picture(e->store, p->key, p->row.id, &kept, error) != LN_DB_DONE)
        return LN_ERR_IO;
    ln_status status = LN_ERR_STATE;
    if (kept.picture.row.id)
        status = ln_gallery_show(e->gallery, &kept, 0, png, size, error);
    else
        ln_fail(error, status, "picture %" PRId64 " was deleted meanwhile", p->row.id);
    ln_kept_free(&kept);
    return status;
}

/* Puts the picture into the ZIP file. `is_there` becomes 0 if it may not or cannot be shown. */
static ln_status put_picture(ln_exporting *e, ln_export_item *item, int *is_there)
{
    const ln_exported *p = item->picture;
    uint8_t *png;
    size_t size = 0;
    *is_there = show(e, p, &png, &size, &e->counts->why) == LN_OK;
    if (!*is_there)
        return e->counts->why.status == LN_ERR_MEMORY ? ln_fail_memory(e->error) : LN_OK;
    item->width = big_endian(png + 16); /* as every PNG begins */
    item->height = big_endian(png + 20);
    snprintf(item->file, sizeof item->file, "images/%016" PRIx64 "/%" PRId64 ".png", (uint64_t)p->key,
             p->row.id);
    ln_status status = ln_pack_add(e->pack, item->file, png, size, e->error);
    free(png);
    return status;
}

static ln_status add_item(ln_exporting *e, const ln_export_kind *kind, ln_export_item *item)
{
    int is_there = 1;
    ln_status status = kind->has_pictures ? put_picture(e, item, &is_there) : LN_OK;
    if (status == LN_OK && is_there)
        status = kind->add(e, item);
    if (status == LN_OK)
        ++*(is_there ? &e->counts->pictures : &e->counts->left_out);
    return status;
}

static ln_status add(ln_exporting *e, const ln_export_kind *kind, const ln_exported *p)
{
    ln_exported_alarms alarms = {0};
    ln_answer answer = {0};
    ln_status status = LN_OK;
    if (p->evidence && ln_store_export_alarms(e->store, p->key, p->row.id, &alarms, e->error) != LN_DB_DONE)
        status = LN_ERR_IO;
    if (status == LN_OK && p->answer)
        status = ln_answer_read(&answer, p->answer, e->error);
    if (status == LN_OK)
        status = add_item(e, kind, &(ln_export_item){.picture = p, .alarms = &alarms, .answer = &answer});
    ln_answer_free(&answer);
    ln_exported_alarms_free(&alarms);
    return status;
}

/* ---- All of them ----------------------------------------------------------------------------- */

static ln_status go_through(ln_exporting *e, const ln_export_kind *kind, const ln_export_part *part,
                            int only_check)
{
    ln_status status = LN_OK;
    for (size_t i = 0; i < part->count && status == LN_OK; i++) {
        if (e->config->stops && e->config->stops(e->config->context))
            return ln_fail(e->error, LN_ERR_STATE, "the export was stopped");
        status = only_check ? kind->check(e, &part->pictures[i]) : add(e, kind, &part->pictures[i]);
    }
    return status;
}

static ln_status for_all(ln_exporting *e, const ln_export_kind *kind, int only_check)
{
    ln_export_part part;
    int64_t device = 0, id = 0;
    ln_status status = LN_OK;
    for (int more = 1; more && status == LN_OK;) {
        if (ln_store_export(e->store, &e->config->filter, device, id, &part, e->error) != LN_DB_DONE)
            return LN_ERR_IO;
        status = go_through(e, kind, &part, only_check);
        more = part.count == LN_EXPORT_PART;
        if (more) {
            device = part.pictures[part.count - 1].key;
            id = part.pictures[part.count - 1].row.id;
        }
        ln_export_part_free(&part);
    }
    return status;
}

static ln_status write_all(ln_exporting *e, const ln_export_kind *kind)
{
    ln_status status = kind->begin ? kind->begin(e) : LN_OK;
    if (status == LN_OK && kind->check)
        status = for_all(e, kind, 1);
    if (status == LN_OK && kind->has_pictures)
        status = ln_pack_open(&e->pack, e->out, (int64_t)(e->config->now_ms / 1000), e->error);
    if (status == LN_OK)
        status = for_all(e, kind, 0);
    if (status == LN_OK && kind->end)
        status = kind->end(e);
    ln_status closed = ln_pack_close(e->pack, status == LN_OK ? e->error : NULL);
    if (kind->free)
        kind->free(e);
    if (status == LN_OK && closed == LN_OK && (fflush(e->out) || ferror(e->out)))
        return ln_fail(e->error, LN_ERR_IO, "the export cannot be written");
    return status == LN_OK ? closed : status;
}

ln_status ln_export(const ln_export_config *config, FILE *out, ln_export_counts *counts, ln_error *error)
{
    ln_exporting e = {.config = config, .out = out, .counts = counts, .error = error};
    ln_status status = LN_ERR_IO;
    *counts = (ln_export_counts){0};
    if (ln_store_open(&e.store, config->settings->store, error) == LN_DB_DONE) {
        e.gallery = ln_gallery_open(config->settings);
        status = e.gallery ? write_all(&e, kinds[config->form]) : ln_fail_memory(error);
    }
    ln_gallery_close(e.gallery);
    ln_store_close(e.store);
    return status;
}
