/* A picture as far as it was received: its symbols, its map, and the packets that cannot be used yet. */
#ifndef LN_CLOUD_IMAGE_H
#define LN_CLOUD_IMAGE_H

#include "cloud/recovery.h"
#include "core/packet.h"

#include <limitnet/cloud.h>

/* What all pictures of a receiver share. */
typedef struct ln_image_kind {
    const ln_model *model;
    size_t max_waiting_bytes;
    size_t symbols;                  /* in ln_image.symbols */
    uint32_t first[LN_MAX_CHANNELS]; /* where a channel begins there */

    /* Memory for the packet at hand. */
    int8_t *decoded;   /* its symbols */
    uint32_t *journal; /* what it has added to its picture */
} ln_image_kind;

struct ln_image {
    ln_image_info info;
    const ln_image_kind *kind;

    /* The receiver's lists. */
    size_t slot;             /* index in ln_receiver.slots, always the same */
    ln_image *chain;         /* next with the same hash, or next free one */
    ln_image *older, *newer; /* by the latest packet */

    ln_order *order;
    int8_t *symbols; /* planes of a value side by side, values by channel and place */
    uint8_t levels[LN_MAP_CELLS];
    unsigned levels_known;
    uint8_t *waiting; /* packets that wait for the map */
    size_t waiting_size;
    ln_recovery *recovery; /* null until the first protected packet */
    int protected;         /* whether a packet of this picture was protected, so that `recovery` counts */
};

/* A packet on its way into a picture. */
typedef struct ln_delivery {
    const uint8_t *packet;
    size_t size;
    ln_packet_header header;
    ln_status status;        /* of reading it: LN_OK, LN_NEED_MAP or an error */
    ln_packet_reader reader; /* its symbols; not of a repair packet */
} ln_delivery;

/* Prepares for pictures of a model.
 *   kind   empty after an error; otherwise the caller's to ln_image_kind_free
 * Errors: LN_ERR_MEMORY. */
ln_status ln_image_kind_make(ln_image_kind *kind, const ln_model *model, size_t max_waiting_bytes);
void ln_image_kind_free(ln_image_kind *kind);

/* Memory of one picture, without repair packets. */
size_t ln_image_kind_bytes(const ln_image_kind *kind);

/* Makes memory for a picture of this kind, which must outlive it; null if there is none. */
ln_image *ln_image_make(const ln_image_kind *kind);

/* Begins a picture of which nothing has come. The caller sets `info` but for symbols, total and traffic. */
void ln_image_begin(ln_image *image, const ln_image_info *info);

/* Null is allowed. */
void ln_image_free(ln_image *image);

/* Decodes a plain or numbered packet as far as `order` goes. Its header is there. Another delivery's symbols
 * are lost by that. */
void ln_delivery_read(ln_delivery *delivery, const ln_image_kind *kind, const ln_order *order);

/* Takes a packet that was read with the picture's order, or, if nothing has come of the picture, with another
 * one without a map. Status and errors: as ln_receiver_push. */
ln_status ln_image_take(ln_image *image, ln_delivery *delivery);

/* Whether a single symbol is known: 1 or 0; if so, `symbol` receives it. For tests: others look at values. */
int ln_image_symbol(const ln_image *image, unsigned channel, unsigned plane, unsigned place, int *symbol);

#endif
