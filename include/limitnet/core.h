/* LimitNet core: what the camera and the receiver share: status codes, models, and the headers of packets.
 * C99, integers only, no allocation, no variables of its own, no input or output.
 *
 * docs/SPEC.md is normative; numbers in parentheses are its sections.
 *
 * All headers of this library keep these rules:
 * - A function that can fail returns an ln_status: LN_OK, or one of the errors that its comment lists.
 * - After an error, the handle that a function makes is null, and the struct that it fills is empty (all
 *   zero).
 * - A null pointer is LN_ERR_ARGUMENT, unless the comment allows it. A function without a status then does
 *   nothing and returns 0 or null. Functions that release something allow null.
 * - The library reads a caller's memory during the call only, unless the comment says that it must outlive
 *   something.
 * - Nothing is shared between objects behind the caller's back, so threads may use different objects at the
 *   same time. One object is for one thread at a time, and may go from thread to thread. What a function
 *   takes as const it only reads, so threads may share it as long as none changes it: above all an open
 *   model, which nothing changes any more. */
#ifndef LIMITNET_CORE_H
#define LIMITNET_CORE_H

#include <stddef.h>
#include <stdint.h>

#include <limitnet/version.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default) /* a shared library shows what its headers declare, and nothing else */
#endif

/* The version of the library that runs, as text: LN_VERSION of the headers that it was built with. Never
 * null; static storage. */
const char *ln_version(void);

#define LN_WIRE_VERSION 2  /* version of the packets and model files that this library reads and writes */
#define LN_HEADER_BYTES 4  /* header of a plain packet (6) */
#define LN_CHECK_SIZE 2    /* check at the end of a packet that has one (6.5) */
#define LN_MIN_PACKET 9    /* smallest room for a plain packet, bytes */
#define LN_MIN_PAYLOAD 11  /* smallest radio payload for a sender, bytes (LoRaWAN US915 DR0) */
#define LN_MAX_PAYLOAD 255 /* largest packet, bytes (a raw LoRa frame) */

#define LN_PICTURES 2048 /* pictures of one camera that packets tell apart: their number is 0..2047 (6.7) */

/* Limits of a model (7). */
#define LN_MAX_STAGES 4
#define LN_MAX_LAYERS 6
#define LN_MAX_CHANNELS 112
#define LN_MAX_PLANES 8
#define LN_MAX_SYMBOLS 262143
#define LN_MAX_PLACES 4096 /* places of one grid */

/* The map (2): how salient, or how active, each part of a picture is. */
#define LN_MAP_SIDE 8
#define LN_MAP_CELLS 64 /* 8 x 8, row by row */

/* ---- Status ---------------------------------------------------------------------------------- */

/* How a call ended. */
typedef enum ln_status {
    LN_OK = 0,
    LN_END,          /* not an error: everything was sent */
    LN_NEED_MAP,     /* not an error: symbols of the packet wait for the map */
    LN_ERR_ARGUMENT, /* a null pointer, or a value outside the documented range */
    LN_ERR_STATE,    /* the call does not fit the calls before it */
    LN_ERR_SPACE,    /* the caller's memory or buffer is too small */
    LN_ERR_MODEL,    /* not a model file, damaged, or outside the limits of the format */
    LN_ERR_VERSION,  /* a file or packet of a version that this library does not know */
    LN_ERR_PACKET,   /* not a packet: too short, too long, a rank behind the last, a wrong check or code */
    LN_ERR_MISMATCH, /* belongs to another model */
    LN_ERR_MEMORY,   /* no memory could be allocated (cloud only) */
    LN_ERR_IO        /* a file could not be read or written (cloud only) */
} ln_status;

/* A status as a short English phrase without a full stop. Never null; static storage. */
const char *ln_status_text(ln_status status);

/* ---- Model (7) ------------------------------------------------------------------------------- */

/* What a convolution does with its sums. */
typedef enum ln_activation { LN_ACTIVATION_NONE = 0, LN_ACTIVATION_RELU = 1 } ln_activation;

