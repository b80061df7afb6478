/* A connection to PostgreSQL that never waits for long, and connects again. */
#ifndef LN_SERVICE_STORE_DB_POSTGRES_H
#define LN_SERVICE_STORE_DB_POSTGRES_H

#include "service/store/db_driver.h"

#include <libpq-fe.h>

typedef struct ln_postgres {
    ln_db base;
    PGconn *link; /* null: there is no connection, or it broke */
    char *where;
    char **prepared; /* the statements of this connection; the n-th is named by its place */
    size_t prepared_count, prepared_room;
} ln_postgres;

/* Connects, if there is no connection. */
ln_db_result ln_postgres_connect(ln_postgres *p, ln_error *error);

/* Ends the connection; statements are to be prepared again. */
void ln_postgres_disconnect(ln_postgres *p);

/* Waits for the outcome of what was sent (`sent` is what PQsend... returned).
 *   outcome   receives the last result, the caller's to PQclear; null after an error */
ln_db_result ln_postgres_await(ln_postgres *p, int sent, PGresult **outcome, ln_error *error);

#endif
