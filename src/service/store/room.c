/* How much the store takes, and how much room its disk has. */
#include "service/store/own.h"

#include <errno.h>
#include <sys/statvfs.h>

/* Below so many free bytes no new frames are taken, on a small disk below this share of it. SQLite's log
 * needs room even to delete, usually 4 MB of it and more while somebody reads for long, and workers note
 * answers: 64 MB is plenty for both, and little on a disk of today. */
#define MARGIN_BYTES ((uint64_t)64 << 20)
#define MARGIN_SHARE 8

/* Pages that the file has free count too, since new frames go there first; only the log always grows on the
 * disk itself, which must have this share of the margin. */
#define LOG_SHARE 4

/* What a frame takes in PostgreSQL beside its payload, with its indexes, and a picture with its answer.
 * pg_total_relation_size told 268 and 327 of many that were added at once; more is for the gaps between them.
 */
#define FRAME_BYTES "350"
#define PICTURE_BYTES "400"

static ln_db_result ask(ln_store *store, const char *sql, uint64_t *answer, ln_error *error)
{
    int64_t integer = 0;
    ln_db_result result = ln_db_run(store->db, sql, NULL, 0, ln_store_take_integer, &integer, NULL, error);
    *answer = (uint64_t)integer;
    return result;
}

static const char PAGES[] = "SELECT (page_count - freelist_count) * page_size"
                            " FROM pragma_page_count, pragma_freelist_count, pragma_page_size";

ln_db_result ln_store_size(ln_store *store, uint64_t *bytes, ln_error *error)
{
    return ask(store, store->path ? PAGES : "SELECT pg_database_size(current_database())", bytes, error);
}

/* PostgreSQL's files do not become smaller, and how much of them is free it does not say. */
ln_db_result ln_store_used(ln_store *store, uint64_t *bytes, ln_error *error)
{
    static const char rows[] =
        "SELECT CAST(coalesce(sum(bytes + packets * " FRAME_BYTES " + " PICTURE_BYTES "), 0) AS BIGINT)"
        " + (SELECT count(*) FROM frame WHERE picture = 0) * " FRAME_BYTES " FROM picture";
    return ask(store, store->path ? PAGES : rows, bytes, error);
}

ln_db_result ln_store_room(ln_store *store, ln_room *room, ln_error *error)
{
    struct statvfs disk;
    uint64_t pages;
    *room = (ln_room){.free = UINT64_MAX};
    if (!store->path)
        return LN_DB_DONE;
    if (statvfs(store->path, &disk)) {
        ln_fail_system(error, store->path, "the room on its disk cannot be told", errno);
        return LN_DB_FAILED;
    }
    const uint64_t size = (uint64_t)disk.f_blocks * disk.f_frsize;
    const uint64_t margin = size / MARGIN_SHARE < MARGIN_BYTES ? size / MARGIN_SHARE : MARGIN_BYTES;
    room->free = (uint64_t)disk.f_bavail * disk.f_frsize;
    ln_db_result result =
        ask(store, "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size", &pages,
            error);
    room->is_low = room->free + pages < 2 * margin;
    room->is_full = room->free + pages < margin || room->free < margin / LOG_SHARE;
    return result;
}

ln_db_result ln_store_check_room(ln_store *store, ln_error *error)
{
    ln_room room;
    ln_db_result result = ln_store_room(store, &room, error);
    if (result != LN_DB_DONE || !room.is_full)
        return result;
    ln_fail(error, LN_ERR_IO, "%s: the disk is full but for %llu MB: make room", store->path,
            (unsigned long long)room.free >> 20);
    return LN_DB_FULL;
}
