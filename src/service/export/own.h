/* What the files of the exports share. */
#ifndef LN_SERVICE_EXPORT_OWN_H
#define LN_SERVICE_EXPORT_OWN_H

#include "service/worker/answer.h"
#include "service/pictures/gallery.h"
#include "service/export/export.h"
#include "service/export/pack.h"

#include <jansson.h>

#define LN_EXPORT_TIME 24
#define LN_EXPORT_NAME 64

/* An export under way. */
typedef struct ln_exporting {
    const ln_export_config *config;
    ln_store *store;
    ln_gallery *gallery;
    FILE *out;
    ln_pack *pack; /* null: the export is one file */
    ln_export_counts *counts;
    ln_error *error;
    void *form; /* what the form keeps */
} ln_exporting;

/* A picture that is exported. */
typedef struct ln_export_item {
    const ln_exported *picture;
    const ln_exported_alarms *alarms;
    const ln_answer *answer;   /* empty: nobody has looked, or nothing was seen */
    char file[LN_EXPORT_NAME]; /* of the picture in the ZIP file */
    unsigned width, height;    /* of the picture */
} ln_export_item;

/* How a form is written. Functions that are null have nothing to do. */
typedef struct ln_export_kind {
    const char *name;
    int has_pictures; /* 1: a ZIP file with them */
    ln_status (*begin)(ln_exporting *e);
    /* Before anything is written, called with each picture: the settings may lack something. */
    ln_status (*check)(ln_exporting *e, const ln_exported *picture);
    ln_status (*add)(ln_exporting *e, const ln_export_item *item);
    ln_status (*end)(ln_exporting *e);
    void (*free)(ln_exporting *e); /* in any case */
} ln_export_kind;

extern const ln_export_kind ln_export_csv, ln_export_coco, ln_export_camtrap;

/* 2026-06-01T21:12:00Z */
void ln_export_time(char text[LN_EXPORT_TIME], uint64_t time_ms);

/* The word for a judgement; empty: none yet. */
const char *ln_export_judged(ln_judged judged);

/* A list of JSON; null if something that belongs into it could not be put there, since memory is short. */
json_t *ln_export_list(json_t *list, int failed);

/* Writes a JSON value into a temporary file. Null: memory was short. Errors: LN_ERR_IO, LN_ERR_MEMORY. */
ln_status ln_export_json(ln_exporting *e, FILE *spool, const json_t *json, size_t how);

/* Adds a temporary file to the ZIP file, if all was written to it. Errors: those of ln_pack_add_file. */
ln_status ln_export_pack(ln_exporting *e, const char *name, FILE *spool);

#endif
