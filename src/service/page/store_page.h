/* What the page reads and changes in the store. */
#ifndef LN_SERVICE_PAGE_STORE_PAGE_H
#define LN_SERVICE_PAGE_STORE_PAGE_H

#include "service/store/list.h"

/* ---- Cameras --------------------------------------------------------------------------------- */

typedef struct ln_camera {
    int64_t device;
    char *source, *name;
    uint64_t heard_ms;     /* 0: never, as far as is known */
    uint64_t waiting;      /* frames that no worker has looked at */
    unsigned lost, frames; /* of its last frames, by their counters; 0 of 0: it has none */
    int battery;           /* percent; LN_NO_BATTERY */
    ln_listed newest;      /* picture; id 0: none. Without names */
} ln_camera;

typedef struct ln_cameras {
    ln_camera *items;
    size_t count;
} ln_cameras;

/* Lists cameras by source and name.
 *   after_source, after_name   those behind this one; "": all
 *   cameras                    the caller's to ln_cameras_free; empty after an error */
ln_db_result ln_store_cameras(ln_store *store, const char *after_source, const char *after_name, size_t most,
                              ln_cameras *cameras, ln_error *error);

/* One camera: `cameras` has one item, or none if there is no such camera. */
ln_db_result ln_store_camera(ln_store *store, int64_t device, ln_cameras *cameras, ln_error *error);
void ln_cameras_free(ln_cameras *cameras);

#define LN_AIRTIME_FRAMES 4096 /* of a camera that are added up at most */

/* The time on air of a camera's frames since a time, in microseconds; 0: none, or not known. */
ln_db_result ln_store_airtime(ln_store *store, int64_t device, uint64_t since_ms, uint64_t *airtime_us,
                              ln_error *error);

/* ---- Alarms ---------------------------------------------------------------------------------- */

typedef struct ln_listed_alarm {
    int64_t device;
    char *source, *name, *rule;
    int64_t event, picture;
    uint64_t time_ms;
    char *label; /* null: it is not about something that was seen */
    int score;
    ln_judged judged;
    char *by; /* who judged; null: nobody */
    uint64_t judged_ms;
    int has_picture; /* 0: it was about none, or that was deleted */
} ln_listed_alarm;

typedef struct ln_alarms {
    ln_listed_alarm *items;
    size_t count;
} ln_alarms;

/* Lists alarms, the newest first.
 *   after   those behind this one: its time, device, event and rule count; null: all
 *   alarms  the caller's to ln_alarms_free; empty after an error */
ln_db_result ln_store_alarms(ln_store *store, ln_judged judged, const ln_listed_alarm *after, size_t most,
                             ln_alarms *alarms, ln_error *error);

/* Those of a picture. */
ln_db_result ln_store_alarms_of(ln_store *store, int64_t device, int64_t picture, ln_alarms *alarms,
                                ln_error *error);
void ln_alarms_free(ln_alarms *alarms);

/* Keeps what a person says of an alarm; it may be said anew.
 *   found   receives 0 if there is no such alarm */
ln_db_result ln_store_judge(ln_store *store, int64_t device, const char *rule, int64_t event,
                            ln_judged judged, const char *by, uint64_t now_ms, int *found, ln_error *error);

/* ---- Changes --------------------------------------------------------------------------------- */

typedef enum ln_changed { LN_CHANGED_CAMERA, LN_CHANGED_PICTURE, LN_CHANGED_ALARM } ln_changed;

typedef struct ln_change {
    ln_changed what;
    uint64_t time_ms;
    int64_t device;
    int64_t id; /* of the picture; of an alarm's picture and of its event */
    int64_t event;
    char *rule; /* of an alarm */
    int state;  /* a picture's: final; an alarm's: an ln_judged */
    uint32_t packets, bytes;
    char *label;
    int score;
} ln_change;

typedef struct ln_changes {
    ln_change *items;
    size_t count;
    int is_part; /* 1: there were more than `most` of a kind */
} ln_changes;

/* What has changed since a time, that included. Read from indexes of times alone.
 *   changes   the caller's to ln_changes_free; empty after an error */
ln_db_result ln_store_changes(ln_store *store, uint64_t since_ms, size_t most, ln_changes *changes,
                              ln_error *error);
void ln_changes_free(ln_changes *changes);

#endif
