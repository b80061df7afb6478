/* LimitNet cloud: the receiving end. Packets of many cameras go in, in any order; pictures come out at any
 * moment, and what a vision model sees in them.
 *
 *     ln_receiver_push      packets -> an ln_image: a picture as far as it was received
 *     ln_decoder_run        ln_image -> pixels
 *     ln_vision_classify    pixels -> classes
 *     ln_vision_detect      pixels -> objects
 *
 * The rules of core.h hold here too. What threads may share:
 *
 * - ln_bundle and its model: any number of threads, once it is open. Close it after all that uses the model.
 * - ln_receiver and its ln_images: one thread at a time. While no thread is in a function that may change the
 *   receiver (push, expire, close), several may read its images, and decode them.
 * - ln_decoder, ln_vision: one thread at a time. For more, open one for each thread, with `threads` = 1.
 *   Labels may be read by any thread until the vision model is closed.
 * - ln_picture, ln_stream: several threads may read one as long as none changes it.
 * - ln_error: each thread its own.
 * - Files: one that is written gets its name when it is complete, so others see the old or the new one.
 *
 * ln_bundle_open and ln_bundle_find read the environment: no thread may change it (setenv) meanwhile.
 *
 * C17 and POSIX inside; this header is C99. */
#ifndef LIMITNET_CLOUD_H
#define LIMITNET_CLOUD_H

#include <stddef.h>
#include <stdint.h>

#include <limitnet/core.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* ---- Errors ---------------------------------------------------------------------------------- */

/* An error for people. Functions that take an ln_error (null is allowed) fill it when they fail and leave it
 * alone when they succeed. */
typedef struct ln_error {
    ln_status status; /* the same that the function returned */
    char text[512];   /* one line of UTF-8: what is wrong, with which file, and what to do; cut if longer */
} ln_error;

/* ---- Picture files --------------------------------------------------------------------------- */

/* A picture is RGB8: three bytes a pixel, red, green, blue, row by row from the top left corner, without
 * gaps. Values are those of the file (sRGB in practice). Colour profiles and gamma are ignored, as data sets
 * for recognition ignore them. */

/* Limits of a picture file. The smallest side is that of the map, the largest that of WebP. A
 * picture of the largest size takes 300 MB of memory, beside its file; 400 MB more while it is read, if it
 * has transparency, and 300 MB more while it is turned. */
#define LN_PICTURE_MIN_SIDE 8
#define LN_PICTURE_MAX_SIDE 16384
#define LN_PICTURE_MAX_PIXELS 100000000ul

/* A picture in memory. */
typedef struct ln_picture {
    unsigned width, height; /* pixels */
    uint8_t *rgb;           /* height x width x 3 bytes, owned by the picture */
    int cut;                /* 1: the file lacked its end, but no pixel */
} ln_picture;

/* Makes a black picture.
 *   picture         the caller's to release with ln_picture_free; empty after an error. What it held before
 *                   is not released
 *   width, height   1..LN_PICTURE_MAX_SIDE pixels, and at most LN_PICTURE_MAX_PIXELS together
 * Errors: LN_ERR_ARGUMENT, LN_ERR_MEMORY. */
ln_status ln_picture_make(ln_picture *picture, unsigned width, unsigned height, ln_error *error);

/* Releases the pixels and leaves the picture empty. An empty picture and null are allowed. */
void ln_picture_free(ln_picture *picture);

/* Decodes a picture file in memory: JPEG, PNG, WebP, or binary PPM or PGM. Grey, palette, CMYK and 16-bit
 * pictures become RGB8; transparent pixels are shown on white. CMYK in JPEG is taken as inverted, as other
 * programs take it. The EXIF orientation of JPEG, PNG and WebP is applied; broken EXIF data count as none.
 * The size in the header is checked before any pixel is decoded. A file that lacks pixels, or whose EXIF data
 * are cut off, is an error; one that lacks less (JPEG's end marker, PNG's last checksum or chunk, bytes that
 * WebP's header counts) is read, and `cut` is 1.
 *   picture   the caller's to release with ln_picture_free; empty after an error
 *   name      of the file, for messages
 * Errors: LN_ERR_ARGUMENT, LN_ERR_IO (not a picture, damaged, cut short, animated, too small or too large),
 * LN_ERR_MEMORY. */
ln_status ln_picture_decode(ln_picture *picture, const uint8_t *bytes, size_t size, const char *name,
                            ln_error *error);

/* The same, but leaves the picture as the file stores it, whatever its EXIF orientation. */
ln_status ln_picture_decode_as_stored(ln_picture *picture, const uint8_t *bytes, size_t size,
                                      const char *name, ln_error *error);

