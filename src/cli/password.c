#include "cli/password.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Ctrl-C is a character while the terminal shows nothing: otherwise it would stay so. */
#define INTERRUPT 3

/* Reads a line byte by byte: no buffer keeps a copy of it. Returns 0 at the end of the input, or for Ctrl-C.
 */
static int read_line(char *line, size_t room)
{
    size_t count = 0;
    char byte = 0;
    ssize_t got;
    while ((got = read(STDIN_FILENO, &byte, 1)) != 0 && byte != '\n' && byte != '\r' && byte != INTERRUPT) {
        if (got < 0 && errno != EINTR)
            break;
        if (got > 0 && count + 1 < room)
            line[count++] = byte;
    }
    line[count] = 0;
    return byte != INTERRUPT && (got > 0 || count);
}

static ln_status ask(char *line, size_t room, const char *what, const char *name, ln_error *error)
{
    fprintf(stderr, "%s of %s: ", what, name);
    const int is_there = read_line(line, room);
    fputc('\n', stderr);
    return is_there ? LN_OK : ln_fail(error, LN_ERR_IO, "no password was given");
}

static ln_status ask_twice(char *password, size_t room, const char *name, ln_error *error)
{
    char again[512] = {0};
    ln_status status = ask(password, room, "New password", name, error);
    if (status == LN_OK)
        status =
            ask(again, room < sizeof again ? room : sizeof again, "Once more, the password", name, error);
    if (status == LN_OK && strcmp(password, again) != 0)
        status = ln_fail(error, LN_ERR_IO, "the two passwords differ");
    sodium_memzero(again, sizeof again);
    return status;
}

ln_status cli_read_password(char *password, size_t room, const char *name, ln_error *error)
{
    struct termios before, silent;
    if (!isatty(STDIN_FILENO))
        return read_line(password, room) ? LN_OK
                                         : ln_fail(error, LN_ERR_IO, "standard input: has no password");
    if (tcgetattr(STDIN_FILENO, &before))
        return ln_fail_system(error, "the terminal", "cannot be read", errno);
    silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    silent.c_cc[VEOL] = INTERRUPT; /* which ends the line at once */
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent))
        return ln_fail_system(error, "the terminal", "cannot be silenced", errno);
    ln_status status = ask_twice(password, room, name, error);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    return status;
}
