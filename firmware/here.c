/* Lets a program of the firmware run on this machine: the calls of semihosting.h. run.sh
 * compiles the program's main as firmware_main. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "semihosting.h"

int firmware_main(void);

static char **words;

int sh_open(const char *path, int mode)
{
    return mode == SH_READ ? open(path, O_RDONLY) : open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
}

size_t sh_read(int handle, void *bytes, size_t size)
{
    ssize_t done = read(handle, bytes, size);

    return done < 0 ? size : size - (size_t)done;
}

size_t sh_write(int handle, const void *bytes, size_t size)
{
    ssize_t done = write(handle, bytes, size);

    return done < 0 ? size : size - (size_t)done;
}

int sh_close(int handle)
{
    return close(handle);
}

int sh_command_line(char *line, size_t size)
{
    size_t used = 0;

    for (char **word = words; *word && used < size; word++)
        used += (size_t)snprintf(line + used, size - used, "%s ", *word);
    return used < size ? 0 : -1;
}

void sh_print(const char *text)
{
    fputs(text, stderr);
}

void sh_exit(int code)
{
    exit(code);
}

int main(int argc, char **argv)
{
    (void)argc;
    words = argv + 1;
    return firmware_main();
}
