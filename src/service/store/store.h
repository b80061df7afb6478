/* What the service keeps: frames as they came, pictures, alarms, and what is to be sent. Every key begins
 * with the device, and no transaction spans devices, so that devices can be spread over servers.
 *
 * A frame belongs to a device. Its pictures are found by pushing its frames, in the order in which they came,
 * into a receiver (limitnet/cloud.h): nothing else decides what belongs together, so any worker finds the
 * same ones, today and with a newer model. */
#ifndef LN_SERVICE_STORE_STORE_H
#define LN_SERVICE_STORE_STORE_H

#include "service/store/db.h"
#include "service/events/uplink.h"

/* For one thread at a time; open one for each. */
typedef struct ln_store ln_store;

#define LN_STORE_TARGET 32 /* bytes of a target's name at most */
#define LN_STORE_COUNTS 64 /* rows of ln_store_counts */

/* Opens a store, and brings an older schema up to date. One that a newer version has made is refused.
 *   where   as for ln_db_open
 *   store   the caller's to ln_store_close; null after an error */
ln_db_result ln_store_open(ln_store **store, const char *where, ln_error *error);
void ln_store_close(ln_store *store);

/* A device's number: a hash of source and name, the same everywhere. 1..2^63 - 1. */
int64_t ln_store_device(const char *source, const char *name);

/* ---- Ingest ---------------------------------------------------------------------------------- */

/* How long a frame counts as a repeat of an equal one, without a counter, and with one of less than 32 bits:
 * no network brings a frame again after a day, and Sigfox's counter takes a month to come round. */
#define LN_STORE_REPEAT_MS 3600000
#define LN_STORE_REPEAT_NARROW_MS 86400000

/* Keeps frames of one source. When it returns LN_DB_DONE they are on the disk, and may be acknowledged; after
 * another result some of them may be, and adding all again does no harm.
 *   source   and the names in the frames are UTF-8
 *   now_ms   Unix time, when they came to the service
 *   is_new   receives for each frame: 1, or 0 for a repeat: the same device, session, counter and payload,
 *            without a counter or with one of less than 32 bits within the times above */
ln_db_result ln_store_add(ln_store *store, const char *source, const ln_uplink *frames, size_t count,
                          uint64_t now_ms, uint8_t *is_new, ln_error *error);

/* The same for frames of several sources: `sources` has that of each. */
ln_db_result ln_store_add_sources(ln_store *store, const char *const *sources, const ln_uplink *frames,
                                  size_t count, uint64_t now_ms, uint8_t *is_new, ln_error *error);

/* ---- Work ------------------------------------------------------------------------------------ */

/* A frame that is kept. */
typedef struct ln_frame_row {
    int64_t id;            /* rises with each frame of the device, from 1 */
    int64_t picture;       /* that it was found to belong to; 0: not looked at, or to none */
    uint64_t time_ms;      /* when it came */
    unsigned counter_bits; /* as in ln_uplink */
    uint32_t counter;
    int battery; /* that it told, percent; LN_NO_BATTERY */
    uint16_t size;
    uint8_t *payload;
} ln_frame_row;

/* What a worker found of a picture. */
typedef struct ln_picture_row {
    int64_t id;      /* of its first frame */
    unsigned number; /* on the link */
    uint64_t first_ms, last_ms;
    uint64_t deadline_ms; /* when its answer becomes final */
    uint32_t packets, bytes;
    int final;          /* 1: its answer stays */
    const char *answer; /* what the vision model saw, as JSON */
    const char *label;  /* the best class or object, for lists; null: nothing */
    int score;          /* its score, parts of 10,000 */
    uint32_t model;     /* checksum of the model that showed it */
    int open;           /* 1: frames may still come to it, though it is final */
    uint32_t seen;      /* symbols that were known when the vision model saw it */
    int people;         /* 1: it shows a person; once it is final, its frames and its answer are deleted */
} ln_picture_row;

/* A picture that is not final, or that frames may still come to. */
typedef struct ln_open_row {
    ln_picture_row row;
    char *answer, *label; /* memory of those of the row */
} ln_open_row;

/* A device that has something to do: frames that nobody has looked at, a picture whose deadline is over, or
 * rules that are to be asked. */
typedef struct ln_work {
    int64_t device;  /* 0: there is nothing to do */
    int64_t version; /* the newest frame of this work; the caller may lower it, to leave frames for later */
    int64_t lease;   /* proves that this worker has it */
    char *source, *name;
    char *state;          /* that ln_store_finish was given last; null: none yet */
    ln_frame_row *frames; /* those of the open pictures, and then the new ones; rising */
    size_t count;
    int64_t seen;          /* the newest frame that was looked at; those behind are new */
    unsigned failures;     /* how often it was put off since it was finished last */
    ln_open_row *pictures; /* the open ones, rising */
    size_t picture_count;
    uint32_t told;    /* the hint that was sent to the camera last, its bytes as a number; 0: none */
    uint64_t told_ms; /* and when */
} ln_work;

