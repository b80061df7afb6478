/* LimitNet core: what both ends of the link share. Integers only; C99; no allocation, no globals, no I/O.
 *
 * docs/SPEC.md is the normative description of everything declared here; section numbers below are its
 * sections. */
#ifndef LIMITNET_CORE_H
#define LIMITNET_CORE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LN_WIRE_VERSION 1  /* version of packets and model files that this library speaks */
#define LN_HEADER_BYTES 3  /* header of a packet that is not protected (6) */
#define LN_MIN_PACKET 9    /* smallest room that a packet is written into */
#define LN_MIN_PAYLOAD 11  /* smallest radio payload that a sender works with (LoRaWAN US915 DR0) */
#define LN_MAX_PAYLOAD 242 /* largest radio payload (LoRaWAN DR3 and up) */

#define LN_IMAGES 8 /* pictures of one camera that packets tell apart */

#define LN_MAX_STAGES 4
#define LN_MAX_LAYERS 6
#define LN_MAX_CHANNELS 64
#define LN_MAX_PLANES 8
#define LN_MAX_PLACES 4096 /* places of one grid */
#define LN_MAP_SIDE 8
#define LN_MAP_CELLS 64  /* cells of the map that is sent: 8 x 8 */
#define LN_MAP_LEVELS 32 /* a cell's levels: 5 bits */
#define LN_BANDS 8       /* bands of saliency that the order tells apart: level >> 2 */
#define LN_CLASSES 4     /* classes of saliency that choose a distribution: level >> 3 */

typedef enum ln_status {
    LN_OK = 0,
    LN_END,          /* not an error: nothing more to send */
    LN_NEED_MAP,     /* not an error: the packet has symbols that wait for the map */
    LN_ERR_ARGUMENT, /* a null pointer or a value outside the documented range */
    LN_ERR_STATE,    /* the call does not fit what was called before */
    LN_ERR_SPACE,    /* the memory or buffer given is too small */
    LN_ERR_MODEL,    /* not a model file, damaged, or outside the limits of the format */
    LN_ERR_VERSION,  /* a model file of a version that this library does not know */
    LN_ERR_PACKET,   /* not a packet: too short, too long, a rank outside the order, a damaged code */
    LN_ERR_TAG,      /* a packet of another model or of a later version */
    LN_ERR_MEMORY,   /* allocation failed (cloud side only) */
    LN_ERR_IO        /* a file could not be read or written (cloud side only) */
} ln_status;

/* One short English phrase for a status, without a full stop. Never null; static storage. */
const char *ln_status_text(ln_status status);

/* ---- Model (7) ------------------------------------------------------------------------------- */

typedef enum ln_activation { LN_ACTIVATION_NONE = 0, LN_ACTIVATION_RELU = 1 } ln_activation;

/* One convolution: a stage of the encoder chain or a layer of the saliency branch (1.2). */
typedef struct ln_layer {
    uint8_t kernel, stride, padding; /* both axes */
    uint8_t inputs, outputs;         /* channels */
    uint8_t pass;                    /* the first `pass` outputs go on, the others are latent channels */
    uint8_t activation;              /* ln_activation */
    uint16_t in_width, in_height;
    uint16_t width, height;    /* of the output grid */
    uint8_t first_channel;     /* number of this stage's first latent channel (1.4); stages only */
    const uint8_t *parameters; /* outputs x { bias int32, multiplier uint32, int8 weights [ky][kx][in] } */
} ln_layer;

/* A latent channel. */
typedef struct ln_channel {
    uint8_t stage;  /* whose grid it lies on */
    uint8_t output; /* which of that stage's outputs it is */
    uint8_t planes; /* 1..LN_MAX_PLANES */
    uint8_t early;  /* 1: plane 0 goes before the map, so class 0 codes and limits it at every place (4.2) */
    uint16_t rounding;   /* quantiser: 0 dead zone .. 128 nearest, in 1/256 of the finest step (1.3) */
    uint16_t first_unit; /* of (channel, plane 0), channel by channel: in tables by (channel, plane) */
    uint16_t limit;      /* largest magnitude that can be sent, in finest steps (4.2) */
} ln_channel;

