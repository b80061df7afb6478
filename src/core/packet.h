/* Packets of values that lie in memory: what ln_packet_write does, without a call for each value. */
#ifndef LN_CORE_PACKET_H
#define LN_CORE_PACKET_H

#include <limitnet/core.h>

typedef enum ln_storage { LN_STORED_INT8, LN_STORED_UINT8, LN_STORED_INT16 } ln_storage;

/* The values of a channel, by place. */
typedef struct ln_stored {
    const void *values;
    ln_storage storage;
} ln_stored;

/* Says where the values of a channel lie. */
typedef ln_stored (*ln_stored_source)(void *context, unsigned channel);

/* As ln_packet_write. */
ln_status ln_packet_write_stored(const ln_order *order, const uint8_t *map, ln_stored_source stored,
                                 void *context, unsigned image, unsigned rank, size_t room, uint8_t *packet,
                                 size_t *size, unsigned *next);

static inline int ln_stored_at(const ln_stored *stored, unsigned place)
{
    switch (stored->storage) {
    case LN_STORED_INT8:
        return ((const int8_t *)stored->values)[place];
    case LN_STORED_UINT8:
        return ((const uint8_t *)stored->values)[place];
    case LN_STORED_INT16:
        break;
    }
    return ((const int16_t *)stored->values)[place];
}

#endif
