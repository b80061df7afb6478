/* Makes one call fail: the n-th allocation, or the n-th call that changes the disk. A test program that is
 * linked with fault.c has these calls go through it, also those that libraries make.
 *
 * Allocations count if the program makes them, or a library in C that it uses for pictures or texts: that is
 * told by where the call comes from. Those of OpenVINO, of its libraries and of libjxl do not: C++ would
 * throw there, and TBB's hwloc crashes. Of the disk's calls, only those of the program itself count. */
#ifndef LN_TESTS_FAULT_H
#define LN_TESTS_FAULT_H

typedef enum fault_kind {
    FAULT_MEMORY,       /* malloc, calloc, realloc, strdup, strndup return null */
    FAULT_MEMORY_EVERY, /* the same, and so does each n-th behind it */
    FAULT_DISK,         /* open to write, write, fchmod, fsync, fdatasync, ftruncate, close, rename, mkdir:
                           fails */
    FAULT_SHORT         /* write: writes half of its bytes, and the next one fails */
} fault_kind;

/* From now on counts the calls of a kind on all threads, and has the n-th one (from 1) fail with this errno.
 */
void fault_arm(fault_kind kind, unsigned n, int cause);

/* Ends that. Returns whether a call has failed. */
int fault_disarm(void);

/* From now on allocations of one more library do not count: that whose file's name begins like this. Null: of
 * no other. */
void fault_spare(const char *library);

#endif
