/* Progress of long work, on stderr: on a terminal one line that is overwritten, elsewhere a
 * line each minute. */
#ifndef LN_CLI_PROGRESS_H
#define LN_CLI_PROGRESS_H

#include <stddef.h>
#include <time.h>

typedef struct cli_progress {
    size_t total, broken; /* all of them, and those left out */
    const char *unit;     /* what is counted: "pictures" */
    int terminal;
    time_t began, last; /* start, and latest line: seconds of the monotonic clock */
} cli_progress;

/* `unit` must outlive the progress. */
void cli_progress_begin(cli_progress *progress, size_t total, const char *unit);

/* Shows the progress and the time left. This function and the next can serve as callbacks, whose context is a
 * cli_progress.
 *   done      of the total, 1..total
 *   resumed   of these, what an earlier run had done; below `done` */
void cli_progress_show(void *progress, size_t done, size_t resumed);

/* Prints why a picture is left out, and counts it. */
void cli_progress_broken(void *progress, const char *message);

/* Ends the line, and prints how many were left out, if any. */
void cli_progress_end(const cli_progress *progress);

#endif
