#ifndef FIRMWARE_START_H
#define FIRMWARE_START_H

#include <stdint.h>

/* How much stack is used: paint, call, then ask. Both count from the caller's frame. */
void paint_stack(void);
uint32_t stack_used(void);

#endif
