#include "semihosting.h"

#include <string.h>

enum { OPEN = 1, CLOSE = 2, PRINT = 4, WRITE = 5, READ = 6, COMMAND_LINE = 0x15, EXIT_EXTENDED = 0x20 };
#define APPLICATION_EXIT 0x20026u

static int call(int operation, const void *arguments)
{
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = arguments;

    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

int sh_open(const char *path, int mode)
{
    const uint32_t arguments[3] = {(uint32_t)path, (uint32_t)mode, strlen(path)};

    return call(OPEN, arguments);
}

size_t sh_read(int handle, void *bytes, size_t size)
{
    const uint32_t arguments[3] = {(uint32_t)handle, (uint32_t)bytes, size};

    return (size_t)call(READ, arguments);
}

size_t sh_write(int handle, const void *bytes, size_t size)
{
    const uint32_t arguments[3] = {(uint32_t)handle, (uint32_t)bytes, size};

    return (size_t)call(WRITE, arguments);
}

int sh_close(int handle)
{
    const uint32_t arguments[1] = {(uint32_t)handle};

    return call(CLOSE, arguments);
}

int sh_command_line(char *line, size_t size)
{
    const uint32_t arguments[2] = {(uint32_t)line, size};

    return call(COMMAND_LINE, arguments);
}

void sh_print(const char *text)
{
    call(PRINT, text);
}

void sh_exit(int code)
{
    const uint32_t arguments[2] = {APPLICATION_EXIT, (uint32_t)code};

    for (;;)
        call(EXIT_EXTENDED, arguments);
}
