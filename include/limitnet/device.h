/* LimitNet device: the camera's end. Rows of pixels go in, packets come out.
 *
 * C99 without allocation, floating point or globals: all state lives in memory that the caller gives. */
#ifndef LIMITNET_DEVICE_H
#define LIMITNET_DEVICE_H

#include <limitnet/core.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* One camera: the encoder network, the last picture's latent values, its map and its transmission order. */
typedef struct ln_camera ln_camera;

/* Bytes of memory that a camera of this model needs; aligned as for uint32_t. `limitnet model to-c` writes
 * the same number as a constant beside the model, so that firmware can reserve it statically: where pointers
 * have 32 bits a little less is needed than the 64-bit host that wrote it says. 0 for a null model. */
size_t ln_camera_size(const ln_model *model);

/* Makes a camera in the caller's memory (at least ln_camera_size bytes, 4-byte aligned). Model and memory
 * are the caller's and must outlive the camera; there is nothing to release. Errors: LN_ERR_ARGUMENT,
 * LN_ERR_SPACE; *camera is null then. */
ln_status ln_camera_init(ln_camera **camera, const ln_model *model, void *memory, size_t size);

/* Begins a picture and forgets the one before. Allowed at any time.
 *   picture   its number on the link, 0..LN_PICTURES - 1: one more for each picture, modulo LN_PICTURES. A
 *             camera that keeps nothing over sleep draws it at random: if the receiver still waits for
 *             packets of k older pictures, the number meets one of theirs with a probability of k / 2048,
 *             and packets of both may be left out (SPEC 6.7)
 * Errors: LN_ERR_ARGUMENT. */
ln_status ln_camera_begin(ln_camera *camera, unsigned picture);

/* Takes the next `rows` rows, top to bottom: rows x width x 3 bytes, red, green, blue of each pixel. The
 * pixels are read during the call only. A refused call changes nothing. Errors: LN_ERR_ARGUMENT (bytes is
 * not rows x width x 3), LN_ERR_STATE (no picture begun, or more rows than the picture has). */
ln_status ln_camera_push_rows(ln_camera *camera, const uint8_t *rgb, size_t bytes, unsigned rows);

/* Ends the picture: runs what is left of the network, makes map and order. Packets can be asked for
 * afterwards. Errors: LN_ERR_STATE (rows are missing, or no picture begun; more rows may be pushed
 * afterwards). */
ln_status ln_camera_finish(ln_camera *camera);

/* The map that goes out with the picture: 64 levels of 0..model->map_levels - 1, row by row; null before
 * ln_camera_finish or when the model has no map. Owned by the camera, valid until the next ln_camera_begin.
 */
const uint8_t *ln_camera_map(const ln_camera *camera);

/* A latent value in finest steps (SPEC 1.3), limited as it is sent (SPEC 3.3); 0 outside the documented
 * range (channel < model->channels, place < ln_model_places) or before ln_camera_finish. */
int ln_camera_value(const ln_camera *camera, unsigned channel, unsigned place);

/* Writes the plain packet whose symbols start at `rank`. For resending what a receiver asks for; ordinary
 * sending uses ln_camera_next.
 *   room     bytes that it may have: LN_MIN_PACKET or more; above LN_MAX_PAYLOAD it counts as that
 *   packet   receives it; `room` bytes
 *   size     receives its length
 *   next     receives the rank behind its last symbol, always above `rank`
 * LN_END: `rank` is behind the last symbol. Errors: LN_ERR_ARGUMENT, LN_ERR_SPACE (the room is too small),
 * LN_ERR_STATE (not finished). */
ln_status ln_camera_packet(const ln_camera *camera, unsigned rank, size_t room, uint8_t *packet, size_t *size,
                           unsigned *next);

/* Whether packets end with a check of two bytes (SPEC 6.5), by which a receiver refuses a damaged one; 0, as
 * ln_camera_init sets it, suits links that drop damaged frames themselves, as LoRaWAN does. Raw LoRa and
 * serial lines need it: without it some damaged packets, 3 to 5 % of those with a wrong byte of code, pass
 * for good ones. It stays set for later pictures. Packets of a picture that is being sent start from the
 * beginning. Errors: LN_ERR_ARGUMENT. */
ln_status ln_camera_check(ln_camera *camera, int on);

#define LN_MOST_PROTECTION 75    /* percent of a picture's packets that can be repair packets */
#define LN_PROTECTION_BYTES 4096 /* memory for ln_camera_protect that suits any payload */

