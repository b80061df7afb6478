/* PostgreSQL, and databases that speak like it. Parameters and rows go in binary form. */
#include "service/store/db_postgres.h"

#include <stdio.h>
#include <stdlib.h>

/* Numbers of types, the same in every PostgreSQL (its pg_type.dat). */
enum { BYTEA = 17, INT8 = 20, INT2 = 21, INT4 = 23, TEXT = 25 };

#define MOST_VALUES 32

/* ---- Values ---------------------------------------------------------------------------------- */

/* The parameters of a statement as libpq wants them. */
typedef struct parameters {
    Oid types[MOST_VALUES];
    const char *values[MOST_VALUES];
    int sizes[MOST_VALUES], binary[MOST_VALUES];
    char integers[MOST_VALUES][8];
} parameters;

static const char *big_endian(char bytes[8], int64_t integer)
{
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (char)((uint64_t)integer >> (56 - 8 * i));
    return bytes;
}

static void set_parameters(parameters *to, const ln_db_statement *statement)
{
    static const Oid types[] = {0, INT8, TEXT, BYTEA};
    for (size_t i = 0; i < statement->count; i++) {
        const ln_db_value *value = &statement->values[i];
        int is_integer = value->type == LN_DB_INTEGER;
        const char *bytes = value->bytes ? value->bytes : ""; /* libpq takes a null pointer for NULL */
        to->types[i] = types[value->type];
        to->binary[i] = 1;
        to->sizes[i] = is_integer ? 8 : (int)value->size;
        to->values[i] = is_integer                  ? big_endian(to->integers[i], value->integer)
                        : value->type == LN_DB_NULL ? NULL
                                                    : bytes;
    }
}

static int64_t from_big_endian(const char *bytes, int size)
{
    uint64_t integer = size > 0 && (signed char)bytes[0] < 0 ? UINT64_MAX : 0;
    for (int i = 0; i < size; i++)
        integer = integer << 8 | (unsigned char)bytes[i];
    return (int64_t)integer;
}

static ln_db_value field(const PGresult *rows, int row, int at)
{
    const char *bytes = PQgetvalue(rows, row, at);
    const int size = PQgetlength(rows, row, at);
    const Oid type = PQftype(rows, at);
    if (PQgetisnull(rows, row, at))
        return (ln_db_value){0};
    if (type == INT8 || type == INT4 || type == INT2)
        return ln_db_integer(from_big_endian(bytes, size));
    return (ln_db_value){
        .type = type == BYTEA ? LN_DB_BYTES : LN_DB_TEXT, .bytes = bytes, .size = (size_t)size};
}

static void give_rows(const PGresult *rows, const ln_db_statement *statement)
{
    ln_db_value values[MOST_VALUES];
    int count = PQnfields(rows);
    for (int row = 0; statement->row && count <= MOST_VALUES && row < PQntuples(rows); row++) {
        for (int at = 0; at < count; at++)
            values[at] = field(rows, row, at);
        statement->row(statement->context, values, (size_t)count);
    }
}

/* ---- Statements ------------------------------------------------------------------------------ */

static int add_room(ln_postgres *p)
{
    if (p->prepared_count < p->prepared_room)
        return 1;
    size_t room = 2 * p->prepared_room + 16;
    char **prepared = realloc(p->prepared, room * sizeof *prepared);
    if (!prepared)
        return 0;
    p->prepared = prepared;
    p->prepared_room = room;
    return 1;
}

/* Finds the name of a statement, or prepares it. */
static ln_db_result prepare(ln_postgres *p, const ln_db_statement *statement, const parameters *with,
                            char name[16], ln_error *error)
{
    size_t at = 0;
    while (at < p->prepared_count && strcmp(p->prepared[at], statement->sql) != 0)
        at++;
    snprintf(name, 16, "s%zu", at);
    if (at < p->prepared_count)
        return LN_DB_DONE;
    char *copy = add_room(p) ? strdup(statement->sql) : NULL;
    if (!copy) {
        ln_fail_memory(error);
        return LN_DB_FAILED;
    }
    PGresult *outcome;
    int sent = PQsendPrepare(p->link, name, statement->sql, (int)statement->count, with->types);
    ln_db_result result = ln_postgres_await(p, sent, &outcome, error);
    PQclear(outcome);
    if (result == LN_DB_DONE)
        p->prepared[p->prepared_count++] = copy;
    else
        free(copy);
    return result;
}

static ln_db_result run(ln_db *db, const ln_db_statement *statement, ln_error *error)
{
    ln_postgres *p = (ln_postgres *)db;
    parameters with;
    char name[16];
    PGresult *outcome = NULL;
    if (statement->count > MOST_VALUES) {
        ln_fail(error, LN_ERR_ARGUMENT, "PostgreSQL: a statement has more than %d parameters", MOST_VALUES);
        return LN_DB_FAILED;
    }
    set_parameters(&with, statement);
    ln_db_result result = ln_postgres_connect(p, error);
    if (result == LN_DB_DONE)
        result = prepare(p, statement, &with, name, error);
    if (result == LN_DB_DONE) {
        int sent = PQsendQueryPrepared(p->link, name, (int)statement->count, with.values, with.sizes,
                                       with.binary, 1);
        result = ln_postgres_await(p, sent, &outcome, error);
    }
    if (outcome) {
        *statement->changed = strtoull(PQcmdTuples(outcome), NULL, 10);
        give_rows(outcome, statement);
    }
    PQclear(outcome);
    return result;
}

static ln_db_result script(ln_db *db, const char *sql, ln_error *error)
{
    ln_postgres *p = (ln_postgres *)db;
    PGresult *outcome = NULL;
    ln_db_result result = ln_postgres_connect(p, error);
    if (result == LN_DB_DONE)
        result = ln_postgres_await(p, PQsendQuery(p->link, sql), &outcome, error);
    PQclear(outcome);
    return result;
}

/* A connection that cannot roll back is ended, which does the same. */
static void roll_back(ln_db *db)
{
    ln_postgres *p = (ln_postgres *)db;
    PGresult *outcome = NULL;
    if (!p->link || PQtransactionStatus(p->link) == PQTRANS_IDLE)
        return;
    if (ln_postgres_await(p, PQsendQuery(p->link, "ROLLBACK"), &outcome, NULL) != LN_DB_DONE)
        ln_postgres_disconnect(p);
    PQclear(outcome);
}

/* ---- Opening --------------------------------------------------------------------------------- */

static void close_postgres(ln_db *db)
{
    ln_postgres *p = (ln_postgres *)db;
    ln_postgres_disconnect(p);
    free(p->prepared);
    free(p->where);
    free(p);
}

ln_db_result ln_db_open_postgres(ln_db **db, const char *where, ln_error *error)
{
    static const ln_db_driver driver = {LN_DB_POSTGRES, "BEGIN", run, script, roll_back, close_postgres};
    ln_postgres *p = calloc(1, sizeof *p);
    if (!p || !(p->where = strdup(where))) {
        free(p);
        ln_fail_memory(error);
        return LN_DB_FAILED;
    }
    p->base.driver = &driver;
    ln_db_result result = ln_postgres_connect(p, error);
    if (result == LN_DB_DONE)
        *db = &p->base;
    else
        close_postgres(&p->base);
    return result;
}
