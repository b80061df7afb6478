#include "service/store/schema.h"
#include "service/store/own.h"

#include <sodium.h>
#include <stdlib.h>

ln_db_result ln_store_open(ln_store **store, const char *where, ln_error *error)
{
    ln_store *s = calloc(1, sizeof *s);
    *store = NULL;
    if (!s || sodium_init() < 0) {
        free(s);
        ln_fail_memory(error);
        return LN_DB_FAILED;
    }
    ln_db_result result = ln_db_open(&s->db, where, error);
    if (result == LN_DB_DONE)
        result = ln_schema_update(s->db, ln_schema, error);
    if (result == LN_DB_DONE && ln_db_kind_of(s->db) == LN_DB_SQLITE && !(s->path = strdup(where))) {
        ln_fail_memory(error);
        result = LN_DB_FAILED;
    }
    if (result == LN_DB_DONE)
        *store = s;
    else
        ln_store_close(s);
    return result;
}

void ln_store_close(ln_store *store)
{
    if (!store)
        return;
    ln_db_close(store->db);
    free(store->path);
    free(store);
}

/* ---- What the files of the store share ------------------------------------------------------- */

ln_db_result ln_store_end(ln_store *store, ln_db_result result, ln_error *error)
{
    if (result == LN_DB_DONE)
        return ln_db_commit(store->db, error);
    ln_db_roll_back(store->db);
    return result;
}

void ln_store_take_key(void *keys, const ln_db_value *values, size_t count)
{
    ln_store_keys *k = keys;
    if (k->count < k->room)
        k->keys[k->count++] = (ln_store_key){values[0].integer, count > 1 ? values[1].integer : 0};
}

void ln_store_take_integer(void *integer, const ln_db_value *values, size_t count)
{
    (void)count;
    *(int64_t *)integer = values->integer;
}

char *ln_store_copy(const ln_db_value *value, int *failed)
{
    char *copy = value->type == LN_DB_NULL ? NULL : strndup(value->bytes, value->size);
    *failed |= value->type != LN_DB_NULL && !copy;
    return copy;
}
