/* A picture on the machine that runs QEMU: a P6 file without comments. Its size is what the caller expects:
 * the functions do not read the head, and end the run if rows are missing or left over. */
#ifndef FIRMWARE_PICTURE_H
#define FIRMWARE_PICTURE_H

#include <stddef.h>

int picture_open(const char *path);
void picture_row(int picture, void *row, size_t size);
void picture_close(int picture);

#endif
