/* SQLite: write-ahead log, and a commit is on the disk when it returns. */
#include "service/store/db_driver.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>

#define PATIENCE_MS 5000 /* for another connection's lock */

typedef struct sqlite {
    ln_db base;
    sqlite3 *handle;
    char *path;
} sqlite;

/* ---- Errors ---------------------------------------------------------------------------------- */

/* Why the last call of the system failed. SQLite 3.40 does not say so of a commit: there it is asked for what
 * the system said last. */
static int system_error(const sqlite *s)
{
    sqlite3_vfs *vfs = NULL;
    int cause = sqlite3_system_errno(s->handle);
    if (cause == 0)
        sqlite3_file_control(s->handle, "main", SQLITE_FCNTL_VFS_POINTER, &vfs);
    return vfs ? vfs->xGetLastError(vfs, 0, NULL) : cause;
}

/* A disk is also full where SQLite could not enlarge its shared memory, or where the file system noticed only
 * when it had to flush. */
static int is_full(const sqlite *s, int code)
{
    const int kind = code & 0xff;
    if (kind != SQLITE_IOERR && kind != SQLITE_CANTOPEN)
        return kind == SQLITE_FULL;
    const int cause = system_error(s);
    return cause == ENOSPC || cause == EDQUOT;
}

static ln_db_result fail(const sqlite *s, int code, ln_error *error)
{
    int kind = code & 0xff;
    if (kind == SQLITE_NOMEM || code == SQLITE_IOERR_NOMEM) {
        ln_fail_memory(error);
        return LN_DB_FAILED;
    }
    if (is_full(s, code)) {
        ln_fail(error, LN_ERR_IO, "%s: the disk is full: make room", s->path);
        return LN_DB_FULL;
    }
    if (kind == SQLITE_BUSY || kind == SQLITE_LOCKED) {
        ln_fail(error, LN_ERR_IO, "%s: another process keeps it locked: try again", s->path);
        return LN_DB_BUSY;
    }
    if (kind == SQLITE_CANTOPEN)
        ln_fail(error, LN_ERR_IO, "%s: cannot be opened: is its folder there, and may this user write there?",
                s->path);
    else
        ln_fail(error, LN_ERR_IO, "%s: %s", s->path, sqlite3_errmsg(s->handle));
    return LN_DB_FAILED;
}

/* ---- Statements ------------------------------------------------------------------------------ */

/* The connection keeps a list of its prepared statements: it is the cache. */
static int prepare(const sqlite *s, const char *sql, sqlite3_stmt **prepared)
{
    for (*prepared = NULL; (*prepared = sqlite3_next_stmt(s->handle, *prepared)) != NULL;)
        if (strcmp(sqlite3_sql(*prepared), sql) == 0)
            return SQLITE_OK;
    return sqlite3_prepare_v3(s->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, prepared, NULL);
}

static int bind(sqlite3_stmt *prepared, int at, const ln_db_value *value)
{
    static const char nothing[1]; /* SQLite takes a null pointer for NULL */
    const void *bytes = value->bytes ? value->bytes : nothing;
    switch (value->type) {
    case LN_DB_INTEGER:
        return sqlite3_bind_int64(prepared, at, value->integer);
    case LN_DB_TEXT:
        return sqlite3_bind_text64(prepared, at, bytes, value->size, SQLITE_STATIC, SQLITE_UTF8);
    case LN_DB_BYTES:
        return sqlite3_bind_blob64(prepared, at, bytes, value->size, SQLITE_STATIC);
    default:
        return sqlite3_bind_null(prepared, at);
    }
}

/* SQLite numbers the parameters in the order in which it meets their names: $2 may be its first. */
static int bind_all(sqlite3_stmt *prepared, const ln_db_statement *statement)
{
    int code = SQLITE_OK, count = sqlite3_bind_parameter_count(prepared);
    for (int at = 1; at <= count && code == SQLITE_OK; at++) {
        size_t number = strtoul(sqlite3_bind_parameter_name(prepared, at) + 1, NULL, 10);
        code = number >= 1 && number <= statement->count ? bind(prepared, at, &statement->values[number - 1])
                                                         : SQLITE_RANGE;
    }
    return code;
}

#define MOST_COLUMNS 32

static ln_db_value column(sqlite3_stmt *prepared, int at)
{
    ln_db_value value = {0};
    switch (sqlite3_column_type(prepared, at)) {
    case SQLITE_INTEGER:
        return ln_db_integer(sqlite3_column_int64(prepared, at));
    case SQLITE_NULL:
        return value;
    case SQLITE_BLOB:
        value.type = LN_DB_BYTES;
        value.bytes = sqlite3_column_blob(prepared, at);
        break;
    default:
        value.type = LN_DB_TEXT;
        value.bytes = sqlite3_column_text(prepared, at);
    }
    value.size = (size_t)sqlite3_column_bytes(prepared, at);
    return value;
}

