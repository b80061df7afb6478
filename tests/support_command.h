/* Commands that make what a test needs. */
#ifndef SUPPORT_COMMAND_H
#define SUPPORT_COMMAND_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Runs a command of the shell, made as by printf, which must succeed. */
static inline void run_command(const char *format, ...)
{
    char command[2048];
    va_list arguments;
    va_start(arguments, format);
    assert_in_range(vsnprintf(command, sizeof command, format, arguments), 1, sizeof command - 1);
    va_end(arguments);
    assert_int_equal(system(command), 0);
}

#endif
