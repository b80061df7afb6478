/* Progress of long work on many pictures, on stderr: on a terminal one line that is overwritten, elsewhere a
 * line each minute. */
#ifndef LN_LAB_PROGRESS_H
#define LN_LAB_PROGRESS_H

#include <stddef.h>
#include <time.h>

typedef struct cli_progress {
    size_t total, broken; /* all pictures, and pictures left out */
    int terminal;
    time_t began, last; /* start, and latest line: seconds of the monotonic clock */
} cli_progress;

void cli_progress_begin(cli_progress *progress, size_t total);

/* Shows the progress and the time left. This function and the next can serve as callbacks, whose context is a
 * cli_progress.
 *   done      pictures done, 1..total
 *   resumed   pictures of these that an earlier run had done; below `done` */
void cli_progress_show(void *progress, size_t done, size_t resumed);

/* Prints why a picture is left out, and counts it. */
void cli_progress_broken(void *progress, const char *message);

/* Prints the number of pictures left out, if any. */
void cli_progress_end(const cli_progress *progress);

#endif
