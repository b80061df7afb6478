/* Both ends for chaos.py, by the public API: the packets that cameras send, and what one receiver makes of
 * the frames that were kept.
 *
 *     tool_chaos MODEL send CAMERA PICTURES          lines NUMBER HEX, a packet each
 *     tool_chaos MODEL VISION receive                reads lines "device NAME" and, for each of its frames
 *                                                    in their order, ID TIME BITS COUNTER HEX
 *
 * It answers with these lines of devices, for each frame "frame ID PICTURE" (0: of none), and for each
 * picture "picture ID NUMBER PACKETS BYTES LABEL SCORE BEGAN": LABEL is - if it shows nothing, and BEGAN is 1
 * if it showed something from its first frame on. */
#define IDLE 3000u /* as in chaos.py's settings */
#define LATE 1000u
#define DEADLINE 5000u
#include "service/support_reference.h"

#include <sodium.h>

#define LINE 1024

static void fail_at(const char *what)
{
    fprintf(stderr, "tool_chaos: %s\n", what);
    exit(1);
}

/* ---- Cameras --------------------------------------------------------------------------------- */

static void send_picture(unsigned number, uint64_t *seed)
{
    static const unsigned rooms[] = {24, 51, 90};
    char hex[2 * LN_MAX_PAYLOAD + 1];
    uint8_t packet[LN_MAX_PAYLOAD];
    const unsigned photo = random_below(seed, PHOTOS), room = rooms[random_below(seed, 3)];
    size_t size, left = 120 + random_below(seed, 400);
    ln_shot_repeat(&shots[photo], number % LN_PICTURES, random_below(seed, 2) * 40);
    while (left >= room && ln_camera_next(shots[photo].camera, room, packet, &size) == LN_OK) {
        printf("%u %s\n", number, sodium_bin2hex(hex, sizeof hex, packet, size));
        left -= size;
    }
}

static void send_pictures(unsigned camera, unsigned count)
{
    uint64_t seed = 1000 + camera;
    take_photos();
    for (unsigned number = 0; number < count; number++)
        send_picture(number, &seed);
    free_photos();
}

/* ---- The receiver ---------------------------------------------------------------------------- */

static reference found;
static int64_t frames;               /* of this device; 0: there is no device yet */
static uint8_t began[MOST_PICTURES]; /* as in the picture's line */

static void end_device(void)
{
    if (!frames)
        return;
    end_reference(&found);
    for (int64_t id = 1; id < frames; id++)
        printf("frame %lld %lld\n", (long long)id, (long long)found.picture_of[id]);
    for (size_t i = 0; i < found.count; i++) {
        const expected *e = &found.pictures[i];
        printf("picture %lld %u %u %u %s %d %d\n", (long long)e->id, e->number, e->packets, e->bytes,
               e->label[0] ? e->label : "-", e->score, began[i]);
    }
}

static void begin_device(const char *line)
{
    end_device();
    fputs(line, stdout);
    begin_reference(&found);
    frames = 1;
}

static void receive_frame(const char *line)
{
    static air_frame frame;
    unsigned long long id, time;
    unsigned counter, bits;
    char hex[2 * LN_MAX_PAYLOAD + 1];
    frame = (air_frame){0};
    if (sscanf(line, "%llu %llu %u %u %510s", &id, &time, &bits, &counter, hex) != 5 ||
        sodium_hex2bin(frame.uplink.payload, LN_MAX_PAYLOAD, hex, strlen(hex), NULL, &frame.uplink.size,
                       NULL))
        fail_at("a line is no frame");
    if ((int64_t)id != frames || frames >= MOST_FRAMES)
        fail_at("the frames of a device are not numbered 1, 2, 3, or too many");
    frame.time_ms = time;
    frame.uplink.counter_bits = bits;
    frame.counter = counter; /* of 32 bits: it has no end here */
    refer(&found, &frame, frames);
    if (found.picture_of[frames] == frames) {
        ln_image_info info;
        ln_image_get_info(ln_receiver_image(found.receiver, found.pictures[found.count - 1].image), &info);
        began[found.count - 1] = info.symbols > 0;
    }
    frames++;
}

static void receive(const char *vision_path)
{
    char line[LINE];
    if (ln_decoder_open(&decoder, &bundle.model, bundle.decoder_path, 1, NULL) != LN_OK ||
        ln_vision_open(&vision, vision_path, NULL, 1, NULL) != LN_OK)
        fail_at("the networks cannot be opened");
    while (fgets(line, sizeof line, stdin))
        if (strncmp(line, "device ", 7) == 0)
            begin_device(line);
        else
            receive_frame(line);
    end_device();
    ln_vision_close(vision);
    ln_decoder_close(decoder);
}

int main(int count, char **arguments)
{
    ln_error error;
    if (count < 4 || ln_bundle_open(&bundle, arguments[1], &error) != LN_OK)
        fail_at(count < 4 ? "see the head of tool_chaos.c" : error.text);
    if (count == 5)
        send_pictures((unsigned)atoi(arguments[3]), (unsigned)atoi(arguments[4]));
    else
        receive(arguments[2]);
    ln_bundle_close(&bundle);
    return fflush(stdout) != 0;
}
