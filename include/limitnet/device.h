/* LimitNet device: the camera's end. Rows of pixels go in, packets come out.
 *
 * C99 without allocation, floating point or globals: all state lives in memory that the caller gives. So a
 * camera or a scaler is for one thread (task, interrupt) at a time, together with that memory; models and
 * kernels are only read, and any number of cameras share them. */
#ifndef LIMITNET_DEVICE_H
#define LIMITNET_DEVICE_H

#include <limitnet/core.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* ---- Kernels --------------------------------------------------------------------------------- */

/* A kernel is one way to compute the encoder's convolutions. All kernels give the same bytes. They differ in
 * the processors and layers that they suit, in speed and in flash. Each is an object file of its own, so a
 * program carries only the kernels that it names: those that a model needs, as `limitnet model to-c` lists
 * them in NAME_kernels, or all of them, ln_all_kernels. */
typedef struct ln_kernel ln_kernel;

/* Calls KERNEL(NAME) for each kernel ln_kernel_NAME, best first. */
#define LN_KERNELS(KERNEL)                                                                                   \
    KERNEL(folded)   /* first layers with symmetric filters: a quarter of the work, on any processor */      \
    KERNEL(lanes)    /* DSP extension: large layers of some shapes, about twice as fast as pairs */          \
    KERNEL(pairs)    /* DSP extension (Cortex-M4, M7, M33): every layer */                                   \
    KERNEL(helium)   /* Helium (Cortex-M55, M85): every layer */                                             \
    KERNEL(portable) /* any other processor, in C: every layer */

/* For LN_KERNELS: declares a kernel. */
#define LN_DECLARE_KERNEL(name) extern const ln_kernel ln_kernel_##name;
LN_KERNELS(LN_DECLARE_KERNEL)

/* All kernels, with a null at the end, for programs that open any model file. */
extern const ln_kernel *const ln_all_kernels[];

/* The instruction set that the compiler has for kernels. Which kernels suit a layer, and a camera's memory,
 * depend on it; so compile the library and what uses it for the same processor. */
#define LN_PORTABLE 0
#define LN_DSP 1
#define LN_HELIUM 2
#if defined __ARM_FEATURE_MVE && __ARM_FEATURE_MVE & 1
#define LN_TARGET LN_HELIUM
#elif defined __ARM_FEATURE_DSP
#define LN_TARGET LN_DSP
#else
#define LN_TARGET LN_PORTABLE
#endif

/* ---- Camera ---------------------------------------------------------------------------------- */

/* A camera: the encoder network, the last picture's latent values, its map and its transmission order. */
typedef struct ln_camera ln_camera;

/* Bytes of memory that a camera needs for this model with these kernels. `limitnet model to-c` writes the
 * same number beside the model, as NAME_CAMERA_BYTES, so that firmware can reserve the memory statically. 0
 * for a null pointer, or if some layer of the model has no kernel in the list that suits it. */
size_t ln_camera_size(const ln_model *model, const ln_kernel *const *kernels);

/* Makes a camera in the caller's memory. There is nothing to release.
 *   camera    receives the camera
 *   model     the caller's; must outlive the camera
 *   kernels   list with a null at the end; must outlive the camera. Each layer takes the first kernel that
 *             suits it
 *   memory    ln_camera_size bytes or more, 4-byte aligned; the caller's; must outlive the camera
 * Errors: LN_ERR_ARGUMENT (also if some layer has no kernel that suits it), LN_ERR_SPACE. */
ln_status ln_camera_init(ln_camera **camera, const ln_model *model, const ln_kernel *const *kernels,
                         void *memory, size_t size);

/* Begins a picture and forgets the one before. Allowed at any time.
 *   picture   number on the link, 0..LN_PICTURES - 1: one more for each picture, modulo LN_PICTURES. A
 *             camera that keeps nothing over sleep draws it at random: if the receiver still waits for
 *             packets of k older pictures, the number is one of theirs with a probability of k / 2048. Then
 *             packets of both pictures may be left out (SPEC 6.7)
 * Errors: LN_ERR_ARGUMENT. */