/* Reads a picture file as ln_picture_decode does.
 *   picture   the caller's to release with ln_picture_free; empty after an error
 * Errors: those of ln_picture_decode, and LN_ERR_IO (the file cannot be read). */
ln_status ln_picture_read(ln_picture *picture, const char *path, ln_error *error);

/* Reads a picture file as ln_picture_decode_as_stored does. */
ln_status ln_picture_read_as_stored(ln_picture *picture, const char *path, ln_error *error);

/* Writes a PNG file. The file gets its name when it is complete, so that no half-written one is left after
 * an error. Errors: LN_ERR_ARGUMENT (also an empty picture), LN_ERR_IO, LN_ERR_MEMORY. */
ln_status ln_picture_write_png(const ln_picture *picture, const char *path, ln_error *error);

/* How a picture gets another aspect ratio. */
typedef enum ln_fit {
    LN_FIT_STRETCH, /* the whole picture, with the aspect of the target */
    LN_FIT_CROP     /* the largest part around the centre that has the aspect of the target */
} ln_fit;

/* Makes a copy of another size. The filter is bicubic (a = -0.5) and widens where the picture shrinks, in
 * fixed point: the result is the same on every machine, and the same as that of Pillow's BICUBIC.
 *   width, height   1..LN_PICTURE_MAX_SIDE pixels
 *   result          the caller's to release with ln_picture_free; empty after an error
 * Errors: LN_ERR_ARGUMENT (also an empty source), LN_ERR_MEMORY. */
ln_status ln_picture_resize(const ln_picture *source, unsigned width, unsigned height, ln_fit fit,
                            ln_picture *result, ln_error *error);

/* ---- Packet files ---------------------------------------------------------------------------- */

/* A sequence of packets, in memory or in a file (.lnp, SPEC 6.8). An empty stream (all zero) is one without
 * packets, of no model. */
typedef struct ln_stream {
    uint32_t checksum; /* of the model that encoded the packets; the caller sets it before writing */
    uint8_t *bytes;  /* as in a file behind its header: each packet behind its length; owned by the stream */
    size_t size;     /* of the bytes in use */
    size_t capacity; /* of the memory */
    size_t packets;  /* in the file */
    size_t packet_bytes; /* of the packets, without their lengths */
    int cut;             /* 1: the file ended inside a packet, which was left out */
} ln_stream;

/* Reads a packet file. The packets' contents are not looked at.
 *   stream   the caller's to release with ln_stream_free; empty after an error
 * Errors: LN_ERR_ARGUMENT, LN_ERR_IO (missing, unreadable, no packet file, without a whole packet, or with a
 * length that no packet has), LN_ERR_VERSION, LN_ERR_MEMORY. */
ln_status ln_stream_read(ln_stream *stream, const char *path, ln_error *error);

/* Writes a packet file. A regular file gets its name when it is complete. Errors: LN_ERR_ARGUMENT, LN_ERR_IO,
 * LN_ERR_MEMORY. */
ln_status ln_stream_write(const ln_stream *stream, const char *path, ln_error *error);

/* Whether a model encoded the packets. `name` is the stream's, for the message.
 * Errors: LN_ERR_ARGUMENT, LN_ERR_MISMATCH (another model did). */
ln_status ln_stream_check(const ln_stream *stream, const ln_model *model, const char *name, ln_error *error);

/* Appends a packet of 5..LN_MAX_PAYLOAD bytes. After an error the stream is as before.
 * Errors: LN_ERR_ARGUMENT, LN_ERR_MEMORY. */
ln_status ln_stream_add(ln_stream *stream, const uint8_t *packet, size_t size, ln_error *error);

/* Returns the next packet, or null at the end.
 *   at     begins with 0, and is moved on
 *   size   receives the packet's length
 * The packet is the stream's, valid until the next ln_stream_add or ln_stream_free. */
const uint8_t *ln_stream_next(const ln_stream *stream, size_t *at, size_t *size);

/* Releases the packets and leaves the stream empty. An empty stream and null are allowed. */
void ln_stream_free(ln_stream *stream);

/* ---- Models on the disk ---------------------------------------------------------------------- */

/* A trained model is a folder with two files, and possibly two more:
 *
 *     encoder.lnm          the model file (SPEC 7), which camera and receiver share
 *     decoder.onnx         the network that makes pixels of received values for vision models
 *     eyes.onnx            another one, for people: see ln_decoder
 *     vision/vision.onnx   a vision model that was trained behind decoder.onnx: see ln_vision_adapt */

#define LN_DEFAULT_MODEL "pyramid-224"
#define LN_DETECT_MODEL "pyramid-224-detect" /* the same encoder with a decoder for detectors */

