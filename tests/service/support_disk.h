/* A disk for SQLite whose power can be cut, or that is full, from the n-th change on. What was not flushed
 * before the cut is lost, or kept, or kept in part, as on a real disk, which may write in any order. */
#ifndef LN_TESTS_SUPPORT_DISK_H
#define LN_TESTS_SUPPORT_DISK_H

#include "link/random.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef enum disk_fault { DISK_FINE, DISK_CUT, DISK_FULL } disk_fault;
typedef enum disk_fate { FATE_LOST, FATE_KEPT, FATE_MIXED, DISK_FATES } disk_fate;

#define DISK_FILES 4

/* A file as it is on the disk for certain. */
typedef struct disk_file {
    char path[512]; /* empty: none */
    uint8_t *bytes;
    size_t size, room;
} disk_file;

/* A change that was not flushed. */
typedef struct disk_change {
    disk_file *file; /* null: flushed meanwhile */
    uint8_t *bytes;  /* null: the file was cut to `offset` bytes */
    size_t offset, size;
} disk_change;

static struct {
    disk_fault fault;
    unsigned calls, from; /* changes so far, and the first that fails */
    disk_file files[DISK_FILES];
    disk_change *changes;
    size_t count, room;
    sqlite3_vfs *real;
} disk;

/* Whether this change fails. */
static inline int disk_fails(void)
{
    return ++disk.calls >= disk.from && disk.fault != DISK_FINE;
}

/* ---- Contents -------------------------------------------------------------------------------- */

static inline void disk_resize(disk_file *file, size_t size)
{
    if (size > file->room)
        file->bytes = realloc(file->bytes, file->room = 2 * size);
    if (size > file->size)
        memset(file->bytes + file->size, 0, size - file->size);
    file->size = size;
}

static inline void disk_apply(disk_file *file, const disk_change *change)
{
    const size_t end = change->offset + change->size;
    if (!change->bytes || end > file->size)
        disk_resize(file, end);
    if (change->bytes)
        memcpy(file->bytes + change->offset, change->bytes, change->size);
}

static inline void disk_remember(disk_file *file, const void *bytes, size_t offset, size_t size)
{
    if (!file)
        return;
    if (disk.count == disk.room)
        disk.changes = realloc(disk.changes, (disk.room = 2 * disk.room + 64) * sizeof *disk.changes);
    disk_change *change = &disk.changes[disk.count++];
    *change = (disk_change){file, bytes ? malloc(size + 1) : NULL, offset, size};
    if (bytes)
        memcpy(change->bytes, bytes, size);
}

/* Settles all changes of a file (null: of all files), each by the fate. */
static inline void disk_settle(const disk_file *file, disk_fate fate, uint64_t *dice)
{
    for (size_t i = 0; i < disk.count; i++) {
        disk_change *change = &disk.changes[i];
        if (!change->file || (file && change->file != file))
            continue;
        if (fate == FATE_KEPT || (fate == FATE_MIXED && ln_random(dice) % 2))
            disk_apply(change->file, change);
        free(change->bytes);
        change->file = NULL;
    }
    while (disk.count > 0 && !disk.changes[disk.count - 1].file)
        disk.count--;
}

static inline disk_file *disk_find(const char *path)
{
    disk_file *empty = NULL;
    for (size_t i = 0; i < DISK_FILES; i++) {
        if (strcmp(disk.files[i].path, path) == 0)
            return &disk.files[i];
        if (!*disk.files[i].path)
            empty = &disk.files[i];
    }
    snprintf(empty->path, sizeof empty->path, "%s", path);
    return empty;
}

/* ---- SQLite's calls of a file ---------------------------------------------------------------- */

typedef struct disk_handle {
    sqlite3_file base;
    disk_file *file; /* null: a temporary file */
    sqlite3_file *real;
} disk_handle;

#define REAL(handle) (((disk_handle *)(handle))->real)
#define FORWARD(handle, call, ...) (REAL(handle)->pMethods->call(REAL(handle), ##__VA_ARGS__))

static inline int disk_close(sqlite3_file *handle)
{
    return FORWARD(handle, xClose);
}

static inline int disk_read(sqlite3_file *handle, void *bytes, int size, sqlite3_int64 offset)
{
    return FORWARD(handle, xRead, bytes, size, offset);
}

/* The write during which the power fails is done by half. */
static inline int disk_write(sqlite3_file *handle, const void *bytes, int size, sqlite3_int64 offset)
{
    disk_file *file = ((disk_handle *)handle)->file;
    const int fails = disk_fails();
    if (fails && disk.calls == disk.from && disk.fault == DISK_CUT)
        disk_remember(file, bytes, (size_t)offset, (size_t)size / 2);
    if (fails)
        return disk.fault == DISK_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    disk_remember(file, bytes, (size_t)offset, (size_t)size);
    return FORWARD(handle, xWrite, bytes, size, offset);
}

/* A full disk has room for less. */
static inline int disk_truncate(sqlite3_file *handle, sqlite3_int64 size)
{
    if (disk_fails() && disk.fault == DISK_CUT)
        return SQLITE_IOERR_TRUNCATE;
    disk_remember(((disk_handle *)handle)->file, NULL, (size_t)size, 0);
    return FORWARD(handle, xTruncate, size);
}

