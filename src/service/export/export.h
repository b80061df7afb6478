/* What the service keeps, for other programs: as a CSV file, or with its pictures as COCO or Camtrap DP. */
#ifndef LN_SERVICE_EXPORT_EXPORT_H
#define LN_SERVICE_EXPORT_EXPORT_H

#include "service/export/store_export.h"
#include "service/settings/settings.h"

#include <stdio.h>

typedef enum ln_export_form { LN_EXPORT_CSV, LN_EXPORT_COCO, LN_EXPORT_CAMTRAP } ln_export_form;

typedef struct ln_export_config {
    const ln_service_settings *settings;
    ln_export_form form;
    ln_export_filter filter;
    uint64_t now_ms;
    int (*stops)(void *context); /* asked before each picture whether to end early; null: never */
    void *context;
} ln_export_config;

typedef struct ln_export_counts {
    uint64_t pictures; /* in the export */
    uint64_t left_out; /* pictures that may not or cannot be shown */
    ln_error why;      /* of the last of those */
} ln_export_counts;

/* The form of a name: csv, coco, camtrap-dp. Returns 0 if there is none. */
int ln_export_form_of(const char *name, ln_export_form *form);

/* A temporary file, in the folder TMPDIR names, or in /var/tmp; the caller's to fclose(). Errors: LN_ERR_IO.
 */
ln_status ln_export_spool(FILE **spool, ln_error *error);

/* Writes an export, from the first byte to the last, also into a pipe. The store is read in small parts, so
 * the service goes on meanwhile; what is long goes through temporary files.
 * Errors: LN_ERR_ARGUMENT: the settings lack what the standard asks for; LN_ERR_IO, LN_ERR_MEMORY;
 * LN_ERR_STATE: it was stopped. */
ln_status ln_export(const ln_export_config *config, FILE *out, ln_export_counts *counts, ln_error *error);

#endif