/* A model that was found on the disk. */
typedef struct ln_bundle {
    ln_model model;     /* points into `bytes` */
    char *encoder_path; /* of the model file */
    char *decoder_path; /* of the decoder beside it, whether or not that exists */
    uint8_t *bytes;     /* of the model file */
    char *vision_path;  /* of the vision model in the same folder; null if there is none */
    char *eyes_path; /* of the decoder for eyes in the same folder; if there is none, equal to decoder_path */
} ln_bundle;

/* Finds a model and opens its model file.
 *   bundle   the caller's to release with ln_bundle_close; empty after an error
 *   name     a folder, a model file, or the name of a folder that is looked for in $LIMITNET_MODELS, in
 *            ../share/limitnet/models from the program that runs, in the source tree if the program lies
 *            where this library was built, and where it was to be installed, in this order; null for
 *            LN_DEFAULT_MODEL. `encoder_path` tells what was found
 * Errors: LN_ERR_ARGUMENT, LN_ERR_IO (not found, unreadable), LN_ERR_MODEL, LN_ERR_VERSION, LN_ERR_MEMORY. */
ln_status ln_bundle_open(ln_bundle *bundle, const char *name, ln_error *error);

/* Finds the model with this checksum among the folders of the places where ln_bundle_open looks for names,
 * and opens its model file. Of several in one place, the one whose name comes first. bundle   as for
 * ln_bundle_open Errors: LN_ERR_ARGUMENT, LN_ERR_IO (not found), LN_ERR_MEMORY. */
ln_status ln_bundle_find(ln_bundle *bundle, uint32_t checksum, ln_error *error);

/* Releases the model and leaves the bundle empty. An empty bundle and null are allowed. */
void ln_bundle_close(ln_bundle *bundle);

/* ---- Receiver -------------------------------------------------------------------------------- */

/* Receives pictures from any number of devices, in bounded memory. */
typedef struct ln_receiver ln_receiver;

/* A picture as far as it was received. It is its receiver's, valid until the next ln_receiver_push,
 * ln_receiver_expire, ln_receiver_close_image or ln_receiver_close, and during a call of `closed`. */
typedef struct ln_image ln_image;

/* Why a receiver closes a picture. */
typedef enum ln_close_reason {
    LN_CLOSE_IDLE,    /* no packet was accepted for longer than idle_ms */
    LN_CLOSE_DROPPED, /* a new picture needed the room */
    LN_CLOSE_ASKED    /* ln_receiver_close_image */
} ln_close_reason;

#define LN_IMAGES_PER_DEVICE 16 /* open pictures of one device, unless set otherwise */
#define LN_LATE_MS 10000        /* how much later than in order a packet may come, unless set otherwise */
#define LN_PICTURE_FRAMES 4096  /* counters of the network that a picture covers, unless set otherwise */

/* How a receiver works. */

typedef struct ln_receiver_config {
    /* The model of all devices, or a function that names the one of each; null: the device is not known, and
     * its packets are refused. A device keeps its model as long as it has open pictures. Models must outlive
     * the receiver. Memory for reading packets is kept for each model that was named. */
    const ln_model *model;
    const ln_model *(*model_of)(void *context, uint64_t device); /* null: `model` for all */

    size_t max_images; /* pictures that are open at the same time, 1..2^20 */

    /* Of these, how many are one device's at most: a device that has so many loses one of its own, first one
     * of a single packet without a check, which may have been damaged. When all max_images are open, it loses
     * such a one too, and only a device that has none has the picture closed that waited longest for a
     * packet. 0: LN_IMAGES_PER_DEVICE, or max_images if that is less. */
    size_t max_images_per_device;

    uint64_t idle_ms; /* a picture is closed when no packet was accepted for longer than this, milliseconds */
    uint64_t late_ms; /* how much later than in the order of sending a packet may come, for example through a
                         slow gateway, milliseconds; 0: LN_LATE_MS */
    uint32_t max_frames; /* counters of the network that one picture covers at most; 0: LN_PICTURE_FRAMES */

    /* 1: packets without a check are refused. For links that deliver damaged frames, whose cameras send
     * checks: the bit that says whether a packet has one may be damaged too. Without it, that is found out as
     * long as the device has an open picture whose packets have checks. */
    int check_required;

    /* Room in each picture for packets that wait for its map, 0..2^24 bytes. A packet takes 8 bytes more than
     * its size. When the room is full, later packets are refused: the early ones matter more. */
    size_t max_waiting_bytes;

    /* Called just before a picture is closed: the last moment to look at it. It must not call this receiver.
     * Null is allowed. */
    void (*closed)(void *context, const ln_image *image, ln_close_reason reason);
    void *context; /* the first argument of both functions */
} ln_receiver_config;

