#include "cli/progress.h"

#include "cli/cli.h"

#include <stdio.h>
#include <unistd.h>

#define NOTE_SECONDS 60 /* between two lines of progress, where stderr is no terminal */

static time_t seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

void cli_progress_begin(cli_progress *progress, size_t total, const char *unit)
{
    *progress =
        (cli_progress){.total = total, .unit = unit, .terminal = isatty(STDERR_FILENO), .began = seconds()};
    progress->last = progress->began;
}

void cli_progress_show(void *progress, size_t done, size_t resumed)
{
    cli_progress *p = progress;
    time_t now = seconds();
    if (now - p->last < (p->terminal ? 1 : NOTE_SECONDS))
        return;
    p->last = now;
    double each = (double)(now - p->began) / (double)(done - resumed);
    long left = (long)(each * (double)(p->total - done));
    if (p->terminal)
        fprintf(stderr, "\r%zu of %zu %s, %ld:%02ld left \x1b[K", done, p->total, p->unit, left / 60,
                left % 60);
    else
        cli_note("%zu of %zu %s, %ld:%02ld left", done, p->total, p->unit, left / 60, left % 60);
}

static void clear_line(const cli_progress *progress)
{
    if (progress->terminal)
        fputs("\r\x1b[K", stderr);
}

void cli_progress_broken(void *progress, const char *message)
{
    cli_progress *p = progress;
    clear_line(p);
    cli_note("%s", message);
    p->broken++;
}

void cli_progress_end(const cli_progress *progress)
{
    clear_line(progress);
    if (progress->broken)
        cli_note("%zu of %zu %s were left out", progress->broken, progress->total, progress->unit);
}
