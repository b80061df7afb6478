/* Writes what happens in a scenario, as lines of text. The run ends if it cannot be written. */
#ifndef FIRMWARE_LINES_H
#define FIRMWARE_LINES_H

#include <stddef.h>
#include <stdint.h>

void lines_open(const char *path);
void put(const char *text);
void put_number(uint32_t number); /* behind a space */
void put_hexadecimal(const uint8_t *bytes, size_t size);
void lines_close(void);

#endif
