/* The check of packets (6.5). */
#ifndef LN_CORE_CHECK_H
#define LN_CORE_CHECK_H

#include <stddef.h>
#include <stdint.h>

/* CRC-16 of a packet's bytes before the check, and of the model's checksum. */
uint16_t ln_check(uint32_t checksum, const uint8_t *bytes, size_t size);

#endif