/* New frames in one work at most: what comes in while no worker runs is looked at in parts. */
#define LN_STORE_MOST_NEW 4096

/* Takes the device that waits longest of those that nobody else has, for `lease_ms`: if this worker dies,
 * another one takes it then.
 *   work   the caller's to ln_work_free; empty after an error */
ln_db_result ln_store_take(ln_store *store, uint64_t now_ms, uint64_t lease_ms, ln_work *work,
                           ln_error *error);
void ln_work_free(ln_work *work);

/* Frame counters of a device, for its loss. */
typedef struct ln_counter_row {
    unsigned counter_bits; /* as in ln_uplink; never 0 */
    uint32_t counter;
} ln_counter_row;

/* Those of the `most` frames up to the frame `newest`, in the order in which they came. Frames without one
 * are left out. counters   room for `most` */
ln_db_result ln_store_counters(ln_store *store, int64_t device, int64_t newest, ln_counter_row *counters,
                               size_t most, size_t *count, ln_error *error);

/* An alarm. There is one for each device, rule and event. */
typedef struct ln_alarm_row {
    const char *rule;
    int64_t event;   /* the picture whose look began the event */
    int64_t picture; /* that it is raised for */
    uint64_t time_ms;
    const char *label;
    int score;
    const char *body;           /* what to deliver, as JSON; the target makes its own form of it */
    const char *const *targets; /* if the alarm is new, it goes to each of them */
    size_t target_count;
} ln_alarm_row;

/* An alarm to deliver. It may be delivered twice, so targets that can tell get device and id along. */
typedef struct ln_outbox_row {
    int64_t device;
    int64_t id;   /* a hash of rule, event and target: the same whoever finds the alarm; 0: nothing is due */
    char *target; /* name of the target in the settings */
    char *body;   /* of the alarm */
    int64_t picture;   /* whose image goes along */
    unsigned attempts; /* this one included */
} ln_outbox_row;

/* The outcome of a look at a device. */
typedef struct ln_found {
    const ln_picture_row *pictures; /* new and changed ones */
    size_t picture_count;
    const int64_t *picture_of; /* of each frame of the work, the picture that it belongs to; 0: none */
    const ln_alarm_row *alarms;
    size_t alarm_count;
    const char *state; /* what the rules must know next time, as JSON; null: as before */
    uint64_t wake_ms;  /* when the device is due though nothing came; 0 or UINT64_MAX: not */
    uint32_t hint; /* for the camera, its bytes as a number; it takes the place of one that waits. 0: none */
    uint64_t hint_ms; /* when the newest frame came of those that it speaks of */
} ln_found;

/* Gives a device back with what was found, in one transaction: all of it, or nothing.
 *   raised   receives for each alarm: 1, or 0 if that event had its alarm already; null is allowed
 * LN_DB_LOST: another worker has the device, and `found` is to be dropped. After any other error the caller
 * may try again, or leave it to whoever takes the device when the lease is over. */
ln_db_result ln_store_finish(ln_store *store, const ln_work *work, const ln_found *found, uint64_t now_ms,
                             uint8_t *raised, ln_error *error);

/* Gives a device back as it was, to be taken again at `again_ms` and not before, whatever comes.
 * LN_DB_LOST: another worker has it. */
ln_db_result ln_store_put_off(ln_store *store, const ln_work *work, uint64_t again_ms, ln_error *error);

/* The frames of a picture, and the row of it.
 *   picture   the caller's to ln_kept_free; empty after an error, and if there is no such picture */
typedef struct ln_kept {
    ln_open_row picture;
    ln_frame_row *frames;
    size_t count;
} ln_kept;

ln_db_result ln_store_picture(ln_store *store, int64_t device, int64_t id, ln_kept *picture, ln_error *error);
void ln_kept_free(ln_kept *picture);

/* ---- Hints ----------------------------------------------------------------------------------- */

/* Which hints may be sent. */
typedef struct ln_hint_limits {
    uint64_t from_ms;    /* those that speak of frames which came then or later */
    uint64_t told_by_ms; /* to devices that were sent the last one then or earlier */
} ln_hint_limits;

/* Numbers of devices of a source whose hints may be sent, those that wait longest first.
 *   devices   room for `most` */
