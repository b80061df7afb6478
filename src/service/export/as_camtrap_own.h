/* What the files of the export as Camtrap DP share. */
#ifndef LN_SERVICE_EXPORT_AS_CAMTRAP_OWN_H
#define LN_SERVICE_EXPORT_AS_CAMTRAP_OWN_H

#include "service/export/own.h"

/* Of all cameras together. */
typedef struct ln_camtrap_extent {
    double south, west, north, east;
    uint64_t first_ms, last_ms;
    int is_known; /* 0: there is no picture */
} ln_camtrap_extent;

typedef struct ln_camtrap {
    FILE *deployments, *media, *observations;
    int64_t device; /* of the deployment that is open; 0: none */
    char *source, *name;
    uint64_t first_ms, last_ms;
    uint64_t observation; /* number of the last one */
    uint8_t *is_seen;     /* of each species of the settings: 1: it was observed */
    ln_camtrap_extent extent;
} ln_camtrap;

/* The word of a choice in the settings: those of ln_key. The caller's to free(); null: memory is short. */
char *ln_camtrap_word(const char *words, uint64_t number);

/* Writes the rows of a picture to media and observations. Errors: LN_ERR_IO. */
ln_status ln_camtrap_observe(ln_exporting *e, const ln_export_item *item, const char *deployment);

/* Writes datapackage.json. Errors: LN_ERR_IO, LN_ERR_MEMORY. */
ln_status ln_camtrap_describe(ln_exporting *e);

#endif