/* Returns SQLITE_NOMEM if a text could not be made. */
static int give_row(sqlite3_stmt *prepared, const ln_db_statement *statement)
{
    ln_db_value values[MOST_COLUMNS];
    int count = sqlite3_column_count(prepared);
    if (!statement->row)
        return SQLITE_ROW;
    if (count > MOST_COLUMNS)
        return SQLITE_RANGE;
    for (int at = 0; at < count; at++) {
        values[at] = column(prepared, at);
        if (values[at].type >= LN_DB_TEXT && !values[at].bytes && values[at].size)
            return SQLITE_NOMEM;
    }
    statement->row(statement->context, values, (size_t)count);
    return SQLITE_ROW;
}

static ln_db_result run(ln_db *db, const ln_db_statement *statement, ln_error *error)
{
    sqlite *s = (sqlite *)db;
    sqlite3_stmt *prepared;
    int code = prepare(s, statement->sql, &prepared);
    if (code == SQLITE_OK)
        code = bind_all(prepared, statement);
    if (code == SQLITE_OK)
        do
            code = sqlite3_step(prepared);
        while (code == SQLITE_ROW && (code = give_row(prepared, statement)) == SQLITE_ROW);
    ln_db_result result = code == SQLITE_DONE ? LN_DB_DONE : fail(s, code, error);
    if (result == LN_DB_DONE && !sqlite3_stmt_readonly(prepared))
        *statement->changed = (uint64_t)sqlite3_changes64(s->handle);
    sqlite3_reset(prepared);
    return result;
}

static ln_db_result script(ln_db *db, const char *sql, ln_error *error)
{
    sqlite *s = (sqlite *)db;
    int code = sqlite3_exec(s->handle, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? LN_DB_DONE : fail(s, code, error);
}

/* Some errors have rolled back already. */
static void roll_back(ln_db *db)
{
    sqlite *s = (sqlite *)db;
    if (!sqlite3_get_autocommit(s->handle))
        sqlite3_exec(s->handle, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- Opening --------------------------------------------------------------------------------- */

static void close_sqlite(ln_db *db)
{
    sqlite *s = (sqlite *)db;
    for (sqlite3_stmt *prepared; s->handle && (prepared = sqlite3_next_stmt(s->handle, NULL)) != NULL;)
        sqlite3_finalize(prepared);
    sqlite3_close(s->handle);
    free(s->path);
    free(s);
}

static void take_mode(void *context, const ln_db_value *values, size_t count)
{
    *(int *)context = count == 1 && values->type == LN_DB_TEXT && strcmp(values->bytes, "wal") == 0;
}

/* The log is usually 4 MB long. It grows while somebody reads for long, and would keep that length for ever.
 */
static const char SETTINGS[] = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                               " PRAGMA journal_size_limit = 16777216";

static ln_db_result set_up(sqlite *s, ln_error *error)
{
    int is_wal = 0;
    sqlite3_extended_result_codes(s->handle, 1);
    sqlite3_busy_timeout(s->handle, PATIENCE_MS);
    ln_db_result result =
        ln_db_run(&s->base, "PRAGMA journal_mode = WAL", NULL, 0, take_mode, &is_wal, NULL, error);
    if (result == LN_DB_DONE && !is_wal) {
        ln_fail(error, LN_ERR_IO, "%s: its file system has no shared memory: put it on a local disk",
                s->path);
        return LN_DB_FAILED;
    }
    return result == LN_DB_DONE ? ln_db_script(&s->base, SETTINGS, error) : result;
}

ln_db_result ln_db_open_sqlite(ln_db **db, const char *path, ln_error *error)
{
    static const ln_db_driver driver = {LN_DB_SQLITE, "BEGIN IMMEDIATE", run,
                                        script,       roll_back,         close_sqlite};
    sqlite *s = calloc(1, sizeof *s);
    if (!s || !(s->path = strdup(path))) {
        free(s);
        ln_fail_memory(error);
        return LN_DB_FAILED;
    }
    s->base.driver = &driver;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(path, &s->handle, flags, NULL);
    ln_db_result result = code == SQLITE_OK ? set_up(s, error) : fail(s, code, error);
    if (result == LN_DB_DONE)
        *db = &s->base;
    else
        close_sqlite(&s->base);
    return result;
}