/* What the network says of a packet. */
typedef struct ln_arrival {
    uint64_t device;  /* the caller's number for the sender, e.g. a LoRaWAN DevEUI */
    uint64_t time_ms; /* the caller's clock when it came, milliseconds */
    int has_counter;  /* 1: `counter` is given */
    uint32_t counter; /* of the frame, which rises with each frame of the device, from a network that drops
                         damaged frames: LoRaWAN's FCntUp, 32 bits */
} ln_arrival;

/* Packets and their bytes, headers included. */
typedef struct ln_traffic {
    uint64_t packets, bytes; /* how many */
} ln_traffic;

/* The packets of one picture, with those that repair packets brought back. Each packet counts in one of the
 * first four fields. */
typedef struct ln_image_traffic {
    ln_traffic accepted;  /* brought a new symbol, or as a repair packet a new equation */
    ln_traffic duplicate; /* brought nothing new */
    ln_traffic waiting;   /* kept until the map is complete; their symbols before the map are taken already */
    ln_traffic refused;   /* without room to wait, or contradicting */

    /* Refused packets that waited for the map and then proved to be damaged or to contradict others: damage,
     * or packets of another picture with the same number. */
    uint64_t contradicting;

    uint64_t recovered; /* packets that were lost and brought back (SPEC 6.6) */
} ln_image_traffic;

/* What is known of a picture on its way. */
typedef struct ln_image_info {
    uint64_t id;                /* of this picture in its receiver; never 0, and never given twice */
    uint64_t device;            /* the caller's number for the sender */
    unsigned number;            /* 0..LN_PICTURES - 1, from its packets */
    uint64_t began_ms, last_ms; /* times of the first and the latest packet that was accepted or waits, on the
                                   caller's clock */
    unsigned symbols;           /* known symbols, the map's levels included */
    unsigned total;             /* symbols of a whole picture */
    ln_image_traffic traffic;   /* what became of its packets */
} ln_image_info;

/* What a receiver has done so far. */
typedef struct ln_receiver_info {
    size_t images;       /* open pictures */
    size_t image_bytes;  /* memory of one picture; each of max_images takes up to 48 bytes more, and a
                            device with open pictures 64. With several models: of the largest so far */
    size_t repair_bytes; /* additional memory of a picture with protected packets */
    uint64_t opened;     /* pictures opened so far */
    uint64_t idle, dropped, closed; /* of those, closed for that reason; `closed`: LN_CLOSE_ASKED */
    ln_traffic refused;             /* packets of no picture: garbage, damaged, or out of memory */
    ln_traffic undecided; /* packets of which nothing tells to which of several pictures they belong */
} ln_receiver_info;

/* Opens a receiver. It takes memory for pictures as they come, and gives it back when they are closed.
 *   receiver   the caller's to release with ln_receiver_close; null after an error
 *   config     is copied
 * Errors: LN_ERR_ARGUMENT, LN_ERR_MEMORY. */
ln_status ln_receiver_open(ln_receiver **receiver, const ln_receiver_config *config, ln_error *error);

/* Releases a receiver and its pictures. `closed` is not called. Null is allowed. */
void ln_receiver_close(ln_receiver *receiver);

/* Takes a packet: any bytes, in any order, any number of times.
 *   arrival   when it came, and from which device
 *   id        receives the picture's id, 0 for a packet that belongs to no picture; null is allowed
 * LN_OK: taken. LN_NEED_MAP: taken as far as possible, the rest waits for the map.
 * Errors: LN_ERR_ARGUMENT, LN_ERR_PACKET, LN_ERR_VERSION, LN_ERR_MISMATCH (no model is known for the device),
 * LN_ERR_STATE (several pictures with its number are open, and nothing tells to which it belongs),
 * LN_ERR_SPACE (no room to wait for the map: the symbols before the map are taken, the others are lost),
 * LN_ERR_MEMORY. The receiver counts them and goes on: push the next packet.
 *
 * The time is proportional to the packet's symbols, and does not depend on how many pictures are open. A
 * packet that completes the map also pays for those that waited for it, each of which is read once more; a
 * protected one for the lost packets that repair packets may bring back, at most 256 blocks in all, and for
 * solving for them, at most 4,096 additions of two rows of 320 bytes for a repair packet.
 *
 * Which picture a packet belongs to: a camera numbers its pictures modulo LN_PICTURES, so a number may come
 * back while an older picture with it is open. It is then a new picture; at most 4 pictures of one number are
 * open. A packet that contradicts a picture, by a symbol that is known with another value, never adds to it.
 * Among the pictures that it does not contradict the counter of the network decides if it is given, then
 * time, then whether the packet continues what is known (src/cloud/match.c has the rule); if nothing decides,
 * the packet is left out and counts as undecided. What is left to chance:
 * - A camera that counts its pictures meets none of its own numbers if it takes fewer than 2,048 within
 * idle_ms.
 * - A camera that draws its numbers meets one with a probability of k / 2048 a picture, k being its pictures
 * that are open: with one picture in ten minutes and an idle_ms of an hour, k = 6, one of 341 pictures. Even
 * then the two are told apart as soon as a packet of the new one speaks of a symbol that is known of the old
 * one, which the first packet does, if it is not lost. Without a counter, a packet that comes before that may
 * be taken for one of the old picture; with a counter that went on by max_frames or began anew, or if the old
 * picture was closed (ln_receiver_close_image), not even that.
 * - A camera that gives every picture the same number is such a case every time.
 *
 * Damage: a packet with a check (SPEC 6.5) is refused when it is damaged, but for one of 65,536. Without a
 * check, 3 to 5 % of those with a wrong byte of code pass for good ones. Such a packet never changes what is
 * known: if it contradicts a picture, it is refused or opens another one, which is the first to be closed
 * when the device has too many. If it speaks only of what is not known yet, it is believed, and so is what
 * repair packets bring back with it. So a link that delivers damaged frames needs the check; LoRaWAN drops
 * them itself. */