/* A model file, checked and taken apart. Points into the bytes that were opened: they must outlive it,
 * unchanged. */
typedef struct ln_model {
    char name[17];
    uint16_t width, height; /* of the picture, pixels */
    uint8_t stages, layers; /* layers = 0: no saliency branch, no map */
    uint8_t saliency_stage; /* whose outputs the branch reads */
    uint8_t channels;
    uint8_t tag; /* 0..14 (6) */
    uint8_t distributions;
    uint16_t units;      /* (channel, plane) pairs */
    uint16_t before_map; /* units that go before the map */
    uint16_t weight;     /* of a saliency level in the score */
    uint16_t symbols;    /* of a whole picture, the map's 64 included: ranks are 0 .. symbols - 1 */
    ln_layer stage[LN_MAX_STAGES];
    ln_layer layer[LN_MAX_LAYERS];
    ln_channel channel[LN_MAX_CHANNELS];
    const uint8_t *unit_table;       /* units x { channel, plane, offset int16 LE }, in list order (5) */
    const uint8_t *base_index;       /* channels x classes */
    const uint8_t *refinement;       /* (units - channels) x classes x { q0, qn } (4.1) */
    const uint8_t *recon_point;      /* units, channel-major: d (3) */
    const uint8_t *distribution[64]; /* each { lo int8, count, cumulative uint16 LE x count } */
    const uint8_t *map_distribution; /* 9 x 32 cumulative uint16 LE; null without a branch */
    const uint8_t *bytes;            /* the file */
    size_t size;
} ln_model;

/* Checks a model file and fills `model`. Every field of the file is validated (range, sum, order, CRC): a
 * model that opens is safe to use whatever its origin. `bytes` must stay valid and unchanged while the model
 * is in use. Errors: LN_ERR_ARGUMENT, LN_ERR_MODEL, LN_ERR_VERSION. `model` is undefined after an error. */
ln_status ln_model_open(ln_model *model, const uint8_t *bytes, size_t size);

/* Number of places (width x height) of a channel's grid. `channel` < model->channels. */
unsigned ln_model_places(const ln_model *model, unsigned channel);

/* ---- Order (5) ------------------------------------------------------------------------------- */

/* The transmission order of one picture, known from the model and the map alone. For one thread at a time,
 * also where it is const: it remembers where it was walked. */
typedef struct ln_order ln_order;

/* Bytes of memory that an order of this model needs, aligned as for uint32_t. */
size_t ln_order_size(const ln_model *model);

/* Makes an order in the caller's memory (at least ln_order_size bytes, 4-byte aligned; owned by the caller
 * and needed as long as the order). It starts without a map: only symbols before the map can be placed, or
 * all of them when the model has no map. Errors: LN_ERR_ARGUMENT, LN_ERR_SPACE. */
ln_status ln_order_init(ln_order **order, const ln_model *model, void *memory, size_t size);

/* Forgets the map: the order is as after ln_order_init. */
void ln_order_reset(ln_order *order);

/* Gives the order its map: 64 levels of 0..31, row by row. Work is proportional to places: no sort.
 * Errors: LN_ERR_ARGUMENT (a level above 31, or a model without a map). */
ln_status ln_order_set_map(ln_order *order, const uint8_t levels[LN_MAP_CELLS]);

/* Whether ranks behind the map can be placed. */
int ln_order_complete(const ln_order *order);

/* What stands at a rank. channel = LN_RANK_IS_MAP: a cell of the map, `place` its number. */
#define LN_RANK_IS_MAP 255
typedef struct ln_symbol_id {
    uint8_t channel, plane, band;
    uint16_t place; /* y * grid width + x */
} ln_symbol_id;

/* Errors: LN_ERR_ARGUMENT (rank >= model->symbols), LN_NEED_MAP. */
ln_status ln_order_at(const ln_order *order, unsigned rank, ln_symbol_id *id);

