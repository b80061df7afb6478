/* LimitNet cloud: the receiving end. Packets of many cameras go in, in any order; pictures, and what a vision
 * model sees in them, come out at any moment.
 *
 * A file becomes packets by ln_stream_read, packets a picture as far as it was received by ln_receiver_push,
 * that one pixels by ln_decoder_run, and pixels classes or objects by ln_vision_classify and
 * ln_vision_detect.
 *
 * Nothing here is shared between threads by itself: use each receiver, decoder and vision model from one
 * thread at a time. */
#ifndef LIMITNET_CLOUD_H
#define LIMITNET_CLOUD_H

#include <stddef.h>
#include <stdint.h>

#include <limitnet/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- What went wrong ------------------------------------------------------------------------- */

/* Functions return an ln_status for the program and, where a file or a model of the
 * user's is involved, fill an ln_error for the user: one line that says what is wrong, with which
 * file, and what to do. */
typedef struct ln_error {
    ln_status status;
    char text[512]; /* UTF-8, without a line end; cut when longer */
} ln_error;

/* ---- Picture files --------------------------------------------------------------------------- */

/* Pictures: files in, files out, and the change of size before a network sees them.
 *
 * A picture is RGB8: three bytes a pixel, red, green, blue, row by row from the top left corner,
 * without gaps. Values are those of the file (sRGB in practice): colour profiles, gamma and the
 * orientation of EXIF are ignored, as the data sets of recognition do. */

/* Limits of a picture that is read. The smallest side is that of the saliency map; the largest is
 * WebP's. At the limit a picture takes 300 MB, beside its file and, while it is read, 400 MB more
 * when it has transparency. */
#define LN_PICTURE_MIN_SIDE 8
#define LN_PICTURE_MAX_SIDE 16384
#define LN_PICTURE_MAX_PIXELS 100000000ul

typedef struct ln_picture {
    unsigned width, height; /* pixels */
    uint8_t *rgb;           /* height x width x 3 bytes, owned by the picture */
} ln_picture;

/* Gives a picture memory of its own, black. What `picture` held before is ignored, not released.
 *   width, height   1..LN_PICTURE_MAX_SIDE, at most LN_PICTURE_MAX_PIXELS together
 * Errors: LN_ERR_ARGUMENT, LN_ERR_MEMORY; picture->rgb is then null. */
ln_status ln_picture_make(ln_picture *picture, unsigned width, unsigned height, ln_error *error);

/* Releases the pixels. Allowed on a zeroed or already released picture. */
void ln_picture_free(ln_picture *picture);

/* Takes the bytes of a file apart: JPEG, PNG, WebP, or binary PPM and PGM, told by their content.
 * Grey, palette, CMYK and 16-bit pictures become RGB8; what is transparent shows white behind it.
 * The size is checked from the header, before any pixel is decoded. A picture that ends too early is
 * refused: half of it would be grey.
 *   name      how messages call the file
 *   picture   the caller's to release with ln_picture_free; empty after an error
 * Errors: LN_ERR_IO (not a picture, damaged, cut short, animated, too small, too large),
 * LN_ERR_MEMORY. */
ln_status ln_picture_decode(ln_picture *picture, const uint8_t *bytes, size_t size, const char *name,
                            ln_error *error);

/* ln_picture_decode of a file. Errors: as there, and LN_ERR_IO when the file cannot be read. */
ln_status ln_picture_read(ln_picture *picture, const char *path, ln_error *error);

/* Writes a PNG, whole or not at all: it has its name only when it is complete. Errors: LN_ERR_IO,
 * LN_ERR_MEMORY. */
ln_status ln_picture_write_png(const ln_picture *picture, const char *path, ln_error *error);

typedef enum ln_fit {
    LN_FIT_STRETCH, /* the whole picture; its aspect changes to the target's */
    LN_FIT_CROP     /* the largest part around the centre that has the target's aspect */
} ln_fit;