ln_status ln_receiver_push(ln_receiver *receiver, const ln_arrival *arrival, const uint8_t *packet,
                           size_t size, uint64_t *id);

/* Closes every picture that has been idle for longer than idle_ms. The work is proportional to the pictures
 * that are closed. ln_receiver_push does the same first, with the packet's time.
 *   now_ms   the caller's clock
 * A clock that jumps forward closes pictures, and no more. One that goes back counts as standing still until
 * it has caught up or has gone on for idle_ms: then it was set, and counts again. */
void ln_receiver_expire(ln_receiver *receiver, uint64_t now_ms);

/* Closes a picture that the caller is done with. Packets that still come with its number belong to another.
 * Returns 1, or 0 if no picture with this id is open. */
int ln_receiver_close_image(ln_receiver *receiver, uint64_t id);

/* The picture with this id; null if it is closed. */
const ln_image *ln_receiver_image(const ln_receiver *receiver, uint64_t id);

/* Fills `info`; empty for null. */
void ln_receiver_get_info(const ln_receiver *receiver, ln_receiver_info *info);

/* ---- A picture as far as it was received ----------------------------------------------------- */

/* Fills `info`; empty for null. */
void ln_image_get_info(const ln_image *image, ln_image_info *info);

/* The model of the picture's device. */
const ln_model *ln_image_model(const ln_image *image);

/* The map: 64 levels of 0..model->map_levels - 1, row by row. Null while it is incomplete, and if the model
 * has none. */
const uint8_t *ln_image_map(const ln_image *image);

/* How many planes of a value are known, from plane 0 on without a gap: 0..planes of the channel.
 *   channel   < model->channels
 *   place     y * grid width + x, < ln_model_places
 * 0 outside these ranges. */
unsigned ln_image_known(const ln_image *image, unsigned channel, unsigned place);

/* The value that these planes stand for, in 1/256 of the channel's finest step; 0 if none is known. */
int32_t ln_image_value(const ln_image *image, unsigned channel, unsigned place);

/* ---- Decoder --------------------------------------------------------------------------------- */

/* Makes pixels of received values, whatever is missing. A model may have two decoders of the same packets,
 * and the path says which one is opened:
 *
 *     bundle.decoder_path   for vision models. It is trained through a classifier, so its pictures carry
 *                           patterns that help a classifier and that no camera saw
 *     bundle.eyes_path      for eyes: for people. It is trained for the smallest error, so it leaves a blur
 *                           where nothing was received. Equal to decoder_path in a model that has only that
 *
 * Both take the same inputs and give pictures of the same size. Each open decoder holds a network of its own,
 * about 20 MB for a decoder of 128 x 6: open the second one when somebody wants to see a picture.
 *
 * The decoder is a network in an ONNX file. Its first dimension N, the number of pictures, is free. The
 * stages that have latent channels are counted k = 0, 1, ... from the last stage to the first, so that 0 has
 * the coarsest grid. For each of them, with C channels on a grid of h x w, the network has the inputs
 *
 *     latent<k>   N x C x h x w   the value in the channel's finest steps; 0 where nothing is known
 *     known<k>    N x C x h x w   known planes / planes of the channel, 0..1
 *
 * and for all of them
 *
 *     map         N x 1 x 8 x 8   level / (map_levels - 1); 0 where no level is known
 *
 * and the output
 *
 *     picture     N x 3 x H x W   red, green, blue, 0..1; other numbers are clipped
 *
 * The file names the encoder that it belongs to, in its metadata (metadata_props of ONNX):
 *
 *     limitnet.encoder   the model's checksum (SPEC 7), 8 hexadecimal digits
 *     limitnet.crc32     optional, the last entry of the file, by which a damaged file is found out: CRC-32
 *                        (IEEE 802.3) of all bytes before it, 8 hexadecimal digits */