ln_status ln_camera_begin(ln_camera *camera, unsigned picture);

/* Takes the next `rows` rows, top to bottom: rows x width x 3 bytes, red, green and blue of each pixel. The
 * pixels are read during the call only. A refused call changes nothing. Errors: LN_ERR_ARGUMENT (`bytes` is
 * not rows x width x 3), LN_ERR_STATE (no picture was begun, or the picture has fewer rows). */
ln_status ln_camera_push_rows(ln_camera *camera, const uint8_t *rgb, size_t bytes, unsigned rows);

/* Ends the picture: finishes the network, makes map and order. Afterwards packets can be asked for. Errors:
 * LN_ERR_STATE (no picture was begun, or rows are missing; they may still be pushed). */
ln_status ln_camera_finish(ln_camera *camera);

/* The map that goes out with the picture: 64 levels of 0..map_levels - 1, row by row. Null before
 * ln_camera_finish, and for models without a map. The camera's; valid until the next ln_camera_begin. */
const uint8_t *ln_camera_map(const ln_camera *camera);

/* A latent value in finest steps (SPEC 1.3), limited as it is sent (SPEC 3.3). 0 before ln_camera_finish,
 * and outside the range (channel < model->channels, place < ln_model_places). */
int ln_camera_value(const ln_camera *camera, unsigned channel, unsigned place);

/* Writes the plain packet whose symbols begin at `rank`. Ordinary sending uses ln_camera_next; this is for
 * sending again what a receiver asks for.
 *   room     bytes that the packet may take, LN_MIN_PACKET or more; above LN_MAX_PAYLOAD it counts as that
 *   packet   receives the packet; `room` bytes
 *   size     receives its length
 *   next     receives the rank behind its last symbol, always above `rank`
 * LN_END: `rank` is model->symbols, behind the last symbol. Errors: LN_ERR_ARGUMENT (also a higher rank),
 * LN_ERR_SPACE (the room is too small), LN_ERR_STATE (the picture is not finished). */
ln_status ln_camera_packet(const ln_camera *camera, unsigned rank, size_t room, uint8_t *packet, size_t *size,
                           unsigned *next);

/* Whether packets end with a check of two bytes (SPEC 6.5), by which a receiver refuses a damaged one. 0, as
 * after ln_camera_init, is for links that drop damaged frames themselves, as LoRaWAN does. Raw LoRa and
 * serial lines need the check: without it, 3 to 5 % of packets with a wrong byte of code pass for good ones.
 * The setting stays for later pictures. A picture that is being sent starts again from its beginning.
 * Errors: LN_ERR_ARGUMENT. */
ln_status ln_camera_check(ln_camera *camera, int on);

#define LN_MOST_PROTECTION 80    /* percent of a picture's bytes that can go to repair packets */
#define LN_PROTECTION_BYTES 4096 /* memory for ln_camera_protect that suits any payload */

/* Protects the packets of ln_camera_next against loss (SPEC 6.6): `share` percent of their bytes go to repair
 * packets. Each stands in for as many lost bytes of the packets before it as it has itself, whichever were
 * lost. The setting stays for later pictures. A picture that is being sent starts again from its beginning.
 *   share     0..LN_MOST_PROTECTION; 0, as after ln_camera_init, is for links without loss.
 *             ln_share_for_loss is a good choice: 40 for 30 % loss. It costs detail, since each packet gets
 *             four bytes longer and bytes for repair are missing elsewhere; the models' cards show both
 *             sides
 *   memory    keeps the newest bytes; any alignment; the caller's, in use while packets are asked for.
 *             May be null for share 0
 *   size      LN_MAX_PAYLOAD bytes or more. The more there are, the more bytes a repair packet covers, up to
 *             128 blocks, which are 6 KB at usual payloads
 * The picture's first packet decides how long blocks are, 24 to 48 bytes or, with less than 28 bytes, as long
 * as it can hold. The protection covers the picture's first 256 blocks, about 12 KB at usual payloads; what
 * follows goes out unprotected.
 * Errors: LN_ERR_ARGUMENT, LN_ERR_SPACE; both change nothing. */