/* ---- Symbols (3) ----------------------------------------------------------------------------- */

/* Symbol of plane `plane` of a latent value `v` (finest steps, |v| <= 32767), at a place of this band. */
int ln_symbol_of(const ln_model *model, unsigned channel, unsigned plane, unsigned band, int v);

/* The value in 1/256 of the channel's finest step from the symbols of planes 0 .. known - 1 (SPEC 3); 0 for
 * known = 0. known <= planes of the channel. */
int32_t ln_value_of(const ln_model *model, unsigned channel, const int8_t *symbols, unsigned known);

/* ---- Packets (6) ----------------------------------------------------------------------------- */

typedef enum ln_packet_form {
    LN_PACKET_PLAIN,
    LN_PACKET_NUMBERED, /* protected by repair packets (6.6) */
    LN_PACKET_REPAIR    /* the sum of a window of numbered packets: has no symbols of its own (6.6) */
} ln_packet_form;

/* What a packet's header says; 0 where its form has no such field. */
typedef struct ln_packet_header {
    uint8_t tag, image; /* 0..15, 0..LN_IMAGES - 1 */
    uint8_t form;       /* ln_packet_form */
    uint8_t number;     /* numbered: its own; repair: the last of its window; 0..127 */
    uint8_t index;      /* repair: 0..3 */
    uint8_t count;      /* repair: packets of its window, 1..63, at most number + 1 */
    uint16_t rank;      /* plain and numbered: of the first symbol */
} ln_packet_header;

/* Reads a header. Errors: LN_ERR_ARGUMENT, LN_ERR_PACKET (under 4 or over 242 bytes, too short for its form,
 * or a window that is empty or begins before number 0). */
ln_status ln_packet_peek(const uint8_t *packet, size_t size, ln_packet_header *header);

/* Where the values of a picture come from: latent value of a channel at a place, in finest steps. */
typedef int (*ln_value_source)(void *context, unsigned channel, unsigned place);

/* Writes one plain packet: symbols from `rank` on, as many as fit into `room` bytes.
 *   order    complete (ln_order_complete)
 *   map      the 64 levels; null for a model without a map
 *   image    0..LN_IMAGES - 1
 *   room     LN_MIN_PACKET..LN_MAX_PAYLOAD bytes, the header included
 *   packet   room bytes, owned by the caller
 *   size     receives the packet's length, at most room
 *   next     receives the rank behind the packet's last symbol; always above `rank`
 * Errors: LN_END (rank = symbols: nothing left), LN_ERR_ARGUMENT, LN_ERR_STATE (order not complete). */
ln_status ln_packet_write(const ln_order *order, const uint8_t *map, ln_value_source values, void *context,
                          unsigned image, unsigned rank, size_t room, uint8_t *packet, size_t *size,
                          unsigned *next);

/* Where decoded symbols go. Level symbols of the map come with channel = LN_RANK_IS_MAP. */
typedef void (*ln_symbol_sink)(void *context, const ln_symbol_id *id, int symbol);

/* Reads one plain or numbered packet, any bytes whatever, and hands every symbol to `sink`; the work is
 * proportional to the symbols. The packet is decoded and checked before the first symbol is handed out; so a
 * refused packet leaves no trace. LN_OK        all symbols were handed out LN_NEED_MAP  the packet reaches
 * behind the map and the order has none: the symbols up to the map's end were handed out; call again when the
 * map is complete to get them all. The check of 6.3 stands at the packet's end, so only that call makes it:
 * it may refuse the packet `count` (may be null) receives the number of symbols handed out. Errors:
 * LN_ERR_ARGUMENT, LN_ERR_PACKET, LN_ERR_TAG. */
ln_status ln_packet_read(const ln_order *order, const uint8_t *packet, size_t size, ln_symbol_sink sink,
                         void *context, unsigned *count);

#ifdef __cplusplus
}
#endif
#endif