/* Makes a copy of another size with a bicubic filter (a = -0.5) that widens when it shrinks, in
 * fixed point: the same bytes everywhere, and the same as Pillow's BICUBIC.
 *   width, height   1..LN_PICTURE_MAX_SIDE pixels
 *   result          the caller's to release with ln_picture_free; empty after an error
 * Errors: LN_ERR_ARGUMENT, LN_ERR_MEMORY. */
ln_status ln_picture_resize(const ln_picture *source, unsigned width, unsigned height, ln_fit fit,
                            ln_picture *result, ln_error *error);

/* ---- Packet files ---------------------------------------------------------------------------- */

/* Packets in a row, in memory and as a file (.lnp, SPEC 6.5). */

/* Begin with a zeroed one. */
typedef struct ln_stream {
    uint8_t *bytes; /* the file: each packet behind its length; owned by the stream */
    size_t size;    /* of that */
    size_t capacity;
    size_t packets;
    size_t packet_bytes; /* of the packets, without their lengths */
    int cut;             /* the file that was read ended inside a packet, which is left out */
} ln_stream;

/* Reads a file. *stream is the caller's to ln_stream_free; empty after an error.
 * The packets' contents are not looked at. Errors: LN_ERR_IO (missing, unreadable, no packet in it,
 * or a length that no packet has), LN_ERR_MEMORY. */
ln_status ln_stream_read(ln_stream *stream, const char *path, ln_error *error);

/* Appends a packet of 1..LN_MAX_PAYLOAD bytes. Errors: LN_ERR_MEMORY; the stream is as before. */
ln_status ln_stream_add(ln_stream *stream, const uint8_t *packet, size_t size, ln_error *error);

/* The next packet, or null at the end. *at begins with 0 and is moved on; the packet is the
 * stream's and *size its length. */
const uint8_t *ln_stream_next(const ln_stream *stream, size_t *at, size_t *size);

void ln_stream_free(ln_stream *stream);

/* ---- Models on the disk ---------------------------------------------------------------------- */

/* A trained model as it lies on the disk: a folder with
 *
 *   encoder.lnm    the model file (SPEC 7): what the camera and the receiver share
 *   decoder.onnx   the network that turns what was received into a picture */

#define LN_DEFAULT_MODEL "pyramid-224"
#define LN_DETECT_MODEL "pyramid-224-detect" /* the same encoder; a decoder for detectors */

typedef struct ln_bundle {
    ln_model model;
    char *encoder_path; /* the model file */
    char *decoder_path; /* beside it; may be missing: only decoding needs it */
    uint8_t *bytes;     /* the model file's content, which `model` points into */
} ln_bundle;

/* Finds a model and reads its model file.
 *   bundle   receives it, the caller's to ln_bundle_close, and must stay where it is while `model`
 *            is in use; empty after an error
 *   name     a folder, a model file, or the name of a folder in $LIMITNET_MODELS, in ./models or in
 *            the place where models were installed, in this order; null for LN_DEFAULT_MODEL
 * Errors: LN_ERR_IO (not found, unreadable), LN_ERR_MODEL, LN_ERR_VERSION, LN_ERR_MEMORY. */
ln_status ln_bundle_open(ln_bundle *bundle, const char *name, ln_error *error);

/* Allowed on an empty bundle. */
void ln_bundle_close(ln_bundle *bundle);

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

/* What became of the packets of one picture: each, those brought back by repair packets included, is in
 * exactly one of the first four. */
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
 * the map may leave wrong levels behind, which spoil what follows, and one that was protected can spoil
 * another that is brought back with it: a link should drop damaged frames, as LoRaWAN does.
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

/* ---- Decoder --------------------------------------------------------------------------------- */

/* From what was received to a picture: the decoder network, whatever is missing.
 *
 * The network is an ONNX file whose first dimension N, pictures at once, is free. For the stages of
 * the model that have latent channels, counted k = 0, 1, ... from the last stage to the first
 * (coarse grids first), C channels on a grid of h x w, it has the inputs
 *
 *   latent<k>   N x C x h x w   the value in the channel's finest steps; 0 where nothing is known
 *   known<k>    N x C x h x w   planes known from the base on / planes of the channel, 0 to 1
 *   map         N x 1 x 8 x 8   level / 31; 0 everywhere while the map is incomplete or has none
 *
 * and the output
 *
 *   picture     N x 3 x H x W   red, green, blue, 0 to 1; what lies outside is clipped */