/* Protects the packets of ln_camera_next against loss: some of them become repair packets (SPEC 6.6), each
 * of which brings back any one lost packet of those before it. Bytes for repair are bytes not spent on
 * detail, and four more of each packet go to it; the cards of the models show both sides.
 *   share    of a hundred packets, how many are repair packets: 0..LN_MOST_PROTECTION. 0, as ln_camera_init
 *            sets it, suits a link that loses nothing. A third more than the share of packets that the link
 *            loses is a good choice: 40 for 30 % loss
 *   memory   `size` bytes, LN_MAX_PAYLOAD or more, any alignment, that keep the newest packets, up to 63:
 *            those that a repair packet covers. The caller's, needed as long as packets are asked for. May
 *            be null for share 0
 * The protection covers the picture's first 128 packets that carry symbols; what follows goes out
 * unprotected. It stays set for later pictures. Packets of a picture that is being sent start from the
 * beginning. Errors: LN_ERR_ARGUMENT, LN_ERR_SPACE; nothing is changed then. */
ln_status ln_camera_protect(ln_camera *camera, unsigned share, void *memory, size_t size);

/* Writes the next packet of the picture, the most important symbols first, and the repair packets that are
 * due.
 *   room     bytes that it may have: LN_MIN_PAYLOAD or more, two more with both check and protection. It may
 *            differ from call to call, as a radio's payload does; above LN_MAX_PAYLOAD it counts as that
 *   packet   receives it; `room` bytes, the caller's
 *   size     receives its length
 * LN_END: everything was sent. Errors: LN_ERR_ARGUMENT, LN_ERR_SPACE (the room is too small; a later call
 * with more may work), LN_ERR_STATE (not finished). */
ln_status ln_camera_next(ln_camera *camera, size_t room, uint8_t *packet, size_t *size);

/* ---- Frames of another size or format -------------------------------------------------------- */

typedef enum ln_pixel_format {
    LN_PIXELS_RGB888,         /* red, green, blue */
    LN_PIXELS_RGB565,         /* 16 bits, the low byte first: as a little-endian processor stores them */
    LN_PIXELS_RGB565_SWAPPED, /* the high byte first: as many sensors send them */
    LN_PIXELS_YUYV,           /* two pixels: Y, U, Y, V; BT.601, full range */
    LN_PIXELS_UYVY,           /* two pixels: U, Y, V, Y */
    LN_PIXELS_GREY            /* one byte */
} ln_pixel_format;

#define LN_MIN_FRAME_WIDTH 160
#define LN_MAX_FRAME_WIDTH 640
#define LN_MIN_FRAME_HEIGHT 120
#define LN_MAX_FRAME_HEIGHT 480

/* Makes the model's picture of a sensor's frame, row by row: each pixel is the mean of the area that it
 * covers in the frame, in integers, the same on every machine. The frame is squeezed into the model's
 * picture; to keep its aspect, push only a part that has the model's. */
typedef struct ln_scaler ln_scaler;

/* Bytes of memory that a scaler for this model needs, whatever the frame; 0 for a null model. */
size_t ln_scaler_size(const ln_model *model);

/* Makes a scaler for frames of width x height pixels (LN_MIN_FRAME_WIDTH..LN_MAX_FRAME_WIDTH, even for YUYV
 * and UYVY; LN_MIN_FRAME_HEIGHT..LN_MAX_FRAME_HEIGHT) in the caller's memory (at least ln_scaler_size bytes,
 * 4-byte aligned). Model and memory are the caller's and must outlive the scaler; there is nothing to
 * release. Errors: LN_ERR_ARGUMENT, LN_ERR_SPACE; *scaler is null then. */
ln_status ln_scaler_init(ln_scaler **scaler, const ln_model *model, ln_pixel_format format, unsigned width,
                         unsigned height, void *memory, size_t size);

/* Begins a picture of this camera, in place of ln_camera_begin, and forgets the one before. Allowed at any
 * time. The camera is used by ln_scaler_push_rows. Errors: LN_ERR_ARGUMENT (also for a camera of another
 * model), and those of ln_camera_begin. */
ln_status ln_scaler_begin(ln_scaler *scaler, ln_camera *camera, unsigned picture);

/* Takes the next `rows` rows of the frame, top to bottom, in place of ln_camera_push_rows: one behind the
 * other, without gaps. The pixels are read during the call only. Behind the last row comes ln_camera_finish.
 * A refused call changes nothing. Errors: LN_ERR_ARGUMENT (bytes is not what so many rows have),
 * LN_ERR_STATE (no picture begun, more rows than the frame has, or the camera was begun, finished or given
 * rows by other calls). */
ln_status ln_scaler_push_rows(ln_scaler *scaler, const uint8_t *pixels, size_t bytes, unsigned rows);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