typedef struct ln_decoder ln_decoder;

/* Opens a decoder of a model.
 *   decoder   the caller's to release with ln_decoder_close; null after an error
 *   model     must outlive the decoder
 *   path      of the ONNX file: decoder_path or eyes_path of the model's bundle, or another one
 *   threads   for the network; 0: one a core
 * Errors: LN_ERR_ARGUMENT, LN_ERR_IO (no such file, damaged, or inputs and outputs that do not fit the
 * model), LN_ERR_MISMATCH (the decoder of another model, or of none that it names), LN_ERR_MEMORY. */
ln_status ln_decoder_open(ln_decoder **decoder, const ln_model *model, const char *path, unsigned threads,
                          ln_error *error);

/* Releases a decoder. Null is allowed. */
void ln_decoder_close(ln_decoder *decoder);

/* Decodes pictures in one run of the network.
 *   images   `count` pictures of receivers of the same model, at least 1; null for a picture of which
 *            nothing came
 *   rgb      receives count x height x width x 3 bytes (RGB8, of the model's size); undefined after an error
 * Errors: LN_ERR_ARGUMENT, LN_ERR_MISMATCH (a picture of another model), LN_ERR_IO (the network failed),
 * LN_ERR_MEMORY. */
ln_status ln_decoder_run(ln_decoder *decoder, const ln_image *const *images, size_t count, uint8_t *rgb,
                         ln_error *error);

/* ---- Vision models --------------------------------------------------------------------------- */

/* Vision models of the user's choice: pixels in, classes or objects out.
 *
 * A vision model is an ONNX file (weights may be in a second file, which it names from its own folder) or a
 * TensorFlow Lite file. A text file beside it, with the same name but for the ending `.vision`, says how to
 * feed it: lines `key = value`; `#` begins a comment.
 *
 *     task     = classify          or detect
 *     width    = 224               pixels of the network's input
 *     height   = 224
 *     channels = RGB               or BGR; or grey, of one channel: 0.299 R + 0.587 G + 0.114 B
 *     layout   = NCHW              or NHWC: the order of the input's dimensions
 *     mean     = 127               one number, or three in the order of `channels` if these are colours
 *     divisor  = 128               the same; an input is (x - mean) / divisor, x in 0..255. Numbers for
 *                                  pixels of 0..1, such as 0.485 and 0.229, are refused
 *     labels   = NAMES.txt         optional: a class a line, in UTF-8; the path is relative to this file
 *     below    = 2500              optional, of a model that a bundle brings: from so many received bytes on
 *                                  another model should look (ln_vision_for)
 *     output   = logits            optional: what the network gives, see below; without it, the model tells
 *
 * and for a detector
 *
 *     boxes    = pixels            of the network's input; or shares, of its sides
 *     score    = 0.25              objects below this are left out, 0..1
 *     overlap  = 0.45              of two boxes of a class that overlap more, the better one stays: the area
 *                                  that they share / the area that they cover together, 0..1
 *
 * The network has one input: N x 3 x height x width, or the other layout; 1 in place of 3 if it takes grey
 * pictures. N is free, or 1: then pictures go through one at a time. Sides that are free in the file become
 * those of the settings. Inputs and outputs are floats of 16 or 32 bits, or whole numbers of 8 bits. Whole
 * numbers are fed with the picture's bytes (0..255, or -128..127 if they have a sign) unless `mean` and
 * `divisor` say otherwise: then these give the whole number, or what it stands for where a TensorFlow Lite
 * file says that.
 *
 * A classifier's first output is N x classes (also with further dimensions of 1). `output` is
 *
 *     logits          which become probabilities here (softmax)
 *     probabilities   the network has its own softmax, or a sigmoid for each class: shown as they are
 *
 * and without it, the operator at the end of the network decides, or else the numbers that come out.
 *
 * A detector's `output` is
 *
 *     yolov5           N x boxes x (5 + classes): centre x and y, width and height of a box, the
 *                      probability that it holds an object, and the probability of each class if it does
 *     yolov8           N x (4 + classes) x boxes: the box, and the probability of each class (also YOLO11)
 *     yolov8-turned    N x boxes x (4 + classes): the same, turned
 *     yolov10          N x boxes x 6: left, top, right, bottom, score and number of the class. The network
 *                      has selected already, so `overlap` does not count; labels are needed
 *     corners-scores   two outputs: N x boxes x 4 (left, top, right, bottom), and N x boxes x classes or
 *                      N x classes x boxes
 *     centres-scores   the same, with centre x and y, width and height
 *     ssd              four outputs, as TensorFlow's detectors end: boxes, N x boxes x 4 (top, left, bottom,
 *                      right, always in shares); numbers of classes, N x boxes; scores, N x boxes; and how
 *                      many boxes count, N. The names of the outputs tell classes from scores, or else
 *                      their order. The network has selected already, so `overlap` does not count; labels
 *                      are needed. The first label is that of class 0: where classes begin with 1, as in
 *                      TensorFlow's own files, it is one that never comes, such as "background"; where they
 *                      begin with 0, as in TensorFlow Lite's, there is no such label
 *
 * and without it, there must be the outputs of the last, or the shapes must leave only one of the first four:
 * together with the number of labels, or with the number of boxes that such a network has for its input.
 * `boxes` says what the numbers of a box count. */