ln_status ln_camera_protect(ln_camera *camera, unsigned share, void *memory, size_t size);

/* The share for a link that loses so many of its packets, in 1/256: ten points more than the loss, or three
 * fifths more if that is less, and LN_MOST_PROTECTION at most. */
unsigned ln_share_for_loss(unsigned loss);

/* Writes the picture's next packet, most important symbols first, or the repair packet that is due.
 *   room      bytes that the packet may take, LN_MIN_PAYLOAD or more, two more with check and protection;
 *             may differ from call to call, as a radio's payload does; above LN_MAX_PAYLOAD it counts as
 *             that
 *   packet    `room` bytes; the caller's
 *   size      receives the packet's length
 * LN_END: everything has been sent. Errors: LN_ERR_ARGUMENT, LN_ERR_SPACE (the room is too small; a later
 * call may have more), LN_ERR_STATE (the picture is not finished). */
ln_status ln_camera_next(ln_camera *camera, size_t room, uint8_t *packet, size_t *size);

/* Changes the share of ln_camera_protect from the next packet on: a link that gets worse needs more. The
 * picture goes on where it is. Errors: LN_ERR_ARGUMENT (more than LN_MOST_PROTECTION, or ln_camera_protect
 * gave no memory), LN_ERR_STATE (the picture began without protection, and goes on without). */
ln_status ln_camera_share(ln_camera *camera, unsigned share);

/* ---- Sender ---------------------------------------------------------------------------------- */

/* A sender chooses what goes out next: of which picture, and whether something new, a repair packet or a
 * repeat. It is a state machine without a clock, a radio or a queue of packets. Before each frame the caller
 * asks its stack for the payload, its ledgers (limitnet/link.h) how long airtime must wait, and the sender
 * what to do. Nothing needs an acknowledgement.
 *
 * A camera with protection sends repair packets. One without sends packets again when they are worth more
 * than new ones, most important first (Hojjat et al., MobiSys 2024, 3.5.1 and Fig. 6): a packet behind b
 * bytes counts as worth 1 / b, and one that was sent n times was lost n times with a probability of
 * loss^n. */

#define LN_SENDER_PICTURES 8
#define LN_SENDER_COPIES 4  /* how often a packet goes out at most */
#define LN_SENDER_BYTES 386 /* of a stored sender */

/* Which picture goes first. */
typedef enum ln_queue {
    LN_QUEUE_NEWEST,  /* the newest one, then older ones */
    LN_QUEUE_FAIR,    /* the one of which the fewest bytes have been sent */
    LN_QUEUE_PRIORITY /* the one of the highest priority; among equal ones, fair */
} ln_queue;

/* What a picture may take. */
typedef struct ln_allowance {
    uint32_t deadline_ms; /* from now on; nothing of it is sent later */
    uint32_t airtime_us;  /* of all its frames; UINT32_MAX: no limit */
    uint8_t priority;     /* 255 is the highest */
} ln_allowance;

/* A picture in the queue. The fields are private. */
typedef struct ln_queued {
    ln_camera *camera;                /* null: a free place */
    uint32_t added_ms;                /* when it was queued */
    uint32_t deadline_ms;             /* from then on */
    uint32_t airtime_us;              /* that is left for it */
    uint32_t rank[LN_SENDER_COPIES];  /* where each copy of the picture goes on */
    uint32_t bytes[LN_SENDER_COPIES]; /* that each copy has taken */
    uint16_t picture;                 /* its number */
    uint16_t sequence;                /* its place among all pictures that were queued */
    uint8_t priority;                 /* 255 is the highest */
    uint8_t ended;                    /* copies that have been sent whole */
} ln_queued;

/* The fields are private. */
typedef struct ln_sender {
    ln_queued queue[LN_SENDER_PICTURES]; /* in any order */
    uint32_t now_ms;                     /* of the last call */
    uint16_t sequence;                   /* of the newest picture */
    uint8_t order;                       /* an ln_queue */
    uint8_t loss;                        /* in 1/256 */
} ln_sender;

