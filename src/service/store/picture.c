/* A picture that is kept, to be shown. */
#include "service/store/rows.h"

#include <stdlib.h>

static const char PICTURE[] = "SELECT " LN_STORE_PICTURE " FROM picture WHERE device = $1 AND id = $2";
static const char FRAMES[] =
    "SELECT " LN_STORE_FRAME " FROM frame WHERE device = $1 AND picture = $2 AND picture <> 0 ORDER BY id";

ln_db_result ln_store_picture(ln_store *store, int64_t device, int64_t id, ln_kept *picture, ln_error *error)
{
    const ln_db_value key[] = {ln_db_integer(device), ln_db_integer(id)};
    ln_store_rows rows = {0};
    *picture = (ln_kept){0};
    ln_db_result result = ln_db_run(store->db, PICTURE, key, 2, ln_store_take_picture, &rows, NULL, error);
    if (result == LN_DB_DONE && rows.picture_count)
        result = ln_db_run(store->db, FRAMES, key, 2, ln_store_take_frame, &rows, NULL, error);
    if (result == LN_DB_DONE && rows.failed) {
        ln_fail_memory(error);
        result = LN_DB_FAILED;
    }
    if (result == LN_DB_DONE && rows.picture_count) {
        *picture = (ln_kept){rows.pictures[0], rows.frames, rows.frame_count};
        free(rows.pictures);
        return LN_DB_DONE;
    }
    ln_store_free_frames(rows.frames, rows.frame_count);
    ln_store_free_pictures(rows.pictures, rows.picture_count);
    return result;
}

void ln_kept_free(ln_kept *picture)
{
    ln_store_free_frames(picture->frames, picture->count);
    free(picture->picture.answer);
    free(picture->picture.label);
    *picture = (ln_kept){0};
}
