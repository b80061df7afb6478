/* A picture on the machine that runs QEMU: a P6 file without comments. What its head says is the size that
 * the caller expects, or rows are missing or left over. These end the run when something is wrong. */
#ifndef FIRMWARE_PICTURE_H
#define FIRMWARE_PICTURE_H

#include <stddef.h>

int picture_open(const char *path);
void picture_row(int picture, void *row, size_t size);
void picture_close(int picture);

#endif
