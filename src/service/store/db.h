/* SQLite and PostgreSQL behind one small interface. Statements are the same for both: parameters are $1, $2,
 * ..., and only what both understand is used; where they differ, the caller asks ln_db_kind_of. */
#ifndef LN_SERVICE_STORE_DB_H
#define LN_SERVICE_STORE_DB_H

#include "cloud/error.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A connection, for one thread at a time. */
typedef struct ln_db ln_db;

typedef enum ln_db_kind { LN_DB_SQLITE, LN_DB_POSTGRES } ln_db_kind;

typedef enum ln_db_type { LN_DB_NULL, LN_DB_INTEGER, LN_DB_TEXT, LN_DB_BYTES } ln_db_type;

typedef struct ln_db_value {
    ln_db_type type;
    int64_t integer;
    const void *bytes; /* of LN_DB_TEXT, which is UTF-8, and LN_DB_BYTES; the text of a row ends with a zero
                          behind `size` */
    size_t size;
} ln_db_value;

/* What became of a statement. */
typedef enum ln_db_result {
    LN_DB_DONE = 0,
    LN_DB_FULL,  /* the disk is full: nothing was changed; later it may work */
    LN_DB_BUSY,  /* another connection was in the way (a lock, a deadlock): begin the transaction again */
    LN_DB_AWAY,  /* the server cannot be reached or does not answer, or the connection broke: what was being
                    committed may or may not be there. Later calls connect again. */
    LN_DB_LOST,  /* of ln_store_finish only: another worker has the device */
    LN_DB_FAILED /* anything else; memory included */
} ln_db_result;

/* Takes a row; the values are valid during the call. */
typedef void ln_db_row(void *context, const ln_db_value *values, size_t count);

/* Opens a database.
 *   where   path of a file, made if it is missing, or postgresql://...
 *   db      the caller's to ln_db_close; null after an error */
ln_db_result ln_db_open(ln_db **db, const char *where, ln_error *error);
void ln_db_close(ln_db *db);
ln_db_kind ln_db_kind_of(const ln_db *db);

/* What ln_db_open would open there. */
ln_db_kind ln_db_kind_at(const char *where);

/* Runs one statement. It is prepared once for each connection.
 *   row       called for each row; null: rows are left out
 *   changed   receives the number of rows that were changed; null is allowed */
ln_db_result ln_db_run(ln_db *db, const char *sql, const ln_db_value *values, size_t count, ln_db_row *row,
                       void *context, uint64_t *changed, ln_error *error);

/* Runs several statements without parameters, for a schema. */
ln_db_result ln_db_script(ln_db *db, const char *sql, ln_error *error);

/* A transaction: what stands between is done whole or not at all. SQLite's takes the write lock at once.
 * After a statement that failed, the others fail alike, ln_db_commit too. A transaction is over after
 * ln_db_commit, whatever it returns. */
ln_db_result ln_db_begin(ln_db *db, ln_error *error);
ln_db_result ln_db_commit(ln_db *db, ln_error *error);
void ln_db_roll_back(ln_db *db);

/* ---- Values ---------------------------------------------------------------------------------- */

static inline ln_db_value ln_db_integer(int64_t integer)
{
    return (ln_db_value){.type = LN_DB_INTEGER, .integer = integer};
}

static inline ln_db_value ln_db_text(const char *text)
{
    return text ? (ln_db_value){.type = LN_DB_TEXT, .bytes = text, .size = strlen(text)} : (ln_db_value){0};
}

static inline ln_db_value ln_db_bytes(const void *bytes, size_t size)
{
    return (ln_db_value){.type = LN_DB_BYTES, .bytes = bytes, .size = size};
}

/* The parameters `values` and `count` of ln_db_run. */
#define LN_DB_VALUES(...)                                                                                    \
    (const ln_db_value[]){__VA_ARGS__}, sizeof((const ln_db_value[]){__VA_ARGS__}) / sizeof(ln_db_value)

#endif