/* One convolution: a stage of the encoder, or a layer of the saliency branch (1.2). */
typedef struct ln_layer {
    uint8_t kernel, stride, padding; /* the same along both axes */
    uint8_t inputs, outputs;         /* channels */
    uint8_t pass;                    /* the first `pass` outputs feed the next stage, the others are sent */
    uint8_t activation;              /* an ln_activation */
    uint16_t in_width, in_height;    /* of the input grid */
    uint16_t width, height;          /* of the output grid, places */
    uint8_t first_channel;           /* number of this stage's first latent channel (1.4); 0 in the branch */
    const uint8_t *parameters; /* outputs x { bias int32, multiplier uint32, int8 weights [ky][kx][in] } */
} ln_layer;

/* A latent channel: an output of a stage that is sent. Its values are integers, on the stage's grid; a value
 * goes out in planes, from coarse to fine (3). */
typedef struct ln_channel {
    uint8_t stage;  /* whose grid it lies on */
    uint8_t output; /* number among that stage's outputs */
    uint8_t planes; /* 1..LN_MAX_PLANES */
    uint8_t wide;   /* 1: the base symbols have distributions of their own; 0: they are -1, 0 and 1 (3.3) */
    uint8_t early;  /* 1: plane 0 goes before the map, so class 0 codes and limits it at every place (3.3) */
    uint8_t rounding;      /* quantiser: 0 dead zone .. 128 nearest, in 1/256 of the finest step (1.3) */
    uint8_t number_wide;   /* wide channels before this one */
    uint16_t first_unit;   /* index of (channel, plane 0) in tables with a row for each (channel, plane) */
    uint16_t first_narrow; /* the same in tables with a row for each narrow unit: its first one (4.2) */
    uint16_t limit;        /* largest magnitude that can be sent, in finest steps (3.3) */
} ln_channel;

/* What a model's map is made of. */
typedef enum ln_map_kind {
    LN_MAP_NONE = 0,
    LN_MAP_SALIENCY = 1, /* a branch of the encoder makes it (2.1) */
    LN_MAP_ACTIVITY = 2  /* magnitudes of the latent values (2.2) */
} ln_map_kind;

/* An open model file. It points into the file's bytes. */
typedef struct ln_model {
    char name[17];            /* ends with a zero */
    uint32_t checksum;        /* CRC-32 of the file: tells models apart (7) */
    uint16_t width, height;   /* of the picture, pixels */
    uint8_t stages;           /* of the encoder */
    uint8_t map;              /* an ln_map_kind */
    uint8_t map_levels;       /* a cell has a level of 0..map_levels - 1; 0 without a map */
    uint8_t map_shift;        /* mean of the neighbours' levels >> map_shift: a level's context (4.4) */
    uint8_t thresholds[7];    /* of the classes, in eighths of a level (2.3) */
    uint8_t layers;           /* of the saliency branch; 0 for another map */
    uint8_t saliency_stage;   /* the branch reads the outputs of this stage */
    uint8_t channels;         /* latent ones */
    uint8_t wide_channels;    /* of these, whose base symbols have distributions of their own (3.3) */
    uint8_t distributions;    /* how many of `distribution` are in use */
    uint8_t shapes;           /* how many `shape` has */
    uint16_t units;           /* pairs of a channel and one of its planes */
    uint16_t before_map;      /* units that go out before the map */
    uint16_t weight;          /* of a class in the order (5); 0: unit by unit */
    uint32_t symbols;         /* of a whole picture, the map's 64 levels included: ranks are 0..symbols - 1 */
    uint32_t activity_offset; /* added to each cell's sum (2.2) */
    uint8_t activity_lowest;  /* half octaves of level 0 */
    uint8_t activity_shift[LN_MAX_STAGES]; /* 15: the stage does not count (2.2) */
    ln_layer stage[LN_MAX_STAGES];         /* the encoder, from the picture on */
    ln_layer layer[LN_MAX_LAYERS];         /* the saliency branch, from its stage on */
    ln_channel channel[LN_MAX_CHANNELS];   /* in the order of SPEC 1.4 */

    /* Tables in the file, for the library. */
    const uint8_t *unit_table;       /* units x { channel, plane, offset int16 LE }, in list order (5) */
    const uint8_t *base_index;       /* wide channels x 8 classes */
    const uint8_t *narrow;           /* narrow units x { b int8, shape, n, r, z int8 } (4.2) */
    const uint8_t *recon_point;      /* units, channel by channel: d (3.2) */
    const uint8_t *shape;            /* shapes x 8 classes x 6 neighbour states: int8 (4.2) */
    const uint8_t *distribution[64]; /* each { lo int8, count, cumulative uint16 LE x count } */
    const uint8_t *map_distribution; /* contexts x map_levels cumulative uint16 LE; null without a map */
    const uint8_t *bytes;            /* the file */
    size_t size;                     /* of the file */
} ln_model;