#define LN_VISION_MAX_BATCH 8 /* pictures that go through the network together; more is no faster */

/* What a vision model does. */
typedef enum ln_task { LN_TASK_CLASSIFY = 0, LN_TASK_DETECT = 1 } ln_task;

/* What a network gives, as above. */
typedef enum ln_output {
    LN_OUTPUT_ANY = 0,        /* not said: the model must tell */
    LN_OUTPUT_LOGITS,         /* a classifier's */
    LN_OUTPUT_PROBABILITIES,  /* a classifier's, with a softmax or sigmoids inside */
    LN_OUTPUT_YOLOV5,         /* N x boxes x (5 + classes) */
    LN_OUTPUT_YOLOV8,         /* N x (4 + classes) x boxes */
    LN_OUTPUT_YOLOV8_TURNED,  /* N x boxes x (4 + classes) */
    LN_OUTPUT_YOLOV10,        /* N x boxes x 6, after suppression */
    LN_OUTPUT_CORNERS_SCORES, /* two outputs: left, top, right, bottom; and scores */
    LN_OUTPUT_CENTRES_SCORES, /* two outputs: centre x and y, width, height; and scores */
    LN_OUTPUT_SSD             /* four outputs: boxes, classes, scores, count */
} ln_output;

/* What the channels of an input are. */
typedef enum ln_channels { LN_CHANNELS_RGB = 0, LN_CHANNELS_BGR, LN_CHANNELS_GREY } ln_channels;

/* Which of a detector's boxes are objects. */
typedef struct ln_selection {
    float score;   /* at least this, 0..1 */
    float overlap; /* with a better box of the same class at most this, 0..1 */
} ln_selection;

/* How pictures are fed to a vision model, and how its boxes are read. */
typedef struct ln_vision_config {
    ln_task task;              /* what the model does */
    unsigned width, height;    /* pixels, 1..2048 */
    ln_channels channels;      /* of a pixel */
    int channels_last;         /* 1: NHWC */
    float mean[3], divisor[3]; /* of each channel: an input is (x - mean) / divisor, x in 0..255 */
    ln_output output;          /* what the model gives; one of its task */
    int boxes_as_shares;       /* 1: a detector's boxes are shares of the sides, not pixels */
    ln_selection selection;    /* of a detector */
    char labels[1024];         /* path; empty: classes have no names */
    unsigned below;            /* bytes from which on another model should look; 0: none should */
} ln_vision_config;

/* Fills in the settings that hold where a sidecar file names no other: those of the examples above, without
 * labels. */
void ln_vision_config_default(ln_vision_config *config);

/* Changes one setting, as a line of a sidecar file would. After an error the settings are as before.
 *   where   where the setting comes from, for messages ("FILE.vision", "--vision-mean")
 * Errors: LN_ERR_ARGUMENT (also an unknown key, or a value outside its range). */
ln_status ln_vision_config_set(ln_vision_config *config, const char *key, const char *value,
                               const char *where, ln_error *error);

/* Changes the settings that a sidecar file names. A relative path of labels becomes one from the current
 * folder. After an error the settings are as before.
 *   model   path of the network; the sidecar file has `.vision` in place of its `.onnx` or `.tflite`
 * Errors: LN_ERR_ARGUMENT (a setting, or one that is there twice), LN_ERR_IO (no file), LN_ERR_MEMORY. */
ln_status ln_vision_config_read(ln_vision_config *config, const char *model, ln_error *error);

/* An open vision model. */
typedef struct ln_vision ln_vision;

/* Opens a vision model.
 *   vision    the caller's to release with ln_vision_close; null after an error
 *   model     path of the network
 *   config    how to feed it; null: as its sidecar file says
 *   threads   for the network; 0: one a core
 * Errors: LN_ERR_ARGUMENT (also a setting that cannot be meant: an `output` of the other task, or `mean` and
 * `divisor` on the scale 0..1), LN_ERR_IO (a file is missing or wrong; the network has another shape than the
 * settings say; it is not sure what it gives; the labels are not as many as its classes, or one of them is
 * blank), LN_ERR_MEMORY. */