typedef struct ln_decoder ln_decoder;

/* Opens the decoder of a model.
 *   decoder   receives the decoder, the caller's to ln_decoder_close; null after an error
 *   model     the caller's; must outlive the decoder
 *   path      the ONNX file
 * Errors: LN_ERR_IO (no such file, or its inputs and outputs do not fit the model),
 * LN_ERR_MEMORY. */
ln_status ln_decoder_open(ln_decoder **decoder, const ln_model *model, const char *path, ln_error *error);

/* Null is allowed. */
void ln_decoder_close(ln_decoder *decoder);

/* Decodes `count` pictures in one run.
 *   images   count pictures of receivers of the same model; null stands for one of which nothing
 *            has arrived
 *   rgb      receives count x height x width x 3 bytes (the model's picture size), RGB8
 * Errors: LN_ERR_ARGUMENT (count = 0, or an image of another model), LN_ERR_IO (the runtime
 * failed), LN_ERR_MEMORY. */
ln_status ln_decoder_run(ln_decoder *decoder, const ln_image *const *images, size_t count, uint8_t *rgb,
                         ln_error *error);

/* ---- Vision models --------------------------------------------------------------------------- */

/* Vision models of the user's choice: pictures in, classes or objects out.
 *
 * A model is an ONNX file and, beside it, a small text file of the same name that ends in `.vision`
 * and says how pictures are fed to it: lines `key = value`, `#` begins a comment.
 *
 *     task     = classify          or detect
 *     width    = 224               pixels of the model's input
 *     height   = 224
 *     channels = RGB               or BGR
 *     layout   = NCHW              or NHWC
 *     mean     = 127               one number, or three in the order of `channels`
 *     divisor  = 128               the same; an input is (x - mean) / divisor, x in 0..255
 *     labels   = NAMES.txt         optional: a class a line; the path is relative to this file
 *
 * and for a detector
 *
 *     boxes    = pixels            of the model's input, or shares of its sides
 *     score    = 0.25              objects below this are left out, 0..1
 *     overlap  = 0.45              of two boxes of a class that have more than this in common, as a
 *                                  share of what they cover together, the better one stays, 0..1
 *
 * The network has one input (N x 3 x height x width, or the other layout; N free). Its first output is
 *
 *     classify   N x classes: logits, to which softmax is applied here
 *     detect     N x boxes x (5 + classes): a box's centre x, y, its width and height, the
 *                probability that it holds an object, and the probability of each class if it does;
 *                overlapping boxes are sorted out here */

#define LN_VISION_MAX_BATCH 8 /* pictures that go through the network together: more is no faster */

typedef enum ln_task { LN_TASK_CLASSIFY = 0, LN_TASK_DETECT = 1 } ln_task;

/* Which of a detector's boxes are objects. */
typedef struct ln_selection {
    float score;   /* at least, 0..1 */
    float overlap; /* with a better box of the same class, at most, 0..1 */
} ln_selection;

typedef struct ln_vision_config {
    ln_task task;
    unsigned width, height; /* pixels, 1..2048 */
    int bgr;                /* 1: blue first */
    int channels_last;      /* 1: NHWC */
    float mean[3], divisor[3];
    int boxes_as_shares;    /* 1: a detector's boxes are shares of the sides, not pixels */
    ln_selection selection; /* of a detector */
    char labels[1024];      /* path; empty: classes have no names */
} ln_vision_config;

/* The settings that hold where a sidecar file says nothing: those of the examples above, without
 * labels. */
void ln_vision_config_default(ln_vision_config *config);

/* Changes one setting, given as a line of the sidecar file gives it.
 *   where   how a message calls the place ("FILE.vision", "--vision-mean")
 * Errors: LN_ERR_ARGUMENT (an unknown key or a value outside its range). */
