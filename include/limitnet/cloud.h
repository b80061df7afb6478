/* LimitNet cloud: the receiving end. Packets of many cameras go in, in any order; pictures come out
 * at any moment.
 *
 * Nothing here is shared between threads by itself: use one receiver from one thread at a time. */
#ifndef LIMITNET_CLOUD_H
#define LIMITNET_CLOUD_H

#include <limitnet/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Receiver -------------------------------------------------------------------------------- */

/* Pictures on their way, of many devices that use the same model, in bounded memory. */
typedef struct ln_receiver ln_receiver;

/* One picture as far as it was received. Owned by its receiver; valid until the next call of
 * ln_receiver_push, ln_receiver_expire or ln_receiver_close, and while its `closed` is being
 * called. */
typedef struct ln_image ln_image;

/* Why a receiver forgets a picture. */
typedef enum ln_close_reason {
    LN_CLOSE_IDLE,   /* no packet came for longer than idle_ms */
    LN_CLOSE_DROPPED /* max_images was reached and it was the one that had waited longest */
} ln_close_reason;

typedef struct ln_receiver_config {
    const ln_model *model; /* the caller's; must outlive the receiver */
    size_t max_images;     /* pictures held at once, 1..2^20 */
    uint64_t idle_ms;      /* a picture is over when no packet came for longer than this */

    /* Room in each picture for packets that wait for its map, 0..2^24. A packet takes 2 bytes more
     * than its size. When it is full, later ones are refused: the early ones matter more. */
    size_t max_waiting_bytes;

    /* Called just before a picture is forgotten: the last chance to look at it. It must not call
     * this receiver. May be null. */
    void (*closed)(void *context, const ln_image *image, ln_close_reason reason);
    void *context;
} ln_receiver_config;

/* Packets and their bytes, headers included. */
typedef struct ln_traffic {
    uint64_t packets, bytes;
} ln_traffic;

/* What became of the packets of one picture: each, those brought back by repair packets included, is in exactly one of
 * the first four. */
typedef struct ln_image_traffic {
    ln_traffic accepted;  /* brought at least one new symbol; repair packets: an equation that was new */
    ln_traffic duplicate; /* brought nothing new */
    ln_traffic waiting;   /* kept for the map now; their symbols before the map have been taken */
    ln_traffic refused;   /* damaged, or no room to wait */

    /* How many of the accepted and duplicate ones said something else about a symbol than one
     * before: damage that was not noticed, or two pictures of the same number. */
    uint64_t contradicting;

    uint64_t recovered; /* how many of all these did not come and were brought back (SPEC 6.6) */
} ln_image_traffic;

typedef struct ln_image_info {
    uint64_t id; /* of this picture in its receiver; never given twice, never 0 */
    uint64_t device;
    unsigned number;            /* 0..LN_IMAGES - 1, as in its packets */
    uint64_t began_ms, last_ms; /* first and latest packet, on the caller's clock */
    unsigned symbols;           /* known; the map's 64 are symbols too */
    unsigned total;             /* of a whole picture */
    ln_image_traffic traffic;
} ln_image_info;

typedef struct ln_receiver_info {
    size_t images;          /* held now */
    size_t image_bytes;     /* memory of one picture; each of max_images costs up to 24 more */
    size_t repair_bytes;    /* and of one whose packets are protected, besides */
    uint64_t opened;        /* pictures begun so far */
    uint64_t idle, dropped; /* of those, closed with that reason */
    ln_traffic refused;     /* of no picture: garbage, of another model, or out of memory */
} ln_receiver_info;

/* Makes a receiver. Memory for pictures is taken as they come and given back by ln_receiver_close.
 * Errors: LN_ERR_ARGUMENT, LN_ERR_MEMORY. */
ln_status ln_receiver_open(ln_receiver **receiver, const ln_receiver_config *config);

/* Releases everything; `closed` is not called. Null is allowed. */
void ln_receiver_close(ln_receiver *receiver);

/* Takes one packet: any bytes whatever, any order, any number of times. The time is proportional to
 * its symbols (and, when it completes the map, to those of the packets that waited; and, for protected
 * packets, to the number of lost ones that repair packets are held for, at most 128).
 *
 * A picture is told by its device and its number modulo LN_IMAGES. The number wraps: a packet with the
 * number of a picture that has been idle for longer than idle_ms begins a new one, before that it
 * adds to the old one. Choose idle_ms above the longest pause inside a picture and below the time
 * in which a camera takes LN_IMAGES.
 *
 * Where two packets contradict each other about a symbol, the first to come is believed: damage
 * cannot spread to what is already known.
 * A packet that completes the map and proves to be damaged is taken back whole. One that waited for
 * the map may leave wrong levels behind, which spoil what follows, and one that was protected can spoil another that
 * is brought back with it: a link should drop damaged frames, as LoRaWAN does.
 *
 *   device   the caller's name for the sender, e.g. a LoRaWAN DevEUI
 *   now_ms   the caller's clock; a clock that goes back counts as standing still
 *   packet   read during the call only
 *   id       (may be null) receives the picture's id; 0 for a packet that belongs to none
 * LN_OK: taken. LN_NEED_MAP: taken as far as possible, the rest waits for the map. Errors:
 * LN_ERR_ARGUMENT, LN_ERR_PACKET, LN_ERR_TAG, LN_ERR_SPACE (no room to wait for the map: what could
 * be taken is, the rest is lost), LN_ERR_MEMORY (for a new picture). All are counted and harmless:
 * go on with the next packet. */
ln_status ln_receiver_push(ln_receiver *receiver, uint64_t device, uint64_t now_ms, const uint8_t *packet,
                           size_t size, uint64_t *id);

/* Closes every picture that has been idle for longer than idle_ms. Work is proportional to what is
 * closed. */
void ln_receiver_expire(ln_receiver *receiver, uint64_t now_ms);

/* The picture of an id; null when it was closed. */
const ln_image *ln_receiver_image(const ln_receiver *receiver, uint64_t id);

void ln_receiver_get_info(const ln_receiver *receiver, ln_receiver_info *info);

/* ---- A picture as far as it was received ----------------------------------------------------- */

void ln_image_get_info(const ln_image *image, ln_image_info *info);

const ln_model *ln_image_model(const ln_image *image);

/* The map's 64 levels of 0..31, row by row; null while it is incomplete, and when the model has
 * none. */
const uint8_t *ln_image_map(const ln_image *image);

/* Planes of a value that are known from the base on without a gap: 0..planes of the channel. Here
 * and below: `channel` < model->channels, `place` = y * grid width + x < ln_model_places. */
unsigned ln_image_known(const ln_image *image, unsigned channel, unsigned place);

/* The value that these planes stand for, in 1/256 of the channel's finest step; 0 when none is
 * known. */
int32_t ln_image_value(const ln_image *image, unsigned channel, unsigned place);

/* Whether a single symbol is known: 1 or 0; if so, `symbol` receives it. `plane` < planes of the
 * channel. */
int ln_image_symbol(const ln_image *image, unsigned channel, unsigned plane, unsigned place, int *symbol);

#ifdef __cplusplus
}
#endif
#endif