/* Opens a model file. Every field is checked (ranges, sums, order, CRC), so a model that opens is safe to
 * use wherever it comes from. There is nothing to release.
 *   model   receives the model; empty after an error
 *   bytes   the file, `size` bytes; must outlive the model, unchanged
 * Errors: LN_ERR_ARGUMENT, LN_ERR_MODEL, LN_ERR_VERSION. */
ln_status ln_model_open(ln_model *model, const uint8_t *bytes, size_t size);

/* Places (width x height) of a channel's grid, 1..LN_MAX_PLACES; 0 for a channel that the model does not
 * have. */
unsigned ln_model_places(const ln_model *model, unsigned channel);

/* ---- Packets (6) ----------------------------------------------------------------------------- */

/* A picture is sent as a sequence of symbols: one for each level of the map, and one for each plane of each
 * value. Model and map alone decide their order, most important first (5). A symbol's position in the order
 * is its rank, from 0. A packet names the rank at which it begins, and decodes without any other packet. */

typedef enum ln_packet_form {
    LN_PACKET_PLAIN,
    LN_PACKET_NUMBERED, /* its blocks have numbers, so that repair packets can bring it back (6.6) */
    LN_PACKET_REPAIR    /* brings back lost blocks: sums of a window of them (6.6) */
} ln_packet_form;

/* The header of a packet; 0 in the fields that its form does not have. */
typedef struct ln_packet_header {
    uint8_t form;     /* an ln_packet_form */
    uint8_t checked;  /* 1: the packet ends with a check (6.5) */
    uint16_t picture; /* its number, 0..LN_PICTURES - 1 */
    uint8_t number;   /* numbered: of the packet's first block; repair: of the last block in its window */
    uint8_t index;    /* repair: 0..3 */
    uint8_t count;    /* repair: blocks in its window, 1..128, at most number + 1 */
    uint8_t sums;     /* repair: how many sums it carries, 1..8 */
    uint32_t rank;    /* plain and numbered: of the first symbol, 0..LN_MAX_SYMBOLS */
} ln_packet_header;

/* Reads the header of a packet. The rest of it is not looked at: no check is verified, since that takes the
 * model.
 *   packet   any bytes
 *   header   empty after an error
 * Errors: LN_ERR_ARGUMENT, LN_ERR_VERSION (a form of later versions), LN_ERR_PACKET (shorter than its form
 * needs, longer than LN_MAX_PAYLOAD, or sums that are no blocks). */
ln_status ln_packet_peek(const uint8_t *packet, size_t size, ln_packet_header *header);

/* ---- Feedback (6.9) -------------------------------------------------------------------------- */

#define LN_FEEDBACK_BYTES 3     /* fits a downlink of any network */
#define LN_FEEDBACK_LOSS_STEP 8 /* of `loss`, in 1/256 */

/* What a receiver may tell a camera. A camera never needs it: it may be lost, come late, or not at all. */
typedef struct ln_feedback {
    uint16_t picture; /* its number, 0..LN_PICTURES - 1 */
    uint8_t enough;   /* 1: the vision model is sure of the picture: send no more of it */
    uint8_t loss;     /* share of packets lost lately, in 1/256; written in steps */
    uint32_t bytes;   /* of packets of the picture that have come; written in steps of half an octave */
} ln_feedback;

/* Writes feedback. Values that are too large count as the largest.
 *   bytes   LN_FEEDBACK_BYTES; the caller's
 * Errors: LN_ERR_ARGUMENT (a null pointer, or a picture out of range). */
ln_status ln_feedback_write(const ln_feedback *feedback, uint8_t *bytes);

/* Reads feedback. Of a downlink of fixed length, such as Sigfox's 8 bytes, give the first LN_FEEDBACK_BYTES.
 *   feedback   empty after an error; `loss` and `bytes` are the lowest values of their steps
 * Errors: LN_ERR_ARGUMENT, LN_ERR_PACKET (not LN_FEEDBACK_BYTES long), LN_ERR_VERSION (of a later version).
 */
ln_status ln_feedback_read(ln_feedback *feedback, const uint8_t *bytes, size_t size);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
