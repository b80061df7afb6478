/* All pictures that are kept, a part at a time, in the order of devices and pictures. */
#ifndef LN_SERVICE_EXPORT_STORE_EXPORT_H
#define LN_SERVICE_EXPORT_STORE_EXPORT_H

#include "service/store/list.h"

#define LN_EXPORT_PART 256 /* pictures that are read at a time */

/* Which pictures. */
typedef struct ln_export_filter {
    const char *source, *device; /* names; null: any. A device needs its source */
    const char *label;           /* the best class or object; null: any */
    uint64_t from_ms, to_ms;     /* first packet from then on, and before this; to_ms 0: any */
    const ln_search *search;     /* that must find it too, but for names; null: none */
} ln_export_filter;

typedef struct ln_exported {
    char *source, *device;
    int64_t key; /* of the device */
    ln_picture_row row;
    char *answer, *label; /* memory of those of the row */
    int evidence;         /* 1: there are alarms */
} ln_exported;

typedef struct ln_export_part {
    ln_exported *pictures;
    size_t count;
} ln_export_part;

/* The next pictures behind one.
 *   device, id   of that; 0, 0: the first ones
 *   part         the caller's to ln_export_part_free; empty after an error, and at the end */
ln_db_result ln_store_export(ln_store *store, const ln_export_filter *filter, int64_t device, int64_t id,
                             ln_export_part *part, ln_error *error);
void ln_export_part_free(ln_export_part *part);

typedef struct ln_exported_alarm {
    char *rule, *label; /* label null: none */
    uint64_t time_ms;
    int score;
    ln_judged judged;
} ln_exported_alarm;

typedef struct ln_exported_alarms {
    ln_exported_alarm *alarms;
    size_t count;
} ln_exported_alarms;

/* The alarms of a picture.
 *   alarms   the caller's to ln_exported_alarms_free; empty after an error */
ln_db_result ln_store_export_alarms(ln_store *store, int64_t device, int64_t picture,
                                    ln_exported_alarms *alarms, ln_error *error);
void ln_exported_alarms_free(ln_exported_alarms *alarms);

#endif
