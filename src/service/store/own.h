/* What the files of the store share. */
#ifndef LN_SERVICE_STORE_OWN_H
#define LN_SERVICE_STORE_OWN_H

#include "service/store/store.h"

struct ln_store {
    ln_db *db;
    char *path; /* of its file; null: a server has it */
};

/* The time of what is not due at all. */
#define LN_STORE_NEVER INT64_MAX

/* Due rows are looked for without a lock, this many at once, and the first is taken that nobody else has
 * meanwhile. Where rows can be skipped that another connection has locked, none is waited for. */
#define LN_STORE_CANDIDATES 32
#define LN_STORE_SKIP " FOR UPDATE SKIP LOCKED"

/* The pictures of device $1 that are open. */
#define LN_STORE_OPEN "device = $1 AND (final = 0 OR open = 1)"

/* When device $1 is due if it has no new frames. */
#define LN_STORE_NEXT                                                                                        \
    "(SELECT min(at) FROM (SELECT min(deadline_ms) AS at FROM picture WHERE device = $1 AND final = 0"       \
    " UNION ALL SELECT wake_ms FROM device WHERE device = $1) AS next)"

/* What names a row. */
typedef struct ln_store_key {
    int64_t device, id;
} ln_store_key;

typedef struct ln_store_keys {
    ln_store_key *keys;
    size_t count, room; /* rows beyond the room are left out */
} ln_store_keys;

/* An ln_db_row for an ln_store_keys; rows are (device, id) or (device). */
void ln_store_take_key(void *keys, const ln_db_value *values, size_t count);

/* Ends a transaction that began with ln_db_begin: commits if all is well so far, else rolls back. */
ln_db_result ln_store_end(ln_store *store, ln_db_result result, ln_error *error);

/* Copies a text of a row; null if it is NULL, or if memory is short: then `failed` becomes 1. */
char *ln_store_copy(const ln_db_value *value, int *failed);

/* The pattern (LIKE ... ESCAPE '\') of what holds a text; empty if that is. The caller's to free(); null:
 * memory is short. */
char *ln_store_pattern(const char *text);

/* The row of a statement that has at most one, kept as an integer: its first value. */
void ln_store_take_integer(void *integer, const ln_db_value *values, size_t count);

/* ---- Hashes: they stand where a sequence would, which all servers would have to share ---------- */

#define LN_STORE_DIGEST 16

/* Of what makes frames of a device repeats of each other. */
void ln_store_digest(const ln_uplink *frame, uint8_t digest[LN_STORE_DIGEST]);

/* Of what makes an entry of the outbox: 1..2^63 - 1. */
int64_t ln_store_outbox_id(const ln_alarm_row *alarm, const char *target);

/* A lease that nobody can have had before: 1..2^63 - 1. */
int64_t ln_store_lease(void);

#endif
