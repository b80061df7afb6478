/* What a database must do for db.c. */
#ifndef LN_SERVICE_STORE_DB_DRIVER_H
#define LN_SERVICE_STORE_DB_DRIVER_H

#include "service/store/db.h"

/* A statement with its parameters, and what takes its outcome. */
typedef struct ln_db_statement {
    const char *sql;
    const ln_db_value *values;
    size_t count;
    ln_db_row *row;
    void *context;
    uint64_t *changed; /* never null */
} ln_db_statement;

typedef struct ln_db_driver {
    ln_db_kind kind;
    const char *begin;
    ln_db_result (*run)(ln_db *db, const ln_db_statement *statement, ln_error *error);
    ln_db_result (*script)(ln_db *db, const char *sql, ln_error *error);
    void (*roll_back)(ln_db *db); /* whatever state the transaction is in; there may be none */
    void (*close)(ln_db *db);
} ln_db_driver;

/* The beginning of each driver's own struct. */
struct ln_db {
    const ln_db_driver *driver;
    int in_transaction;
    ln_db_result broken; /* what a statement of this transaction ended with; LN_DB_DONE: all is well */
    ln_error why;
};

ln_db_result ln_db_open_sqlite(ln_db **db, const char *path, ln_error *error);
ln_db_result ln_db_open_postgres(ln_db **db, const char *where, ln_error *error);

#endif
