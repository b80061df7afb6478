#include "service/store/schema.h"

#include "cloud/text.h"

#include <stdlib.h>

#define PARTS 8 /* of a table in PostgreSQL */

/* ---- Placeholders ---------------------------------------------------------------------------- */

#define PARTS_OF "parts of "

static void add_parts(ln_text *sql, const char *name, int length)
{
    for (int i = 0; i < PARTS; i++)
        ln_text_add(sql,
                    "CREATE TABLE %.*s_%d PARTITION OF %.*s FOR VALUES WITH (MODULUS %d, REMAINDER %d);\n",
                    length, name, i, length, name, PARTS, i);
}

/* Writes what a name between braces means for this database. */
static void add_placeholder(ln_text *sql, const char *name, size_t length, ln_db_kind kind)
{
    const int is_postgres = kind == LN_DB_POSTGRES;
    const size_t prefix = strlen(PARTS_OF);
    if (length > prefix && memcmp(name, PARTS_OF, prefix) == 0) {
        if (is_postgres)
            add_parts(sql, name + prefix, (int)(length - prefix));
    } else if (strncmp(name, "by device", length) == 0) {
        ln_text_add(sql, "%s", is_postgres ? "PARTITION BY HASH (device)" : "WITHOUT ROWID");
    } else {
        ln_text_add(sql, "%s", is_postgres ? "BYTEA" : "BLOB");
    }
}

/* A step as this kind of database understands it. Comments go, since they hold placeholders too. */
static void add_step(ln_text *sql, const char *step, ln_db_kind kind)
{
    while (*step) {
        size_t plain = strcspn(step, "{-");
        ln_text_add(sql, "%.*s", (int)plain, step);
        step += plain;
        if (step[0] == '-' && step[1] == '-') {
            step += strcspn(step, "\n");
        } else if (*step == '{') {
            size_t length = strcspn(step + 1, "}");
            add_placeholder(sql, step + 1, length, kind);
            step += 1 + length + 1;
        } else if (*step) {
            ln_text_add(sql, "%c", *step++);
        }
    }
}

/* ---- Versions -------------------------------------------------------------------------------- */

#define TABLE_OF_VERSIONS "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY)"

/* Two programs may start at once. SQLite's transaction has the lock already; here any number serves that all
 * programs use. */
#define LOCK "SELECT pg_advisory_xact_lock(5064777)"

static void take_version(void *context, const ln_db_value *values, size_t count)
{
    (void)count;
    *(int64_t *)context = values->integer;
}

static ln_db_result read_version(ln_db *db, int64_t *version, ln_error *error)
{
    ln_db_result result = LN_DB_DONE;
    *version = 0;
    if (ln_db_kind_of(db) == LN_DB_POSTGRES)
        result = ln_db_run(db, LOCK, NULL, 0, NULL, NULL, NULL, error);
    if (result == LN_DB_DONE)
        result = ln_db_script(db, TABLE_OF_VERSIONS, error);
    if (result == LN_DB_DONE)
        result = ln_db_run(db, "SELECT max(version) FROM schema_version", NULL, 0, take_version, version,
                           NULL, error);
    return result;
}

static ln_db_result take_step(ln_db *db, const char *step, int64_t version, ln_error *error)
{
    ln_text sql = {0};
    ln_db_result result = LN_DB_FAILED;
    add_step(&sql, step, ln_db_kind_of(db));
    if (ln_text_check(&sql, error) == LN_OK)
        result = ln_db_script(db, sql.bytes, error);
    free(sql.bytes);
    if (result == LN_DB_DONE)
        result = ln_db_run(db, "INSERT INTO schema_version (version) VALUES ($1)",
                           LN_DB_VALUES(ln_db_integer(version)), NULL, NULL, NULL, error);
    return result;
}

static ln_db_result update(ln_db *db, const char *const *steps, ln_error *error)
{
    int64_t version, known = 0;
    ln_db_result result = read_version(db, &version, error);
    while (steps[known])
        known++;
    if (result == LN_DB_DONE && version > known) {
        ln_fail(
            error, LN_ERR_IO,
            "the database has version %lld of the tables, and this program knows %lld: use a newer program",
            (long long)version, (long long)known);
        return LN_DB_FAILED;
    }
    for (; result == LN_DB_DONE && version < known; version++)
        result = take_step(db, steps[version], version + 1, error);
    return result;
}

ln_db_result ln_schema_update(ln_db *db, const char *const *steps, ln_error *error)
{
    ln_db_result result = ln_db_begin(db, error);
    if (result != LN_DB_DONE)
        return result;
    result = update(db, steps, error);
    if (result == LN_DB_DONE)
        return ln_db_commit(db, error);
    ln_db_roll_back(db);
    return result;
}