/* Makes a sender with an empty queue. There is nothing to release.
 *   loss     share of packets that the link loses, in 1/256, until ln_sender_loss knows better; 0..230
 *   now_ms   the time, here and below: milliseconds since some moment, of a clock that may wrap round. Where
 * it goes back or begins anew, no time has passed for the sender Errors: LN_ERR_ARGUMENT. */
ln_status ln_sender_init(ln_sender *sender, ln_queue order, unsigned loss, uint32_t now_ms);

/* Queues a picture.
 *   camera      has finished a picture of which nothing was sent; stays as it is until the picture has left
 *               the queue. One camera holds one picture
 *   allowance   with a deadline of up to 2,000,000,000 ms
 * Errors: LN_ERR_ARGUMENT, LN_ERR_STATE (the camera has not finished a picture, or is in the queue),
 * LN_ERR_SPACE (LN_SENDER_PICTURES are in the queue: drop one). */
ln_status ln_sender_add(ln_sender *sender, ln_camera *camera, const ln_allowance *allowance, uint32_t now_ms);

/* Takes a camera's picture out of the queue, if it is in there: before the next ln_camera_begin, or because
 * the receiver has seen enough. */
void ln_sender_drop(ln_sender *sender, const ln_camera *camera);

/* Whether a camera's picture is in the queue: 1 or 0. If not, the camera may begin another one. */
int ln_sender_holds(const ln_sender *sender, const ln_camera *camera);

/* Pictures in the queue. */
unsigned ln_sender_count(const ln_sender *sender);

/* Tells the loss, in 1/256; above 230 it counts as 230. Shares of repair packets follow (ln_share_for_loss).
 */
void ln_sender_loss(ln_sender *sender, unsigned loss);

/* Takes the feedback of a receiver (SPEC 6.9). If it has seen enough of a picture in the queue, drops that.
 * Its loss counts few packets and has steps: the expected loss goes a third of the way to the middle of the
 * step, or all of it if that is far, as the link has changed then. Errors: LN_ERR_ARGUMENT, and those of
 * ln_feedback_read; all change nothing. */
ln_status ln_sender_feedback(ln_sender *sender, const uint8_t *bytes, size_t size);

/* What the radio offers now. */
typedef struct ln_offer {
    uint32_t now_ms;     /* the time */
    uint32_t wait_ms;    /* until all budgets allow a frame of this airtime: the longest ln_ledger_wait */
    uint32_t airtime_us; /* of a frame with this payload, with all repeats of the network (NbTrans) */
    uint16_t payload;    /* bytes that the frame carries: less when the network's own commands ride along */
} ln_offer;

/* What to do. */
typedef enum ln_step {
    LN_STEP_DONE,  /* nothing is left to send: the queue is empty */
    LN_STEP_SEND,  /* send this packet, and charge the ledgers */
    LN_STEP_WAIT,  /* ask again after `wait_ms` */
    LN_STEP_FLUSH, /* the payload is too small for a packet: send an empty frame, so that the network's
                      commands get out, and ask again */
    LN_STEP_WRONG  /* a null pointer */
} ln_step;

/* The next step. A picture leaves the queue at its deadline, when waiting for budgets would miss it, when its
 * airtime is used up, and when all of it has been sent as often as pays.
 *   packet    receives the packet; LN_MAX_PAYLOAD bytes; the caller's
 *   size      receives its length; 0 for other steps
 *   wait_ms   receives the time to wait, at least 1; 0 for other steps */
ln_step ln_sender_next(ln_sender *sender, const ln_offer *offer, uint8_t *packet, size_t *size,
                       uint32_t *wait_ms);

/* Stores a sender, to go on after a restart. Cameras are not stored: keep their memory, and that of
 * ln_camera_protect, byte for byte at the same place. Ledgers are plain numbers: store them as they are.
 *   bytes   LN_SENDER_BYTES; the caller's */
void ln_sender_store(const ln_sender *sender, uint8_t *bytes);

