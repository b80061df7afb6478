/* A picture as far as it was received: its symbols, its map, and the packets that cannot be used yet. */
#ifndef LN_CLOUD_IMAGE_H
#define LN_CLOUD_IMAGE_H

#include "cloud/recovery.h"
#include "cloud/waiting.h"
#include "core/packet.h"

#include <limitnet/cloud.h>

/* What all pictures of a model share. */
typedef struct ln_image_kind ln_image_kind;
struct ln_image_kind {
    ln_image_kind *next; /* in the receiver's list */
    const ln_model *model;
    size_t max_waiting_bytes;
    size_t symbols;                  /* in ln_image.symbols */
    uint32_t first[LN_MAX_CHANNELS]; /* where a channel begins there */
    uint32_t map_rank;               /* of the first level; of the symbol behind the map without one */

    /* Memory for the packet at hand. */
    int8_t *decoded;   /* its symbols */
    ln_order *blank;   /* never has a map */
    ln_order *scratch; /* has the map that the packet would complete */
};

struct ln_image {
    ln_image_info info;
    ln_image_kind *kind;

    /* The receiver's lists. */
    size_t slot;                     /* index in ln_receiver.slots */
    ln_image *chain;                 /* next with the same hash */
    ln_image *older, *newer;         /* by the latest packet, of all devices */
    ln_image *own_older, *own_newer; /* of its own device */
    struct ln_device *device;

    /* For the choice between pictures (match.h). Times are on the receiver's clock, which never goes back. */
    uint64_t began, last;     /* times of the first and the latest packet that counts */
    int confirmed;            /* its packets are hardly damage: two came, or one with a check or a counter */
    int checked;              /* its packets have checks */
    int from_start;           /* its first packet has rank 0 */
    int has_counter;          /* packets came with counters */
    uint32_t lowest, highest; /* of these counters */
    uint64_t highest_at;      /* when the highest came */

    ln_order *order;
    int8_t *symbols; /* planes of a value side by side, values by channel and place */
    uint8_t *begins; /* bit by bit: ranks at which a packet begins */
    uint8_t *ends;   /* and ranks behind a packet's last symbol */
    uint8_t levels[LN_MAP_CELLS];
    unsigned levels_known;
    ln_waiting waiting;    /* for the map */
    ln_recovery *recovery; /* null until the first protected packet */
};

/* A packet on its way into a picture. */
typedef struct ln_delivery {
    ln_packet_header header;
    const uint8_t *part; /* its code, or a repair packet's sums */
    unsigned length;     /* of that */
    size_t size;         /* of the packet */
    int is_readable;     /* whether some of its symbols can be read without its picture */

    /* What ln_delivery_read found. */
    const ln_image *read_for; /* the picture whose map it was read with; null for none */
    ln_status status;         /* LN_OK, LN_NEED_MAP or LN_ERR_PACKET */
    const ln_order *order;    /* of its symbols */
    ln_packet_reader reader;
} ln_delivery;

/* Prepares for pictures of a model. Null: no memory. */
ln_image_kind *ln_image_kind_make(const ln_model *model, size_t max_waiting_bytes);
void ln_image_kind_free(ln_image_kind *kind);

/* Memory of one picture, without repair packets. */
size_t ln_image_kind_bytes(const ln_image_kind *kind);

/* Makes a picture of this kind, which must outlive it, of which nothing has come; null: no memory. The caller
 * sets `info` but for symbols, total and traffic. */
ln_image *ln_image_make(ln_image_kind *kind, const ln_image_info *info);

/* Null is allowed. */
void ln_image_free(ln_image *image);

/* Decodes the symbols of a plain or numbered packet as far as the picture's map goes, and the packet's own
 * part of it. Another delivery's symbols are lost by that. image   null: as if nothing had come */
void ln_delivery_read(ln_delivery *delivery, const ln_image_kind *kind, const ln_image *image);

/* What the contents say of a packet and a picture. */
typedef enum ln_relation {
    LN_CONTRADICTS, /* the packet does not belong to the picture */
    LN_MAY_BELONG,  /* nothing speaks for it or against it */
    LN_BELONGS      /* it begins or ends where a known packet ends or begins, or says what is known already */
} ln_relation;

/* Compares a packet with a picture, after ln_delivery_read for it. */
ln_relation ln_image_relation(const ln_image *image, ln_delivery *delivery);

/* Takes a packet that does not contradict the picture. Status and errors: as ln_receiver_push. */
ln_status ln_image_take(ln_image *image, ln_delivery *delivery);

/* Whether a single symbol is known: 1 or 0; if so, `symbol` receives it. For tests: others look at values. */
int ln_image_symbol(const ln_image *image, unsigned channel, unsigned plane, unsigned place, int *symbol);

#endif
