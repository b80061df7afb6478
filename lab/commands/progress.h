/* The course of long work on many pictures, on stderr: on a terminal one line that is written over,
 * in a file a line each minute. */
#ifndef LN_LAB_PROGRESS_H
#define LN_LAB_PROGRESS_H

#include <stddef.h>
#include <time.h>

typedef struct cli_progress {
    size_t total, broken; /* pictures: all, and those that were left out */
    int terminal;
    time_t began, last; /* seconds of a clock that only goes forward; `last`: of the latest line */
} cli_progress;

void cli_progress_begin(cli_progress *progress, size_t total);

/* Says how far the work is and how long the rest takes. The first argument is a cli_progress, so that
 * this and the next are callbacks.
 *   done      pictures that were looked at, 1..total
 *   resumed   of those, how many by an earlier run; below `done` */
void cli_progress_show(void *progress, size_t done, size_t resumed);

/* Names a picture that was left out. */
void cli_progress_broken(void *progress, const char *message);

/* Says how many pictures were left out, if any. */
void cli_progress_end(const cli_progress *progress);

#endif