/* Makes a sender from what ln_sender_store wrote, damaged or not.
 *   cameras     those that may hold a picture, in any order; nulls are allowed. A picture that none of them
 *               holds leaves the queue
 *   asleep_ms   how long ago it was stored
 * Errors: LN_ERR_ARGUMENT, LN_ERR_MODEL (damaged, or of another version). */
ln_status ln_sender_restore(ln_sender *sender, const uint8_t *bytes, size_t size, ln_camera *const *cameras,
                            size_t count, uint32_t now_ms, uint32_t asleep_ms);

/* ---- Frames of another size or format -------------------------------------------------------- */

/* How a frame stores its pixels. */
typedef enum ln_pixel_format {
    LN_PIXELS_RGB888,         /* red, green, blue */
    LN_PIXELS_RGB565,         /* 16 bits, low byte first: as a little-endian processor stores them */
    LN_PIXELS_RGB565_SWAPPED, /* 16 bits, high byte first: as many sensors send them */
    LN_PIXELS_YUYV,           /* two pixels: Y, U, Y, V; BT.601, full range */
    LN_PIXELS_UYVY,           /* two pixels: U, Y, V, Y; BT.601, full range */
    LN_PIXELS_GREY,           /* one byte */
    LN_PIXELS_BGR888,         /* blue, green, red */
    LN_PIXELS_RGBA8888,       /* red, green, blue, and a fourth byte, which is ignored */
    LN_PIXELS_BGRA8888 /* blue, green, red, and a fourth byte, which is ignored: XRGB8888 and ARGB8888 as
                          a little-endian processor stores them */
} ln_pixel_format;

/* Limits of a frame, pixels. */
#define LN_MIN_FRAME_WIDTH 160
#define LN_MAX_FRAME_WIDTH 640
#define LN_MIN_FRAME_HEIGHT 120
#define LN_MAX_FRAME_HEIGHT 480

/* A scaler makes the model's picture from a sensor's frame, row by row. Each pixel is the mean of the area
 * that it covers in the frame, computed in integers, with the same result on every machine. The whole frame
 * is squeezed into the picture; to keep the aspect, push only a part of the frame that has the picture's
 * aspect. */
typedef struct ln_scaler ln_scaler;

/* Bytes of memory that a scaler for this model needs, whatever the frame. 0 for a null model. */
size_t ln_scaler_size(const ln_model *model);

/* Makes a scaler in the caller's memory. There is nothing to release.
 *   scaler          receives the scaler
 *   model           the caller's; must outlive the scaler
 *   width, height   of the frame in pixels: LN_MIN_FRAME_WIDTH..LN_MAX_FRAME_WIDTH, even for YUYV and UYVY;
 *                   LN_MIN_FRAME_HEIGHT..LN_MAX_FRAME_HEIGHT
 *   memory          ln_scaler_size bytes or more, 4-byte aligned; the caller's; must outlive the scaler
 * Errors: LN_ERR_ARGUMENT, LN_ERR_SPACE. */
ln_status ln_scaler_init(ln_scaler **scaler, const ln_model *model, ln_pixel_format format, unsigned width,
                         unsigned height, void *memory, size_t size);

/* Begins a picture of this camera, in place of ln_camera_begin, and forgets the one before. Allowed at any
 * time. The camera must have the scaler's model; ln_scaler_push_rows uses it. Errors: LN_ERR_ARGUMENT, and
 * those of ln_camera_begin. */
ln_status ln_scaler_begin(ln_scaler *scaler, ln_camera *camera, unsigned picture);

/* Takes the next `rows` rows of the frame, top to bottom, without gaps, in place of ln_camera_push_rows. The
 * pixels are read during the call only. After the last row comes ln_camera_finish. A refused call changes
 * nothing. Errors: LN_ERR_ARGUMENT (`bytes` is not what these rows have), LN_ERR_STATE (no picture was
 * begun, the frame has fewer rows, or other calls have begun or finished the camera's picture or pushed
 * rows). */
ln_status ln_scaler_push_rows(ln_scaler *scaler, const uint8_t *pixels, size_t bytes, unsigned rows);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