ln_db_result ln_store_hints(ln_store *store, const char *source, const ln_hint_limits *limits,
                            int64_t *devices, size_t most, size_t *count, ln_error *error);

/* Takes a device's hint out, and notes it as sent: whoever gets it may send it, once.
 *   name   receives the device's
 *   hint   receives its bytes as a number; 0: none may be sent */
ln_db_result ln_store_take_hint(ln_store *store, int64_t device, const ln_hint_limits *limits,
                                uint64_t now_ms, char name[LN_DEVICE_NAME + 1], uint32_t *hint,
                                ln_error *error);

/* ---- Outbox ---------------------------------------------------------------------------------- */

/* Takes the entry of a target that is due longest, for `lease_ms`. An entry that is new is due at once.
 *   entry   the caller's to ln_outbox_free; empty after an error */
ln_db_result ln_store_next(ln_store *store, const char *target, uint64_t now_ms, uint64_t lease_ms,
                           ln_outbox_row *entry, ln_error *error);
void ln_outbox_free(ln_outbox_row *entry);

/* Says what became of it: delivered (`problem` is null), or to be tried again at `again_ms`; UINT64_MAX: it
 * has failed, and is not tried again. A problem counts for nothing if another one has taken the entry since;
 * else it is kept with the entry. */
ln_db_result ln_store_delivered(ln_store *store, const ln_outbox_row *entry, const char *problem,
                                uint64_t again_ms, ln_error *error);

/* ---- Room ------------------------------------------------------------------------------------ */

/* Deletes the oldest of each of these, `most` at a time: final pictures that ended before `before_ms`, with
 * their frames and what was delivered of them; frames that came before that time and belong to no picture;
 * and what was delivered by then, or has failed, of alarms without a picture. What is still to be delivered
 * stays, and the records of alarms stay always: they keep an event from raising a second one.
 *   keep_alarms   1: the pictures that alarms were raised for stay too
 *   deleted       receives how many pictures, such frames and such deliveries went */
ln_db_result ln_store_forget(ln_store *store, uint64_t before_ms, size_t most, int keep_alarms,
                             size_t *deleted, ln_error *error);

/* Deletes a picture as ln_store_forget does, whatever its age: its frames, what was found of it, and what was
 * delivered of it. What is still to be delivered goes out without the picture, and the records of alarms
 * stay. A worker that has the device must take it anew; packets that come later begin a picture of their own.
 *   found   receives 0 if there is no such picture */
ln_db_result ln_store_delete(ln_store *store, int64_t device, int64_t id, uint64_t now_ms, int *found,
                             ln_error *error);

/* Bytes that the store takes on its disk. In SQLite what was forgotten does not count: the file keeps its
 * size, but that room is used again. PostgreSQL's files keep their size too, and it counts them whole. */
ln_db_result ln_store_size(ln_store *store, uint64_t *bytes, ln_error *error);

/* Bytes of what is kept, so that deleting makes them fewer at once. In SQLite the same as ln_store_size. With
 * PostgreSQL an estimate from the frames and their number: see store/room.c. */
ln_db_result ln_store_used(ln_store *store, uint64_t *bytes, ln_error *error);

/* The disk of a store in a file. That of a server cannot be seen from here: there, only LN_DB_FULL tells. */
typedef struct ln_room {
    uint64_t free; /* bytes that are free on the disk; UINT64_MAX: nobody knows */
    int is_low;    /* 1: it is time to delete something */
    int is_full;   /* 1: new frames are refused, so that workers, deliveries and deletion still have room */
} ln_room;

/* Looks at the disk: cheap enough for every call of ln_store_add. */
ln_db_result ln_store_room(ln_store *store, ln_room *room, ln_error *error);

/* LN_DB_FULL if the disk is too full for new frames, as ln_store_room finds. */
ln_db_result ln_store_check_room(ln_store *store, ln_error *error);

/* ---- Counts ---------------------------------------------------------------------------------- */

typedef enum ln_outbox_state { LN_OUTBOX_WAITS, LN_OUTBOX_DELIVERED, LN_OUTBOX_FAILED } ln_outbox_state;

/* The entries of a target in a state. */
typedef struct ln_outbox_count {
    char target[LN_STORE_TARGET + 1];
    ln_outbox_state state;
    uint64_t entries;
} ln_outbox_count;

typedef struct ln_store_counts {
    uint64_t devices; /* that wait for a worker */
    ln_outbox_count outbox[LN_STORE_COUNTS];
    size_t outbox_count; /* more than there is room for are left out; so is what was delivered */
} ln_store_counts;

/* Counts by indexes alone. */
ln_db_result ln_store_count(ln_store *store, uint64_t now_ms, ln_store_counts *counts, ln_error *error);

#endif