ln_status ln_vision_open(ln_vision **vision, const char *model, const ln_vision_config *config,
                         unsigned threads, ln_error *error);

/* Has a bundle's own vision model look at pictures of which few bytes came. It was trained behind the
 * bundle's decoder, so it knows what pictures lose on the way, and recognises more than a model that does
 * not; where much has come, the other recognises as much or more. `below` in the bundle's
 * vision/vision.vision says how many bytes that is. It changes nothing if the bundle brings no vision model,
 * or one of another task.
 *
 *     vision    an open model; its labels and its selection also hold for the bundle's model, which it closes
 *     threads   as for ln_vision_open
 *
 * Then ask ln_vision_for before you look at a received picture:
 *
 *     ln_image_get_info(image, &info);
 *     ln_vision_classify(ln_vision_for(vision, info.traffic.accepted.bytes), &picture, 1, ...);
 *
 * After an error `vision` is as before. Errors: those of ln_vision_open; LN_ERR_ARGUMENT also if there is
 * such a model already, LN_ERR_IO also if the two have different numbers of classes. */
ln_status ln_vision_adapt(ln_vision *vision, const ln_bundle *bundle, unsigned threads, ln_error *error);

/* The model that looks at a picture of which so many bytes came, headers included: `vision`, or the one that
 * ln_vision_adapt added. It is `vision`'s; do not close it. Null for null. */
ln_vision *ln_vision_for(ln_vision *vision, uint64_t bytes);

/* Releases a vision model and its labels. Null is allowed. */
void ln_vision_close(ln_vision *vision);

/* What the model does; LN_TASK_CLASSIFY for null. */
ln_task ln_vision_task(const ln_vision *vision);

/* How many classes the model knows. */
size_t ln_vision_classes(const ln_vision *vision);

/* The name of a class in UTF-8, the model's. Empty without labels and for an index behind the last. */
const char *ln_vision_label(const ln_vision *vision, size_t index);

/* A class that a vision model sees in a picture. */
typedef struct ln_class {
    unsigned index;    /* of the class, from 0 */
    const char *label; /* its ln_vision_label */
    float score;       /* probability, 0..1 */
} ln_class;

/* Classifies pictures of any size. Each is first resized to the network's input.
 *   pictures   `count` of them; LN_VISION_MAX_BATCH go through the network at a time
 *   fit        how a picture gets the aspect of the input
 *   top        how many classes to report for each picture, 1..ln_vision_classes
 *   classes    receives count x top: picture by picture, the best class first; equal scores by index.
 *              Undefined after an error
 * Errors: LN_ERR_ARGUMENT (also a detector, or an empty picture), LN_ERR_IO (the network failed, or gave
 * numbers that are not finite, or probabilities outside 0..1), LN_ERR_MEMORY. */
ln_status ln_vision_classify(ln_vision *vision, const ln_picture *pictures, size_t count, ln_fit fit,
                             size_t top, ln_class *classes, ln_error *error);

#define LN_MAX_OBJECTS 300 /* of a picture: the best ones */

/* An object that a detector finds in a picture. */
typedef struct ln_object {
    unsigned index;            /* of the class, from 0 */
    const char *label;         /* its ln_vision_label */
    float score;               /* probability, 0..1 */
    float x, y, width, height; /* of the box, in pixels from the top left corner; inside the picture */
} ln_object;

/* Finds objects in pictures of any size. Each is first stretched to the network's input. A box counts for
 * each class whose score is high enough: the class's probability, times that of any object if the network
 * gives one. Then, from the best score to the worst, a box is left out if it overlaps too much with a better
 * one of its class. Boxes are cut at the picture's edges. A box without area is no object.
 *   pictures    `count` of them; LN_VISION_MAX_BATCH go through the network at a time
 *   selection   null: the model's own
 *   objects     receives LN_MAX_OBJECTS entries for each picture, the best first; equal scores in the
 *               network's order. Undefined after an error
 *   found       receives, for each picture, how many of its entries are in use; undefined after an error
 * Errors: LN_ERR_ARGUMENT (also a classifier, an empty picture, or a selection outside 0..1), LN_ERR_IO (the
 * network failed, or its numbers are not what its layout says: probabilities outside 0..1, a class that does
 * not exist, an object's box that is not finite, inside out, or far outside the picture, or boxes that seem
 * to be shares where pixels are expected), LN_ERR_MEMORY. */
ln_status ln_vision_detect(ln_vision *vision, const ln_picture *pictures, size_t count,
                           const ln_selection *selection, ln_object *objects, size_t *found, ln_error *error);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
