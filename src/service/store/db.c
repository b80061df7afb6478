#include "service/store/db_driver.h"

static int begins_with(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

ln_db_kind ln_db_kind_at(const char *where)
{
    int is_url = begins_with(where, "postgresql://") || begins_with(where, "postgres://");
    return is_url ? LN_DB_POSTGRES : LN_DB_SQLITE;
}

ln_db_result ln_db_open(ln_db **db, const char *where, ln_error *error)
{
    *db = NULL;
    return (ln_db_kind_at(where) == LN_DB_POSTGRES ? ln_db_open_postgres : ln_db_open_sqlite)(db, where,
                                                                                              error);
}

void ln_db_close(ln_db *db)
{
    if (!db)
        return;
    ln_db_roll_back(db);
    db->driver->close(db);
}

ln_db_kind ln_db_kind_of(const ln_db *db)
{
    return db->driver->kind;
}

/* ---- Statements ------------------------------------------------------------------------------ */

/* The outcome of a statement, which spoils the transaction that it is part of. */
static ln_db_result note(ln_db *db, ln_db_result result, const ln_error *why, ln_error *error)
{
    if (result == LN_DB_DONE)
        return result;
    if (db->in_transaction) {
        db->broken = result;
        db->why = *why;
    }
    if (error)
        *error = *why;
    return result;
}

static ln_db_result still_broken(const ln_db *db, ln_error *error)
{
    if (db->broken != LN_DB_DONE && error)
        *error = db->why;
    return db->broken;
}

ln_db_result ln_db_run(ln_db *db, const char *sql, const ln_db_value *values, size_t count, ln_db_row *row,
                       void *context, uint64_t *changed, ln_error *error)
{
    uint64_t ignored;
    ln_error why = {0};
    ln_db_statement statement = {sql, values, count, row, context, changed ? changed : &ignored};
    *statement.changed = 0;
    if (still_broken(db, error) != LN_DB_DONE)
        return db->broken;
    return note(db, db->driver->run(db, &statement, &why), &why, error);
}

ln_db_result ln_db_script(ln_db *db, const char *sql, ln_error *error)
{
    ln_error why = {0};
    if (still_broken(db, error) != LN_DB_DONE)
        return db->broken;
    return note(db, db->driver->script(db, sql, &why), &why, error);
}

/* ---- Transactions ---------------------------------------------------------------------------- */

ln_db_result ln_db_begin(ln_db *db, ln_error *error)
{
    ln_db_result result = ln_db_run(db, db->driver->begin, NULL, 0, NULL, NULL, NULL, error);
    db->in_transaction = result == LN_DB_DONE;
    return result;
}

ln_db_result ln_db_commit(ln_db *db, ln_error *error)
{
    ln_db_result result = ln_db_run(db, "COMMIT", NULL, 0, NULL, NULL, NULL, error);
    if (result != LN_DB_DONE)
        ln_db_roll_back(db);
    db->in_transaction = 0;
    return result;
}

void ln_db_roll_back(ln_db *db)
{
    if (db->in_transaction)
        db->driver->roll_back(db);
    db->in_transaction = 0;
    db->broken = LN_DB_DONE;
}