ln_status ln_vision_config_set(ln_vision_config *config, const char *key, const char *value,
                               const char *where, ln_error *error);

/* Changes the settings that a sidecar file names; its labels become a path from here.
 * Errors: LN_ERR_IO, LN_ERR_ARGUMENT, LN_ERR_MEMORY. */
ln_status ln_vision_config_read(ln_vision_config *config, const char *path, ln_error *error);

/* The same with the sidecar file of an ONNX file: its name with `.vision` in place of `.onnx`. */
ln_status ln_vision_config_read_beside(ln_vision_config *config, const char *onnx, ln_error *error);

typedef struct ln_vision ln_vision;

/* Opens a model.
 *   vision    receives it, the caller's to ln_vision_close; null after an error
 *   onnx      path of the network
 *   config    how to feed it; null: what its sidecar file says
 *   threads   for the network; 0 for one a core
 * Errors: LN_ERR_IO (files missing or wrong, a network of another shape, too few labels),
 * LN_ERR_ARGUMENT (the settings), LN_ERR_MEMORY. */
ln_status ln_vision_open(ln_vision **vision, const char *onnx, const ln_vision_config *config,
                         unsigned threads, ln_error *error);

/* Releases a model and its labels. Null is allowed. */
void ln_vision_close(ln_vision *vision);

/* What the model does. */
ln_task ln_vision_task(const ln_vision *vision);

/* How many classes the model tells apart. */
size_t ln_vision_classes(const ln_vision *vision);

/* The name of a class (UTF-8), the model's; empty without labels or for an index behind the last. */
const char *ln_vision_label(const ln_vision *vision, size_t index);

typedef struct ln_class {
    unsigned index;    /* of the class, from 0 */
    const char *label; /* ln_vision_label of it */
    float score;       /* probability, 0..1 */
} ln_class;

/* Classifies pictures of any sizes; each is first resized to the model's input.
 *   pictures   `count` of them; any number is taken, LN_VISION_MAX_BATCH at a time
 *   fit        how a picture gets the input's aspect
 *   top        classes wanted for each picture, 1..ln_vision_classes
 *   classes    receives count x top: picture by picture, best class first; equal scores by index
 * Errors: LN_ERR_ARGUMENT (also a model of another task), LN_ERR_IO (the network failed),
 * LN_ERR_MEMORY. */
ln_status ln_vision_classify(ln_vision *vision, const ln_picture *pictures, size_t count, ln_fit fit,
                             size_t top, ln_class *classes, ln_error *error);

#define LN_MAX_OBJECTS 300 /* of a picture; the best ones */

typedef struct ln_object {
    unsigned index;            /* of the class, from 0 */
    const char *label;         /* ln_vision_label of it */
    float score;               /* probability, 0..1 */
    float x, y, width, height; /* pixels of the picture; the left upper corner. Inside the picture */
} ln_object;

/* Finds objects in pictures of any sizes; each is first stretched to the model's input. A box is
 * taken for each class whose score, the product of its two probabilities, is high enough. From the
 * best score to the worst, a box is left out if it overlaps too much with one of the same class that
 * was taken. Boxes are cut at the picture's edges; those with numbers that are not finite, without
 * area or with scores outside 0..1 are no objects.
 *   pictures    `count` of them; any number is taken, LN_VISION_MAX_BATCH at a time
 *   selection   null: the model's own
 *   objects     receives LN_MAX_OBJECTS places for each picture, best first; equal scores in the
 *               network's order
 *   found       receives, for each picture, how many of its places are in use
 * Errors: LN_ERR_ARGUMENT (also a model of another task), LN_ERR_IO (the network failed),
 * LN_ERR_MEMORY. */
ln_status ln_vision_detect(ln_vision *vision, const ln_picture *pictures, size_t count,
                           const ln_selection *selection, ln_object *objects, size_t *found, ln_error *error);

#ifdef __cplusplus
}
#endif
#endif
