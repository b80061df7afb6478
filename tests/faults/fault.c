#define _GNU_SOURCE /* _dl_find_object, RTLD_NEXT */
#include "faults/fault.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <unwind.h>

/* The allocators behind ours: that of the address sanitizer, where there is one, and that of the C library.
 */
#define ALLOCATOR(name, ...)                                                                                 \
    __attribute__((weak)) void *__interceptor_##name(__VA_ARGS__);                                           \
    void *__libc_##name(__VA_ARGS__);
ALLOCATOR(malloc, size_t)
ALLOCATOR(calloc, size_t, size_t)
ALLOCATOR(realloc, void *, size_t)
#define REAL(name) (__interceptor_##name ? __interceptor_##name : __libc_##name)

static atomic_int armed, left, failed;
static int every; /* so many calls until the next one fails */
static fault_kind kind;
static int cause;

void fault_arm(fault_kind of, unsigned n, int with)
{
    kind = of;
    cause = with;
    failed = 0;
    left = every = (int)n;
    armed = 1;
}

int fault_disarm(void)
{
    armed = 0;
    return failed;
}

/* ---- Who calls ------------------------------------------------------------------------------- */

/* The file name of the code at an address: empty for the program's own, null if it is not known. */
static const char *code_at(uintptr_t address)
{
    struct dl_find_object found;
    if (_dl_find_object((void *)address, &found) != 0)
        return NULL;
    const char *path = found.dlfo_link_map->l_name, *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int begins_as_one_of(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strncmp(name, *list, strlen(*list)) == 0)
            return 1;
    return 0;
}

/* The C library allocates for others. The stack has our frames, then its frames, then who called it. */
typedef struct walk {
    int in_library;
    const char *caller;
} walk;

static _Unwind_Reason_Code find_caller(struct _Unwind_Context *context, void *of)
{
    static const char *const library[] = {"libc.so", "libasan.so", NULL};
    walk *w = of;
    const char *code = code_at(_Unwind_GetIP(context));
    int in_library = code && begins_as_one_of(code, library);
    if (w->in_library && !in_library) {
        w->caller = code;
        return _URC_END_OF_STACK;
    }
    w->in_library |= in_library;
    return _URC_NO_REASON;
}

static const char *spared;

void fault_spare(const char *library)
{
    spared = library;
}

static int counts(const void *caller)
{
    static const char *const libraries[] = {"libjpeg",  "libpng",     "libz.",      "libwebp",
                                            "libexif",  "libavif",    "libopenjp2", "libjansson",
                                            "libexpat", "libsqlite3", NULL};
    const char *code = code_at((uintptr_t)caller);
    if (code && strncmp(code, "libc.so", 7) == 0) {
        walk w = {0};
        _Unwind_Backtrace(find_caller, &w);
        code = w.caller;
    }
    if (!code || (spared && strncmp(code, spared, strlen(spared)) == 0))
        return 0;
    return !*code || begins_as_one_of(code, libraries);
}

/* ---- Whether it fails ------------------------------------------------------------------------ */

static int is_due(void)
{
    if (atomic_fetch_sub(&left, 1) != 1)
        return 0;
    if (kind == FAULT_MEMORY_EVERY)
        left = every;
    failed = 1;
    errno = cause;
    return 1;
}

static int memory_fails(const void *caller)
{
    return armed && kind <= FAULT_MEMORY_EVERY && counts(caller) && is_due();
}

static int disk_fails(const void *caller)
{
    const char *code = armed && kind == FAULT_DISK ? code_at((uintptr_t)caller) : NULL;
    return code && !*code && is_due();
}

#define CALLER __builtin_return_address(0)

/* ---- Memory ---------------------------------------------------------------------------------- */

void *malloc(size_t size)
{
    return memory_fails(CALLER) ? NULL : REAL(malloc)(size);
}

void *calloc(size_t count, size_t size)
{
    return memory_fails(CALLER) ? NULL : REAL(calloc)(count, size);
}

void *realloc(void *old, size_t size)
{
    return memory_fails(CALLER) ? NULL : REAL(realloc)(old, size);
}

char *strndup(const char *text, size_t most)
{
    size_t length = strnlen(text, most);
    char *copy = memory_fails(CALLER) ? NULL : REAL(malloc)(length + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

char *strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = memory_fails(CALLER) ? NULL : REAL(malloc)(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

/* ---- Disk ------------------------------------------------------------------------------------ */

/* The function behind ours. POSIX lets dlsym return functions; C has no cast for it. */
#define NEXT(type, name)                                                                                     \
    type;                                                                                                    \
    *(void **)&next = dlsym(RTLD_NEXT, name)

ssize_t write(int file, const void *bytes, size_t size)
{
    static atomic_int was_short;
    NEXT(ssize_t(*next)(int, const void *, size_t), "write");
    if (disk_fails(CALLER))
        return -1;
    const char *code = armed && kind == FAULT_SHORT ? code_at((uintptr_t)CALLER) : NULL;
    if (!code || *code)
        return next(file, bytes, size);
    if (atomic_exchange(&was_short, 0)) {
        errno = cause;
        return -1;
    }
    was_short = is_due();
    return next(file, bytes, was_short ? size / 2 : size);
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    NEXT(int (*next)(const char *, int, ...), "open");
    return (flags & O_ACCMODE) != O_RDONLY && disk_fails(CALLER) ? -1 : next(path, flags, mode);
}

int fchmod(int file, mode_t mode)
{
    NEXT(int (*next)(int, mode_t), "fchmod");
    return disk_fails(CALLER) ? -1 : next(file, mode);
}

int fsync(int file)
{
    NEXT(int (*next)(int), "fsync");
    return disk_fails(CALLER) ? -1 : next(file);
}

int fdatasync(int file)
{
    NEXT(int (*next)(int), "fdatasync");
    return disk_fails(CALLER) ? -1 : next(file);
}

int ftruncate(int file, off_t size)
{
    NEXT(int (*next)(int, off_t), "ftruncate");
    return disk_fails(CALLER) ? -1 : next(file, size);
}

/* A file is closed even where close() fails. */
int close(int file)
{
    NEXT(int (*next)(int), "close");
    int fails = disk_fails(CALLER), result = next(file);
    if (fails)
        errno = cause;
    return fails ? -1 : result;
}

int rename(const char *from, const char *to)
{
    NEXT(int (*next)(const char *, const char *), "rename");
    return disk_fails(CALLER) ? -1 : next(from, to);
}

int mkdir(const char *path, mode_t mode)
{
    NEXT(int (*next)(const char *, mode_t), "mkdir");
    return disk_fails(CALLER) ? -1 : next(path, mode);
}

/* ---- Programs -------------------------------------------------------------------------------- */

/* For whole programs: FAULT="memory|disk|short N ERRNO" arms, and the file FAULT_MARK is made if a call has
 * failed. */
static void leave(void)
{
    if (!fault_disarm())
        return;
    const char *mark = getenv("FAULT_MARK");
    int file = mark ? open(mark, O_WRONLY | O_CREAT, 0666) : -1;
    if (file >= 0)
        close(file);
}

__attribute__((constructor)) static void arm_from_environment(void)
{
    const char *text = getenv("FAULT");
    char name[8];
    unsigned n;
    int with;
    if (!text || sscanf(text, "%7s %u %d", name, &n, &with) != 3)
        return;
    atexit(leave);
    if (strcmp(name, "none") != 0)
        fault_arm(name[0] == 'm' ? FAULT_MEMORY : name[0] == 'd' ? FAULT_DISK : FAULT_SHORT, n, with);
}