static inline int disk_sync(sqlite3_file *handle, int flags)
{
    (void)flags;
    if (disk_fails())
        return SQLITE_IOERR_FSYNC;
    disk_settle(((disk_handle *)handle)->file, FATE_KEPT, NULL);
    return SQLITE_OK;
}

static inline int disk_size(sqlite3_file *handle, sqlite3_int64 *size)
{
    return FORWARD(handle, xFileSize, size);
}

static inline int disk_lock(sqlite3_file *handle, int how)
{
    return FORWARD(handle, xLock, how);
}

static inline int disk_unlock(sqlite3_file *handle, int how)
{
    return FORWARD(handle, xUnlock, how);
}

static inline int disk_reserved(sqlite3_file *handle, int *is)
{
    return FORWARD(handle, xCheckReservedLock, is);
}

static inline int disk_control(sqlite3_file *handle, int what, void *with)
{
    return FORWARD(handle, xFileControl, what, with);
}

static inline int disk_sector(sqlite3_file *handle)
{
    return FORWARD(handle, xSectorSize);
}

/* Nothing is promised about writes that are cut. */
static inline int disk_traits(sqlite3_file *handle)
{
    (void)handle;
    return 0;
}

static inline int disk_shm_map(sqlite3_file *handle, int page, int size, int extend, void volatile **at)
{
    return FORWARD(handle, xShmMap, page, size, extend, at);
}

static inline int disk_shm_lock(sqlite3_file *handle, int offset, int n, int flags)
{
    return FORWARD(handle, xShmLock, offset, n, flags);
}

static inline void disk_shm_barrier(sqlite3_file *handle)
{
    FORWARD(handle, xShmBarrier);
}

static inline int disk_shm_unmap(sqlite3_file *handle, int delete)
{
    return FORWARD(handle, xShmUnmap, delete);
}

/* ---- SQLite's calls of the file system ------------------------------------------------------- */

static inline int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *handle, int flags, int *out)
{
    static const sqlite3_io_methods methods = {
        2,           disk_close,   disk_read,     disk_write,       disk_truncate,  disk_sync,
        disk_size,   disk_lock,    disk_unlock,   disk_reserved,    disk_control,   disk_sector,
        disk_traits, disk_shm_map, disk_shm_lock, disk_shm_barrier, disk_shm_unmap, NULL,
        NULL};
    disk_handle *h = (disk_handle *)handle;
    (void)vfs;
    *h = (disk_handle){.file = name ? disk_find(name) : NULL, .real = (sqlite3_file *)(h + 1)};
    int code = disk.real->xOpen(disk.real, name, h->real, flags, out);
    if (code == SQLITE_OK)
        h->base.pMethods = &methods;
    return code;
}

static inline int disk_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    (void)sync;
    if (disk_fails() && disk.fault == DISK_CUT)
        return SQLITE_IOERR_DELETE;
    disk_file *file = disk_find(name);
    disk_settle(file, FATE_LOST, NULL);
    disk_resize(file, 0);
    *file->path = 0;
    return disk.real->xDelete(disk.real, name, 0);
}

static inline int disk_last_error(sqlite3_vfs *vfs, int size, char *text)
{
    (void)vfs;
    (void)size;
    (void)text;
    return disk.fault == DISK_FULL ? ENOSPC : EIO;
}

static inline void disk_begin(void)
{
    static sqlite3_vfs vfs;
    disk.real = sqlite3_vfs_find(NULL);
    vfs = *disk.real;
    vfs.zName = "disk";
    vfs.szOsFile = (int)sizeof(disk_handle) + disk.real->szOsFile;
    vfs.xOpen = disk_open;
    vfs.xDelete = disk_delete;
    vfs.xGetLastError = disk_last_error;
    sqlite3_vfs_register(&vfs, 1);
}

/* A new disk, which fails so from the n-th change on. */
static inline void disk_renew(disk_fault fault, unsigned from)
{
    disk_settle(NULL, FATE_LOST, NULL);
    for (size_t i = 0; i < DISK_FILES; i++) {
        free(disk.files[i].bytes);
        disk.files[i] = (disk_file){0};
    }
    disk.calls = 0;
    disk.from = from;
    disk.fault = fault;
}

/* The power is back: the files are as they were left on the disk. */
static inline void disk_restart(disk_fate fate, uint64_t seed)
{
    char shared[520];
    disk.fault = DISK_FINE;
    disk_settle(NULL, fate, &seed);
    for (size_t i = 0; i < DISK_FILES; i++) {
        const disk_file *file = &disk.files[i];
        if (!*file->path)
            continue;
        FILE *out = fopen(file->path, "wb");
        if (file->size)
            fwrite(file->bytes, 1, file->size, out);
        fclose(out);
        snprintf(shared, sizeof shared, "%s-shm", file->path);
        unlink(shared);
    }
}

static inline void disk_end(void)
{
    disk_renew(DISK_FINE, 0);
    free(disk.changes);
}

#endif
