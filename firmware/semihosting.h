/* Arm's semihosting: files of the machine that runs the debugger or, here, QEMU. */
#ifndef FIRMWARE_SEMIHOSTING_H
#define FIRMWARE_SEMIHOSTING_H

#include <stddef.h>
#include <stdint.h>

#define SH_READ 1 /* modes of sh_open: binary */
#define SH_WRITE 5

/* Returns a handle, or -1. */
int sh_open(const char *path, int mode);

/* Return how many bytes were not read or written; 0 if all were. */
size_t sh_read(int handle, void *bytes, size_t size);
size_t sh_write(int handle, const void *bytes, size_t size);
int sh_close(int handle);

/* Copies the command line. Returns 0, or -1. */
int sh_command_line(char *line, size_t size);

/* Cuts the command line into at most `most` words, which lie in `line`. Returns how many there are. */
unsigned sh_arguments(char *line, size_t size, char **words, unsigned most);

/* The number that a word begins with. */
unsigned sh_number(const char *word);

/* A number as text, somewhere in `digits`. */
#define SH_DIGITS 11
const char *sh_decimal(uint32_t number, char *digits);

void sh_print(const char *text);
void sh_print_number(uint32_t number);
void sh_print_figure(const char *what, uint32_t number); /* a line */
void sh_fail(const char *what) __attribute__((noreturn));
void sh_exit(int code) __attribute__((noreturn));

#endif
